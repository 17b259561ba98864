//! The proof of a line: a limit, the number of streams that it should kill, and trials around that number.

use super::expected::Expected;
use super::forecast;
use super::job::Job;
use super::progress::Progress;
use super::schedule::Planned;
use super::setup::Setup;
use super::stop::{Stop, unless_stopped};
use super::trial::{self, Outcome};
use crate::cost::SeriesAnalysis;
use crate::fit::{Largest, Line};
use crate::proof::{Fate, LimitedTrial, Prediction, Proof, SCHEMA};
use crate::run::{Phase, Trial};
use crate::scenario::Scenario;
use crate::store::StoreError;
use crate::units::Bytes;
use std::future::Future;

/// The search ends when the largest survivor and the smallest killed are this near, as a share of the prediction: half of what a proof is
/// to show.
const NEAR: f64 = 0.015;
/// No search takes more trials than this.
const MOST_TRIALS: usize = 24;
/// With less than this none came to its end so far.
const FEWEST_TRIALS: u32 = 2;
/// Lines near the limit that are measured at the most: a program that does not grow in a line may lead on for ever.
pub const MOST_LINES: u32 = 3;
/// Shares of the predicted number at which the line is measured before it is proved: near enough to reach the limit without a leap, and
/// not so near that an unlimited trial would be another proof.
const RUNGS: [f64; 4] = [0.25, 0.5, 0.75, 0.95];
/// The same for a client whose trials run side by side: one wave of them carries as many events as the two trials at the limit that follow,
/// and two of them stand near the limit, so that what one of them has by chance is seen as scatter and not taken for the slope.
const RUNGS_AT_ONCE: [f64; 5] = [0.05, 0.1, 0.2, 0.75, 0.9];
/// One-sided: the number that is killed lies in the predicted interval in 19 of 20 proofs.
const ONE_SIDE: f64 = 0.975;

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

/// The smallest number of streams that `limit` kills, by whichever of the series' lines of what a container is charged meets it first, and no
/// more than was `killed` with an earlier line.
///
/// # Errors
/// When no line ever meets the limit and nothing was killed, or one begins above it.
pub fn meets(series: &SeriesAnalysis, killed: Option<u64>, limit: Bytes) -> Result<u64, ProveError> {
    let label = whole_label(series);
    let base = charges(series).map(|line| line.intercept.value).fold(0.0, f64::max);
    if base >= limit.as_f64() {
        return Err(ProveError::BaseKilled { label, base: Bytes(base as u64), limit });
    }
    first_met(series, killed, limit, 0.5).ok_or(ProveError::NeverKilled { label, limit })
}

/// The same with where the first and the last of many processes meet it.
///
/// # Errors
/// As [`meets`]. Where the line is so uncertain that the last may never meet it, the trials at the limit tell.
pub fn predict(series: &SeriesAnalysis, killed: Option<u64>, limit: Bytes) -> Result<Prediction, ProveError> {
    let streams = meets(series, killed, limit)?;
    let low = first_met(series, killed, limit, ONE_SIDE).map_or(streams, |low| low.min(streams));
    let high = first_met(series, killed, limit, 1.0 - ONE_SIDE);
    Ok(Prediction { streams, low, high, confidence: 2.0 * ONE_SIDE - 1.0 })
}

/// By the bounds of this confidence, and no later than what was killed on the way: that is known, and no line has to say it.
fn first_met(series: &SeriesAnalysis, killed: Option<u64>, limit: Bytes, confidence: f64) -> Option<u64> {
    let by_lines = charges(series).filter_map(|line| first_above(line, limit, confidence));
    by_lines.chain(killed).chain(series.fitted.killed_from.map(u64::from)).min()
}

