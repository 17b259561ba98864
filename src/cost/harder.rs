//! From which number of streams on a program works harder for the same events: a runtime whose heap is full collects more often.

use super::trial::TrialPoint;
use crate::fit::median;
use std::collections::BTreeMap;

/// As many times as much processor time for an event is no chance.
const HARDER: f64 = 1.5;

/// A number of streams, and how much harder it is with them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Harder {
    /// The fewest streams with which it is.
    pub from: u32,
    /// Processor time for an event there, over the least with fewer streams.
    pub times: f64,
}

impl Harder {
    /// Of trials by their numbers of streams, each of which stands for the median of its trials. With few streams a program's own start
    /// weighs more, so that only what comes after the least counts.
    pub(super) fn of(trials: &[TrialPoint]) -> Option<Harder> {
        let mut by_streams: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for trial in trials {
            let each = trial.work.filter(|(deltas, _)| *deltas > 0.0).map(|(deltas, seconds)| seconds / deltas);
            by_streams.entry(trial.streams).or_default().extend(each);
        }
        let mut least = f64::INFINITY;
        for (streams, mut each) in by_streams {
            let Some(seconds) = median(&mut each) else { continue };
            if seconds > HARDER * least && least > 0.0 {
                return Some(Harder { from: streams, times: seconds / least });
            }
            least = least.min(seconds);
        }
        None
    }
}
