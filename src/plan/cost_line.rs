//! `cost.json`, as far as a plan needs it: one memory line for each client and mode.

use super::allowance::{Allowance, ToldLimits};
use super::memory_line::{Measured, MemoryLine, Prediction, TextAxis};
use crate::fit::Estimate;
use crate::foreign::{printable, quotable};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The versions of the format that are understood.
const VERSIONS: [&str; 2] = ["stream-probe/cost/1", "stream-probe/cost/2"];

/// Why a file is not a measured cost.
#[derive(Debug, thiserror::Error)]
pub enum CostError {
    /// It is not JSON, or misses something.
    #[error("is damaged: {0}; render the run again with: probe report")]
    Damaged(#[from] serde_json::Error),
    /// It is of another version.
    #[error("is a '{found}' and this program reads up to '{newest}': plan with the probe that wrote it, or a newer one", newest = VERSIONS[1])]
    Version {
        /// What it says it is.
        found: String,
    },
    /// Nothing in it can be planned with.
    #[error("has no mode in it: measure one with: probe --streams 24")]
    Empty,
}

#[derive(Deserialize)]
struct Head {
    schema: String,
}

/// What both versions hold. Version 1 has one `subject` and one `stream`, version 2 a client in every mode and several streams.
#[derive(Deserialize)]
struct CostJson {
    subject: Option<serde_json::Value>,
    stream: Option<StreamJson>,
    streams: Option<Vec<StreamJson>>,
    modes: Vec<ModeJson>,
}

#[derive(Deserialize)]
struct LimitsJson {
    account_limits: Option<AccountLimitsJson>,
}

#[derive(Deserialize)]
struct AccountLimitsJson {
    model: String,
    headers: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct StreamJson {
    text_bytes: f64,
}

#[derive(Deserialize)]
struct ModeJson {
    client: Option<String>,
    mode: String,
    base_bytes: Estimate,
    per_stream_bytes: Estimate,
    open_bytes_per_stream: Option<Estimate>,
    kept_bytes_per_text_byte: Option<Estimate>,
    kept_bytes_per_prompt_byte: Option<Estimate>,
    text_axis: Option<TextAxisJson>,
    container_base_bytes: Option<Estimate>,
    container_bytes_per_stream: Option<Estimate>,
    peak_base_bytes: Option<Estimate>,
    peak_bytes_per_stream: Option<Estimate>,
    streams_max: f64,
    residual_bytes: f64,
    trials: f64,
    prediction: PredictionJson,
    #[serde(default)]
    doubts: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct TextAxisJson {
    base_bytes: Estimate,
    open_bytes_per_stream: Estimate,
    kept_bytes_per_text_byte: Estimate,
    residual_bytes: f64,
    trials: f64,
}

#[derive(Deserialize)]
struct PredictionJson {
    degrees_of_freedom: f64,
    mean_streams: f64,
    sxx: f64,
}

/// Reads the lines of a `cost.json`, in its order.
///
/// # Errors
/// When it is damaged, of a version that is not understood, or without any mode.
pub fn read(text: &str) -> Result<Vec<MemoryLine>, CostError> {
    let head: Head = serde_json::from_str(text)?;
    if !VERSIONS.contains(&head.schema.as_str()) {
        return Err(CostError::Version { found: quotable(&head.schema) });
    }
    let cost: CostJson = serde_json::from_str(text)?;
    let subject = cost.subject.as_ref().map(name_of).unwrap_or_default();
    let texts = cost.streams.iter().flatten().chain(&cost.stream).map(|stream| stream.text_bytes);
    let text_bytes = texts.fold(0.0, f64::max);
    let lines: Vec<MemoryLine> = cost.modes.into_iter().map(|mode| line(mode, &subject, text_bytes)).collect();
    if lines.is_empty() { Err(CostError::Empty) } else { Ok(lines) }
}

/// The limits that an API told when it was behind the streams of a `cost.json`.
///
/// # Errors
/// When the file is damaged.
pub fn read_limits(text: &str) -> Result<Option<ToldLimits>, CostError> {
    let cost: LimitsJson = serde_json::from_str(text)?;
    let told = |AccountLimitsJson { model, headers }| ToldLimits {
        model: printable(&model).into_owned(),
        allowance: Allowance::of_headers(&headers),
    };
    Ok(cost.account_limits.map(told))
}

/// `"reqwest"`, or the first key of `{"ballast": ...}`.
fn name_of(subject: &serde_json::Value) -> String {
    let key = || subject.as_object().and_then(|object| object.keys().next()).map(String::as_str);
    subject.as_str().or_else(key).unwrap_or_default().to_owned()
}

fn line(mode: ModeJson, subject: &str, text_bytes: f64) -> MemoryLine {
    let pair = |base: Option<Estimate>, slope: Option<Estimate>| Some((base?.value, slope?.value));
    let container = pair(mode.container_base_bytes, mode.container_bytes_per_stream);
    let peak = pair(mode.peak_base_bytes, mode.peak_bytes_per_stream);
    let measured = Measured {
        text_bytes,
        streams_max: mode.streams_max,
        kept: mode.kept_bytes_per_text_byte,
        open: mode.open_bytes_per_stream,
        text_axis: mode.text_axis.map(|axis| TextAxis {
            base: axis.base_bytes,
            open: axis.open_bytes_per_stream,
            kept: axis.kept_bytes_per_text_byte,
            // Three coefficients were fitted.
            scatter: Prediction::scatter(axis.residual_bytes, axis.trials - 3.0),
        }),
        prediction: Prediction {
            scatter: Prediction::scatter(mode.residual_bytes, mode.prediction.degrees_of_freedom),
            trials: mode.trials,
            mean_streams: mode.prediction.mean_streams,
            sxx: mode.prediction.sxx,
        },
        other_readings: [("container charge", container), ("peak", peak)]
            .into_iter()
            .filter_map(|(name, line)| line.map(|(base, slope)| (name, base, slope)))
            .collect(),
        doubts: mode.doubts.len(),
    };
    let client = mode.client.unwrap_or_else(|| subject.to_owned());
    // They are shown, and the file may be anyone's.
    let (client, mode_name) = (printable(&client).into_owned(), printable(&mode.mode).into_owned());
    MemoryLine::measured(client, mode_name, mode.base_bytes, mode.per_stream_bytes, measured)
        .with_per_prompt_byte(mode.kept_bytes_per_prompt_byte)
}
