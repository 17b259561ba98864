//! The quantities of all series as words: side by side, one row a quantity, and where there are many, one row a series.

use super::estimate::{Digits, at_most};
use super::page::Table;
use crate::cost::{Analysis, ContainerSource, Quantity, SeriesAnalysis};
use crate::fit::{Estimate, Line};
use crate::run::Run;
use crate::scenario::Client;
use crate::units::{Bytes, Unit, grouped, significant};

/// What a series says in a row; `None` where it was not measured.
type Say = fn(&SeriesAnalysis) -> Option<String>;

/// A row: how far it is indented, its name, and what a series says in it.
type Told = (usize, &'static str, Say);

/// What begins the table.
const BASE: Told = (0, "base: no stream open", |series| Some(in_full(&series.full().intercept)));

/// What belongs to a quantity's slope stands below it.
fn beside(quantity: Quantity) -> &'static [Told] {
    match quantity {
        Quantity::Released => &[
            (1, "stays after each further wave", leak),
            (0, "kept per byte of text", kept),
            (1, "open stream and kept text, fitted apart", apart),
            (0, "kept per byte of prompt", kept_of_prompt),
            (1, "stream and kept prompt, fitted apart", apart_from_prompt),
            (0, "grows while open, a second", growing),
        ],
        Quantity::Allowance => {
            &[(2, "whatever the number of streams", allowance), (2, "held for every byte that is alive", growth_factor)]
        }
        Quantity::Sockets => &[(1, "at most, per socket, by the kernel's rule", receive_buffer)],
        Quantity::Container => &[(1, "with no stream open", container_base), (1, "as read from", container_source)],
        // Most quantities are their slope alone.
        _ => &[],
    }
}

/// What ends it.
const OF_THE_WHOLE: [Told; 5] = [
    (0, "what that many streams need at most", needs),
    (0, "processor time per 1,000 events", processor),
    (0, "processor per stream as a model writes", share),
    (0, "slope that no odd trial moves (Theil-Sen)", robust),
    (0, "R², trials, scatter about the line", scatter),
];

/// More series than this have a row each instead of a column, and only the quantities that are compared.
pub const SIDE_BY_SIDE: usize = 4;

/// The cost of a run's series.
pub fn table(run: &Run, analysis: &Analysis) -> Table {
    if super::is_compared(analysis) { of_many(analysis) } else { of_few(run, analysis) }
}

/// A column for each quantity that any series has.
fn of_many(analysis: &Analysis) -> Table {
    let slope = |quantity: Quantity| {
        let slope =
            move |series: &SeriesAnalysis| Some(briefly(&series.line(quantity)?.slope) + no_line(quantity, series));
        quantity.briefly().map(|name| (name, said(analysis, slope)))
    };
    // What is kept, and then what it takes.
    let mut columns: Vec<_> = slope(Quantity::Alive).into_iter().collect();
    columns.push((BASE.1, said(analysis, |series| Some(briefly(&series.full().intercept)))));
    columns.extend(
        Quantity::ALL.iter().filter(|quantity| **quantity != Quantity::Alive).filter_map(|other| slope(*other)),
    );
    let kept =
        |series: &SeriesAnalysis| Some(Digits::of_number(series.fitted.kept_per_text_byte.as_ref()?, 2).briefly());
    columns.push(("kept per byte of text", said(analysis, kept)));
    let kept_of_prompt =
        |series: &SeriesAnalysis| Some(Digits::of_number(&series.fitted.prompt_axis.as_ref()?.kept, 2).briefly());
    columns.push(("kept per byte of prompt", said(analysis, kept_of_prompt)));
    columns.push(("all streams need at most", said(analysis, |series| Some(at_most(series)))));
    let columns: Vec<(&str, Vec<String>)> =
        columns.into_iter().filter_map(|(name, says)| Some((name, says?))).collect();
    let mut table = Table::new(["(95 % intervals)"].into_iter().chain(columns.iter().map(|(name, _)| *name)));
    for (number, series) in analysis.series.iter().enumerate() {
        let says = columns.iter().map(|(_, says)| says[number].clone());
        table.push([series.fitted.label.clone()].into_iter().chain(says));
    }
    table
}

/// A row for each of them.
fn of_few(run: &Run, analysis: &Analysis) -> Table {
    let client = run.scenario.only_client().map_or("", Client::name);
    let labels = analysis.series.iter().map(|series| series.fitted.label.as_str());
    let mut table = Table::new([client].into_iter().chain(labels));
    let held = run.scenario.held();
    let mut row = |level: usize, name: &str, says: Option<Vec<String>>| {
        if let Some(says) = says {
            table.push_at(level, [held.said(name)].into_iter().chain(says));
        }
    };
    let told = |(level, name, say): &Told| (*level, *name, said(analysis, say));
    let mut rows = vec![told(&BASE)];
    for quantity in Quantity::ALL {
        let (level, name) = quantity.per_stream();
        rows.push((level, name, said(analysis, |series| slope(*quantity, series))));
        rows.extend(beside(*quantity).iter().map(told));
    }
    rows.extend(OF_THE_WHOLE.iter().map(told));
    rows.into_iter().for_each(|(level, name, says)| row(level, name, says));
    table
}

