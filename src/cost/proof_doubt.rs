//! What speaks against a proof: a closed list. Each says what is the matter, and which cure there is.

use super::cure::Cure;
use crate::proof::Proof;
use crate::units::{counted, grouped};
use serde::Serialize;

/// One thing that speaks against a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ProofDoubt {
    /// Fewer streams were killed than the interval of the prediction begins with.
    KilledEarly {
        /// Streams.
        killed: u32,
        /// Where the interval begins.
        low: u64,
    },
    /// More streams lived than the interval of the prediction ends with.
    LivedLong {
        /// Streams.
        survived: u32,
        /// Where it ends.
        high: u64,
    },
    /// Trials failed, and no other one tells what becomes of as many streams.
    Failed {
        /// How many.
        trials: u32,
    },
    /// The search did not come to its end.
    Interrupted {
        /// Trials at the limit until then.
        trials: u32,
    },
}

impl ProofDoubt {
    /// All doubts about a proof.
    pub fn of(proof: &Proof) -> Vec<ProofDoubt> {
        let (low, high) = (proof.predicted.low, proof.predicted.high);
        let killed = proof.smallest_killed().filter(|killed| u64::from(*killed) < low);
        let survived = proof.largest_survivor().zip(high).filter(|(survived, high)| u64::from(*survived) > *high);
        let trials = proof.trials.len() as u32;
        let failed = proof.undecided().count() as u32;
        let all = [
            killed.map(|killed| ProofDoubt::KilledEarly { killed, low }),
            survived.map(|(survived, high)| ProofDoubt::LivedLong { survived, high }),
            (failed > 0).then_some(ProofDoubt::Failed { trials: failed }),
            proof.interrupted.then_some(ProofDoubt::Interrupted { trials }),
        ];
        all.into_iter().flatten().collect()
    }

    /// What is the matter, in a sentence.
    pub fn matter(&self) -> String {
        match self {
            ProofDoubt::KilledEarly { killed, low } => format!(
                "{} were killed, below the interval of the prediction, which begins at {}: near the limit a stream costs more than by the \
                 line, or peaks were met.",
                counted(u64::from(*killed), "stream"),
                grouped(*low)
            ),
            ProofDoubt::LivedLong { survived, high } => format!(
                "{} lived, above the interval of the prediction, which ends at {}: near the limit a stream costs less than by the line, or \
                 the program frees what it can.",
                counted(u64::from(*survived), "stream"),
                grouped(*high)
            ),
            ProofDoubt::Failed { trials } => format!(
                "{} failed, and no other tells what becomes of as many streams: what lived and what was killed may lie nearer together.",
                counted(u64::from(*trials), "trial")
            ),
            ProofDoubt::Interrupted { trials } => format!(
                "The search was interrupted after {} at the limit: what lived and what was killed may lie nearer together.",
                counted(u64::from(*trials), "trial")
            ),
        }
    }

    /// What helps.
    pub fn cure(&self) -> Cure {
        match self {
            ProofDoubt::KilledEarly { .. } => Cure::PlanWithTheKilled,
            ProofDoubt::LivedLong { .. } => Cure::PlanWithTheSurvivors,
            ProofDoubt::Failed { .. } => Cure::MendAndProveAgain,
            ProofDoubt::Interrupted { .. } => Cure::Finish,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::{Fate, LimitedTrial, Prediction, SCHEMA};
    use crate::scenario::Held;
    use crate::units::Bytes;

    #[test]
    fn what_lies_outside_the_interval_is_doubted() {
        let proof = |survived: u32, killed: u32, interrupted: bool| Proof {
            schema: SCHEMA.to_owned(),
            probe_version: "0".to_owned(),
            label: "retain-chunks".to_owned(),
            held: Held::Stream,
            limit: Bytes(48 << 20),
            predicted: Prediction { streams: 206, low: 200, high: Some(212), confidence: 0.9 },
            trials: vec![
                LimitedTrial { streams: survived, fate: Fate::Survived },
                LimitedTrial { streams: killed, fate: Fate::Killed { kills: 1, phase: None, held: None } },
            ],
            interrupted,
        };
        for (survived, killed, interrupted, doubts) in [
            (199, 200, false, vec![]),
            (212, 213, false, vec![]),
            (180, 199, false, vec![ProofDoubt::KilledEarly { killed: 199, low: 200 }]),
            (213, 214, false, vec![ProofDoubt::LivedLong { survived: 213, high: 212 }]),
            (205, 207, true, vec![ProofDoubt::Interrupted { trials: 2 }]),
        ] {
            assert_eq!(ProofDoubt::of(&proof(survived, killed, interrupted)), doubts);
        }
    }
    #[test]
    fn failures_that_nothing_decides_are_doubted() {
        let failed = |streams| LimitedTrial { streams, fate: Fate::Failed { why: "port taken".to_owned() } };
        let survived = |streams| LimitedTrial { streams, fate: Fate::Survived };
        let killed = |streams, held| LimitedTrial { streams, fate: Fate::Killed { kills: 1, phase: None, held } };
        for (trials, doubts) in [
            (vec![failed(206)], vec![ProofDoubt::Failed { trials: 1 }]),
            (vec![survived(204), failed(206)], vec![ProofDoubt::Failed { trials: 1 }]),
            (vec![survived(204), failed(206), survived(206)], vec![]),
            (vec![failed(203), survived(204), killed(206, None), failed(207)], vec![]),
            // A pool of 205 makes the other trial one of 205 streams, too.
            (vec![survived(204), failed(206), killed(208, Some(205))], vec![]),
        ] {
            let proof = Proof {
                schema: SCHEMA.to_owned(),
                probe_version: "0".to_owned(),
                label: "retain-chunks".to_owned(),
                held: Held::Stream,
                limit: Bytes(48 << 20),
                predicted: Prediction { streams: 206, low: 200, high: Some(212), confidence: 0.9 },
                trials,
                interrupted: false,
            };
            assert_eq!(ProofDoubt::of(&proof), doubts, "{:?}", proof.trials);
        }
    }
}
