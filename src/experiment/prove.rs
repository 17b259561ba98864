//! The proof of a line: a limit, the number of streams that it should kill, and trials around that number.

use super::expected::Expected;
use super::forecast;
use super::job::Job;
use super::schedule::Planned;
use super::setup::Setup;
use super::stop::{Stop, unless_stopped};
use super::trial::{self, Outcome};
use crate::cost::{CONFIDENCE, Quantity, SeriesAnalysis};
use crate::fit::{Largest, Line};
use crate::proof::{Fate, LimitedTrial, Prediction, Proof, SCHEMA};
use crate::run::{Phase, Trial};
use crate::scenario::Scenario;
use crate::store::StoreError;
use crate::units::Bytes;
use std::future::Future;

/// How far around the prediction is looked first, as a share of it.
const AROUND: f64 = 0.06;
/// The search ends when the largest survivor and the smallest killed are this near, as a share of it.
const NEAR: f64 = 0.006;
/// No search takes more trials than this.
const MOST_TRIALS: usize = 24;
/// With less than this none came to its end so far.
const FEWEST_TRIALS: u32 = 6;
/// Lines near the limit that are measured at the most: a program that does not grow in a line may lead on for ever.
pub const MOST_LINES: u32 = 3;
/// Shares of the predicted number at which the line is measured before it is proved: near enough to reach the limit without a leap, and
/// not so near that an unlimited trial would be another proof.
const RUNGS: [f64; 4] = [0.25, 0.5, 0.75, 0.95];

/// Why nothing could be predicted or proved.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The line never meets the limit.
    #[error(
        "{label}: by the line, no number of streams reaches {limit}: choose a smaller limit, or streams that cost more"
    )]
    NeverKilled {
        /// Which series.
        label: String,
        /// The limit.
        limit: Bytes,
    },
    /// Not even the base fits.
    #[error("{label}: the base alone, {base}, reaches {limit}: choose a larger limit")]
    BaseKilled {
        /// Which series.
        label: String,
        /// What the container is charged with no stream.
        base: Bytes,
        /// The limit.
        limit: Bytes,
    },
}

/// The smallest number of streams that `limit` kills, by the series' line of what a container is charged.
///
/// # Errors
/// When the line never meets the limit, or begins above it.
pub fn predict(series: &SeriesAnalysis, limit: Bytes) -> Result<Prediction, ProveError> {
    let label = whole_label(series);
    let line = series.line(Quantity::Container).unwrap_or(series.full());
    let base = line.intercept.value;
    if base >= limit.as_f64() {
        return Err(ProveError::BaseKilled { label, base: Bytes(base.max(0.0) as u64), limit });
    }
    let (Some(streams), Some(low), Some(high)) = (
        first_above(line, limit, 0.5),
        first_above(line, limit, CONFIDENCE),
        first_above(line, limit, 1.0 - CONFIDENCE),
    ) else {
        return Err(ProveError::NeverKilled { label, limit });
    };
    Ok(Prediction { streams, low, high })
}

/// A proof stands alone, so that it names both client and mode.
fn whole_label(series: &SeriesAnalysis) -> String {
    format!("{}, {}", series.fitted.client.name(), series.fitted.mode.name())
}

/// The smallest number of streams at which the bound of this confidence lies above the limit; at one half it is the line itself.
fn first_above(line: &Line, limit: Bytes, confidence: f64) -> Option<u64> {
    match line.largest_below(limit.as_f64(), confidence) {
        Some(Largest::Whole(streams)) => Some(streams + 1),
        Some(Largest::Unbounded) => None,
        None => Some(1),
    }
}

/// The numbers of streams at which to measure the line that is to be proved.
pub fn rungs(predicted: Prediction) -> Vec<u32> {
    let rung = |share: f64| ((predicted.streams as f64 * share) as u32).max(1);
    let mut rungs: Vec<u32> = RUNGS.into_iter().map(rung).collect();
    rungs.dedup();
    rungs
}

/// How long the lines near the limit may take, measured in trials like those of `setup`: the more streams, the longer.
pub fn expected_lines(setup: &Setup) -> Expected {
    let line = forecast::of_trial(setup, &at_limit(setup, 0, 0, None).job) * RUNGS.len() as f64;
    Expected::times(line, Scenario::MIN_PASSES, MOST_LINES * setup.scenario.repeats)
}

