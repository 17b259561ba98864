//! The quantities of all series as words: side by side, one row a quantity, and where there are many, one row a series.

use super::sentence::with_interval;
use crate::cost::{Analysis, ContainerSource, SeriesAnalysis};
use crate::fit::{Estimate, Line};
use crate::run::Run;
use crate::scenario::Client;
use crate::units::{Bytes, Unit, grouped, significant};

/// A table of words, its first row the heading.
pub struct Table(pub Vec<Vec<String>>);

/// A quantity: what it is called, and how a series says it; `None` where it was not measured.
type Quantity = (&'static str, fn(&SeriesAnalysis) -> Option<String>);

const QUANTITIES: [Quantity; 19] = [
    ("base: no stream open", |mode| Some(with_interval(&mode.full.intercept))),
    ("one more stream with all its text", |mode| Some(cost(mode))),
    ("  without pages of files", |mode| slope(&mode.anonymous)),
    ("  at its peak (VmHWM)", |mode| slope(&mode.peak)),
    ("  after garbage was collected", |mode| slope(&mode.collected)),
    ("one more stream, open, no text yet", |mode| slope(&mode.open)),
    ("left behind by an ended stream", |mode| slope(&mode.released)),
    ("kept per byte of text", kept),
    ("  open stream and kept text, fitted apart", |mode| {
        mode.text_axis.as_ref().map(|axis| format!("{} + {} a byte", with_interval(&axis.open), plain(&axis.kept, 3)))
    }),
    ("kernel socket memory a stream, not in RSS", |mode| slope(&mode.sockets)),
    ("  at most, per socket, by the kernel's rule", |mode| {
        Some(Bytes(mode.receive_buffer_bytes?).to_string()).filter(|_| mode.sockets.is_some_and(holds_text))
    }),
    ("a container is charged, per stream", |mode| slope(&mode.container)),
    ("  with no stream open", |mode| mode.container.as_ref().map(|line| with_interval(&line.intercept))),
    ("  as read from", |mode| mode.container.as_ref().map(|_| source(mode.container_source).to_owned())),
    ("what that many streams need at most", needs),
    ("processor time per 1,000 events", processor),
    ("processor per stream as a model writes", share),
    ("slope that no odd trial moves (Theil-Sen)", |mode| {
        mode.robust.as_ref().map(|line| Unit::for_size(line.slope).with_unit(line.slope, 3))
    }),
    ("R², trials, scatter about the line", |mode| {
        let scatter = mode.full.residual_sd;
        let scatter = Unit::for_size(scatter).with_unit(scatter, 2);
        Some(format!("{:.4}, {}, {scatter}", mode.full.r_squared, mode.full.n))
    }),
];

/// More series than this have a row each instead of a column, and only the quantities that are compared.
pub const SIDE_BY_SIDE: usize = 4;

/// What is compared between many series.
const COMPARED: [Quantity; 7] = [
    ("base: no stream open", |mode| Some(briefly(&mode.full.intercept))),
    ("one more stream with all its text", |mode| {
        let no_line = if mode.is_curved() { ", no line" } else { "" };
        Some(briefly(&mode.full.slope) + no_line)
    }),
    ("at its peak (VmHWM)", |mode| mode.peak.as_ref().map(|line| briefly(&line.slope))),
    ("after garbage was collected", |mode| mode.collected.as_ref().map(|line| briefly(&line.slope))),
    ("open, no text yet", |mode| mode.open.as_ref().map(|line| briefly(&line.slope))),
    ("kept per byte of text", |mode| mode.kept_per_text_byte.as_ref().map(|kept| without_confidence(&plain(kept, 2)))),
    ("all streams need at most", |mode| {
        Some(Unit::Mebibyte.with_unit(mode.needs_at_most(f64::from(mode.streams_max)), 3))
    }),
];

impl Table {
    /// The cost of a run's series.
    pub fn of_costs(run: &Run, analysis: &Analysis) -> Table {
        if super::is_compared(analysis) { Table::of_many(analysis) } else { Table::of_few(run, analysis) }
    }

    fn of_many(analysis: &Analysis) -> Table {
        // What no series has is no column.
        let compared = || COMPARED.iter().filter(|(_, say)| analysis.series.iter().any(|series| say(series).is_some()));
        let heading = std::iter::once("(95 % intervals)".to_owned());
        let mut rows = vec![heading.chain(compared().map(|(name, _)| (*name).to_owned())).collect::<Vec<_>>()];
        rows.extend(analysis.series.iter().map(|series| {
            let says = compared().map(|(_, say)| say(series).unwrap_or_else(none));
            std::iter::once(series.label.clone()).chain(says).collect()
        }));
        Table(rows)
    }

    fn of_few(run: &Run, analysis: &Analysis) -> Table {
        let heading = std::iter::once(run.scenario.only_client().map_or("", Client::name).to_owned());
        let mut rows = vec![heading.chain(analysis.series.iter().map(|series| series.label.clone())).collect()];
        for (name, say) in QUANTITIES {
            let says: Vec<Option<String>> = analysis.series.iter().map(say).collect();
            // What no series has is no row.
            if says.iter().any(Option::is_some) {
                let name = std::iter::once(name.to_owned());
                rows.push(name.chain(says.into_iter().map(|said| said.unwrap_or_else(none))).collect());
            }
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

/// As the headline says it: in two pieces where it is no line.
fn cost(mode: &SeriesAnalysis) -> String {
    match &mode.pieces {
        Some(pieces) => format!(
            "{} up to {} streams, {} from there: no line",
            with_interval(&pieces.lower),
            grouped(pieces.bend as u64),
            with_interval(&pieces.upper)
        ),
        None if mode.is_curved() => format!("{} on average: no line", with_interval(&mode.full.slope)),
        None => with_interval(&mode.full.slope),
    }
}

/// `0.192 MiB (0.189 to 0.195)`.
fn briefly(estimate: &Estimate) -> String {
    without_confidence(&with_interval(estimate))
}

/// The heading says it for all.
fn without_confidence(text: &str) -> String {
    text.replace("95 %: ", "")
}

fn none() -> String {
    "not measured".to_owned()
}

fn slope(line: &Option<Line>) -> Option<String> {
    line.as_ref().map(|line| with_interval(&line.slope))
}

/// A socket that holds a page and more holds text that nobody has read.
fn holds_text(line: Line) -> bool {
    line.slope.value > 4096.0
}

fn source(source: ContainerSource) -> &'static str {
    match source {
        ContainerSource::CgroupV1 => "cgroup v1",
        ContainerSource::CgroupV2 => "cgroup v2",
        ContainerSource::Estimated => "estimate from RSS",
    }
}

fn plain(estimate: &Estimate, digits: u32) -> String {
    format!(
        "{} (95 %: {} to {})",
        significant(estimate.value, digits),
        significant(estimate.low, digits),
        significant(estimate.high, digits)
    )
}

fn kept(mode: &SeriesAnalysis) -> Option<String> {
    mode.kept_per_text_byte.as_ref().map(|kept| format!("{} bytes", plain(kept, 3)))
}

fn needs(mode: &SeriesAnalysis) -> Option<String> {
    let most = mode.needs_at_most(f64::from(mode.streams_max));
    let streams = grouped(u64::from(mode.streams_max));
    Some(format!("{} for {streams} streams", Unit::Mebibyte.with_unit(most, 3)))
}

fn processor(mode: &SeriesAnalysis) -> Option<String> {
    Some(format!("{} ms", plain(&mode.processor?.seconds_per_1000_events.divided_by(1e-3), 2)))
}

fn share(mode: &SeriesAnalysis) -> Option<String> {
    let one = mode.processor?.share_per_stream_at_real_pace * 100.0;
    let all = one * f64::from(mode.streams_max);
    Some(format!(
        "{} %; {} streams {} %",
        significant(one, 2),
        grouped(u64::from(mode.streams_max)),
        significant(all, 2)
    ))
}
