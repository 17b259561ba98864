//! `probe prove`: a line, the number of streams that a limit kills by it, and the proof.

use super::interrupt::INTERRUPTED;
use super::measure::publish;
use super::options::MeasureOptions;
use super::progress;
use super::session::Session;
use super::{Exit, columns, note, put, put_json};
use crate::cost::Analysis;
use crate::experiment::Prover;
use crate::report;
use crate::run::Run;
use crate::scenario::Scenario;
use crate::store::{PROOF_FILE, RunFolder};
use crate::subject::Cgroups;
use clap::Args;
use std::error::Error;
use std::process::ExitCode;

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
pub fn run(options: &ProveOptions) -> Exit {
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
    if options.measure.waves > 1 {
        return Err("probe prove opens its streams once: leave --waves out".into());
    }
    let scenario = pilot(options)?;
    // Before anything is measured that could not be proved.
    Cgroups::detect()?;
    let session = Session::begin()?;
    let folder = RunFolder::begin(&options.measure.out, &format!("prove-{}", scenario.name()))?;
    let (news, watcher) = progress::watch(options.measure.quiet)?;
    let publish = |run: &Run, analysis: &Analysis| publish(&folder, run, analysis);
    let prover = Prover { folder: &folder, limit, news, asked: || session.stop.asked(), publish };
    let result = session.run(prover.go(scenario));
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
            publish(&run, &analysis)?;
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
        Err(error) if folder.tidy() => Err(error.into()),
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
    scenario.for_a_proof = true;
    // The longest stream with the longest prompt is the one that a limit has to be proved for.
    scenario.streams.drain(..scenario.longest() as usize);
    scenario.prompt_chars.drain(..scenario.longest_prompt() as usize);
    Ok(scenario)
}
