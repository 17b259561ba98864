//! `probe prove`: a line, the number of streams that a limit kills by it, and the proof.

use super::interrupt::{INTERRUPTED, asked_to_stop};
use super::options::MeasureOptions;
use super::progress;
use super::{Outcome, columns, new_folder, put};
use crate::cost::{Analysis, SeriesAnalysis};
use crate::experiment::{EVENTS_PER_SECOND, ProgressSender, Setup, measure, predict, prove, rungs};
use crate::proof::{Prediction, Proof};
use crate::report;
use crate::run::Run;
use crate::sampler::environment;
use crate::scenario::{Ladder, Pace, Scenario};
use crate::store::{PROOF_FILE, RunFolder};
use crate::subject::{Cgroups, WORKER_THREADS};
use crate::units::Bytes;
use anstream::eprintln;
use clap::Args;
use std::error::Error;
use std::process::ExitCode;

/// The share of one processor that a subject may need for its events; above it the text comes more slowly.
const BUSY: f64 = 0.5;

/// A line that predicts this near to the number that it was measured for is not measured again nearer.
const NEAR: f64 = 0.2;
/// The exit code when no trial, or none of both kinds, says anything of the limit.
const UNPROVED: u8 = 1;
/// Lines after the first that are measured at the most: a program that does not grow in a line may lead on for ever.
const MOST_LINES: u32 = 3;

const PROVE_EXAMPLES: &str = "\
Examples:
  the built-in client
      probe prove --limit 64MiB --retain
  your own program
      probe prove --limit 512MiB -- node my-batch.mjs
  another client
      probe prove --limit 128MiB --client python-sdk --delta-chars 200";

/// Options of `probe prove`.
#[derive(Args, Debug)]
#[command(
    mut_arg("limit", |limit| limit.help("The memory limit to be met, such as 64MiB")),
    mut_arg("streams", |streams| streams.help(
        "Streams of the first line, as without prove; the next is measured around the number that it predicts")),
    after_help = PROVE_EXAMPLES
)]
pub struct ProveOptions {
    /// What to measure; --limit is the limit to be met.
    #[command(flatten)]
    pub measure: MeasureOptions,
}

/// Proves.
pub fn run(options: &ProveOptions) -> Outcome {
    let limit = options
        .measure
        .limit
        .ok_or("probe prove needs the limit that is to be met: add --limit, such as --limit 64MiB")?;
    if options.measure.upstream.is_some() {
        return Err("probe prove runs many streams into a limit, and asks no real API for them: leave --upstream out; --cassette \
                    replays what was recorded of one"
            .into());
    }
    if options.measure.slow_reader {
        return Err("probe prove needs a program that reads its streams to their end: leave --slow-reader out".into());
    }
    let scenario = pilot(options)?;
    // Before anything is measured that could not be proved.
    Cgroups::detect()?;
    let folder = new_folder(&options.measure.out, &format!("prove-{}", scenario.name()))?;
    let (news, watcher) = progress::watch(options.measure.quiet);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(Prover { folder: &folder, limit, news }.go(scenario));
    let _ = watcher.join();
    match result {
        Ok(Some(proof)) => {
            put(&if options.measure.json {
                report::proof_json(&proof)?
            } else {
                report::proof_text(&proof, columns())
            })?;
            if !options.measure.quiet {
                eprintln!("\nThe line's run and {PROOF_FILE} are in {}", folder.path().display());
            }
            // Without a survivor and one that was killed nothing is proved.
            let is_one = proof.largest_survivor().is_some() && proof.smallest_killed().is_some();
            Ok(if is_one { ExitCode::SUCCESS } else { ExitCode::from(UNPROVED) })
        }
        Ok(None) => {
            eprintln!("probe: interrupted; what there is by now is in {}", folder.path().display());
            Ok(ExitCode::from(INTERRUPTED))
        }
        Err(error) if folder.remove_if_empty() => Err(error),
        Err(error) => Err(format!("{error}; what was measured is in {}", folder.path().display()).into()),
    }
}

