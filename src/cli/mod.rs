//! The command line. Of the harness it is the only place that prints. One verb a file.

mod clients;
mod interrupt;
mod measure;
mod options;
mod plan;
mod playing;
mod progress;
mod prove;
mod report;
mod serve;
mod session;
mod speech;
mod whole;
mod words;

use crate::report::Columns;
use crate::store::{RunFolder, StoreError};
use clap::Parser;
use options::{Options, Verb};
use speech::{complain, note, put, put_json};
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

/// On fewer columns than this nothing can be laid out; some terminals say 0 for what they do not know.
const LEAST_COLUMNS: u16 = 20;
/// Bad input, or a machine that does not allow it.
const BAD_INPUT: u8 = 2;

/// Parses the arguments, runs the verb, and turns what comes of it into an exit code: 0 for an answer, 1 for an answer with doubts
/// under `--strict`, 2 for bad input, 130 after Ctrl-C.
pub fn run() -> ExitCode {
    interrupt::let_large_files_fail();
    let options = Options::parse();
    let outcome = match options.verb {
        Some(Verb::Report(wanted)) => report::run(&wanted),
        Some(Verb::Prove(wanted)) => prove::run(&wanted),
        Some(Verb::Clients) => clients::run(),
        Some(Verb::Plan(wanted)) => plan::run(&wanted),
        Some(Verb::Serve(wanted)) => serve::run(&wanted),
        Some(Verb::Schema) => put_json(crate::cost::JSON_SCHEMA).map(|()| ExitCode::SUCCESS),
        None => measure::run(&options.measure),
    };
    outcome.unwrap_or_else(|error| {
        complain(error.as_ref());
        ExitCode::from(BAD_INPUT)
    })
}

/// The folder of a run that begins now.
fn new_folder(parent: &Path, name: &str) -> Result<RunFolder, StoreError> {
    RunFolder::create(parent, &jiff::Zoned::now().strftime("%Y%m%d-%H%M%S").to_string(), name)
}

/// The columns that an answer on standard output may take: those of the terminal, or what `COLUMNS` says; a file or a pipe has no end.
fn columns() -> Columns {
    let (terminal, said) = (terminal_size::terminal_size_of(std::io::stdout()), std::env::var("COLUMNS"));
    let columns = terminal.map(|(width, _)| width.0).or_else(|| said.ok()?.parse().ok());
    columns.filter(|columns| *columns >= LEAST_COLUMNS)
}

/// What a verb returns.
type Outcome = Result<ExitCode, Box<dyn Error>>;
