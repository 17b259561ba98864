//! `probe --streams N`: measure, save, show.

use super::interrupt::{INTERRUPTED, asked_to_stop};
use super::options::MeasureOptions;
use super::progress;
use super::{Outcome, columns, new_folder, put};
use crate::cost::{Analysis, AnalysisError};
use crate::experiment::{Setup, measure};
use crate::report;
use crate::run::Run;
use crate::sampler::environment;
use crate::scenario::Scenario;
use crate::simulator::{ApiKey, Upstream};
use crate::store::RunFolder;
use crate::subject::WORKER_THREADS;
use crate::units::grouped;
use anstream::eprintln;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

/// Doubts under `--strict`.
const DOUBTS: u8 = 1;

/// Measures.
pub fn run(options: &MeasureOptions) -> Outcome {
    let scenario = options.scenario();
    let upstream = upstream(options, &scenario)?;
    let folder = new_folder(&options.out, &scenario.name())?;
    let (news, watcher) = progress::watch(options.quiet);
    let result = take(scenario, upstream.clone(), &folder, news);
    // The watcher ends when the experiment, which holds the other end, is gone.
    let _ = watcher.join();
    let run = match result {
        Ok(run) => run,
        Err(error) => {
            folder.remove_if_empty();
            return Err(error);
        }
    };
    let saved = folder.write_run(&run).and_then(|()| folder.make_latest());
    if let (Some(upstream), Some(file)) = (&upstream, &options.record) {
        say_recorded(upstream, file);
    }
    // The answer is shown even where the disk has no room for it.
    let outcome = finish(options, &folder, &run);
    saved?;
    outcome
}

/// The real API that the options name, if they name one: only with a key, and with consent to what it may cost.
fn upstream(options: &MeasureOptions, scenario: &Scenario) -> Result<Option<Upstream>, Box<dyn Error>> {
    let Some(url) = &options.upstream else {
        return Ok(None);
    };
    let upstream = Upstream::new(url, ApiKey::of_environment()?, options.record.as_deref())?;
    let (streams, tokens) = scenario.most_streams_and_tokens();
    let price = format!(
        "{url} would be asked for up to {} streams, and {} output tokens of {} if all are as long as --chars allows",
        grouped(streams),
        grouped(tokens),
        scenario.model
    );
    if !options.yes {
        return Err(format!(
            "{price}; add --yes if you want to pay for that, or lower --streams, --repeats or --chars"
        )
        .into());
    }
    if !options.quiet {
        eprintln!("{price}.");
    }
    Ok(Some(upstream.within(streams, tokens)))
}

fn take(
    scenario: Scenario,
    upstream: Option<Upstream>,
    folder: &RunFolder,
    news: crate::experiment::ProgressSender,
) -> Result<Run, Box<dyn Error>> {
    let setup = Setup::new(scenario, upstream, environment(WORKER_THREADS), folder.path(), news)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // If this fails, so will the writing at the end, which is where it is told.
    let keep = |run: &Run| drop(folder.write_run(run));
    Ok(runtime.block_on(measure(&setup, asked_to_stop(), keep))?)
}

fn finish(options: &MeasureOptions, folder: &RunFolder, run: &Run) -> Outcome {
    let place = folder.path();
    if run.interrupted {
        eprintln!(
            "probe: interrupted; {} trials are saved, render them with: probe report {}",
            run.trials.len(),
            place.display()
        );
    }
    let analysis = match Analysis::of(run) {
        Ok(analysis) => analysis,
        Err(_) if run.interrupted => return Ok(ExitCode::from(INTERRUPTED)),
        Err(error) => return Err(no_answer(run, &error, place).into()),
    };
    let shown = show(run, &analysis, options.json);
    folder.write_all(&report::render(run, &analysis)?)?;
    shown?;
    if !options.quiet && !options.json {
        say_where(place);
    }
    Ok(match (run.interrupted, options.strict && !analysis.is_sound()) {
        (true, _) => ExitCode::from(INTERRUPTED),
        (false, true) => ExitCode::from(DOUBTS),
        (false, false) => ExitCode::SUCCESS,
    })
}

/// Why there is no answer although something was measured: what went wrong first, and else what the fit says.
fn no_answer(run: &Run, error: &AnalysisError, place: &Path) -> String {
    let why = run.failures.first().map_or_else(|| error.to_string(), |failure| failure.why.clone());
    format!("{why}; what was measured is in {}", place.display())
}

/// The answer on standard output.
pub fn show(run: &Run, analysis: &Analysis, json: bool) -> Result<(), Box<dyn Error>> {
    put(&if json { report::cost_json(run, analysis)? } else { report::text(run, analysis, columns()) })
}

fn say_recorded(upstream: &Upstream, file: &Path) {
    if upstream.is_recorded() {
        eprintln!("probe: recorded {0}; replay it with: probe --cassette {0}", file.display());
    } else {
        eprintln!("probe: nothing is recorded in {}: no stream came to its end", file.display());
    }
}

fn say_where(place: &Path) {
    eprintln!("\nReport, charts, cost.json and the raw data are in {}", place.display());
}
