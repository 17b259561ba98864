//! Which trials in which order, and how many at once.

use crate::scenario::Scenario;
use crate::units::Bytes;
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
    /// Which of the scenario's series.
    pub series: u32,
    /// Which of the scenario's streams.
    pub stream: u32,
    /// Streams to open.
    pub streams: u32,
    /// Whether it has the machine to itself: a program that takes much processor time for each event, or that shares pages with its
    /// like, is changed by what runs beside it.
    pub alone: bool,
    /// The memory limit that it runs under, if it is to be killed there.
    pub limit: Option<Bytes>,
}

/// One pass: every series at every rung with every length of stream, in an order that depends on the seed and the pass alone.
pub fn pass(scenario: &Scenario, pass: u32) -> Vec<Planned> {
    let mut trials = Vec::new();
    for (series, what) in (0..).zip(&scenario.series) {
        // A real API has limits to what one account may ask for at once.
        let alone = !what.client.is_built_in() || scenario.slow_reader || scenario.is_real();
        for (stream, _) in (0..).zip(&scenario.streams) {
            let rungs = scenario.ladder.rungs().iter();
            trials.extend(rungs.map(|&streams| Planned {
                sequence: 0,
                pass,
                series,
                stream,
                streams,
                alone,
                limit: scenario.limit.filter(|_| scenario.confined),
            }));
        }
    }
    Rng::with_seed(scenario.seed.wrapping_add(u64::from(pass))).shuffle(&mut trials);
    // Those that run side by side first: then nothing waits for a processor that one of the others uses alone.
    trials.sort_by_key(|trial| trial.alone);
    let first = pass * trials.len() as u32;
    trials.into_iter().zip(first..).map(|(trial, sequence)| Planned { sequence, ..trial }).collect()
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
                Some(wave)
                    if !trial.alone
                        && wave.iter().all(|other| !other.alone)
                        && together <= self.streams
                        && rate <= self.events_per_second =>
                {
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
        Planned { sequence: 0, pass: 0, series: 0, stream: 0, streams, alone: false, limit: None }
    }

    #[test]
    fn waves_hold_what_the_budget_allows() {
        let trials = [planned(10), planned(10), planned(10), planned(500), planned(1)];
        let sizes = |budget: Budget, rate| budget.waves(&trials, rate).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(Budget { events_per_second: 1e9, streams: 20 }, 1.0), [2, 1, 1, 1]);
        assert_eq!(sizes(Budget { events_per_second: 3000.0, streams: 1000 }, 100.0), [3, 1, 1]);
        assert_eq!(sizes(Budget { events_per_second: 1e9, streams: 1000 }, 1.0), [5]);
        let alone = trials.map(|trial| Planned { alone: trial.streams == 10, ..trial });
        let waves = Budget { events_per_second: 1e9, streams: 1000 }.waves(&alone, 1.0);
        assert_eq!(waves.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 1, 2]);
    }
}
