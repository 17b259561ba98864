//! What this program says: answers on standard output, everything else on standard error. Nothing in it that a terminal obeys comes from
//! outside: whatever is not text or a line break is written out, also where the text was made so long before it came here.

use super::columns_of;
use super::words::option_of;
use crate::foreign::{printable_json, printable_lines};
use crate::report::page::columns::words;
use std::error::Error;
use std::io::{self, ErrorKind, Write};

/// Standard output takes no more.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard output: {0}")]
pub struct NotWritten(pub io::Error);

/// An answer on standard output. Who reads it may have seen enough; a disk that is full is an error.
pub fn put(text: &str) -> Result<(), Box<dyn Error>> {
    written(&printable_lines(text))
}

/// An answer that is a JSON document.
pub fn put_json(document: &str) -> Result<(), Box<dyn Error>> {
    written(&printable_json(document))
}

fn written(text: &str) -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(NotWritten(error).into()),
        _ => Ok(()),
    }
}

/// A word on standard error, of one line or several. Where nobody can hear it, on a full disk or a terminal that is gone, it is not said.
pub fn note(text: &str) {
    // In one call, so that what other threads say does not come in between.
    let _ = io::stderr().lock().write_all(format!("{}\n", to_be_noted(text)).as_bytes());
}

/// As standard error shows it: on a terminal wrapped at whole words, elsewhere as it is.
pub fn to_be_noted(text: &str) -> String {
    let text = printable_lines(text);
    let Some(columns) = columns_of(io::stderr()) else { return text.into_owned() };
    let wrapped = text.split('\n').map(|line| {
        let begins = line.trim_start_matches(' ');
        let indent = u16::try_from(line.len() - begins.len()).unwrap_or(0);
        if begins.is_empty() { String::new() } else { words(begins, indent, Some(columns)).trim_end().to_owned() }
    });
    wrapped.collect::<Vec<_>>().join("\n")
}

/// Why there is no answer: a line each, with the option that it is about.
pub fn complain(error: &(dyn Error + 'static)) {
    let option = option_of(error).map(|option| format!("{option}: ")).unwrap_or_default();
    let lines: Vec<_> = error.to_string().lines().map(|line| format!("probe: {option}{line}")).collect();
    note(&lines.join("\n"));
}
