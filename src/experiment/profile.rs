//! The heap profile: processes of their own under dhat, at the largest and the smallest number of streams, closed on the *full* plateau.
//!
//! A profiler in the process changes the number it explains (about 45 bytes a live block, and a lock around every allocation), so
//! nothing of these processes' RSS is used. Two stream counts, because a site's bytes at one count say nothing of what one more
//! stream costs.

use super::conductor::{Conductor, Start};
use super::job::Job;
use super::patience::Patience;
use super::schedule::sends_much;
use super::setup::Setup;
use super::trial_error::{TrialError, recorded};
use crate::heap::{self, Profile};
use crate::run::{Failure, HeapRecord, Phase, Reason};
use crate::scenario::{Ending, Scenario};
use crate::subject::Order;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tokio::time::sleep;

/// What the profiled process may take to keep or drop what it has read.
const SETTLING: Duration = Duration::from_millis(500);

/// The file of a series' profile: `heap.json` for the first one of a run, `heap-SERIES.json` for the others; the profile at the smallest
/// number of streams, which it is compared with, has that number in its name.
fn file_name(scenario: &Scenario, job: Job) -> String {
    let mut name = "heap".to_owned();
    if job.series > 0 {
        name = format!("{name}-{}", scenario.file_label(job.series as usize));
    }
    if job.streams != scenario.ladder.top() {
        name = format!("{name}-at-{}", job.streams);
    }
    format!("{name}.json")
}

/// The processes to be profiled, with the longest stream: each by its series and its streams.
pub fn jobs(scenario: &Scenario) -> Vec<Job> {
    let ladder = &scenario.ladder;
    let (stream, prompt) = (scenario.longest(), scenario.longest_prompt());
    let profiled = (0..).zip(&scenario.series).filter(|(_, series)| series.client.is_built_in());
    let one = |series, streams| {
        let alone = sends_much(scenario, prompt, streams);
        let (pace, ending) = (scenario.pace, Ending::Together);
        Job { series, stream, prompt, streams, pace, ending, alone, limit: None }
    };
    profiled.flat_map(|(series, _)| [ladder.bottom(), ladder.top()].map(|streams| one(series, streams))).collect()
}

/// Takes one profile.
///
/// # Errors
/// What went wrong.
pub async fn run(setup: &Setup, job: Job) -> Result<HeapRecord, Failure> {
    let file = file_name(&setup.scenario, job);
    take(setup, job, &file).await.map_err(|error| error.of_profile(&file).failure(&setup.folder, None, job))
}

async fn take(setup: &Setup, job: Job, file: &str) -> Result<HeapRecord, TrialError> {
    let path = setup.folder.path().join(file);
    let name = file.trim_end_matches(".json").to_owned();
    let start = Start { name, cgroup: None, heap_profile: Some(path.clone()), inside: Vec::new() };
    let (mut conductor, mut subject) = Conductor::start(setup, job, Patience::PROFILED, start).await?;
    let ended = tokio::select! {
        result = until_full(&mut conductor) => Ok(result?),
        ended = subject.ended() => Err(ended),
    };
    if let Err(ended) = ended {
        return Err(conductor.ended(ended).await);
    }
    // The subject writes the profile, and then sees that its input is closed.
    conductor.voice.order(Order::Profile).await;
    conductor.finish(subject).await;
    read(&path, file, job)
}

/// Only of streams that are all there, with all their text, does a profile say what one costs.
async fn until_full(conductor: &mut Conductor<'_>) -> Result<(), TrialError> {
    conductor.enter(Phase::Open);
    conductor.open().await?;
    let opened = conductor.simulator.stage().open();
    if opened < conductor.job.streams {
        return Err(conductor.told(Reason::FewStreams { opened }));
    }
    conductor.enter(Phase::Streaming);
    if !conductor.fill().await {
        return Err(Reason::NotFull.into());
    }
    conductor.enter(Phase::Full);
    sleep(SETTLING).await;
    Ok(())
}

fn read(path: &Path, file: &str, Job { series, streams, .. }: Job) -> Result<HeapRecord, TrialError> {
    let text = fs::read(path).map_err(|error| Reason::BadProfile { what: recorded(&error) })?;
    let sites = heap::sites(&Profile::parse(&text)?);
    if sites.is_empty() {
        return Err(Reason::EmptyProfile.into());
    }
    Ok(HeapRecord { series, streams, file: file.to_owned(), sites })
}
