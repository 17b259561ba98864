//! A run: passes over the ladder until the answer is sharp enough, then the heap profiles.

use super::adapt::{self, Need, Room};
use super::forecast;
use super::job::Job;
use super::load::followed;
use super::look;
use super::profile;
use super::progress::{Progress, Why};
use super::schedule::{self, Planned, WaveLimit};
use super::setup::Setup;
use super::stop::{Stop, unless_stopped};
use super::trial::{self, Outcome};
use super::troubles::{is_hopeless, killed_in};
use crate::cost::{Analysis, Doubt};
use crate::run::{Failure, Phase, Run, SCHEMA};
use crate::store::StoreError;
use crate::units::counted;
use futures::future::join_all;
use std::collections::{BTreeSet, VecDeque};
use std::future::Future;
use std::time::Duration;
use tokio::time::sleep;

/// Processes that start at once fight for the locks of their program's pages, and some are left without pages that others have: 100 KiB of
/// chance in RSS. One takes some 10 ms to start.
const START_APART: Duration = Duration::from_millis(30);

/// Why a run gave no answer at all.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// Every trial of the first pass failed.
    #[error("{first}{}", if *.given_up { "; that will not get better, and the other trials are left out" } else { "" })]
    NothingMeasured {
        /// What became of the first.
        first: Box<Failure>,
        /// Whether trials were left out for it.
        given_up: bool,
    },
    /// Not even a first answer comes in the time that there is.
    #[error(
        "a first answer takes about {seconds:.0} s, and {within} s are given: give it more time, fewer programs or a faster pace"
    )]
    TooLittleTime {
        /// What the fewest trials take.
        seconds: f64,
        /// What somebody said it may take.
        within: u32,
    },
    /// The limit that subjects run under leaves no room for two numbers of streams.
    #[error("{first}: {}; choose a larger limit", no_room_for(*.streams))]
    NoRoom {
        /// What became of the first.
        first: Box<Failure>,
        /// Streams that reach the limit; `None` where the base alone does.
        streams: Option<u32>,
    },
}

impl MeasureError {
    /// The same where nothing is left of what subjects wrote but their last words.
    pub fn without_log(self) -> MeasureError {
        let bare = |first: Box<Failure>| Box::new(first.without_log());
        match self {
            MeasureError::NothingMeasured { first, given_up } => {
                MeasureError::NothingMeasured { first: bare(first), given_up }
            }
            MeasureError::NoRoom { first, streams } => MeasureError::NoRoom { first: bare(first), streams },
            MeasureError::TooLittleTime { .. } => self,
        }
    }
}

/// All that was measured.
#[derive(Debug)]
pub struct Measured {
    /// The record.
    pub run: Run,
    /// What ended it early, if something did.
    pub stopped: Option<Stop>,
}

/// Runs the scenario of `setup`. When `interrupted` completes, subjects are killed and what has been measured is returned. `keep` is called
/// after every pass with all that there is by then, so that nothing is lost when the harness itself is killed; where it cannot keep that,
/// nothing more is measured.
///
/// # Errors
/// When nothing could be measured: the reason of the first failure.
pub async fn measure(
    setup: &Setup,
    interrupted: impl Future<Output = ()>,
    mut keep: impl FnMut(&Run) -> Result<(), StoreError>,
) -> Result<Measured, MeasureError> {
    // Series of which no more trials are run.
    let (mut run, mut given_up) = (empty_run(setup), BTreeSet::new());
    let first = first_in_time(setup)?;
    let all = go(setup, &mut run, first, &mut given_up, &mut keep);
    let stopped = unless_stopped(&setup.folder, interrupted, all).await.err();
    run.interrupted = stopped.is_some();
    let Some(first) = run.failures.first().filter(|_| stopped.is_none()).map(|first| Box::new(first.clone())) else {
        return Ok(Measured { run, stopped });
    };
    match killed_in(&run) {
        Some(phase) if Analysis::of(&run).is_err() => {
            Err(MeasureError::NoRoom { first, streams: reach_the_limit(&run, phase) })
        }
        _ if run.trials.is_empty() => Err(MeasureError::NothingMeasured { first, given_up: !given_up.is_empty() }),
        _ => Ok(Measured { run, stopped }),
    }
}

/// The smallest number of streams that reach the limit, of trials that the kernel killed in this phase and later; `None` where the base alone
/// does.
fn reach_the_limit(run: &Run, earliest: Phase) -> Option<u32> {
    let killed = run.failures.iter().map(|failure| failure.asked).min()?;
    (earliest != Phase::Idle && killed > run.scenario.ladder.bottom()).then_some(killed)
}

/// What a limit has no room for.
fn no_room_for(streams: Option<u32>) -> String {
    match streams {
        None => "the base alone reaches the limit".to_owned(),
        Some(streams) => {
            let streams = counted(u64::from(streams), "stream");
            format!("the base and {streams} reach the limit, so that there is no line")
        }
    }
}