/// The scenario of the first line: one client in one mode, the one that keeps its text unless --drop is asked for.
fn pilot(options: &ProveOptions) -> Result<Scenario, String> {
    let mut scenario = options.measure.scenario();
    if scenario.only_client().is_none() {
        return Err("probe prove is about one client: name one with --client, or a command behind --".to_owned());
    }
    scenario.series.truncate(1);
    scenario.heap = false;
    // The line has to be of a subject that knows its limit, as the one in the container does.
    scenario.confined = true;
    // The longest stream is the one that a limit has to be proved for.
    scenario.streams.drain(..scenario.streams.len().saturating_sub(1));
    Ok(scenario)
}

struct Prover<'a> {
    folder: &'a RunFolder,
    limit: Bytes,
    news: ProgressSender,
}

impl Prover<'_> {
    /// Every line tells where to measure the next, until one was measured near what it predicts: that is what is proved. `None` after an
    /// interrupt.
    async fn go(self, scenario: Scenario) -> Result<Option<Proof>, Box<dyn Error>> {
        let Some((mut line, mut setup)) = self.line(&scenario).await? else { return Ok(None) };
        let mut predicted = predict(&line, self.limit)?;
        for _ in 0..MOST_LINES {
            let expected = predicted;
            let deltas = setup.stream_facts()[0].deltas;
            let nearer = self.nearer(&scenario, &line, deltas, expected)?;
            let Some(next) = self.line(&nearer).await? else { return Ok(None) };
            (line, setup) = next;
            predicted = predict(&line, self.limit)?;
            if (predicted.streams as f64 / expected.streams as f64 - 1.0).abs() <= NEAR {
                break;
            }
        }
        let proof = tokio::select! {
            proof = prove(&setup, &line, self.limit, predicted, |proof| self.keep(proof)) => proof,
            () = asked_to_stop() => return Ok(None),
        };
        self.folder.write(PROOF_FILE, report::proof_json(&proof)?.as_bytes())?;
        // The page and the pictures of the line say what became of it.
        let run = self.folder.read_run()?;
        let analysis = Analysis::of(&run)?.with_proof(Some(proof.clone()));
        self.folder.write_all(&report::render(&run, &analysis)?)?;
        Ok(Some(proof))
    }

    /// If this fails, so will the writing at the end, which is where it is told.
    fn keep(&self, proof: &Proof) {
        if let Ok(text) = report::proof_json(proof) {
            let _ = self.folder.write(PROOF_FILE, text.as_bytes());
        }
    }

    async fn line(&self, scenario: &Scenario) -> Result<Option<(SeriesAnalysis, Setup)>, Box<dyn Error>> {
        let setup =
            Setup::new(scenario.clone(), None, environment(WORKER_THREADS), self.folder.path(), self.news.clone())?;
        let keep = |run: &Run| drop(self.folder.write_run(run));
        let run = measure(&setup, asked_to_stop(), keep).await?;
        self.folder.write_run(&run)?;
        if run.interrupted {
            return Ok(None);
        }
        let analysis = Analysis::of(&run)?;
        self.folder.write_all(&report::render(&run, &analysis)?)?;
        self.folder.make_latest()?;
        let series = analysis.series.into_iter().next().ok_or("nothing was measured")?;
        Ok(Some((series, setup)))
    }

    /// The same scenario near the number that is expected, at a pace that as many streams of so many deltas can be given their text in.
    fn nearer(
        &self,
        scenario: &Scenario,
        line: &SeriesAnalysis,
        deltas: u64,
        expected: Prediction,
    ) -> Result<Scenario, Box<dyn Error>> {
        let rungs: Vec<String> = rungs(expected).iter().map(u32::to_string).collect();
        let ladder: Ladder = rungs.join(",").parse().map_err(|_| {
            format!(
                "{} kills {} streams by the first line: choose a larger --limit, so that there is a line to prove",
                self.limit, expected.streams
            )
        })?;
        let events = deltas as f64 * expected.streams as f64;
        let busy =
            line.processor.map_or(0.0, |processor| processor.seconds_per_1000_events.value / 1e3 * events / BUSY);
        let given = scenario.pace.text_within(scenario.streams[0].chars).as_secs_f64();
        let seconds = given.max(busy).max(events / EVENTS_PER_SECOND);
        Ok(Scenario { ladder, pace: Pace::Seconds(seconds.ceil()), ..scenario.clone() })
    }
}
