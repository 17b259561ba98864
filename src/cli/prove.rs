//! `probe prove`: a line, the number of streams that a limit kills by it, and the proof.

use super::interrupt::{INTERRUPTED, StopRequest};
use super::measure::publish;
use super::options::MeasureOptions;
use super::progress;
use super::session::Session;
use super::{Outcome, columns, new_folder, note, put, put_json};
use crate::cost::{Analysis, SeriesAnalysis};
use crate::experiment::{
    EVENTS_PER_SECOND, MOST_LINES, Measured, Progress, ProgressSender, Setup, SetupError, Stop, expected_lines,
    expected_run, expected_trials, measure, predict, prove, rungs,
};
use crate::proof::{Prediction, Proof};
use crate::report;
use crate::run::Run;
use crate::sampler::environment;
use crate::scenario::{Ladder, Pace, Scenario};
use crate::store::{PROOF_FILE, RunFolder};
use crate::subject::{Cgroups, WORKER_THREADS};
use crate::units::Bytes;
use clap::Args;
use std::error::Error;
use std::process::ExitCode;

/// The share of one processor that a subject may need for its events; above it the text comes more slowly.
const BUSY: f64 = 0.5;

/// A line that predicts this near to the number that it was measured for is not measured again nearer.
const NEAR: f64 = 0.2;
/// The exit code when no trial, or none of both kinds, says anything of the limit, and under `--strict` when something is doubted.
const UNPROVED: u8 = 1;

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
    options.measure.check()?;
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
    let session = Session::begin()?;
    let folder = new_folder(&options.measure.out, &format!("prove-{}", scenario.name()))?;
    let (news, watcher) = progress::watch(options.measure.quiet)?;
    let result = session.run(Prover { folder: &folder, limit, news, stop: &session.stop }.go(scenario));
    let _ = watcher.join();
    match result {
        Ok(Some(proof)) => {
            folder.tidy();
            // The page and the pictures of the line say what became of it.
            let run = folder.read_run()?;
            let analysis = Analysis::of(&run)?.with_proof(Some(proof.clone()));
            if options.measure.json {
                put_json(&report::proof_json(&proof)?)?;
            } else {
                let verdict = report::proof_text(&proof, columns());
                put(&format!("{verdict}\n{}", report::doubts_text(&analysis, columns())))?;
            }
            publish(&folder, &run, &analysis)?;
            if !options.measure.quiet {
                note(&format!("\nThe line's run and {PROOF_FILE} are in {}", folder.path().display()));
            }
            // Without a survivor and one that was killed nothing is proved.
            let is_one = proof.largest_survivor().is_some() && proof.smallest_killed().is_some();
            let is_doubted = options.measure.strict && !analysis.is_sound();
            Ok(if is_one && !is_doubted { ExitCode::SUCCESS } else { ExitCode::from(UNPROVED) })
        }
        Ok(None) => {
            publish_what_there_is(&folder)?;
            note(&format!("probe: {}", interruption(&folder)));
            Ok(ExitCode::from(INTERRUPTED))
        }
        Err(error) if folder.tidy() => Err(error),
        Err(error) => Err(format!("{error}; what was measured is in {}", folder.path().display()).into()),
    }
}

/// The page says that it was interrupted, and what had become of the line by then.
fn publish_what_there_is(folder: &RunFolder) -> Result<(), Box<dyn Error>> {
    let Some(proof) = folder.read_proof()? else { return Ok(()) };
    let run = folder.read_run()?;
    publish(folder, &run, &Analysis::of(&run)?.with_proof(Some(proof)))
}

/// What there is after an interrupt, and how to go on with it.
fn interruption(folder: &RunFolder) -> String {
    let place = folder.path().display();
    if folder.tidy() {
        return "interrupted before a trial had ended: nothing is saved".to_owned();
    }
    if folder.read_run().is_ok_and(|run| Analysis::of(&run).is_ok()) {
        return format!(
            "interrupted; the line and the proof as far as they came are saved, render them with: probe report {place}"
        );
    }
    format!("interrupted before there was a line; what was measured is in {place}")
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
    stop: &'a StopRequest,
}

impl Prover<'_> {
    /// Every line tells where to measure the next, until one was measured near what it predicts: that is what is proved. `None` after an
    /// interrupt.
    async fn go(self, scenario: Scenario) -> Result<Option<Proof>, Box<dyn Error>> {
        let mut setup = self.setup(&scenario)?;
        self.tell(Progress::ProofBegins {
            expected: expected_run(&setup).then(expected_lines(&setup)).then(expected_trials(&setup)),
        });
        let Some(mut line) = self.line(&setup).await? else { return Ok(None) };
        let mut predicted = predict(&line, self.limit)?;
        for _ in 0..MOST_LINES {
            let expected = predicted;
            let deltas = setup.stream_facts()[0].deltas;
            setup = self.setup(&self.nearer(&scenario, &line, deltas, expected)?)?;
            self.tell(Progress::Predicted {
                streams: expected.streams,
                expected: expected_lines(&setup).then(expected_trials(&setup)),
            });
            let Some(next) = self.line(&setup).await? else { return Ok(None) };
            line = next;
            predicted = predict(&line, self.limit)?;
            if (predicted.streams as f64 / expected.streams as f64 - 1.0).abs() <= NEAR {
                break;
            }
        }
        let keep = |proof: &Proof| self.folder.write_proof(proof);
        match prove(&setup, &line, self.limit, predicted, self.stop.asked(), keep).await {
            Ok(proof) => Ok(Some(proof)),
            Err(Stop::Asked) => Ok(None),
            Err(Stop::NotSaved(error)) => Err(error.into()),
        }
    }

    /// A watcher that has gone away misses the news and nothing else.
    fn tell(&self, news: Progress) {
        let _ = self.news.send(news);
    }

    fn setup(&self, scenario: &Scenario) -> Result<Setup, SetupError> {
        Setup::new(scenario.clone(), None, environment(WORKER_THREADS), self.folder, self.news.clone())
    }

    async fn line(&self, setup: &Setup) -> Result<Option<SeriesAnalysis>, Box<dyn Error>> {
        // A line that is there is replaced by a line, and not by the first trials of one.
        let keep = |run: &Run| match Analysis::of(run) {
            Err(_) if self.folder.read_run().is_ok() => Ok(()),
            _ => self.folder.write_run(run),
        };
        let Measured { run, stopped } = measure(setup, self.stop.asked(), keep).await?;
        if let Some(Stop::NotSaved(error)) = stopped {
            return Err(error.into());
        }
        if !run.trials.is_empty() {
            keep(&run)?;
        }
        let analysis = match Analysis::of(&run) {
            Err(_) if run.interrupted => return Ok(None),
            analysis => analysis?,
        };
        publish(self.folder, &run, &analysis)?;
        if run.interrupted {
            return Ok(None);
        }
        let series = analysis.series.into_iter().next().ok_or("nothing was measured")?;
        Ok(Some(series))
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
        let busy = line
            .fitted
            .processor
            .map_or(0.0, |processor| processor.seconds_per_1000_events.value / 1e3 * events / BUSY);
        let given = scenario.pace.text_within(scenario.streams[0].chars).as_secs_f64();
        let seconds = given.max(busy).max(events / EVENTS_PER_SECOND);
        Ok(Scenario { ladder, pace: Pace::Seconds(seconds.ceil()), ..scenario.clone() })
    }
}
