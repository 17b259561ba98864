//! What speaks against an answer, the same on a terminal and on a page.

use super::cures::{doubt_text, proof_doubt_text};
use super::page::{Block, Page, Section, Terminal, columns::Columns, text};
use crate::cost::{Analysis, ProofDoubt};

/// Why a series has no line, every doubt, or that there is none. Each line says on a terminal what it is.
pub fn section(analysis: &Analysis) -> Section {
    let without_line = analysis.without_line.iter().map(|error| Block::item(format!("No line: {error}")));
    let doubt = |about: &str, why: String| Block::Doubt { about: about.to_owned(), why };
    let of_series = analysis.series.iter().flat_map(|series| {
        series.cures().map(move |(other, cure)| doubt(&series.fitted.label, doubt_text(other, cure)))
    });
    let of_proof = analysis.proof.iter().flat_map(ProofDoubt::of).map(|other| doubt("proof", proof_doubt_text(&other)));
    let mut blocks: Vec<Block> = without_line.chain(of_series).chain(of_proof).collect();
    if analysis.is_sound() {
        blocks.push(Block::words("No doubts."));
    }
    Section { title: Some("Doubts".to_owned()), blocks, terminal: Terminal::Untitled }
}

/// The same alone, within so many columns.
pub fn doubts_text(analysis: &Analysis, columns: Columns) -> String {
    let page = Page { sections: vec![section(analysis)], ..Page::default() };
    text(&page, columns)
}
