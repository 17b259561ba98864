//! How many streams a container holds.

use super::lines::Lines;
use super::quantity::Quantity;
use super::{CONFIDENCE, SAFE_SHARE};
use crate::fit::Largest;
use serde::{Deserialize, Serialize};

/// What a limit may be met by. Resident memory has pages of files in it, which the kernel can take back, and the charge has what lies outside
/// of resident memory: buffers in the kernel, files in memory. Which of them is more depends on the program, and the more counts.
const MET_BY: [Quantity; 2] = [Quantity::Full, Quantity::Container];

/// Against the limit of a container.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Fits {
    /// Its limit.
    pub limit_bytes: f64,
    /// 70 % of it.
    pub safe_bytes: f64,
    /// The quantity that meets it with the fewest streams.
    pub by: Quantity,
    /// The most streams whose one-sided 95 % bound stays below `safe_bytes`; `null` if not even the base does.
    pub streams: Option<Largest>,
    /// The same below the limit itself, where nothing is left for peaks.
    pub streams_at_limit: Option<Largest>,
}

impl Fits {
    /// By whichever line leaves room for the fewest.
    pub(super) fn of(lines: &Lines, limit_bytes: f64) -> Fits {
        let safe_bytes = SAFE_SHARE * limit_bytes;
        let measured = || MET_BY.into_iter().filter_map(|quantity| Some((quantity, lines.get(quantity)?)));
        let most = |bytes: f64| {
            let each = measured().map(|(quantity, line)| (line.largest_below(bytes, CONFIDENCE), quantity));
            each.min_by_key(|(streams, _)| *streams).unwrap_or((None, Quantity::Full))
        };
        let (streams, by) = most(safe_bytes);
        Fits { limit_bytes, safe_bytes, by, streams, streams_at_limit: most(limit_bytes).0 }
    }
}
