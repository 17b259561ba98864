//! Readings that a machine does not give. Only RSS is needed for an answer; what else is missing is said by its name, with what is
//! therefore not in the answer.

use crate::run::{Phase, PhaseRecord, Plateau, Trial};
use serde::Serialize;

/// A reading that a kernel, a sandbox or the subject itself may keep back. (A cgroup of its own is a matter of rights, and where the
/// container's number is read from is a row of the answer.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// The walk over the page tables: not for processes that do not let themselves be looked at, and whole only since Linux 5.9.
    SmapsRollup,
    /// The highest RSS.
    HighWater,
    /// TCP sockets, over netlink: a module that small kernels are built without.
    Sockets,
    /// The clock of processor time.
    ProcessorTime,
}

impl Reading {
    pub(super) const ALL: [Reading; 4] =
        [Reading::SmapsRollup, Reading::HighWater, Reading::Sockets, Reading::ProcessorTime];

    /// As its source calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Reading::SmapsRollup => "smaps_rollup",
            Reading::HighWater => "VmHWM",
            Reading::Sockets => "The kernel's TCP sockets (sock_diag)",
            Reading::ProcessorTime => "Processor time",
        }
    }

    /// What is missing without it.
    pub(super) fn without(self) -> &'static str {
        match self {
            Reading::SmapsRollup => {
                "RSS is by the kernel's counters alone, what several processes share counts more than once, and swapped-out pages go \
                 unseen"
            }
            Reading::HighWater => "nothing is known of peaks",
            Reading::Sockets => {
                "their kernel memory is not in the answer, nor an estimate of what a container is charged, and nobody knows whether all \
                 text had been read"
            }
            Reading::ProcessorTime => "it is not in the answer",
        }
    }

    /// Whether a trial is without it.
    pub(super) fn is_missing(self, trial: &Trial) -> bool {
        let of_a_plateau = |is_missing: fn(&Plateau) -> bool| {
            trial.phases.iter().filter_map(|record| record.plateau.as_ref()).any(is_missing)
        };
        match self {
            Reading::SmapsRollup => of_a_plateau(|plateau| plateau.smaps.is_none()),
            Reading::HighWater => of_a_plateau(|plateau| plateau.high_water_bytes.is_none()),
            Reading::Sockets => of_a_plateau(|plateau| plateau.sockets.is_none()),
            Reading::ProcessorTime => {
                trial.phases.iter().filter(begins_or_ends_text).any(|record| record.cpu_ns.is_none())
            }
        }
    }
}

/// Processor time is read where text begins and where it ends.
fn begins_or_ends_text(record: &&PhaseRecord) -> bool {
    matches!(record.phase, Phase::Streaming | Phase::Full)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::{Analysis, Doubt, Quantity};
    use crate::run::Run;

    const RUN: &str = include_str!("../../output/gallery/24-streams/run.json");

    /// The same run on a machine that gives nothing but RSS.
    fn with_rss_alone(run: &Run) -> Run {
        let mut run = run.clone();
        for record in run.trials.iter_mut().flat_map(|trial| &mut trial.phases) {
            record.cpu_ns = None;
            if let Some(plateau) = &mut record.plateau {
                (plateau.smaps, plateau.counted_once_bytes) = (None, None);
                (plateau.high_water_bytes, plateau.threads) = (None, None);
                (plateau.connections, plateau.sockets, plateau.unread_bytes) = (None, None, None);
                (plateau.receive_buffer_bytes, plateau.container) = (None, None);
            }
        }
        // As it is saved and read again.
        serde_json::from_str(&serde_json::to_string(&run).unwrap()).unwrap()
    }

    #[test]
    fn rss_alone_is_enough_for_the_answer_and_the_rest_is_missed_by_name() {
        let run: Run = serde_json::from_str(RUN).unwrap();
        let bare = with_rss_alone(&run);
        let (whole, rest) = (Analysis::of(&run).unwrap(), Analysis::of(&bare).unwrap());
        for (whole, rest) in whole.series.iter().zip(&rest.series) {
            assert!(!whole.doubts.iter().any(|doubt| matches!(doubt, Doubt::ReadingMissing { .. })));
            for quantity in [Quantity::Full, Quantity::Open, Quantity::Anonymous] {
                assert_eq!(rest.line(quantity), whole.line(quantity), "{quantity:?}");
            }
            for quantity in [Quantity::Peak, Quantity::Sockets, Quantity::Container] {
                assert!(rest.line(quantity).is_none(), "{quantity:?}");
            }
            assert!(rest.fitted.processor.is_none());
            let missing = rest.doubts.iter().filter_map(|doubt| match doubt {
                Doubt::ReadingMissing { reading, trials } => Some((*reading, *trials)),
                _ => None,
            });
            assert_eq!(missing.collect::<Vec<_>>(), Reading::ALL.map(|reading| (reading, 10)));
        }
        let page = crate::report::markdown(&bare, &rest);
        for name in [
            "`smaps_rollup` could not be read",
            "The peak (`VmHWM`) could not be read",
            "sock_diag",
            "Processor time could not",
        ] {
            assert!(page.contains(name), "{name}: {page}");
        }
    }
}
