//! The quantities of all modes side by side, as words: one row a quantity, one column a mode.

use super::sentence::with_interval;
use crate::cost::{Analysis, ModeAnalysis};
use crate::fit::{Estimate, Line};
use crate::run::Run;
use crate::units::{Unit, grouped, significant};

/// A table of words, its first row the heading.
pub struct Table(pub Vec<Vec<String>>);

/// A quantity: what it is called, and how a mode says it.
type Quantity = (&'static str, fn(&ModeAnalysis) -> String);

const QUANTITIES: [Quantity; 12] = [
    ("base: no stream open", |mode| with_interval(&mode.full.intercept)),
    ("one more stream with all its text", |mode| with_interval(&mode.full.slope)),
    ("  without pages of files", |mode| slope(&mode.anonymous)),
    ("one more stream, open, no text yet", |mode| slope(&mode.open)),
    ("left behind by an ended stream", |mode| slope(&mode.released)),
    ("kernel socket memory per stream, not in RSS", |mode| slope(&mode.sockets)),
    ("kept per byte of text", kept),
    ("what that many streams need at most", needs),
    ("processor time per 1,000 events", processor),
    ("processor per stream as a model writes", share),
    ("Theil-Sen slope, beside the fitted one", |mode| {
        mode.robust.as_ref().map_or_else(none, |line| Unit::for_size(line.slope).with_unit(line.slope, 3))
    }),
    ("R², trials, scatter about the line", |mode| {
        let scatter = mode.full.residual_sd;
        format!("{:.4}, {}, {}", mode.full.r_squared, mode.full.n, Unit::for_size(scatter).with_unit(scatter, 2))
    }),
];

impl Table {
    /// The cost of a run's modes.
    pub fn of_costs(run: &Run, analysis: &Analysis) -> Table {
        let heading = std::iter::once(run.scenario.client.name().to_owned());
        let mut rows = vec![heading.chain(analysis.modes.iter().map(|mode| mode.mode.to_string())).collect()];
        for (name, say) in QUANTITIES {
            let name = std::iter::once(name.to_owned());
            rows.push(name.chain(analysis.modes.iter().map(say)).collect());
        }
        Table(rows)
    }

    /// As Markdown.
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        for (number, row) in self.0.iter().enumerate() {
            // Leading blanks indent a row, which Markdown would swallow; a bar would end the cell.
            let cells: Vec<String> = row.iter().map(|cell| cell.replace("  ", "&emsp;").replace('|', "\\|")).collect();
            out += &format!("| {} |\n", cells.join(" | "));
            if number == 0 {
                out += &format!("|{}\n", "---|".repeat(row.len()));
            }
        }
        out
    }
}

fn none() -> String {
    "not measured".to_owned()
}

fn slope(line: &Option<Line>) -> String {
    line.as_ref().map_or_else(none, |line| with_interval(&line.slope))
}

fn plain(estimate: &Estimate, digits: u32) -> String {
    format!(
        "{} (95 %: {} to {})",
        significant(estimate.value, digits),
        significant(estimate.low, digits),
        significant(estimate.high, digits)
    )
}

fn kept(mode: &ModeAnalysis) -> String {
    mode.kept_per_text_byte.as_ref().map_or_else(none, |kept| format!("{} bytes", plain(kept, 3)))
}

fn needs(mode: &ModeAnalysis) -> String {
    let most = mode.needs_at_most(f64::from(mode.streams_max));
    let streams = grouped(u64::from(mode.streams_max));
    format!("{} for {streams} streams", Unit::Mebibyte.with_unit(most, 3))
}

fn processor(mode: &ModeAnalysis) -> String {
    let Some(processor) = mode.processor else { return none() };
    format!("{} ms", plain(&processor.seconds_per_1000_events.divided_by(1e-3), 2))
}

fn share(mode: &ModeAnalysis) -> String {
    let Some(processor) = mode.processor else { return none() };
    let one = processor.share_per_stream_at_real_pace * 100.0;
    let all = one * f64::from(mode.streams_max);
    format!("{} %; {} streams {} %", significant(one, 2), grouped(u64::from(mode.streams_max)), significant(all, 2))
}
