//! How long a subject may take to collect its garbage: who did not answer once is not waited for as long again.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// For a collection of a large heap.
const LONG: Duration = Duration::from_secs(15);
/// For one that came to nothing before.
const SHORT: Duration = Duration::from_secs(1);

/// The series whose subject did not answer; trials that run side by side write into one account.
#[derive(Default)]
pub struct Collecting(Mutex<BTreeSet<u32>>);

impl Collecting {
    /// How long a subject of this series is waited for.
    pub fn patience(&self, series: u32) -> Duration {
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&series) { SHORT } else { LONG }
    }

    /// Learns whether a subject of this series answered.
    pub fn learn(&self, series: u32, has_answered: bool) {
        let mut silent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if has_answered {
            silent.remove(&series);
        } else {
            silent.insert(series);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_did_not_answer_is_waited_for_briefly() {
        let collecting = Collecting::default();
        collecting.learn(1, false);
        assert_eq!((collecting.patience(0), collecting.patience(1)), (LONG, SHORT));
        collecting.learn(1, true);
        assert_eq!(collecting.patience(1), LONG);
    }
}