/// What all series say; nothing where none of them does.
fn said(analysis: &Analysis, say: impl Fn(&SeriesAnalysis) -> Option<String>) -> Option<Vec<String>> {
    let says: Vec<Option<String>> = analysis.series.iter().map(say).collect();
    let none = || "not measured".to_owned();
    says.iter().any(Option::is_some).then(|| says.into_iter().map(|said| said.unwrap_or_else(none)).collect())
}

fn slope(quantity: Quantity, series: &SeriesAnalysis) -> Option<String> {
    match quantity {
        Quantity::Full => Some(cost(series)),
        other => {
            let no_line = if series.is_curved_in(other) { " on average: no line" } else { "" };
            series.line(other).map(|line| in_full(&line.slope) + no_line)
        }
    }
}

fn no_line(quantity: Quantity, series: &SeriesAnalysis) -> &'static str {
    if quantity == Quantity::Full && series.is_curved() { ", no line" } else { "" }
}

/// As the headline says it: in two pieces where it is no line.
fn cost(series: &SeriesAnalysis) -> String {
    match &series.pieces {
        Some(pieces) => format!(
            "{} up to {} {}, {} from there: no line",
            Digits::of_size(&pieces.lower),
            grouped(pieces.bend as u64),
            series.fitted.client.held().many(),
            Digits::of_size(&pieces.upper)
        ),
        None if series.is_curved() => format!("{} on average: no line", Digits::of_size(&series.full().slope)),
        None => in_full(&series.full().slope),
    }
}

/// `0.192 MiB (95 %: 0.189 to 0.195)`.
fn in_full(estimate: &Estimate) -> String {
    Digits::of_size(estimate).to_string()
}

/// `0.192 MiB (0.189 to 0.195)`: the heading says how sure it is, for all.
fn briefly(estimate: &Estimate) -> String {
    Digits::of_size(estimate).briefly()
}

/// A socket that holds a page and more holds text that nobody has read.
fn holds_text(line: &Line) -> bool {
    line.slope.value > 4096.0
}

fn receive_buffer(series: &SeriesAnalysis) -> Option<String> {
    let bytes = series.fitted.receive_buffer_bytes?;
    series.line(Quantity::Sockets).is_some_and(holds_text).then(|| Bytes(bytes).to_string())
}

fn allowance(series: &SeriesAnalysis) -> Option<String> {
    series.line(Quantity::Allowance).map(|line| in_full(&line.intercept))
}

/// Of what comes with a stream: what a runtime holds before it collects, over what is in use then.
fn growth_factor(series: &SeriesAnalysis) -> Option<String> {
    let (alive, beyond) = (series.line(Quantity::Alive)?.slope, series.line(Quantity::Allowance)?.slope);
    let held = |beyond: f64| 1.0 + beyond / alive.value;
    let factor = Estimate { value: held(beyond.value), low: held(beyond.low), high: held(beyond.high) };
    (alive.low > 0.0).then(|| format!("{} bytes", Digits::of_number(&factor, 2)))
}

fn container_base(series: &SeriesAnalysis) -> Option<String> {
    series.line(Quantity::Container).map(|line| in_full(&line.intercept))
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

fn kept(series: &SeriesAnalysis) -> Option<String> {
    series.fitted.kept_per_text_byte.as_ref().map(|kept| format!("{} bytes", Digits::of_number(kept, 3)))
}

fn apart(series: &SeriesAnalysis) -> Option<String> {
    let axis = series.fitted.text_axis.as_ref()?;
    Some(format!("{} + {} bytes a byte of text", Digits::of_size(&axis.open), Digits::of_number(&axis.kept, 3)))
}

fn kept_of_prompt(series: &SeriesAnalysis) -> Option<String> {
    series.fitted.prompt_axis.as_ref().map(|axis| format!("{} bytes", Digits::of_number(&axis.kept, 3)))
}

fn apart_from_prompt(series: &SeriesAnalysis) -> Option<String> {
    let axis = series.fitted.prompt_axis.as_ref()?;
    Some(format!("{} + {} bytes a byte of prompt", Digits::of_size(&axis.promptless), Digits::of_number(&axis.kept, 3)))
}

fn leak(series: &SeriesAnalysis) -> Option<String> {
    series.fitted.leak.as_ref().map(|leak| in_full(&leak.per_stream))
}

fn growing(series: &SeriesAnalysis) -> Option<String> {
    series.fitted.growing().as_ref().map(in_full)
}

fn needs(series: &SeriesAnalysis) -> Option<String> {
    let (many, held) = (grouped(u64::from(series.fitted.streams_told)), series.fitted.client.held().many());
    Some(format!("{} for {many} {held}", at_most(series)))
}

fn processor(series: &SeriesAnalysis) -> Option<String> {
    Some(format!("{} ms", Digits::of_number(&series.fitted.processor?.seconds_per_1000_events.divided_by(1e-3), 2)))
}

fn share(series: &SeriesAnalysis) -> Option<String> {
    let one = series.fitted.processor?.share_per_stream_at_real_pace * 100.0;
    let all = one * f64::from(series.fitted.streams_told);
    Some(format!(
        "{} %; {} {} {} %",
        significant(one, 2),
        grouped(u64::from(series.fitted.streams_told)),
        series.fitted.client.held().many(),
        significant(all, 2)
    ))
}
