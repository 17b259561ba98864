//! `probe clients`: what can be measured here, and what is missing.

use super::{Outcome, columns, put};
use crate::report::{Table, columns::table, columns::words};
use crate::scenario::{Client, Stack};
use crate::subject::program;
use std::process::ExitCode;

/// Lists them.
pub fn run() -> Outcome {
    let state = |client: &Client| program(client).map_or_else(|error| error.to_string(), |_| "here".to_owned());
    let stacks = Stack::ALL.into_iter().map(Client::Stack);
    let rows =
        std::iter::once(Client::Reqwest).chain(stacks).map(|client| vec![client.name().to_owned(), state(&client)]);
    let any = "Any other program: probe --streams 24 -- COMMAND (probes/README.md says what it is told)";
    put(&format!("{}\n{}", table(&Table(rows.collect()), columns()), words(any, 0, columns())))?;
    Ok(ExitCode::SUCCESS)
}
