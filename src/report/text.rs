//! The result on a terminal or in a pipe.

use super::columns::{Columns, table, words};
use super::container;
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
    let mut notes: Vec<String> = Vec::new();
    notes.extend(analysis.without_line.iter().map(|error| format!("No line: {error}")));
    for mode in &analysis.series {
        notes.extend(mode.doubts.iter().map(|doubt| format!("Doubt ({}): {}", mode.fitted.label, doubt.text())));
    }
    if analysis.is_sound() {
        notes.push("No doubts.".to_owned());
    }
    out += "\n";
    out.extend(notes.iter().map(|note| words(note, 0, columns)));
    if let Some(proof) = &analysis.proof {
        out += "\nUnder the limit:\n";
        out.extend(proof::trials(proof).iter().map(|line| words(line, 1, columns)));
    }
    out
}