fn charges(series: &SeriesAnalysis) -> impl Iterator<Item = &Line> {
    series.fitted.bound().charges().map(|(_, line)| line)
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

/// The numbers of streams at which to measure the line that is to be proved: all at once, or one after the other.
pub fn rungs(expected: u64, at_once: bool) -> Vec<u32> {
    let rung = |share: f64| ((expected as f64 * share) as u32).max(1);
    let shares = if at_once { &RUNGS_AT_ONCE[..] } else { &RUNGS };
    let mut rungs: Vec<u32> = shares.iter().copied().map(rung).collect();
    rungs.dedup();
    rungs
}

/// How long the lines near the limit may take, measured in trials like those of `setup`: the more streams, the longer.
pub fn expected_lines(setup: &Setup) -> Expected {
    let job = at_limit(setup, 0, 0, None).job;
    let one_by_one = if setup.client(&job).is_built_in() { 1 } else { RUNGS.len() as u32 };
    let passes = setup.scenario.repeats;
    let line = forecast::of_trial(setup, &job) * f64::from(one_by_one);
    Expected::times(line, Scenario::MIN_PASSES.min(passes), MOST_LINES * passes)
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
        held: series.fitted.client.held(),
        limit,
        predicted,
        trials: Vec::new(),
        // Until the search has come to its end, which it may never do.
        interrupted: true,
    };
    keep(&proof)?;
    let near = ((predicted.streams as f64 * NEAR) as u32).max(1);
    let mut next = first_two(predicted, near);
    while !next.is_empty() && proof.trials.len() < MOST_TRIALS {
        proof.trials.extend(together(setup, series, &next, limit).await);
        keep(&proof)?;
        next = next_two(&proof, near);
    }
    proof.interrupted = false;
    keep(&proof)?;
    Ok(proof)
}

/// Around the prediction, so near that a survivor below and one killed above it are the proof.
fn first_two(predicted: Prediction, near: u32) -> Vec<u32> {
    let streams = u32::try_from(predicted.streams).unwrap_or(u32::MAX);
    let below = near.div_ceil(2);
    // The number that is predicted is the first that is killed.
    at_most_two([streams.saturating_sub(below), streams.saturating_add(near - below)])
}

/// Which numbers say most next: outside of what was tried where all had one fate, each time twice as far; in three parts between a survivor
/// and one that was killed. None where these are near enough. A number that failed is tried once more where something else did not fail, and
/// ends the search when it fails again.
fn next_two(proof: &Proof, near: u32) -> Vec<u32> {
    let ends = proof.largest_survivor().zip(proof.smallest_killed());
    // A survivor above a number that was killed: chance is as wide as that, and no trial makes it narrower.
    if ends.is_some_and(|(survived, killed)| killed <= survived.saturating_add(near)) {
        return Vec::new();
    }
    let failed: Vec<u32> = proof.undecided().map(|trial| trial.streams).collect();
    if !failed.is_empty() {
        let is_hopeless = proof.failed() == proof.trials.len() || has_twice(&failed);
        return if is_hopeless { Vec::new() } else { failed };
    }
    let step = near << (proof.trials.len() / 2).min(16);
    match (proof.largest_survivor(), proof.smallest_killed()) {
        (Some(survived), None) => at_most_two([survived.saturating_add(step), survived.saturating_add(3 * step)]),
        (None, Some(killed)) if killed <= 1 => Vec::new(),
        (None, Some(killed)) => at_most_two([killed.saturating_sub(3 * step), killed.saturating_sub(step)]),
        (Some(survived), Some(killed)) => {
            let third = ((killed - survived) / 3).max(1);
            at_most_two([survived + third, killed - third])
        }
        (None, None) => Vec::new(),
    }
}

fn has_twice(numbers: &[u32]) -> bool {
    numbers.iter().enumerate().any(|(place, number)| numbers[..place].contains(number))
}

/// No process has fewer streams than one, and none is tried twice at once.
fn at_most_two(numbers: [u32; 2]) -> Vec<u32> {
    let mut numbers = numbers.map(|streams| streams.max(1)).to_vec();
    numbers.dedup();
    numbers
}

