//! The second axis: memory against streams *and* text.

use super::over_time::OverTime;
use super::plane::{Base, Plane, PlanePoint};
use super::quantity::Quantity;
use super::trial::TrialPoint;
use crate::fit::{Estimate, student_bound};
use crate::run::Run;
use serde::{Deserialize, Serialize};

/// Base, open stream, kept text.
const COEFFICIENTS: usize = 3;

/// memory = base + N x (open + kept x bytes of text), fitted over streams of several lengths on the *full* plateau.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TextAxis {
    /// The process with no stream, bytes.
    #[serde(rename = "base_bytes")]
    pub base: Estimate,
    /// One more open stream without its text, bytes.
    #[serde(rename = "open_bytes_per_stream")]
    pub open: Estimate,
    /// Bytes kept for every byte of text.
    #[serde(rename = "kept_bytes_per_text_byte")]
    pub kept: Estimate,
    /// Standard deviation of the trials about it, bytes.
    #[serde(rename = "residual_bytes")]
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub residual_sd: f64,
    /// Trials in it.
    #[cfg_attr(test, schemars(range(min = 4)))]
    pub trials: usize,
    /// The lengths it was fitted on, characters.
    #[cfg_attr(test, schemars(extend("minItems" = 2)))]
    pub chars: Vec<u64>,
}

impl TextAxis {
    /// Of trials with the longest prompt; `None` where streams of one length only were measured. Where streams grow by themselves, what
    /// time added is taken away: longer texts may take longer.
    pub fn fit(run: &Run, trials: &[TrialPoint], growing: Option<OverTime>) -> Option<TextAxis> {
        let point = |trial: &TrialPoint| {
            let memory = trial.get(Quantity::Full)? - of_time(trial, growing);
            Some(PlanePoint { streams: f64::from(trial.streams), given: trial.text_bytes, memory })
        };
        let prompt = run.scenario.longest_prompt();
        let points: Vec<PlanePoint> = trials.iter().filter(|trial| trial.prompt == prompt).filter_map(point).collect();
        let Plane { base, open, kept, residual_sd, trials } =
            Plane::fit(&points, Base::OfAll, run.environment.page_bytes as f64)?;
        let chars = run.streams.iter().map(|stream| stream.chars).collect();
        Some(TextAxis { base, open, kept, residual_sd, trials, chars })
    }

    /// How far one process lies above it at most with this one-sided confidence, bytes, if the plane itself were known. With no more trials
    /// than coefficients nothing is known of that.
    pub fn scatter(&self, confidence: f64) -> f64 {
        match self.trials.saturating_sub(COEFFICIENTS) {
            0 => f64::INFINITY,
            degrees_of_freedom => student_bound(confidence, degrees_of_freedom, self.residual_sd),
        }
    }
}

/// What time added to a trial until its *full* plateau, bytes.
fn of_time(trial: &TrialPoint, growing: Option<OverTime>) -> f64 {
    let added = |growing: OverTime, seconds: f64| growing.per_stream_second.value * seconds * f64::from(trial.streams);
    growing.zip(trial.seconds_to_full).map_or(0.0, |(growing, seconds)| added(growing, seconds))
}
