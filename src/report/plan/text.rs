//! A plan on a terminal or in a pipe.

use super::headline::headlines;
use super::section::{Block, Section};
use super::sections::sections;
use crate::plan::Plan;
use crate::report::columns::{Columns, table, words};

/// Sentences, then every section, as wide as they are.
pub fn text(plan: &Plan) -> String {
    text_within(plan, None)
}

/// The same within so many columns.
pub fn text_within(plan: &Plan, columns: Columns) -> String {
    let mut out: String = headlines(plan).iter().map(|sentence| words(sentence, 0, columns)).collect();
    for section in sections(plan) {
        out += "\n";
        out += &shown(&section, columns);
    }
    out
}

fn shown(section: &Section, columns: Columns) -> String {
    let only_a_table = matches!(section.blocks[..], [Block::Table(_)]);
    // A table alone says in its heading what it is about.
    let mut out = if only_a_table { String::new() } else { format!("{}\n", section.title) };
    for block in &section.blocks {
        match block {
            Block::Words(said) | Block::Item(said) => out += &words(said, 1, columns),
            Block::Table(rows) => out += &table(rows, columns),
        }
    }
    out
}
