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
mod sharpness;
mod speech;
mod verbs;
mod whole;
mod words;

use crate::report::Columns;
use clap::Parser;
use speech::{NotWritten, complain, note, put, put_json};
use std::env;
use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;
use verbs::{Options, Verb};

/// On fewer columns than this nothing can be laid out; some terminals say 0 for what they do not know.
const LEAST_COLUMNS: u16 = 20;
/// Bad input, or a machine that does not allow it.
const BAD_INPUT: u8 = 2;

/// Parses the arguments, runs the verb, and turns what comes of it into an exit code: 0 for an answer, 1 for an answer with doubts
/// under `--strict`, 2 for bad input, 130 after Ctrl-C.
pub fn run() -> ExitCode {
    interrupt::let_large_files_fail();
    let options = match Options::try_parse() {
        Ok(options) => options,
        Err(error) => return said_by_the_parser(&error),
    };
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

/// Help, or what is wrong with the arguments.
fn said_by_the_parser(error: &clap::Error) -> ExitCode {
    let printed = error.print().and_then(|()| io::stdout().flush());
    let words: Vec<String> = env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    if error.use_stderr()
        && let Some(hint) = options::hint(&words)
    {
        note(&hint);
    }
    match printed {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            complain(&NotWritten(error));
            ExitCode::from(BAD_INPUT)
        }
        _ => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(BAD_INPUT)),
    }
}

/// The columns that an answer on standard output may take: those of the terminal, or what `COLUMNS` says; a file or a pipe has no end.
fn columns() -> Columns {
    let said = || env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns >= LEAST_COLUMNS);
    columns_of(io::stdout()).or_else(said)
}

/// The columns of a terminal.
fn columns_of(stream: impl AsFd) -> Columns {
    let (width, _) = terminal_size::terminal_size_of(stream)?;
    Some(width.0).filter(|columns| *columns >= LEAST_COLUMNS)
}

/// What a verb returns.
type Exit = Result<ExitCode, Box<dyn Error>>;
