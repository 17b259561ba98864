//! What subjects take of the machine while text comes, and how fast text may come for that.

use super::job::Job;
use super::schedule::{Planned, WaveLimit};
use super::setup::Setup;
use super::sources::Sources;
use crate::cost::Analysis;
use crate::scenario::{Pace, Scenario};

/// The share of one processor that a subject may need for its events; above it the text comes more slowly. A program that has no time left
/// falls behind, and its backlog is what would be measured.
pub const BUSY: f64 = 0.5;
/// What a program of which nothing is known may take of a processor: two run side by side on two processors.
const UNKNOWN: f64 = 0.5;
/// The least that a program counts as: it has to start, and a runtime does something by itself.
const LEAST: f64 = 0.15;

/// What has a job in it whose pace may be changed.
pub trait Fit: AsRef<Job> + Copy {
    /// The same with another job.
    fn with(&self, other: impl FnOnce(Job) -> Job) -> Self;
}

impl Fit for Job {
    fn with(&self, other: impl FnOnce(Job) -> Job) -> Job {
        other(*self)
    }
}

impl Fit for Planned {
    fn with(&self, other: impl FnOnce(Job) -> Job) -> Planned {
        Planned { job: other(self.job), ..*self }
    }
}

/// Seconds of a processor that an event costs each series' program.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Load {
    /// By series: none where it is not known.
    seconds_per_event: Vec<(u32, f64)>,
}

impl Load {
    /// What is known of it by now.
    pub fn of(analysis: Option<&Analysis>) -> Load {
        let series = analysis.iter().flat_map(|analysis| &analysis.series);
        let known = series.filter_map(|series| {
            let seconds = series.fitted.processor?.seconds_per_1000_events.value / 1e3;
            Some((series.fitted.index, seconds.max(0.0)))
        });
        Load { seconds_per_event: known.collect() }
    }

    fn seconds_per_event(&self, series: u32) -> Option<f64> {
        self.seconds_per_event.iter().find(|(index, _)| *index == series).map(|(_, seconds)| *seconds)
    }

    /// The job at the pace that its subject can follow, with the share of a processor that it takes at it.
    pub fn fitted(&self, scenario: &Scenario, sources: &Sources, job: Job) -> Job {
        if scenario.series[job.series as usize].client.is_built_in() {
            return Job { processors: 0.0, ..job };
        }
        let Some(seconds_per_event) = self.seconds_per_event(job.series) else {
            return Job { processors: UNKNOWN, ..job };
        };
        let events = sources.events(job.stream) * f64::from(job.streams);
        let pace = slower(job.pace, seconds_per_event * events);
        let job = Job { pace, ..job };
        let processors = (seconds_per_event * sources.events_per_second(&job)).max(LEAST);
        Job { processors, ..job }
    }
}

/// Cuts what is to be run into waves, each subject at the pace that it can follow.
pub fn waves<T: Fit>(setup: &Setup, load: &Load, limit: WaveLimit, all: &[T]) -> Vec<Vec<T>> {
    let all: Vec<T> = all.iter().map(|one| one.with(|job| load.fitted(&setup.scenario, &setup.sources, job))).collect();
    limit.waves(&all, |job| setup.sources.events_per_second(job))
}

/// A pace at which so many seconds of a processor are no more than [`BUSY`] of it. A model's own is not changed.
pub fn slower(pace: Pace, processor_seconds: f64) -> Pace {
    match pace {
        Pace::Real => Pace::Real,
        Pace::Seconds(seconds) if seconds * BUSY >= processor_seconds => Pace::Seconds(seconds),
        Pace::Seconds(_) => Pace::Seconds((processor_seconds / BUSY).ceil()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_no_faster_than_half_a_processor_reads_it() {
        assert_eq!(slower(Pace::Seconds(5.0), 2.5), Pace::Seconds(5.0));
        assert_eq!(slower(Pace::Seconds(5.0), 13.0), Pace::Seconds(26.0));
        assert_eq!(slower(Pace::Real, 1e6), Pace::Real);
    }
}
