//! Which trials in which order, and how many at once.

use super::job::Job;
use crate::scenario::Scenario;
use fastrand::Rng;

/// Events a second, over all trials that run at once, which two processors carry with room to spare: about a third of what the
/// simulator and one client reach there (`cargo bench --bench timing` runs 100,000).
pub const EVENTS_PER_SECOND: f64 = 36_000.0;

/// A subject that sends more bytes of prompts than this has the machine to itself: they are in memory several times while they are sent.
const MOST_BYTES_BESIDE_OTHERS: u64 = 16 << 20;

/// Whether the prompts of so many streams are too much beside other subjects.
pub fn sends_much(scenario: &Scenario, prompt: u32, streams: u32) -> bool {
    u64::from(scenario.prompt(prompt)) * u64::from(streams) > MOST_BYTES_BESIDE_OTHERS
}

/// One trial to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// One pass: every series at every rung with every length of stream and of prompt, and every way to end, in an order that depends on the seed and the pass alone.
pub fn pass(scenario: &Scenario, pass: u32) -> Vec<Planned> {
    let mut jobs = Vec::new();
    for (series, what) in (0..).zip(&scenario.series) {
        // A real API has limits to what one account may ask for at once.
        let alone = !what.client.is_built_in() || scenario.slow_reader || scenario.is_real();
        let alone = |prompt, streams| alone || sends_much(scenario, prompt, streams);
        for (stream, prompt) in scenario.streams_and_prompts() {
            let limit = scenario.limit.filter(|_| scenario.confined);
            for &ending in &scenario.endings {
                jobs.extend(scenario.ladder.rungs().iter().map(|&streams| {
                    let alone = alone(prompt, streams);
                    Job { series, stream, prompt, streams, ending, alone, limit }
                }));
            }
        }
    }
    Rng::with_seed(scenario.seed.wrapping_add(u64::from(pass))).shuffle(&mut jobs);
    // Those that run side by side first: then nothing waits for a processor that one of the others uses alone.
    jobs.sort_by_key(|job| job.alone);
    let first = pass * jobs.len() as u32;
    jobs.into_iter().zip(first..).map(|(job, sequence)| Planned { sequence, pass, job }).collect()
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
    /// Cuts what is to be run into waves, in its order: a wave is what runs side by side. A subject too large for it runs alone.
    pub fn waves<T: AsRef<Job> + Copy>(&self, all: &[T], events_per_second_per_stream: f64) -> Vec<Vec<T>> {
        let mut waves: Vec<Vec<T>> = Vec::new();
        let mut streams = 0;
        for one in all {
            let job = one.as_ref();
            let together = streams + job.streams;
            let rate = f64::from(together) * events_per_second_per_stream;
            match waves.last_mut() {
                Some(wave)
                    if !job.alone
                        && wave.iter().all(|other| !other.as_ref().alone)
                        && together <= self.streams
                        && rate <= self.events_per_second =>
                {
                    wave.push(*one);
                    streams = together;
                }
                _ => {
                    waves.push(vec![*one]);
                    streams = job.streams;
                }
            }
        }
        waves
    }

    /// Half of it, for when something was late.
    pub fn halved(self) -> WaveLimit {
        WaveLimit { events_per_second: self.events_per_second / 2.0, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Ending;

    fn job(streams: u32) -> Job {
        Job { series: 0, stream: 0, prompt: 0, streams, ending: Ending::Together, alone: false, limit: None }
    }

    #[test]
    fn waves_hold_what_the_limit_allows() {
        let trials = [job(10), job(10), job(10), job(500), job(1)];
        let sizes =
            |wave_limit: WaveLimit, rate| wave_limit.waves(&trials, rate).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(WaveLimit { events_per_second: 1e9, streams: 20 }, 1.0), [2, 1, 1, 1]);
        assert_eq!(sizes(WaveLimit { events_per_second: 3000.0, streams: 1000 }, 100.0), [3, 1, 1]);
        assert_eq!(sizes(WaveLimit { events_per_second: 1e9, streams: 1000 }, 1.0), [5]);
        let alone = trials.map(|trial| Job { alone: trial.streams == 10, ..trial });
        let waves = WaveLimit { events_per_second: 1e9, streams: 1000 }.waves(&alone, 1.0);
        assert_eq!(waves.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 1, 2]);
    }
}
