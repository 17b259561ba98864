//! The third axis: memory against streams *and* prompts, by what came of them.

use super::plane::{Base, Plane, PlanePoint};
use super::quantity::Quantity;
use super::trial::TrialPoint;
use crate::fit::{Estimate, median};
use crate::run::Run;
use serde::{Deserialize, Serialize};

/// A request that is to have a prompt has no fewer bytes than this share of it: characters are bytes, and JSON adds to them.
const IS_THERE: f64 = 0.9;
/// Between requests with the shortest and the longest prompt there lies at least this share of what lies between the prompts: one that is the
/// same with both has neither.
const FOLLOWS: f64 = 0.1;

/// memory = base + N x (stream + kept x bytes of its request), fitted over prompts of several lengths on the *full* plateau, of the longest
/// streams. The base may rise with the prompt: what goes through one buffer is no stream's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PromptAxis {
    /// The process with no stream, bytes.
    #[serde(rename = "base_bytes")]
    pub base: Estimate,
    /// One more stream with all its text and without a prompt, bytes.
    #[serde(rename = "promptless_bytes_per_stream")]
    pub promptless: Estimate,
    /// Bytes kept for every byte of a prompt.
    #[serde(rename = "kept_bytes_per_prompt_byte")]
    pub kept: Estimate,
    /// Standard deviation of the trials about it, bytes.
    #[serde(rename = "residual_bytes")]
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub residual_sd: f64,
    /// Trials in it.
    #[cfg_attr(test, schemars(range(min = 5)))]
    pub trials: usize,
    /// The lengths that were asked for, characters.
    #[cfg_attr(test, schemars(extend("minItems" = 2)))]
    pub chars: Vec<u32>,
}

impl PromptAxis {
    /// Of trials with the longest streams; `None` where prompts of one length only were measured.
    pub(super) fn fit(run: &Run, trials: &[TrialPoint]) -> Option<PromptAxis> {
        let point = |trial: &TrialPoint| {
            let (given, memory) = (trial.request_bytes?, trial.get(Quantity::Full)?);
            Some(PlanePoint { streams: f64::from(trial.streams), given, memory })
        };
        let longest = run.scenario.longest();
        let points: Vec<PlanePoint> =
            trials.iter().filter(|trial| trial.stream == longest).filter_map(point).collect();
        let Plane { base, open: promptless, kept, residual_sd, trials } =
            Plane::fit(&points, Base::WithWhatIsGiven, run.environment.page_bytes as f64)?;
        Some(PromptAxis { base, promptless, kept, residual_sd, trials, chars: run.scenario.prompt_chars.clone() })
    }
}

/// What came of the prompts that were asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prompts {
    /// Characters of the longest that was asked for.
    pub asked_chars: u32,
    /// Bytes of a request's body that was to have it.
    pub request_bytes: f64,
    /// Whether requests had the prompts that they were to have.
    pub are_there: bool,
}

impl Prompts {
    /// Of a series' trials; `None` where none were asked for, or nobody counted what came.
    pub(super) fn of(run: &Run, trials: &[TrialPoint]) -> Option<Prompts> {
        let of_prompt = |prompt: u32| {
            let of_it = trials.iter().filter(|trial| trial.prompt == prompt);
            median(&mut of_it.filter_map(|trial| trial.request_bytes).collect::<Vec<f64>>())
        };
        let longest = run.scenario.longest_prompt();
        let asked_chars = Some(run.scenario.prompt(longest)).filter(|chars| *chars > 0)?;
        let request_bytes = of_prompt(longest)?;
        let has = |prompt: u32, bytes: f64| bytes >= IS_THERE * f64::from(run.scenario.prompt(prompt));
        let all_have = (0..=longest).all(|prompt| of_prompt(prompt).is_none_or(|bytes| has(prompt, bytes)));
        let apart = f64::from(asked_chars) - f64::from(run.scenario.prompt(0));
        let follow = of_prompt(0).is_none_or(|bytes| (request_bytes - bytes).abs() >= FOLLOWS * apart);
        Some(Prompts { asked_chars, request_bytes, are_there: all_have && follow })
    }
}
