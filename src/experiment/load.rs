//! How fast text may come for what a subject takes of a processor to read it.

use super::job::Job;
use super::schedule::Planned;
use super::sources::Sources;
use crate::cost::Analysis;
use crate::scenario::Pace;

/// The share of one processor that a subject may need for its events; above it the text comes more slowly. A program that has no time left
/// falls behind, and its backlog is what would be measured.
const BUSY: f64 = 0.5;

/// Trials at the pace that their subjects can follow. All of a series come at one pace, the slowest of theirs: how much garbage lies about in
/// a runtime depends on it.
pub fn followed(trials: Vec<Planned>, analysis: Option<&Analysis>, sources: &Sources) -> Vec<Planned> {
    let seconds_per_event = |series: u32| {
        let of_series = analysis?.series.iter().find(|other| other.fitted.index == series)?;
        Some(of_series.fitted.processor?.seconds_per_1000_events.value.max(0.0) / 1e3)
    };
    let pace = |job: &Job| {
        let seconds = seconds_per_event(job.series).unwrap_or(0.0);
        slower(job.pace, seconds * sources.events(job.stream) * f64::from(job.streams))
    };
    let slowest = |series: u32| {
        let of_series = trials.iter().filter(|planned| planned.job.series == series);
        of_series.map(|planned| pace(&planned.job)).max_by(|a, b| a.seconds().total_cmp(&b.seconds()))
    };
    let at_pace = |planned: &Planned| {
        let pace = slowest(planned.job.series).unwrap_or(planned.job.pace);
        Planned { job: Job { pace, ..planned.job }, ..*planned }
    };
    trials.iter().map(at_pace).collect()
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
