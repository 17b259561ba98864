//! A page on a terminal, within its columns, or in a pipe, where nothing bounds them.

use super::columns::{Columns, table, words};
use super::{Block, Page, Section, Terminal};
use crate::units::grouped;

/// What a terminal shows of the page.
pub fn text(page: &Page, columns: Columns) -> String {
    let said: String = page.said.iter().map(|sentence| words(sentence, 0, columns)).collect();
    let sections = page.sections.iter().map(|other| section(other, columns));
    let parts = std::iter::once(said).chain(sections).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("\n")
}

fn section(section: &Section, columns: Columns) -> String {
    let is_titled = match section.terminal {
        Terminal::Titled => section.title.is_some(),
        Terminal::Untitled => false,
        Terminal::Left => return String::new(),
    };
    let title = section.title.iter().filter(|_| is_titled).map(|title| words(title, 0, columns));
    title.chain(section.blocks.iter().map(|other| block(other, is_titled, columns))).collect()
}

fn block(block: &Block, is_titled: bool, columns: Columns) -> String {
    let indent = u16::from(is_titled);
    match block {
        Block::Words(said) | Block::Item(said) => words(&said.plain(), indent, columns),
        Block::Doubt { about, why } if is_titled => words(&format!("{about}: {why}"), indent, columns),
        Block::Doubt { about, why } => words(&format!("Doubt ({about}): {why}"), indent, columns),
        Block::Counted(lines) => counted(lines, columns),
        Block::Table(rows) => table(rows, columns),
        Block::Picture { .. } => String::new(),
    }
}

/// The numbers end below one another.
fn counted(lines: &[(u64, String)], columns: Columns) -> String {
    let widest = lines.iter().map(|(count, _)| grouped(*count).len()).max().unwrap_or(0);
    let line = |(count, said): &(u64, String)| {
        let count = grouped(*count);
        let indent = u16::try_from(1 + widest - count.len()).unwrap_or(1);
        words(&format!("{count}{said}"), indent, columns)
    };
    lines.iter().map(line).collect()
}
