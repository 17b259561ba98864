//! The result on a terminal or in a pipe.

use super::columns::{Columns, table, words};
use super::container;
use super::doubts::doubts_text;
use super::proof;
use super::sentence::headlines;
use super::table::Table;
use crate::cost::Analysis;
use crate::run::Run;

/// Sentences, table, doubts, and what became of it under a limit, within so many columns.
pub fn text(run: &Run, analysis: &Analysis, columns: Columns) -> String {
    let mut out: String = headlines(run, analysis).iter().map(|sentence| words(sentence, 0, columns)).collect();
    if !out.is_empty() {
        out += "\n";
    }
    out += &table(&Table::of_costs(run, analysis), columns);
    if let Some(note) = container::note(analysis) {
        out += "\n";
        out += &words(&note, 0, columns);
    }
    out += "\n";
    out += &doubts_text(analysis, columns);
    if let Some(proof) = &analysis.proof {
        out += "\nUnder the limit:\n";
        out.extend(proof::trials(proof).iter().map(|line| words(line, 1, columns)));
    }
    out
}
