//! What speaks against an answer, the same on a terminal and on a page.

use super::columns::{Columns, words};
use super::cures::{doubt_text, proof_doubt_text};
use crate::cost::{Analysis, ProofDoubt};

/// What each doubt is about, and its sentence.
pub fn all(analysis: &Analysis) -> Vec<(String, String)> {
    let of_series = analysis
        .series
        .iter()
        .flat_map(|series| series.cures().map(|(doubt, cure)| (series.fitted.label.clone(), doubt_text(doubt, cure))));
    let of_proof =
        analysis.proof.iter().flat_map(ProofDoubt::of).map(|doubt| ("proof".to_owned(), proof_doubt_text(&doubt)));
    of_series.chain(of_proof).collect()
}

/// A paragraph each, within so many columns: why a series has no line, every doubt, or that there is none.
pub fn doubts_text(analysis: &Analysis, columns: Columns) -> String {
    let mut notes: Vec<String> = analysis.without_line.iter().map(|error| format!("No line: {error}")).collect();
    notes.extend(all(analysis).into_iter().map(|(about, doubt)| format!("Doubt ({about}): {doubt}")));
    if analysis.is_sound() {
        notes.push("No doubts.".to_owned());
    }
    notes.iter().map(|note| words(note, 0, columns)).collect()
}