/// What becomes of these numbers, side by side where trials do not change one another.
async fn together(setup: &Setup, series: &SeriesAnalysis, streams: &[u32], limit: Bytes) -> Vec<LimitedTrial> {
    let at_once = series.fitted.client.is_built_in();
    let seconds = forecast::of_trial(setup, &at_limit(setup, series.fitted.index, 0, Some(limit)).job);
    let in_turns = if at_once { 1 } else { streams.len() };
    setup.tell(Progress::LimitBegins { limit, streams: streams.to_vec(), seconds: seconds * in_turns as f64 });
    let one = |streams: &u32| told(setup, series, *streams, limit);
    if at_once {
        return futures::future::join_all(streams.iter().map(one)).await;
    }
    let mut trials = Vec::new();
    for number in streams {
        trials.push(one(number).await);
    }
    trials
}

async fn told(setup: &Setup, series: &SeriesAnalysis, streams: u32, limit: Bytes) -> LimitedTrial {
    let trial = LimitedTrial { streams, fate: one(setup, series, streams, limit).await };
    setup.tell(Progress::LimitEnds(trial.clone()));
    trial
}

/// A trial with the longest stream and prompt, which is the one that a limit has to be proved for.
fn at_limit(setup: &Setup, series: u32, streams: u32, limit: Option<Bytes>) -> Planned {
    let (stream, prompt) = (setup.scenario.longest(), setup.scenario.longest_prompt());
    let (pace, ending) = (setup.scenario.pace, setup.scenario.hardest_ending());
    let job = Job { series, stream, prompt, streams, pace, ending, alone: true, limit };
    Planned { sequence: streams, pass: 0, job }
}

async fn one(setup: &Setup, series: &SeriesAnalysis, streams: u32, limit: Bytes) -> Fate {
    let planned = at_limit(setup, series.fitted.index, streams, Some(limit));
    let Outcome { failure, killed, trial } = trial::run(setup, planned).await;
    match (killed, failure) {
        (1.., failure) => Fate::Killed {
            kills: killed,
            phase: failure.and_then(|failure| failure.reason.phase()),
            held: trial.as_ref().and_then(fewer_held),
        },
        (0, Some(failure)) => Fate::Failed { why: failure.to_string() },
        (0, None) => {
            let deltas = u64::from(streams) * setup.stream_facts()[planned.job.stream as usize].deltas;
            trial.map_or_else(|| short("nothing was measured"), |trial| held(&trial, deltas))
        }
    }
}

/// How many streams it held at the most, where it surely came to rest with fewer than it was asked for: who was killed on the way there may
/// have been opening the others.
fn fewer_held(trial: &Trial) -> Option<u32> {
    let at_rest = trial.plateaus().map(|plateau| plateau.streams).max().filter(|streams| *streams > 0)?;
    Some(at_rest.max(trial.simulator.peak_streams)).filter(|held| *held < trial.asked)
}

/// Only who holds all streams with all their text, and has read it, has survived.
fn held(trial: &Trial, deltas: u64) -> Fate {
    let Some(full) = trial.plateau(Phase::Full) else {
        return short("it did not get as far as having all its text");
    };
    if full.streams < trial.asked {
        return short(&format!("it held {} of {} streams: a pool, or a gate?", full.streams, trial.asked));
    }
    if trial.simulator.deltas < deltas || full.unread_bytes.is_some_and(|bytes| bytes > 0) {
        return short("it did not read all its text in time");
    }
    Fate::Survived
}

