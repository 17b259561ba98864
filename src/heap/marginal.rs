//! What one more stream costs at each site: a line through two measured points.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::site::Site;

/// The cost of one site, split into what every stream adds and what is there anyway.
///
/// `bytes = fixed + per_stream x N` holds exactly at the two measured points. Whether it holds between and beyond them,
/// two points cannot tell: a buffer that doubles as it grows, or adapts to the traffic, does not lie on a line. The
/// bytes are requested ones, not touched ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteCost {
    /// The site, as in [`Site::label`].
    pub label: String,
    /// On whose behalf, as in [`Site::caller`], from the larger profile if it has the site.
    pub caller: Option<String>,
    /// Bytes that one more stream adds. Negative if the site shrank.
    pub per_stream: f64,
    /// Bytes at no stream at all, by the line. Negative if the site grows faster than a line from zero.
    pub fixed: f64,
    /// Blocks that one more stream adds.
    pub blocks_per_stream: f64,
}

/// Why two profiles give no line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MarginalError {
    /// The second profile must have more streams than the first.
    #[error("a cost per stream needs two stream counts, the smaller first: got {low} and {high}")]
    Order {
        /// Streams of the first profile.
        low: u64,
        /// Streams of the second profile.
        high: u64,
    },
}

#[derive(Default)]
struct Ends {
    caller: Option<String>,
    low: (u64, u64),
    high: (u64, u64),
}

/// The cost of every site, joined on its label, dearest per stream first.
///
/// `low` and `high` are two profiles of the same program, each with its number of open streams. A site that only one of
/// them has counts as empty in the other. The cost is `(bytes2 - bytes1) / (n2 - n1)` and never `bytes / N`, which
/// would charge the streams for what the program holds without them.
///
/// # Errors
/// [`MarginalError::Order`] unless `high` has more streams than `low`.
pub fn marginal(low: (u64, &[Site]), high: (u64, &[Site])) -> Result<Vec<SiteCost>, MarginalError> {
    let ((n1, low), (n2, high)) = (low, high);
    if n2 <= n1 {
        return Err(MarginalError::Order { low: n1, high: n2 });
    }
    let mut by_label: BTreeMap<&str, Ends> = BTreeMap::new();
    for site in low {
        let ends = by_label.entry(&site.label).or_default();
        add(&mut ends.low, site);
        ends.caller = site.caller.clone().or(ends.caller.take());
    }
    for site in high {
        let ends = by_label.entry(&site.label).or_default();
        add(&mut ends.high, site);
        ends.caller = site.caller.clone().or(ends.caller.take());
    }
    let mut costs: Vec<SiteCost> =
        by_label.into_iter().map(|(label, ends)| cost(label, ends, n1 as f64, n2 as f64)).collect();
    costs.sort_by(|a, b| b.per_stream.total_cmp(&a.per_stream));
    Ok(costs)
}

fn add((bytes, blocks): &mut (u64, u64), site: &Site) {
    *bytes = bytes.saturating_add(site.bytes);
    *blocks = blocks.saturating_add(site.blocks);
}

fn cost(label: &str, ends: Ends, n1: f64, n2: f64) -> SiteCost {
    let (bytes1, bytes2) = (ends.low.0 as f64, ends.high.0 as f64);
    let (blocks1, blocks2) = (ends.low.1 as f64, ends.high.1 as f64);
    SiteCost {
        label: label.to_owned(),
        caller: ends.caller,
        per_stream: (bytes2 - bytes1) / (n2 - n1),
        // The same as bytes1 - per_stream * n1, without rounding the slope first.
        fixed: (bytes1 * n2 - bytes2 * n1) / (n2 - n1),
        blocks_per_stream: (blocks2 - blocks1) / (n2 - n1),
    }
}
