//! A page as Markdown.

use super::{Block, Page, Section, Span, Table, Words};
use crate::foreign::{code_markdown, plain_markdown};
use crate::units::grouped;

/// The whole page.
pub fn markdown(page: &Page) -> String {
    let mut paragraphs = vec![format!("# {}\n", plain_markdown(&page.title))];
    paragraphs.extend(page.said.iter().map(|sentence| format!("{}\n", plain_markdown(sentence))));
    paragraphs.extend(blocks(&page.pictures));
    paragraphs.extend(page.sections.iter().flat_map(section));
    paragraphs.join("\n")
}

fn section(section: &Section) -> Vec<String> {
    let title = section.title.iter().map(|title| format!("## {}\n", plain_markdown(title)));
    title.chain(blocks(&section.blocks)).collect()
}

/// A paragraph each; the lines of a list are one.
fn blocks(blocks: &[Block]) -> Vec<String> {
    let is_line = |block: &Block| match block {
        Block::Item(_) | Block::Doubt { .. } | Block::Counted(_) => true,
        Block::Words(_) | Block::Table(_) | Block::Picture { .. } => false,
    };
    let paragraphs = blocks.chunk_by(|one, next| is_line(one) && is_line(next));
    paragraphs.map(|blocks| blocks.iter().map(block).collect()).collect()
}

fn block(block: &Block) -> String {
    match block {
        Block::Words(said) => format!("{}\n", words(said)),
        Block::Item(said) => format!("- {}\n", words(said)),
        Block::Doubt { about, why } => format!("- {}\n", plain_markdown(&format!("{about}: {why}"))),
        Block::Counted(lines) => {
            lines.iter().map(|(count, said)| format!("- {}{}\n", grouped(*count), plain_markdown(said))).collect()
        }
        Block::Table(table) => table_markdown(table),
        Block::Picture { file, shows } => format!("![{}]({file})\n", plain_markdown(shows)),
    }
}

fn words(words: &Words) -> String {
    let written = |span: &Span| match span {
        Span::Plain(text) => plain_markdown(text),
        Span::Code(text) => code_markdown(text),
        Span::Term(text) => format!("*{}*", plain_markdown(text)),
        Span::Link { words, file } => format!("[{}]({file})", plain_markdown(words)),
    };
    words.0.iter().map(written).collect()
}

/// A table alone. Leading blanks, which Markdown would swallow, indent a row.
pub fn table_markdown(table: &Table) -> String {
    let row = |level: usize, cells: &[String]| {
        let mut cells: Vec<String> = cells.iter().map(|cell| plain_markdown(cell)).collect();
        cells.resize(table.columns(), String::new());
        format!("| {}{} |\n", "&emsp;".repeat(level), cells.join(" | "))
    };
    let mut out = row(0, &table.heading);
    out += &format!("|{}\n", "---|".repeat(table.columns()));
    out.extend(table.rows.iter().map(|other| row(other.level, &other.cells)));
    out
}