fn short(why: &str) -> Fate {
    Fate::Failed { why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::Analysis;
    use crate::reading::Skmem;
    use crate::run::Run;
    use crate::scenario::Held;

    const RUN: &str = include_str!("../../output/gallery/24-streams/run.json");

    fn next(trials: &[(u32, Fate)]) -> Vec<u32> {
        let trials = trials.iter().map(|(streams, fate)| LimitedTrial { streams: *streams, fate: fate.clone() });
        let proof = Proof {
            schema: SCHEMA.to_owned(),
            probe_version: "0".to_owned(),
            label: String::new(),
            held: Held::Stream,
            limit: Bytes(1 << 28),
            predicted: Prediction { streams: 518, low: 500, high: Some(540), confidence: 0.95 },
            trials: trials.collect(),
            interrupted: true,
        };
        next_two(&proof, 8)
    }

    fn killed(held: Option<u32>) -> Fate {
        Fate::Killed { kills: 1, phase: None, held }
    }

    #[test]
    fn one_failure_among_several_is_tried_again_once() {
        let failed = || short("it did not read all its text in time");
        assert_eq!(next(&[(514, Fate::Survived), (522, failed())]), [522]);
        // The search goes on where the other trial lived or was killed.
        assert_eq!(next(&[(514, Fate::Survived), (522, failed()), (522, killed(None))]), [0; 0]);
        assert_eq!(next(&[(514, Fate::Survived), (522, failed()), (522, Fate::Survived)]), [538, 570]);
        assert_eq!(next(&[(514, Fate::Survived), (522, failed()), (522, failed())]), [0; 0]);
        // Nothing else came of it, and nothing will.
        assert_eq!(next(&[(514, failed()), (522, failed())]), [0; 0]);
        // What failed lies above what is killed, and says nothing of it.
        assert_eq!(next(&[(522, failed()), (514, killed(None))]), [466, 498]);
    }

    #[test]
    fn what_a_pool_let_be_open_is_what_was_killed() {
        assert_eq!(next(&[(514, killed(Some(500))), (522, killed(Some(500)))]), [452, 484]);
        assert_eq!(next(&[(484, Fate::Survived), (522, killed(Some(490)))]), [0; 0]);
    }

    /// The first series of a run whose charge falls with its streams, of which so many were killed.
    fn falling(killed: Option<u32>) -> SeriesAnalysis {
        let mut run: Run = serde_json::from_str(RUN).unwrap();
        for plateau in
            run.trials.iter_mut().flat_map(|trial| &mut trial.phases).filter_map(|record| record.plateau.as_mut())
        {
            (plateau.smaps, plateau.counted_once_bytes, plateau.high_water_bytes) = (None, None, None);
            (plateau.connections, plateau.sockets) = (Some(0), Some(Skmem::default()));
        }
        for trial in &mut run.trials {
            trial.samples.rss_pages.iter_mut().for_each(|pages| *pages = 3000 - 10 * trial.asked);
            trial.high_water_of_one_bytes = None;
        }
        let mut series = Analysis::of(&run).unwrap().series.remove(0);
        series.fitted.killed_from = killed;
        series
    }

    #[test]
    fn what_was_killed_is_predicted_where_no_line_meets_the_limit() {
        let limit = Bytes(1 << 30);
        assert!(matches!(predict(&falling(None), None, limit), Err(ProveError::NeverKilled { .. })));
        for (now, before, expected) in [(Some(300), None, 300), (None, Some(290), 290), (Some(300), Some(290), 290)] {
            let predicted = predict(&falling(now), before, limit).unwrap();
            assert_eq!((predicted.streams, predicted.high), (expected, Some(expected)));
        }
    }

    #[test]
    fn a_line_that_may_not_meet_the_limit_predicts_all_the_same() {
        let mut run: Run = serde_json::from_str(RUN).unwrap();
        // Scatter as large as what streams add.
        for trial in &mut run.trials {
            let more = if trial.sequence % 2 == 0 { 1500 } else { 0 };
            trial.samples.rss_pages.iter_mut().for_each(|pages| *pages += more);
        }
        let series = Analysis::of(&run).unwrap().series.remove(0);
        let predicted = predict(&series, None, Bytes(1 << 30)).unwrap();
        assert_eq!(predicted.high, None, "{predicted:?}");
        assert!(predicted.low <= predicted.streams && predicted.streams > 100, "{predicted:?}");
    }

    #[test]
    fn fewer_are_held_only_where_it_came_to_rest() {
        let run: Run = serde_json::from_str(RUN).unwrap();
        let trial = run.trials.into_iter().find(|trial| trial.asked == 24).unwrap();
        assert_eq!(fewer_held(&trial), None);
        let pool = Trial { asked: 30, ..trial };
        assert_eq!(fewer_held(&pool), Some(24));
        let killed_while_they_open = Trial { phases: Vec::new(), ..pool };
        assert_eq!(fewer_held(&killed_while_they_open), None);
    }
}