fn empty_run(setup: &Setup) -> Run {
    Run {
        schema: SCHEMA.to_owned(),
        probe_version: env!("CARGO_PKG_VERSION").to_owned(),
        began: jiff::Zoned::now().strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        scenario: setup.scenario.without_secrets(),
        streams: setup.stream_facts(),
        passed_on: None,
        environment: setup.environment.clone(),
        trials: Vec::new(),
        failures: Vec::new(),
        heap: Vec::new(),
        looks: Vec::new(),
        interrupted: false,
    }
}

/// The first pass, or the least that makes a line where the time for it is short.
fn first_in_time(setup: &Setup) -> Result<Vec<Planned>, MeasureError> {
    let scenario = &setup.scenario;
    let whole = schedule::first_pass(scenario);
    let Some(within) = scenario.within else { return Ok(whole) };
    let least = vec![scenario.ladder.bottom(), scenario.ladder.top(), scenario.ladder.top()];
    let least = schedule::pass(scenario, 0, 0, &vec![least; scenario.series.len()]);
    let takes = |trials: &[Planned]| forecast::of_pass(setup, trials);
    let first = if takes(&least) < takes(&whole) && takes(&whole) > f64::from(within) { least } else { whole };
    match takes(&first) {
        seconds if seconds > f64::from(within) => Err(MeasureError::TooLittleTime { seconds, within }),
        _ => Ok(first),
    }
}

async fn go(
    setup: &Setup,
    run: &mut Run,
    first: Vec<Planned>,
    given_up: &mut BTreeSet<u32>,
    keep: &mut impl FnMut(&Run) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut wave_limit = setup.wave_limit();
    let mut trials = first;
    setup.tell(Progress::RunBegins { expected: forecast::of_run(setup), pass: forecast::of_pass(setup, &trials) });
    let (mut pass, mut why) = (0, Why::First);
    while !trials.is_empty() {
        one_pass(setup, run, given_up, &trials, (pass, why), wave_limit).await;
        run.streams = setup.stream_facts();
        run.passed_on = setup.passed_on();
        if !run.trials.is_empty() {
            keep(run)?;
        }
        // What a runtime keeps alive is sharp where its resident memory is not, and needs no more passes.
        if pass == 0 && !run.trials.is_empty() && is_in_time(setup, forecast::of_looks(setup)) {
            looks(setup, run, wave_limit).await;
        }
        pass += 1;
        let analysis = Analysis::of(run).ok();
        if analysis.as_ref().is_some_and(something_was_late) {
            wave_limit = wave_limit.halved();
        }
        (trials, why) = next_pass(setup, run, analysis.as_ref(), pass);
        setup.tell(Progress::PassEnds { pass, so_far: analysis.map(Box::new), another: !trials.is_empty() });
    }
    if !run.trials.is_empty() && is_in_time(setup, forecast::of_profiles(setup)) {
        profiles(setup, run, wave_limit).await;
    }
    Ok(())
}

/// The trials that come after so many passes, and why; none where the answer is sharp, or nothing more may be measured.
fn next_pass(setup: &Setup, run: &Run, analysis: Option<&Analysis>, passes: u32) -> (Vec<Planned>, Why) {
    let scenario = &setup.scenario;
    let passes_left = scenario.repeats.saturating_sub(passes);
    // What a limit kills in one pass it kills in the next.
    let is_hopeless = run.trials.is_empty() || (analysis.is_none() && killed_in(run).is_some());
    if passes_left == 0 || is_hopeless {
        return (Vec::new(), Why::Sharper);
    }
    let mut why = Why::Sharper;
    let rungs = |series: u32| {
        let fitted = analysis.and_then(|analysis| analysis.series.iter().find(|other| other.fitted.index == series));
        // Of a series without a line nobody knows where it would help.
        let Some(fitted) = fitted else {
            return adapt::first_rungs(scenario, &scenario.series[series as usize].client);
        };
        let need = adapt::need(fitted, scenario, room(setup, run, series, (passes, passes_left)));
        if let Need::Longer(rungs) = &need {
            why = Why::Longer { streams: rungs.last().copied().unwrap_or(0) };
        }
        need.rungs().to_vec()
    };
    let rungs: Vec<Vec<u32>> = (0..scenario.series.len() as u32).map(rungs).collect();
    let next =
        run.trials.iter().map(|trial| trial.sequence).chain(run.failures.iter().filter_map(|one| one.sequence)).max();
    let trials = schedule::pass(scenario, passes, next.map_or(0, |last| last + 1), &rungs);
    let trials = followed(trials, analysis, &setup.sources);
    let takes = forecast::of_pass(setup, &trials) + forecast::of_profiles(setup);
    (if is_in_time(setup, takes) { trials } else { Vec::new() }, why)
}

/// Whether what takes so many seconds ends in the time that there is.
fn is_in_time(setup: &Setup, seconds: f64) -> bool {
    let spent = setup.epoch.elapsed().as_secs_f64();
    setup.scenario.within.is_none_or(|within| spent + seconds <= f64::from(within))
}

