//! The record of a proof: how many streams a container's limit was predicted to kill, and what happened around that number.

use crate::run::Phase;
use crate::scenario::Held;
use crate::units::Bytes;
use serde::{Deserialize, Serialize};

/// The name and version of the format.
pub const SCHEMA: &str = "stream-probe/proof/1";

/// A prediction and the trials that tested it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// [`SCHEMA`].
    pub schema: String,
    /// The version of `probe` that recorded it.
    pub probe_version: String,
    /// Which series: a client in a mode.
    pub label: String,
    /// What it counts.
    #[serde(default, skip_serializing_if = "Held::is_stream")]
    pub held: Held,
    /// The container's limit.
    pub limit: Bytes,
    /// The smallest number of streams that was predicted to be killed.
    pub predicted: Prediction,
    /// The trials in a cgroup with that limit, in their order.
    pub trials: Vec<LimitedTrial>,
    /// Whether the search for the smallest number that is killed did not come to its end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
}

/// The smallest number of streams at which the line meets the limit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Where the line meets it.
    pub streams: u64,
    /// Where the first of many processes meets it, by the line's prediction bound.
    pub low: u64,
    /// Where the last of them does; `None` where by the bound it may meet it nowhere.
    pub high: Option<u64>,
    /// The share of processes that meet it between the two, 0 to 1.
    #[serde(default = "of_older_proofs")]
    pub confidence: f64,
}

/// What proofs had that do not say it.
fn of_older_proofs() -> f64 {
    0.9
}

/// One trial under the limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitedTrial {
    /// Streams asked for.
    pub streams: u32,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a trial under a limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It held all its streams with all their text.
    Survived,
    /// The kernel killed it, by the count of its cgroup.
    Killed {
        /// `oom_kill`.
        kills: u64,
        /// In which phase its streams were.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        phase: Option<Phase>,
        /// Streams that it held, where that is known and fewer than were asked for: something let it open no more at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        held: Option<u32>,
    },
    /// Something else went wrong, which says nothing of the limit.
    Failed {
        /// One line.
        why: String,
    },
}

impl LimitedTrial {
    /// The streams of which it says what becomes of them.
    pub fn held(&self) -> u32 {
        match self.fate {
            Fate::Killed { held, .. } => held.unwrap_or(self.streams),
            Fate::Survived | Fate::Failed { .. } => self.streams,
        }
    }

    /// Why it says nothing of the limit, if it does not.
    pub fn failure(&self) -> Option<&str> {
        match &self.fate {
            Fate::Failed { why } => Some(why),
            Fate::Survived | Fate::Killed { .. } => None,
        }
    }
}

impl Proof {
    /// The smallest number of streams that was killed.
    pub fn smallest_killed(&self) -> Option<u32> {
        self.with(|fate| matches!(fate, Fate::Killed { .. })).min()
    }

    /// The largest number of streams that survived.
    pub fn largest_survivor(&self) -> Option<u32> {
        self.with(|fate| matches!(fate, Fate::Survived)).max()
    }

    /// All numbers of streams that survived, in the order of the trials.
    pub fn survivors(&self) -> Vec<u32> {
        self.with(|fate| matches!(fate, Fate::Survived)).collect()
    }

    /// All numbers of streams that were killed, in the order of the trials.
    pub fn killed(&self) -> Vec<u32> {
        self.with(|fate| matches!(fate, Fate::Killed { .. })).collect()
    }

    /// Trials that say nothing of the limit.
    pub fn failed(&self) -> usize {
        self.with(|fate| matches!(fate, Fate::Failed { .. })).count()
    }

    /// Trials that say nothing of the limit, and whose numbers no other trial decides: no more streams lived, and no fewer were killed.
    pub fn undecided(&self) -> impl Iterator<Item = &LimitedTrial> {
        let (survived, killed) = (self.largest_survivor(), self.smallest_killed());
        let is_open = move |streams: u32| {
            survived.is_none_or(|survived| streams > survived) && killed.is_none_or(|killed| streams < killed)
        };
        self.trials.iter().filter(move |trial| trial.failure().is_some() && is_open(trial.streams))
    }

    /// How far the prediction is from the smallest number that was killed, as a share of that: above 0 it was too high.
    pub fn error(&self) -> Option<f64> {
        let killed = f64::from(self.smallest_killed()?);
        Some((self.predicted.streams as f64 - killed) / killed)
    }

    fn with(&self, is: impl Fn(&Fate) -> bool) -> impl Iterator<Item = u32> {
        self.trials.iter().filter(move |trial| is(&trial.fate)).map(LimitedTrial::held)
    }
}
