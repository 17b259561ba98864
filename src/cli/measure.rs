//! `probe --streams N`: measure, save, show.

use super::Outcome;
use super::options::MeasureOptions;
use super::progress;
use crate::cost::Analysis;
use crate::experiment::{Setup, measure};
use crate::report;
use crate::run::Run;
use crate::sampler::environment;
use crate::store::RunFolder;
use anstream::{eprintln, print};
use std::path::Path;
use std::process::ExitCode;

/// What a shell reports for a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;
/// Doubts under `--strict`.
const DOUBTS: u8 = 1;

/// Measures.
pub fn run(options: &MeasureOptions) -> Outcome {
    let scenario = options.scenario();
    let stamp = jiff::Zoned::now().strftime("%Y%m%d-%H%M%S").to_string();
    let folder = RunFolder::create(&options.out, &stamp, &scenario.name())?;
    let (news, watcher) = progress::watch(options.quiet);
    let result = take(options, &folder, news);
    // The watcher ends when the experiment, which holds the other end, is gone.
    let _ = watcher.join();
    let run = match result {
        Ok(run) => run,
        Err(error) => {
            folder.remove_if_empty();
            return Err(error);
        }
    };
    folder.write_run(&run)?;
    folder.make_latest()?;
    finish(options, &folder, &run)
}

fn take(
    options: &MeasureOptions,
    folder: &RunFolder,
    news: crate::experiment::ProgressSender,
) -> Result<Run, Box<dyn std::error::Error>> {
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u32);
    let setup = Setup::new(options.scenario(), environment(threads), folder.path(), news)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let interrupted = async {
        // Without a handler there is no interrupting, and the run goes on to its end.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    Ok(runtime.block_on(measure(&setup, interrupted))?)
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
        Err(error) => return Err(error.into()),
    };
    for (name, bytes) in report::render(run, &analysis)? {
        folder.write(&name, &bytes)?;
    }
    show(run, &analysis, options.json)?;
    if !options.quiet && !options.json {
        say_where(place);
    }
    Ok(match (run.interrupted, options.strict && !analysis.is_sound()) {
        (true, _) => ExitCode::from(INTERRUPTED),
        (false, true) => ExitCode::from(DOUBTS),
        (false, false) => ExitCode::SUCCESS,
    })
}

/// The answer on standard output.
pub fn show(run: &Run, analysis: &Analysis, json: bool) -> Result<(), report::ReportError> {
    if json {
        print!("{}", report::cost_json(run, analysis)?);
    } else {
        print!("{}", report::text(run, analysis));
    }
    Ok(())
}

fn say_where(place: &Path) {
    eprintln!("\n{}: report.md, charts, cost.json, heap.json, run.json", place.display());
}
