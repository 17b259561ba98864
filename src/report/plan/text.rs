//! A plan on a terminal or in a pipe.

use super::headline::headlines;
use super::section::{Block, Section, sections};
use crate::plan::Plan;
use crate::report::text::plain;

/// Sentences, then every section.
pub fn text(plan: &Plan) -> String {
    let mut out = headlines(plan).join("\n") + "\n";
    for section in sections(plan) {
        out += "\n";
        out += &shown(&section);
    }
    out
}

fn shown(section: &Section) -> String {
    let only_a_table = matches!(section.blocks[..], [Block::Table(_)]);
    // A table alone says in its heading what it is about.
    let mut out = if only_a_table { String::new() } else { format!("{}\n", section.title) };
    for block in &section.blocks {
        match block {
            Block::Words(words) | Block::Item(words) => out += &format!(" {words}\n"),
            Block::Table(table) => out += &plain(table),
        }
    }
    out
}