/// How long the trials at the limit may take.
pub fn expected_trials(setup: &Setup) -> Expected {
    let trial = forecast::of_trial(setup, &at_limit(setup, 0, 0, None).job);
    Expected::times(trial, FEWEST_TRIALS, MOST_TRIALS as u32)
}

/// Searches for the smallest number of streams that the limit kills: by halving between a survivor and a number that is killed.
/// `keep` is called before the first trial and after every one with the proof as it is by then, and once more at the end.
///
/// # Errors
/// When `interrupted` completes before the proof, or it cannot be kept.
pub async fn prove(
    setup: &Setup,
    series: &SeriesAnalysis,
    limit: Bytes,
    predicted: Prediction,
    interrupted: impl Future<Output = ()>,
    keep: impl Fn(&Proof) -> Result<(), StoreError>,
) -> Result<Proof, Stop> {
    unless_stopped(&setup.folder, interrupted, search(setup, series, limit, predicted, keep)).await
}

async fn search(
    setup: &Setup,
    series: &SeriesAnalysis,
    limit: Bytes,
    predicted: Prediction,
    keep: impl Fn(&Proof) -> Result<(), StoreError>,
) -> Result<Proof, StoreError> {
    let mut proof = Proof {
        schema: SCHEMA.to_owned(),
        probe_version: env!("CARGO_PKG_VERSION").to_owned(),
        label: whole_label(series),
        limit,
        predicted,
        trials: Vec::new(),
        // Until the search has come to its end, which it may never do.
        interrupted: true,
    };
    keep(&proof)?;
    let near = ((predicted.streams as f64 * NEAR) as u32).max(1);
    let share = |share: f64| ((predicted.streams as f64 * share).round() as u32).max(1);
    let mut next = share(1.0 - AROUND);
    let mut step = share(AROUND);
    while proof.trials.len() < MOST_TRIALS {
        let fate = one(setup, series, next, limit).await;
        let failed = matches!(fate, Fate::Failed { .. });
        proof.trials.push(LimitedTrial { streams: next, fate });
        keep(&proof)?;
        if failed {
            break;
        }
        next = match (proof.largest_survivor(), proof.smallest_killed()) {
            (Some(survived), None) => {
                step *= 2;
                survived + step
            }
            (None, Some(killed)) if killed <= 1 => break,
            (None, Some(killed)) => {
                step *= 2;
                killed.saturating_sub(step).max(1)
            }
            // A survivor above a number that was killed: chance is as wide as that, and no trial makes it narrower.
            (Some(survived), Some(killed)) if killed <= survived + near => break,
            (Some(survived), Some(killed)) => u32::midpoint(survived, killed),
            (None, None) => break,
        };
    }
    proof.interrupted = false;
    keep(&proof)?;
    Ok(proof)
}

/// A trial with the longest stream, which is the one that a limit has to be proved for.
fn at_limit(setup: &Setup, series: u32, streams: u32, limit: Option<Bytes>) -> Planned {
    let stream = setup.scenario.longest();
    let job = Job { series, stream, streams, alone: true, limit };
    Planned { sequence: streams, pass: 0, job }
}

async fn one(setup: &Setup, series: &SeriesAnalysis, streams: u32, limit: Bytes) -> Fate {
    let planned = at_limit(setup, series.fitted.index, streams, Some(limit));
    let Outcome { failure, killed, trial } = trial::run(setup, planned).await;
    match (killed, failure) {
        (1.., _) => Fate::Killed { kills: killed },
        (0, Some(failure)) => Fate::Failed { why: failure.to_string() },
        (0, None) => {
            let deltas = u64::from(streams) * setup.stream_facts()[planned.job.stream as usize].deltas;
            trial.map_or_else(|| short("nothing was measured"), |trial| held(&trial, deltas))
        }
    }
}

/// Only who holds all streams with all their text, and has read it, has survived.
fn held(trial: &Trial, deltas: u64) -> Fate {
    let Some(full) = trial.plateau(Phase::Full) else {
        return short("it did not get as far as having all its text");
    };
    if full.streams < trial.asked {
        return short(&format!("it held {} of {} streams", full.streams, trial.asked));
    }
    if trial.simulator.deltas < deltas || full.unread_bytes.is_some_and(|bytes| bytes > 0) {
        return short("it did not read all its text in time");
    }
    Fate::Survived
}

fn short(why: &str) -> Fate {
    Fate::Failed { why: why.to_owned() }
}
