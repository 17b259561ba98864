//! What a record says that cannot be: it may have been written by anybody.

use super::{Plateau, Run, Trial};
use crate::units::{Bytes, counted, grouped};

impl Run {
    /// The first thing in it that contradicts the rest, in words; `None` in a record that this program wrote.
    pub fn contradiction(&self) -> Option<String> {
        let page = self.environment.page_bytes;
        if !page.is_power_of_two() {
            return Some(format!("its pages have {}", counted(page, "byte")));
        }
        if self.scenario.series.is_empty() {
            return Some("it has no series".to_owned());
        }
        let of_trial = self.trials.iter().find_map(|trial| self.contradiction_of(trial));
        let failures = self.failures.iter().map(|failure| ("a failure", failure.series));
        let profiles = self.heap.iter().map(|record| ("a heap profile", record.series));
        let others = failures.chain(profiles).chain(self.looks.iter().map(|look| ("a look into a heap", look.series)));
        let no_series = |(what, series): (&str, u32)| {
            self.series(series).is_none().then(|| format!("{what} is of series {series}, which there is not"))
        };
        of_trial.or_else(|| others.into_iter().find_map(no_series))
    }

    fn contradiction_of(&self, trial: &Trial) -> Option<String> {
        let says = |what: String| Some(format!("trial {} {what}", trial.sequence));
        if self.series(trial.series).is_none() {
            return says(format!("is of series {}, which there is not", trial.series));
        }
        if self.streams.get(trial.stream as usize).is_none() {
            return says(format!("is of stream {}, which there is not", trial.stream));
        }
        if trial.prompt > self.scenario.longest_prompt() {
            return says(format!("is of prompt {}, which there is not", trial.prompt));
        }
        let samples = &trial.samples;
        let lengths = [samples.at_ms.len(), samples.rss_pages.len(), samples.anonymous_pages.len()];
        if lengths.iter().any(|length| *length != lengths[0]) {
            let lengths = lengths.map(|length| grouped(length as u64));
            return says(format!("has columns of samples of different lengths: {}", lengths.join(", ")));
        }
        let there_is = self.environment.memory_bytes;
        let too_much = trial.plateaus().filter_map(|plateau| most_resident(plateau, there_is)).max()?;
        says(format!("has {} resident, and the machine has {}", Bytes(too_much), Bytes(there_is)))
    }
}

/// The largest reading of a plateau, where it is more than each of its processes could have of a memory of so many bytes, if that is known.
fn most_resident(plateau: &Plateau, there_is: u64) -> Option<u64> {
    let readings = [
        Some(plateau.statm_beside_bytes),
        plateau.smaps.map(|smaps| smaps.rss_bytes),
        plateau.counted_once_bytes,
        plateau.high_water_bytes,
    ];
    let most = readings.into_iter().flatten().max()?;
    let possible = there_is.saturating_mul(u64::from(plateau.processes.max(1)));
    (there_is > 0 && most > possible).then_some(most)
}
