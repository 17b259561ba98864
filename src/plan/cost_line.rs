//! `cost.json`, as far as a plan needs it: one memory line for each series.

use super::allowance::{Allowance, ToldLimits};
use super::memory_line::{Measured, MemoryLine};
use super::older_cost;
use crate::cost::{AccountLimits, Cost, Quantity, SCHEMA, SeriesCost};
use crate::foreign::{printable, quotable};
use serde::Deserialize;

/// Why a file is not a measured cost.
#[derive(Debug, thiserror::Error)]
pub enum CostError {
    /// It is not JSON, or misses something.
    #[error("is damaged: {}; render the run again with: probe report", quotable(&.0.to_string()))]
    Damaged(#[from] serde_json::Error),
    /// It is of another version.
    #[error(
        "is a '{found}' and this program reads up to '{SCHEMA}': plan with the probe that wrote it, or a newer one"
    )]
    Version {
        /// What it says it is.
        found: String,
    },
    /// Nothing in it can be planned with.
    #[error("has no series in it: measure one with: probe --streams 24")]
    Empty,
}

#[derive(Deserialize)]
struct Head {
    schema: String,
}

#[derive(Deserialize)]
struct Limits {
    account_limits: Option<AccountLimits>,
}

/// Reads the lines of a `cost.json`, in its order.
///
/// # Errors
/// When it is damaged, of a version that is not understood, or without any series.
pub fn read(text: &str) -> Result<Vec<MemoryLine>, CostError> {
    let head: Head = serde_json::from_str(text)?;
    let lines = match head.schema.as_str() {
        SCHEMA => {
            let cost: Cost = serde_json::from_str(text)?;
            let text_bytes = cost.streams.iter().map(|stream| stream.text_bytes).max().unwrap_or(0);
            cost.series.into_iter().map(|series| line(series, text_bytes as f64)).collect()
        }
        older if older_cost::VERSIONS.contains(&older) => older_cost::read(text)?,
        found => return Err(CostError::Version { found: quotable(found) }),
    };
    if lines.is_empty() { Err(CostError::Empty) } else { Ok(lines) }
}

/// The limits that an API told when it was behind the streams of a `cost.json`.
///
/// # Errors
/// When the file is damaged.
pub fn read_limits(text: &str) -> Result<Option<ToldLimits>, CostError> {
    let cost: Limits = serde_json::from_str(text)?;
    let told = |AccountLimits { model, headers }| ToldLimits {
        model: printable(&model).into_owned(),
        allowance: Allowance::of_headers(&headers),
    };
    Ok(cost.account_limits.map(told))
}

fn line(series: SeriesCost, text_bytes: f64) -> MemoryLine {
    let SeriesCost { client, mode, lines, leading, seen_at_most: seen, .. } = series;
    let measured = Measured {
        text_bytes,
        request_bytes: series.request_bytes_per_stream.unwrap_or(0.0),
        streams_max: f64::from(series.streams_max),
        kept: series.kept_bytes_per_text_byte,
        open: lines.per_stream(Quantity::Open).copied(),
        text_axis: series.text_axis,
        lines,
        leading: leading.unwrap_or(Quantity::Full),
        seen,
        doubts: series.doubts.len(),
    };
    // The name is shown, and the file may be anyone's.
    MemoryLine::measured(printable(&client).into_owned(), mode, measured)
        .with_per_prompt_byte(series.kept_bytes_per_prompt_byte)
}
