//! The quantities of all series as words: side by side, one row a quantity, and where there are many, one row a series.

use super::interval::{at_most, with_interval};
use crate::cost::{Analysis, ContainerSource, Quantity, SeriesAnalysis};
use crate::fit::{Estimate, Line};
use crate::foreign::plain_markdown;
use crate::run::Run;
use crate::scenario::Client;
use crate::units::{Bytes, Unit, grouped, significant};

/// A table of words, its first row the heading.
pub struct Table(pub Vec<Vec<String>>);

/// What a series says in a row; `None` where it was not measured.
type Say = fn(&SeriesAnalysis) -> Option<String>;

/// What begins the table.
const BASE: (&str, Say) = ("base: no stream open", |series| Some(with_interval(&series.full().intercept)));

/// What belongs to a quantity's slope stands below it: its name, and how a series says it.
fn beside(quantity: Quantity) -> &'static [(&'static str, Say)] {
    match quantity {
        Quantity::Released => &[("kept per byte of text", kept), ("  open stream and kept text, fitted apart", apart)],
        Quantity::Sockets => &[("  at most, per socket, by the kernel's rule", receive_buffer)],
        Quantity::Container => &[("  with no stream open", container_base), ("  as read from", container_source)],
        // Most quantities are their slope alone.
        _ => &[],
    }
}

/// What ends it.
const OF_THE_WHOLE: [(&str, Say); 5] = [
    ("what that many streams need at most", needs),
    ("processor time per 1,000 events", processor),
    ("processor per stream as a model writes", share),
    ("slope that no odd trial moves (Theil-Sen)", robust),
    ("R², trials, scatter about the line", scatter),
];

/// More series than this have a row each instead of a column, and only the quantities that are compared.
pub const SIDE_BY_SIDE: usize = 4;

impl Table {
    /// The cost of a run's series.
    pub fn of_costs(run: &Run, analysis: &Analysis) -> Table {
        if super::is_compared(analysis) { Table::of_many(analysis) } else { Table::of_few(run, analysis) }
    }

    /// A column for each quantity that any series has.
    fn of_many(analysis: &Analysis) -> Table {
        let mut columns = vec![named("(95 % intervals)", analysis, |series| Some(series.fitted.label.clone()))];
        columns.push(named(BASE.0, analysis, |series| Some(briefly(&series.full().intercept))));
        for quantity in Quantity::ALL {
            let slope =
                |series: &SeriesAnalysis| Some(briefly(&series.line(*quantity)?.slope) + no_line(*quantity, series));
            columns.extend(quantity.briefly().map(|name| named(name, analysis, slope)));
        }
        columns.push(named("kept per byte of text", analysis, |series| {
            Some(without_confidence(&plain(series.fitted.kept_per_text_byte.as_ref()?, 2)))
        }));
        columns.push(named("all streams need at most", analysis, |series| Some(at_most(series))));
        let columns: Vec<Vec<String>> = columns.into_iter().flatten().collect();
        let row = |row: usize| columns.iter().map(|column| column[row].clone()).collect();
        Table((0..=analysis.series.len()).map(row).collect())
    }

    /// A row for each of them.
    fn of_few(run: &Run, analysis: &Analysis) -> Table {
        let client = run.scenario.only_client().map_or("", Client::name);
        let mut rows = vec![named(client, analysis, |series| Some(series.fitted.label.clone()))];
        rows.push(named(BASE.0, analysis, BASE.1));
        for quantity in Quantity::ALL {
            rows.push(named(quantity.per_stream(), analysis, |series| slope(*quantity, series)));
            rows.extend(beside(*quantity).iter().map(|(name, say)| named(name, analysis, say)));
        }
        rows.extend(OF_THE_WHOLE.iter().map(|(name, say)| named(name, analysis, say)));
        Table(rows.into_iter().flatten().collect())
    }

    /// As Markdown.
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        for (number, row) in self.0.iter().enumerate() {
            // Leading blanks indent a row, which Markdown would swallow.
            let cells: Vec<String> = row.iter().map(|cell| plain_markdown(cell).replace("  ", "&emsp;")).collect();
            out += &format!("| {} |\n", cells.join(" | "));
            if number == 0 {
                out += &format!("|{}\n", "---|".repeat(row.len()));
            }
        }
        out
    }
}

