//! Versions 1 and 2 of `cost.json`, which earlier probes wrote: a name for every number of a line, and of most lines the slope alone.

use super::memory_line::{Measured, MemoryLine};
use crate::cost::{Lines, Quantity, Scatter, TextAxis};
use crate::fit::{Estimate, Line};
use crate::foreign::printable;
use crate::scenario::Mode;
use serde::Deserialize;
use serde::de::Error as _;

/// What they say they are.
pub const VERSIONS: [&str; 2] = ["stream-probe/cost/1", "stream-probe/cost/2"];

/// What both versions hold. Version 1 has one `subject` and one `stream`, version 2 a client in every mode and several streams.
#[derive(Deserialize)]
struct OlderCost {
    subject: Option<serde_json::Value>,
    stream: Option<Stream>,
    streams: Option<Vec<Stream>>,
    modes: Vec<OlderSeries>,
}

#[derive(Deserialize)]
struct Stream {
    text_bytes: f64,
}

#[derive(Deserialize)]
struct OlderSeries {
    client: Option<String>,
    mode: Mode,
    base_bytes: Estimate,
    per_stream_bytes: Estimate,
    open_bytes_per_stream: Option<Estimate>,
    kept_bytes_per_text_byte: Option<Estimate>,
    kept_bytes_per_prompt_byte: Option<Estimate>,
    text_axis: Option<TextAxis>,
    container_base_bytes: Option<Estimate>,
    container_bytes_per_stream: Option<Estimate>,
    peak_base_bytes: Option<Estimate>,
    peak_bytes_per_stream: Option<Estimate>,
    streams_max: f64,
    #[serde(flatten)]
    scatter: Scatter,
    #[serde(default)]
    doubts: Vec<serde_json::Value>,
}

/// Reads the lines, in the file's order.
///
/// # Errors
/// When something is missing or is of no line.
pub fn read(text: &str) -> Result<Vec<MemoryLine>, serde_json::Error> {
    let cost: OlderCost = serde_json::from_str(text)?;
    let subject = cost.subject.as_ref().map(name_of).unwrap_or_default();
    let texts = cost.streams.iter().flatten().chain(&cost.stream).map(|stream| stream.text_bytes);
    let text_bytes = texts.fold(0.0, f64::max);
    cost.modes.into_iter().map(|series| line(series, &subject, text_bytes)).collect()
}

/// `"reqwest"`, or the first key of `{"ballast": ...}`.
fn name_of(subject: &serde_json::Value) -> String {
    let key = || subject.as_object().and_then(|object| object.keys().next()).map(String::as_str);
    subject.as_str().or_else(key).unwrap_or_default().to_owned()
}

fn line(series: OlderSeries, subject: &str, text_bytes: f64) -> Result<MemoryLine, serde_json::Error> {
    let full = series.scatter.line(series.base_bytes, series.per_stream_bytes).map_err(serde_json::Error::custom)?;
    // How far trials lie from the other lines was not written down then.
    let other = |quantity, base: Option<Estimate>, slope: Option<Estimate>| {
        Some((quantity, Line { intercept: base?, slope: slope?, residual_sd: 0.0, ..full }))
    };
    let others = [
        other(Quantity::Container, series.container_base_bytes, series.container_bytes_per_stream),
        other(Quantity::Peak, series.peak_base_bytes, series.peak_bytes_per_stream),
    ];
    let measured = Measured {
        text_bytes,
        request_bytes: 0.0,
        streams_max: series.streams_max,
        kept: series.kept_bytes_per_text_byte,
        open: series.open_bytes_per_stream,
        text_axis: series.text_axis,
        lines: Lines::new(full, others.into_iter().flatten()),
        leading: Quantity::Full,
        seen: Vec::new(),
        doubts: series.doubts.len(),
    };
    let client = series.client.unwrap_or_else(|| subject.to_owned());
    Ok(MemoryLine::measured(printable(&client).into_owned(), series.mode, measured)
        .with_per_prompt_byte(series.kept_bytes_per_prompt_byte))
}
