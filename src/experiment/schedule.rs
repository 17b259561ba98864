//! Which trials in which order, and how many at once.

use crate::scenario::{Mode, Scenario};
use fastrand::Rng;

/// Events a second, over all trials that run at once, which two processors carry with room to spare: about a third of what the
/// simulator and one client reach there (`cargo bench --bench timing` runs 100,000).
pub const EVENTS_PER_SECOND: f64 = 36_000.0;

/// One trial to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Order of start within the run.
    pub sequence: u32,
    /// Which pass.
    pub pass: u32,
    /// What the subject does with text.
    pub mode: Mode,
    /// Streams to open.
    pub streams: u32,
}

/// One pass: every mode at every rung, in an order that depends on the seed and the pass alone.
pub fn pass(scenario: &Scenario, pass: u32) -> Vec<Planned> {
    let mut trials: Vec<(Mode, u32)> = scenario
        .modes
        .iter()
        .flat_map(|mode| scenario.ladder.rungs().iter().map(|streams| (*mode, *streams)))
        .collect();
    Rng::with_seed(scenario.seed.wrapping_add(u64::from(pass))).shuffle(&mut trials);
    let first = pass * trials.len() as u32;
    trials
        .into_iter()
        .zip(first..)
        .map(|((mode, streams), sequence)| Planned { sequence, pass, mode, streams })
        .collect()
}

/// What trials that run at once may use together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Events a second.
    pub events_per_second: f64,
    /// Streams, each a file of the harness.
    pub streams: u32,
}

impl Budget {
    /// Cuts trials into waves, in their order: a wave is what runs side by side. A trial too large for the budget runs alone.
    pub fn waves(&self, trials: &[Planned], events_per_second_per_stream: f64) -> Vec<Vec<Planned>> {
        let mut waves: Vec<Vec<Planned>> = Vec::new();
        let mut streams = 0;
        for trial in trials {
            let together = streams + trial.streams;
            let rate = f64::from(together) * events_per_second_per_stream;
            match waves.last_mut() {
                Some(wave) if together <= self.streams && rate <= self.events_per_second => {
                    wave.push(*trial);
                    streams = together;
                }
                _ => {
                    waves.push(vec![*trial]);
                    streams = trial.streams;
                }
            }
        }
        waves
    }

    /// Half of it, for when something was late.
    pub fn halved(self) -> Budget {
        Budget { events_per_second: self.events_per_second / 2.0, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(streams: u32) -> Planned {
        Planned { sequence: 0, pass: 0, mode: Mode::Drop, streams }
    }

    #[test]
    fn waves_hold_what_the_budget_allows() {
        let trials = [planned(10), planned(10), planned(10), planned(500), planned(1)];
        let sizes = |budget: Budget, rate| budget.waves(&trials, rate).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(Budget { events_per_second: 1e9, streams: 20 }, 1.0), [2, 1, 1, 1]);
        assert_eq!(sizes(Budget { events_per_second: 3000.0, streams: 1000 }, 100.0), [3, 1, 1]);
        assert_eq!(sizes(Budget { events_per_second: 1e9, streams: 1000 }, 1.0), [5]);
    }
}
