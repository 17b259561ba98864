//! The heap profile: processes of their own under dhat, at the largest and the smallest number of streams, closed on the *full* plateau.
//!
//! A profiler in the process changes the number it explains (about 45 bytes a live block, and a lock around every allocation), so
//! nothing of these processes' RSS is used. Two stream counts, because a site's bytes at one count say nothing of what one more
//! stream costs.

use super::schedule::Planned;
use super::setup::Setup;
use crate::heap::{self, Profile};
use crate::run::{Failure, FailureKind, HeapRecord};
use crate::scenario::Scenario;
use crate::subject::Order;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// How long streams may take to arrive; under dhat everything takes longer.
const ARRIVAL: Duration = Duration::from_secs(60);
/// How long the profiler may take to name its sites.
const WRITING: Duration = Duration::from_secs(120);
/// What the profiled process may take to read what has been sent.
const READING: Duration = Duration::from_millis(500);

/// The file of a series' profile: `heap.json` for the first one of a run, `heap-SERIES.json` for the others; the profile at the smallest
/// number of streams, which it is compared with, has that number in its name.
fn file_name(scenario: &Scenario, planned: &Planned) -> String {
    let mut name = "heap".to_owned();
    if planned.series > 0 {
        name = format!("{name}-{}", scenario.file_label(planned.series as usize));
    }
    if planned.streams != scenario.ladder.top() {
        name = format!("{name}-at-{}", planned.streams);
    }
    format!("{name}.json")
}

/// The processes to be profiled, with the longest stream.
pub fn planned(scenario: &Scenario) -> Vec<Planned> {
    let ladder = &scenario.ladder;
    let stream = scenario.longest();
    let profiled = (0..).zip(&scenario.series).filter(|(_, series)| series.client.is_built_in());
    // Their sequence numbers are of no consequence; they are told apart by series and streams.
    let one =
        |series, streams| Planned { sequence: u32::MAX, pass: 0, series, stream, streams, alone: false, limit: None };
    profiled.flat_map(|(series, _)| [ladder.bottom(), ladder.top()].map(|streams| one(series, streams))).collect()
}

/// Takes one profile.
///
/// # Errors
/// One line that says what went wrong.
pub async fn run(setup: &Setup, planned: Planned) -> Result<HeapRecord, Failure> {
    let file = file_name(&setup.scenario, &planned);
    take(setup, planned, &file).await.map_err(|why| Failure {
        sequence: planned.sequence,
        series: planned.series,
        asked: planned.streams,
        kind: FailureKind::NoProfile,
        phase: None,
        why: format!("no heap profile {file}: {why}"),
    })
}

async fn take(setup: &Setup, planned: Planned, file: &str) -> Result<HeapRecord, String> {
    let path = setup.folder.path().join(file);
    let simulator = setup.simulator(&planned).map_err(|error| error.to_string())?;
    let mut contract = setup.contract(&simulator, &planned);
    contract.heap_profile = Some(path.clone());
    let name = file.trim_end_matches(".json");
    let spawned = setup.spawn(&contract, &planned, name, None);
    let (mut subject, mut voice, log) = spawned.map_err(|error| error.to_string())?;

    let stage = simulator.stage();
    let until_full = async {
        voice.order(Order::Open).await;
        timeout(ARRIVAL, stage.when(|stage| stage.open() >= planned.streams))
            .await
            .map_err(|_| "streams did not arrive")?;
        let scenario = &setup.scenario;
        let text = setup.sources.text_within(planned.stream);
        stage.begin_text(scenario.pace.first_token_after());
        let patience = text.mul_f64(4.0) + ARRIVAL;
        timeout(patience, stage.when(|stage| stage.full() >= stage.open()))
            .await
            .map_err(|_| "the text was not read in time")?;
        sleep(READING).await;
        Ok::<(), &str>(())
    };
    tokio::select! {
        result = until_full => result?,
        ended = subject.ended() => {
            log.close().await;
            let how = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
            return Err(format!("the subject ended early ({how}); {}", log.last_words()));
        }
    }
    voice.order(Order::Profile).await;
    // The subject writes the profile, and then sees that its input is closed.
    drop(voice);
    subject.finish(WRITING).await;
    log.close().await;
    let streams = simulator.stage().open().max(planned.streams);
    read(&path, file, planned.series, streams)
}

fn read(path: &Path, file: &str, series: u32, streams: u32) -> Result<HeapRecord, String> {
    let text = fs::read(path).map_err(|error| error.to_string())?;
    let profile = Profile::parse(&text).map_err(|error| error.to_string())?;
    let sites = heap::sites(&profile);
    // dhat writes an empty profile without complaint when it is not the process's allocator.
    if sites.is_empty() {
        return Err("it is empty: the profiler was not the subject's allocator".to_owned());
    }
    Ok(HeapRecord { series, streams, file: file.to_owned(), sites })
}
