//! `probe clients`: what can be measured here, and what is missing.

use super::{Exit, columns, put};
use crate::report::page::{Block, Page, Section, Table, text};
use crate::scenario::{Client, Stack};
use crate::subject::program;
use std::process::ExitCode;

/// Lists them.
pub fn run() -> Exit {
    let state = |client: &Client| program(client).map_or_else(|error| error.to_string(), |_| "here".to_owned());
    let stacks = Stack::ALL.into_iter().map(Client::Stack);
    let mut table = Table::default();
    std::iter::once(Client::Reqwest)
        .chain(stacks)
        .for_each(|client| table.push([client.name().to_owned(), state(&client)]));
    let any = "Any other program: probe --streams 24 -- COMMAND (probes/README.md says what it is told)";
    let sections = [Block::Table(table), Block::words(any)].map(|block| Section::untitled(vec![block]));
    put(&text(&Page { sections: sections.into(), ..Page::default() }, columns()))?;
    Ok(ExitCode::SUCCESS)
}
