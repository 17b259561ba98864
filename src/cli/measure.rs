//! `probe --streams N`: measure, save, show.

use super::interrupt::INTERRUPTED;
use super::options::MeasureOptions;
use super::progress;
use super::session::Session;
use super::{Exit, columns, note, put, put_json};
use crate::cost::{Analysis, AnalysisError};
use crate::experiment::{MeasureError, Measured, Setup, Stop, measure};
use crate::report;
use crate::run::Run;
use crate::sampler::environment;
use crate::scenario::{Scenario, Series};
use crate::simulator::{Credentials, Upstream};
use crate::store::{RUN_FILE, RunFolder};
use crate::subject::{Cgroups, WORKER_THREADS};
use crate::units::{counted, grouped, is_or_are};
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

/// Doubts under `--strict`.
const DOUBTS: u8 = 1;

/// Measures.
pub fn run(options: &MeasureOptions) -> Exit {
    options.check()?;
    let scenario = options.scenario();
    let upstream = upstream(options, &scenario)?;
    let session = Session::begin()?;
    let (news, watcher) = progress::watch(options.quiet)?;
    let folder = RunFolder::begin(&options.out, &scenario.name())?;
    let result = take(&session, scenario, upstream.clone(), &folder, news);
    // The watcher ends when the experiment, which holds the other end, is gone.
    let _ = watcher.join();
    if let (Ok(_), Some(upstream), Some(file)) = (&result, &upstream, &options.record) {
        say_recorded(upstream, file);
    }
    match result {
        Ok(measured) => {
            let outcome = finish(options, &folder, measured);
            folder.tidy();
            outcome
        }
        Err(error) if !folder.tidy() && error.is::<MeasureError>() => {
            Err(format!("{error}; what subjects wrote is in {}", folder.path().display()).into())
        }
        Err(error) => Err(error),
    }
}

/// The real API that the options name, if they name one: only with a key, and with consent to what it may cost.
fn upstream(options: &MeasureOptions, scenario: &Scenario) -> Result<Option<Upstream>, Box<dyn Error>> {
    let Some(url) = &options.upstream else {
        return Ok(None);
    };
    let upstream = Upstream::new(url, Credentials::of_environment()?, options.record.as_deref())?;
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
        note(&format!("{price}."));
    }
    Ok(Some(upstream.within(streams, tokens)))
}

/// Whether subjects run under the limit that they are compared with: a runtime sizes its heap by it, and collects more where it has less.
/// Our own have no such thing, and are killed by `probe prove` where that is asked for.
fn knows_its_limit(scenario: &Scenario) -> bool {
    let is_a_program = |series: &Series| !series.client.is_built_in();
    scenario.limit.is_some() && scenario.series.iter().any(is_a_program) && Cgroups::detect().is_ok()
}

fn take(
    session: &Session,
    scenario: Scenario,
    upstream: Option<Upstream>,
    folder: &RunFolder,
    news: crate::experiment::ProgressSender,
) -> Result<Measured, Box<dyn Error>> {
    let scenario = Scenario { confined: knows_its_limit(&scenario), ..scenario };
    let setup = Setup::new(scenario, upstream, environment(WORKER_THREADS), folder, news)?;
    Ok(session.run(measure(&setup, session.stop.asked(), |run| folder.write_run(run)))?)
}

/// Saves what was measured and shows the answer, which is shown even where it cannot be saved.
fn finish(options: &MeasureOptions, folder: &RunFolder, Measured { run, stopped }: Measured) -> Exit {
    let saved = match stopped {
        Some(Stop::NotSaved(error)) => Err(format!("{error}; measuring stopped")),
        _ if run.trials.is_empty() => Ok(()),
        Some(Stop::Asked) | None => folder.write_run(&run).map_err(|error| error.to_string()),
    };
    let analysis = Analysis::of(&run);
    // What ended because nothing could be saved was interrupted too, by no one.
    let interrupted = run.interrupted && saved.is_ok();
    if interrupted {
        note(&format!("probe: {}", interruption(&run, folder, analysis.is_ok())));
    }
    let analysis = match analysis {
        Ok(analysis) => analysis,
        Err(_) if interrupted => return Ok(ExitCode::from(INTERRUPTED)),
        Err(error) => return Err(saved.err().unwrap_or_else(|| no_answer(&run, &error, folder.path())).into()),
    };
    let shown = show(&run, &analysis, options.json);
    saved.map_err(|error| format!("{error}; the answer above is of the {} until then", trials(&run)))?;
    publish(folder, &run, &analysis)?;
    shown?;
    if !options.quiet && !options.json {
        say_where(folder.path());
    }
    Ok(match (interrupted, options.strict && !analysis.is_sound()) {
        (true, _) => ExitCode::from(INTERRUPTED),
        (false, true) => ExitCode::from(DOUBTS),
        (false, false) => ExitCode::SUCCESS,
    })
}

/// What there is after an interrupt, and how to go on with it.
fn interruption(run: &Run, folder: &RunFolder, has_answer: bool) -> String {
    let (place, are) = (folder.path().display(), is_or_are(run.trials.len() as u64));
    match (run.trials.is_empty(), has_answer) {
        (true, _) if folder.tidy() => "interrupted before a trial had ended: nothing is saved".to_owned(),
        (true, _) => format!("interrupted before a trial had ended; what subjects wrote is in {place}"),
        (false, false) => format!("interrupted; {} {are} saved in {place}, too few for an answer", trials(run)),
        (false, true) => {
            format!("interrupted; {} {are} saved, render what there is with: probe report {place}", trials(run))
        }
    }
}

fn trials(run: &Run) -> String {
    counted(run.trials.len() as u64, "trial")
}

/// Why there is no answer although something was measured: what went wrong first, and else what the fit says.
fn no_answer(run: &Run, error: &AnalysisError, place: &Path) -> String {
    let why = run.failures.first().map_or_else(|| error.to_string(), |failure| failure.to_string());
    format!("{why}; what was measured is in {}", place.display())
}

/// Saves what is computed from a run whose record is saved, and makes it the latest.
pub fn publish(folder: &RunFolder, run: &Run, analysis: &Analysis) -> Result<(), Box<dyn Error>> {
    let saved = folder.write_all(&report::render(run, analysis)?).and_then(|()| folder.make_latest());
    let is_saved =
        |error| format!("{error}; {RUN_FILE} is saved: render it with: probe report {}", folder.path().display());
    Ok(saved.map_err(is_saved)?)
}

/// The answer on standard output.
pub fn show(run: &Run, analysis: &Analysis, json: bool) -> Result<(), Box<dyn Error>> {
    if json { put_json(&report::cost_json(run, analysis)?) } else { put(&report::text(run, analysis, columns())) }
}

fn say_recorded(upstream: &Upstream, file: &Path) {
    if upstream.is_recorded() {
        note(&format!("probe: recorded {0}; replay it with: probe --cassette {0}", file.display()));
    } else {
        note(&format!("probe: nothing is recorded in {}: no stream came to its end", file.display()));
    }
}

fn say_where(place: &Path) {
    note(&format!("\nReport, charts, cost.json and the raw data are in {}", place.display()));
}
