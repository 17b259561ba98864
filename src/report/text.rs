//! The result on a terminal or in a pipe.

use super::sentence::headlines;
use super::table::Table;
use crate::cost::Analysis;
use crate::run::Run;
use comfy_table::presets::NOTHING;

/// Sentences, table, doubts.
pub fn text(run: &Run, analysis: &Analysis) -> String {
    let mut out: String = headlines(run, analysis).iter().map(|sentence| format!("{sentence}\n")).collect();
    if !out.is_empty() {
        out += "\n";
    }
    out += &plain(&Table::of_costs(run, analysis));
    for error in &analysis.without_line {
        out += &format!("\nNo line: {error}");
    }
    for mode in &analysis.series {
        for doubt in &mode.doubts {
            out += &format!("\nDoubt ({}): {}", mode.label, doubt.text());
        }
    }
    if analysis.is_sound() {
        out += "\nNo doubts.";
    }
    out + "\n"
}

/// A table in columns, without lines.
pub(super) fn plain(table: &Table) -> String {
    let mut plain = comfy_table::Table::new();
    plain.load_style(NOTHING);
    let mut rows = table.0.iter();
    if let Some(heading) = rows.next() {
        plain.set_header(heading);
    }
    plain.add_rows(rows);
    plain.trim_fmt() + "\n"
}
