//! A look into the heaps of runtimes: processes of their own, because a collection changes what comes after it, and what is preloaded is in
//! their base.

use super::conductor::{Conductor, Start};
use super::job::Job;
use super::patience::Patience;
use super::schedule::sends_much;
use super::setup::Setup;
use super::trial_error::TrialError;
use crate::fit::{Design, Line, Point};
use crate::run::{Failure, Look, Phase, Reason};
use crate::sampler::{owners, without_owner};
use crate::scenario::{Ending, Scenario};
use crate::subject::{Heaps, Inside};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::sleep;

/// How often each number of streams is looked at: they agree to some thousandths, and a line wants to know how well.
const TIMES: u32 = 3;
/// What is alive is sharp when half of its interval is no more than this share of it.
const SHARP: f64 = 0.03;
/// No more pairs of processes are looked into for that: a runtime that drops compiled code when it sees fit does not come to an end.
const MOST_PAIRS: u32 = 4;
/// What a program may take to keep or drop what it has read.
const SETTLING: Duration = Duration::from_millis(500);

/// The processes to be looked into, with the longest stream and prompt: the first of every series, which tells whether it can be, and the
/// others.
pub fn jobs(scenario: &Scenario) -> (Vec<Job>, Vec<Job>) {
    // What is alive scatters so little that the ends of the ladder say most.
    let (bottom, top) = (scenario.ladder.bottom(), scenario.ladder.top());
    let programs = (0..).zip(&scenario.series).filter(|(_, series)| !series.client.is_built_in());
    let job = |series, streams| job(scenario, series, streams);
    let streams = [bottom, top];
    let others = |series| {
        let all = (0..TIMES).flat_map(|_| streams.iter().map(move |streams| job(series, *streams)));
        all.skip(1).collect::<Vec<_>>()
    };
    let (first, others): (Vec<_>, Vec<_>) = programs.map(|(series, _)| (job(series, bottom), others(series))).unzip();
    (first, others.concat())
}

fn job(scenario: &Scenario, series: u32, streams: u32) -> Job {
    Job {
        series,
        stream: scenario.longest(),
        prompt: scenario.longest_prompt(),
        streams,
        pace: scenario.pace,
        ending: Ending::Together,
        alone: sends_much(scenario, scenario.longest_prompt(), streams),
        limit: None,
    }
}

/// Further processes of the series whose line of what is alive is not sharp yet: pairs at the ends of the ladder.
pub fn further(scenario: &Scenario, looks: &[Look]) -> Vec<Job> {
    let (low, high) = (scenario.ladder.bottom(), scenario.ladder.top());
    let of_series = |series: u32| {
        let of_series = looks.iter().filter(|look| look.series == series);
        let points: Vec<Point> =
            of_series.map(|look| Point { x: f64::from(look.streams), y: look.full.alive_bytes as f64 }).collect();
        // Of what may be nothing no share is to be had.
        let is_blurred = |line: &Line| line.slope.low > 0.0 && line.slope.relative_half_width() > SHARP;
        let line = Line::fit(&points).ok().filter(is_blurred)?;
        let x = points.iter().map(|point| point.x).collect();
        let design = Design { x, slope: line.slope.value, scatter: line.residual_sd };
        let pairs = design.pairs_until(SHARP, low.into(), high.into()).unwrap_or(MOST_PAIRS).min(MOST_PAIRS);
        Some([low, high].repeat(pairs as usize).into_iter().map(move |streams| job(scenario, series, streams)))
    };
    (0..scenario.series.len() as u32).filter_map(of_series).flatten().collect()
}

/// Looks into one subject; `None` where it is in no runtime that tells.
///
/// # Errors
/// What went wrong.
pub async fn run(setup: &Setup, job: Job, number: usize) -> Result<Option<Look>, Failure> {
    take(setup, job, number).await.map_err(|error| error.of_look().failure(&setup.folder, None, job))
}

async fn take(setup: &Setup, job: Job, number: usize) -> Result<Option<Look>, TrialError> {
    let inside = Inside::open().map_err(|source| TrialError::reading(Phase::Idle, &source))?;
    let name = format!("look-{number:02}-{}-{}", setup.scenario.file_label(job.series as usize), job.streams);
    let start = Start { name, cgroup: None, heap_profile: None, inside: inside.environment() };
    let (mut conductor, mut subject) = Conductor::start(setup, job, Patience::MEASURED, start).await?;
    let looked = tokio::select! {
        looked = look(&mut conductor, &inside) => Ok(looked?),
        ended = subject.ended() => Err(ended),
    };
    match looked {
        Ok(look) => {
            conductor.finish(subject).await;
            Ok(look)
        }
        Err(ended) => Err(conductor.ended(ended).await),
    }
}

async fn look(conductor: &mut Conductor<'_>, inside: &Inside) -> Result<Option<Look>, TrialError> {
    conductor.enter(Phase::Open);
    conductor.open().await?;
    sleep(SETTLING).await;
    let Some(open) = heaps(conductor, inside).await else { return Ok(None) };
    conductor.enter(Phase::Streaming);
    if !conductor.fill().await {
        return Err(Reason::NotFull.into());
    }
    conductor.enter(Phase::Full);
    conductor.has_all_streams()?;
    sleep(SETTLING).await;
    let totals = conductor.tree.totals().map_err(|source| TrialError::reading(Phase::Full, &source))?;
    let page = crate::sampler::page_bytes();
    let resident_bytes = totals.counted_once_bytes.unwrap_or(u64::from(totals.statm.resident_pages) * page);
    let Some(full) = heaps(conductor, inside).await else { return Ok(None) };
    Ok(Some(Look {
        series: conductor.job.series,
        streams: conductor.simulator.stage().open(),
        runtime: full.runtime,
        processes: full.pids.len() as u32,
        open: open.heap,
        full: full.heap,
        resident_bytes,
    }))
}

/// What the runtimes tell. What is alive in others says nothing of streams that somebody holds who does not tell.
async fn heaps(conductor: &mut Conductor<'_>, inside: &Inside) -> Option<Heaps> {
    let held_now = held(conductor);
    let strangers = conductor.tree.without_owner(held_now);
    if !strangers.is_empty() {
        conductor.tree.adopt(owners(&strangers));
    }
    conductor.tree.refresh();
    let heaps = inside.look(&conductor.tree.pids_of_memories()).await?;
    let of_others = without_owner(&heaps.pids, held(conductor));
    // A socket that was being closed is gone by now.
    of_others.is_disjoint(&held(conductor)).then_some(heaps)
}

/// The subject's sockets to the simulator, by their inodes, as far as the kernel tells.
fn held(conductor: &mut Conductor<'_>) -> BTreeSet<u64> {
    let sockets = conductor.connections.of_subject(&conductor.simulator).unwrap_or_default();
    sockets.into_iter().map(|socket| u64::from(socket.inode)).collect()
}
