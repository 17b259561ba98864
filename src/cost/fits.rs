//! How many streams a container holds.

use super::SAFE_SHARE;
use super::bound::Bound;
use super::quantity::Quantity;
use crate::fit::Largest;
use serde::{Deserialize, Serialize};

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
    /// By whichever line, or sight, leaves room for the fewest.
    pub(super) fn of(bound: Bound<'_>, limit_bytes: f64) -> Fits {
        let safe_bytes = SAFE_SHARE * limit_bytes;
        let (streams, by) = bound.largest_below(safe_bytes);
        Fits { limit_bytes, safe_bytes, by, streams, streams_at_limit: bound.largest_below(limit_bytes).0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::Lines;
    use crate::fit::{Line, Point};

    /// Exactly this line, at four numbers of streams.
    fn exact(base: f64, per_stream: f64) -> Line {
        let points = [1.0, 2.0, 3.0, 4.0].map(|x| Point { x, y: base + per_stream * x });
        Line::fit(&points).unwrap()
    }

    #[test]
    fn what_leaves_room_for_fewer_counts() {
        let limit = 100.0 / SAFE_SHARE;
        let by_rss = |charge: Option<Line>| {
            let lines = Lines::new(exact(10.0, 1.0), charge.map(|line| (Quantity::Container, line)));
            Fits::of(Bound::of(&lines, &[]), limit)
        };
        let fits = by_rss(None);
        assert_eq!((fits.by, fits.streams), (Quantity::Full, Some(Largest::Whole(90))));
        // Pipes and files in memory: 8 a stream that RSS does not see.
        let fits = by_rss(Some(exact(4.0, 9.0)));
        assert_eq!((fits.by, fits.streams), (Quantity::Container, Some(Largest::Whole(10))));
        assert_eq!(fits.streams_at_limit, Some(Largest::Whole(15)));
        // Pages of files that the kernel can take back.
        assert_eq!(by_rss(Some(exact(1.0, 1.0))).by, Quantity::Full);
        assert_eq!(by_rss(Some(exact(200.0, 1.0))).streams, None);
    }
}
