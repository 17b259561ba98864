//! `probe clients`: what can be measured here, and what is missing.

use super::{Outcome, put};
use crate::scenario::{Client, Stack};
use crate::subject::program;
use std::process::ExitCode;

/// Lists them.
pub fn run() -> Outcome {
    let line = |client: Client| {
        let state = program(&client).err().map_or("here".to_owned(), |error| error.to_string());
        format!("{:<18} {state}\n", client.name())
    };
    let clients = [Client::Reqwest].into_iter().chain(Stack::ALL.map(Client::Stack));
    let lines: String = clients.map(line).collect();
    put(&format!(
        "{lines}\nAny other program: probe --streams 24 -- COMMAND (probes/README.md says what it is told)\n"
    ))?;
    Ok(ExitCode::SUCCESS)
}
