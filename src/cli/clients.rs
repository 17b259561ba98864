//! `probe clients`: what can be measured here, and what is missing.

use super::Outcome;
use crate::scenario::{Client, Stack};
use crate::subject::program;
use anstream::println;
use std::process::ExitCode;

/// Lists them.
pub fn run() -> Outcome {
    println!("{:<18} here", Client::Reqwest.name());
    for stack in Stack::ALL {
        let client = Client::Stack(stack);
        match program(&client) {
            Ok(_) => println!("{:<18} here", client.name()),
            Err(error) => println!("{:<18} {error}", client.name()),
        }
    }
    println!("\nAny other program: probe --streams 24 -- COMMAND (probes/README.md says what it is told)");
    Ok(ExitCode::SUCCESS)
}