fn room(setup: &Setup, run: &Run, series: u32, (passes, passes_left): (u32, u32)) -> Room {
    let machine = setup.environment.memory_bytes as f64;
    let limit = setup.scenario.limit.filter(|_| setup.scenario.confined).map_or(machine, |limit| limit.as_f64());
    Room {
        passes,
        passes_left,
        streams: setup.streams_at_once,
        memory_bytes: machine.min(limit),
        holds_no_more: run.failures.iter().any(|failure| failure.series == series && run.is_beyond(failure)),
    }
}

async fn one_pass(
    setup: &Setup,
    run: &mut Run,
    given_up: &mut BTreeSet<u32>,
    trials: &[Planned],
    (pass, why): (u32, Why),
    wave_limit: WaveLimit,
) {
    let waves = wave_limit.waves(trials, |job| setup.sources.events_per_second(job));
    setup.tell(Progress::PassBegins {
        pass: pass + 1,
        of: setup.scenario.repeats,
        why,
        trials: trials.len() as u32,
        seconds: forecast::of_waves(setup, &waves),
    });
    let mut left: VecDeque<Vec<Planned>> = waves.into();
    loop {
        leave_out_hopeless(setup, run, given_up, &mut left);
        let Some(wave) = left.pop_front() else { break };
        side_by_side(setup, run, wave).await;
    }
}

/// Drops the trials that would come to nothing, and says so of each series once.
fn leave_out_hopeless(setup: &Setup, run: &Run, given_up: &mut BTreeSet<u32>, left: &mut VecDeque<Vec<Planned>>) {
    let mut labels = Vec::new();
    for series in 0..run.scenario.series.len() as u32 {
        let is_left = left.iter().flatten().any(|planned| planned.job.series == series);
        if is_left && is_hopeless(run, series) {
            left.iter_mut().for_each(|wave| wave.retain(|planned| planned.job.series != series));
            if given_up.insert(series) {
                labels.push(run.scenario.label(series as usize));
            }
        }
    }
    if !labels.is_empty() {
        setup.tell(Progress::SeriesEnd { labels });
    }
}

/// Trials of one wave at once, each its own process. What has ended is kept at once, so that an interrupt loses only what runs.
async fn side_by_side(setup: &Setup, run: &mut Run, wave: Vec<Planned>) {
    use futures::stream::{FuturesUnordered, StreamExt};
    let apart = |(place, planned)| async move {
        sleep(START_APART * place as u32).await;
        trial::run(setup, planned).await
    };
    let mut running: FuturesUnordered<_> = wave.into_iter().enumerate().map(apart).collect();
    while let Some(Outcome { trial, failure, .. }) = running.next().await {
        run.trials.extend(trial);
        run.failures.extend(failure);
    }
}

/// Of a series whose first process tells nothing no other is asked; of one whose line is not sharp by then, some more.
async fn looks(setup: &Setup, run: &mut Run, wave_limit: WaveLimit) {
    if !setup.scenario.heap {
        return;
    }
    let (first, others) = look::jobs(&setup.scenario);
    look_into(setup, run, first, wave_limit).await;
    let others = others.into_iter().filter(|job| run.looks.iter().any(|look| look.series == job.series)).collect();
    look_into(setup, run, others, wave_limit).await;
    let further = look::further(&setup.scenario, &run.looks);
    look_into(setup, run, further, wave_limit).await;
}

async fn look_into(setup: &Setup, run: &mut Run, jobs: Vec<Job>, wave_limit: WaveLimit) {
    if jobs.is_empty() {
        return;
    }
    let waves = wave_limit.waves(&jobs, |job| setup.sources.events_per_second(job));
    let seconds = forecast::of_waves(setup, &waves);
    setup.tell(Progress::LooksBegin { processes: jobs.len() as u32, seconds });
    let mut numbers = run.looks.len()..;
    for wave in waves {
        let each = wave.into_iter().zip(&mut numbers).map(|(job, number)| look::run(setup, job, number));
        for taken in join_all(each).await {
            match taken {
                Ok(look) => run.looks.extend(look),
                Err(failure) => run.failures.push(failure),
            }
        }
    }
}

async fn profiles(setup: &Setup, run: &mut Run, wave_limit: WaveLimit) {
    let jobs = profile::jobs(&setup.scenario);
    if jobs.is_empty() || !setup.scenario.heap {
        return;
    }
    // Under dhat an event takes some ten times the processor time, which makes these late and no less true.
    let waves = wave_limit.waves(&jobs, |job| setup.sources.events_per_second(job));
    let seconds = forecast::of_waves(setup, &waves);
    setup.tell(Progress::ProfilesBegin { processes: jobs.len() as u32, seconds });
    for wave in waves {
        for taken in join_all(wave.into_iter().map(|job| profile::run(setup, job))).await {
            match taken {
                Ok(record) => run.heap.push(record),
                Err(failure) => run.failures.push(failure),
            }
        }
    }
}

fn something_was_late(analysis: &Analysis) -> bool {
    let late = |doubt: &Doubt| matches!(doubt, Doubt::SamplerLate { .. } | Doubt::SimulatorLate { .. });
    analysis.series.iter().flat_map(|mode| &mode.doubts).any(late)
}