/// What all series say behind a name; nothing where none of them does.
fn named(name: &str, analysis: &Analysis, say: impl Fn(&SeriesAnalysis) -> Option<String>) -> Option<Vec<String>> {
    let says: Vec<Option<String>> = analysis.series.iter().map(say).collect();
    let said = says.iter().any(Option::is_some);
    let none = || "not measured".to_owned();
    said.then(|| {
        std::iter::once(name.to_owned()).chain(says.into_iter().map(|said| said.unwrap_or_else(none))).collect()
    })
}

fn slope(quantity: Quantity, series: &SeriesAnalysis) -> Option<String> {
    match quantity {
        Quantity::Full => Some(cost(series)),
        other => series.line(other).map(|line| with_interval(&line.slope)),
    }
}

fn no_line(quantity: Quantity, series: &SeriesAnalysis) -> &'static str {
    if quantity == Quantity::Full && series.is_curved() { ", no line" } else { "" }
}

/// As the headline says it: in two pieces where it is no line.
fn cost(series: &SeriesAnalysis) -> String {
    match &series.pieces {
        Some(pieces) => format!(
            "{} up to {} streams, {} from there: no line",
            with_interval(&pieces.lower),
            grouped(pieces.bend as u64),
            with_interval(&pieces.upper)
        ),
        None if series.is_curved() => format!("{} on average: no line", with_interval(&series.full().slope)),
        None => with_interval(&series.full().slope),
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

/// A socket that holds a page and more holds text that nobody has read.
fn holds_text(line: &Line) -> bool {
    line.slope.value > 4096.0
}

fn receive_buffer(series: &SeriesAnalysis) -> Option<String> {
    let bytes = series.fitted.receive_buffer_bytes?;
    series.line(Quantity::Sockets).is_some_and(holds_text).then(|| Bytes(bytes).to_string())
}

fn container_base(series: &SeriesAnalysis) -> Option<String> {
    series.line(Quantity::Container).map(|line| with_interval(&line.intercept))
}

fn container_source(series: &SeriesAnalysis) -> Option<String> {
    let source = match series.fitted.container_source {
        ContainerSource::CgroupV1 => "cgroup v1",
        ContainerSource::CgroupV2 => "cgroup v2",
        ContainerSource::Estimated => "estimate from RSS",
    };
    series.line(Quantity::Container).map(|_| source.to_owned())
}

fn robust(series: &SeriesAnalysis) -> Option<String> {
    let slope = series.fitted.robust.as_ref()?.slope;
    Some(Unit::for_size(slope).with_unit(slope, 3))
}

fn scatter(series: &SeriesAnalysis) -> Option<String> {
    let line = series.full();
    let scatter = Unit::for_size(line.residual_sd).with_unit(line.residual_sd, 2);
    Some(format!("{:.4}, {}, {scatter}", line.r_squared, line.n))
}

fn plain(estimate: &Estimate, digits: u32) -> String {
    format!(
        "{} (95 %: {} to {})",
        significant(estimate.value, digits),
        significant(estimate.low, digits),
        significant(estimate.high, digits)
    )
}

fn kept(series: &SeriesAnalysis) -> Option<String> {
    series.fitted.kept_per_text_byte.as_ref().map(|kept| format!("{} bytes", plain(kept, 3)))
}

fn apart(series: &SeriesAnalysis) -> Option<String> {
    let axis = series.fitted.text_axis.as_ref()?;
    Some(format!("{} + {} a byte", with_interval(&axis.open), plain(&axis.kept, 3)))
}

fn needs(series: &SeriesAnalysis) -> Option<String> {
    Some(format!("{} for {} streams", at_most(series), grouped(u64::from(series.fitted.streams_max))))
}

fn processor(series: &SeriesAnalysis) -> Option<String> {
    Some(format!("{} ms", plain(&series.fitted.processor?.seconds_per_1000_events.divided_by(1e-3), 2)))
}

fn share(series: &SeriesAnalysis) -> Option<String> {
    let one = series.fitted.processor?.share_per_stream_at_real_pace * 100.0;
    let all = one * f64::from(series.fitted.streams_max);
    Some(format!(
        "{} %; {} streams {} %",
        significant(one, 2),
        grouped(u64::from(series.fitted.streams_max)),
        significant(all, 2)
    ))
}
