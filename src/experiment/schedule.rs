//! Which trials in which order, and how many at once.

use super::adapt::first_rungs;
use super::job::Job;
use crate::scenario::{Scenario, Series};
use fastrand::Rng;

/// Events a second, over all trials that run at once, which two processors carry with room to spare: two fifths of what the
/// simulator and one client reach there (`cargo bench --bench timing` runs 100,000).
pub const EVENTS_PER_SECOND: f64 = 40_000.0;

/// A subject that sends more bytes of prompts than this has the machine to itself: they are in memory several times while they are sent.
const MOST_BYTES_BESIDE_OTHERS: u64 = 16 << 20;

/// Whether the prompts of so many streams are too much beside other subjects.
pub fn sends_much(scenario: &Scenario, prompt: u32, streams: u32) -> bool {
    u64::from(scenario.prompt(prompt)) * u64::from(streams) > MOST_BYTES_BESIDE_OTHERS
}

/// One trial to be run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Planned {
    /// Order of start within the run.
    pub sequence: u32,
    /// Which pass.
    pub pass: u32,
    /// Its subject.
    pub job: Job,
}

impl AsRef<Job> for Planned {
    fn as_ref(&self) -> &Job {
        &self.job
    }
}

/// The first pass.
pub fn first_pass(scenario: &Scenario) -> Vec<Planned> {
    let rungs = |series: &Series| first_rungs(scenario, &series.client);
    pass(scenario, 0, 0, &scenario.series.iter().map(rungs).collect::<Vec<_>>())
}

/// A pass: each series at its own numbers of streams, with each length of stream and of prompt, and every way to end, in an order that
/// depends on the seed and the pass alone. Its trials are numbered on from `sequence`.
pub fn pass(scenario: &Scenario, pass: u32, sequence: u32, rungs: &[Vec<u32>]) -> Vec<Planned> {
    let mut jobs = Vec::new();
    for ((series, what), rungs) in (0..).zip(&scenario.series).zip(rungs) {
        // A real API has limits to what one account may ask for at once.
        let alone = !what.client.is_built_in() || scenario.slow_reader || scenario.is_real();
        for (stream, prompt) in scenario.streams_and_prompts() {
            let limit = scenario.limit.filter(|_| scenario.confined);
            for &ending in &scenario.endings {
                jobs.extend(rungs.iter().map(|&streams| {
                    let alone = alone || sends_much(scenario, prompt, streams);
                    let pace = scenario.pace;
                    Job { series, stream, prompt, streams, pace, ending, alone, limit }
                }));
            }
        }
    }
    Rng::with_seed(scenario.seed.wrapping_add(u64::from(pass))).shuffle(&mut jobs);
    // Those that run side by side first: then nothing waits for a processor that one of the others uses alone.
    jobs.sort_by_key(|job| job.alone);
    jobs.into_iter().zip(sequence..).map(|(job, sequence)| Planned { sequence, pass, job }).collect()
}

/// What trials that run at once may use together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WaveLimit {
    /// Events a second.
    pub events_per_second: f64,
    /// Streams, each a file of the harness.
    pub streams: u32,
}

impl WaveLimit {
    /// Deals what is to be run into waves, each the first that has room for it: a wave is what runs side by side. A subject too large for any
    /// runs alone. `events_per_second` tells what a subject is sent.
    pub fn waves<T: AsRef<Job> + Copy>(&self, all: &[T], events_per_second: impl Fn(&Job) -> f64) -> Vec<Vec<T>> {
        let mut waves: Vec<(Taken, Vec<T>)> = Vec::new();
        for one in all {
            let job = one.as_ref();
            let takes = Taken { events_per_second: events_per_second(job), streams: job.streams };
            let has_room = |(taken, wave): &&mut (Taken, Vec<T>)| {
                !job.alone && wave.iter().all(|other| !other.as_ref().alone) && self.holds(taken.and(takes))
            };
            match waves.iter_mut().find(has_room) {
                Some((taken, wave)) => {
                    *taken = taken.and(takes);
                    wave.push(*one);
                }
                None => waves.push((takes, vec![*one])),
            }
        }
        waves.into_iter().map(|(_, wave)| wave).collect()
    }

    fn holds(&self, taken: Taken) -> bool {
        taken.streams <= self.streams && taken.events_per_second <= self.events_per_second
    }

    /// Half of it, for when something was late.
    pub fn halved(self) -> WaveLimit {
        WaveLimit { events_per_second: self.events_per_second / 2.0, ..self }
    }
}

/// What the trials of a wave take together.
#[derive(Clone, Copy)]
struct Taken {
    events_per_second: f64,
    streams: u32,
}

impl Taken {
    fn and(self, other: Taken) -> Taken {
        Taken {
            events_per_second: self.events_per_second + other.events_per_second,
            streams: self.streams.saturating_add(other.streams),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Ending;

    fn job(streams: u32) -> Job {
        let (pace, ending) = (Scenario::PACE, Ending::Together);
        Job { series: 0, stream: 0, prompt: 0, streams, pace, ending, alone: false, limit: None }
    }

    #[test]
    fn waves_hold_what_the_limit_allows() {
        let trials = [job(10), job(10), job(10), job(500), job(1)];
        let sizes = |events_per_second: f64, streams: u32, each: f64| {
            let limit = WaveLimit { events_per_second, streams };
            let waves = limit.waves(&trials, |job| f64::from(job.streams) * each);
            waves.iter().map(Vec::len).collect::<Vec<_>>()
        };
        // The last finds room beside the third.
        assert_eq!(sizes(1e9, 20, 1.0), [2, 2, 1]);
        assert_eq!(sizes(3000.0, 1000, 100.0), [3, 1, 1]);
        assert_eq!(sizes(1e9, 1000, 1.0), [5]);
        let all = WaveLimit { events_per_second: 1e9, streams: 1000 };
        let alone = trials.map(|trial| Job { alone: trial.streams == 10, ..trial });
        assert_eq!(all.waves(&alone, |_| 1.0).iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 1, 2]);
    }
}
