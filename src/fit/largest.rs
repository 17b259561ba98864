//! The largest x that still fits below a limit.

use serde::{Deserialize, Serialize};

use super::line::Line;

/// Above 2^53 not every whole number is a 64-bit float any more, and no count of streams comes
/// near.
const FURTHEST: u64 = 1 << 53;

/// How far a line can be followed below a limit.
///
/// Written as the number, or as `"any"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(with = "Written"))]
pub enum Largest {
    /// This whole x, and none above it.
    Whole(u64),
    /// There is no largest: the bound is still within the limit at 2^53.
    Unbounded,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
enum Written {
    Whole(u64),
    Word(Unbounded),
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
enum Unbounded {
    #[serde(rename = "any")]
    Any,
}

impl From<Written> for Largest {
    fn from(written: Written) -> Largest {
        match written {
            Written::Whole(x) => Largest::Whole(x),
            Written::Word(Unbounded::Any) => Largest::Unbounded,
        }
    }
}

impl From<Largest> for Written {
    fn from(largest: Largest) -> Written {
        match largest {
            Largest::Whole(x) => Written::Whole(x),
            Largest::Unbounded => Written::Word(Unbounded::Any),
        }
    }
}

impl Line {
    /// The largest whole x, from 0, whose [`upper_prediction`](Self::upper_prediction) at this
    /// `confidence` is at most `limit` (unit of y); `None` if there is no such x.
    ///
    /// The bound is a line plus a curve that opens on both sides of the data, so three cases are
    /// worth knowing:
    ///
    /// - The slope is 0 or below, and surely so: the bound never rises above a limit that it once
    ///   was under, and the answer is [`Largest::Unbounded`] (or `None`).
    /// - The slope is 0 or below, but not surely: the bound does rise, far from the data, because
    ///   the slope might be positive after all. The answer is where that uncertainty alone reaches
    ///   the limit.
    /// - The bound may also be above the limit at x = 0 and under it where the data are. The
    ///   largest x counts, so this is not `None`.
    ///
    /// Nothing here says how far the line was measured: an answer beyond the data is an
    /// extrapolation, which the caller should name.
    pub fn largest_below(&self, limit: f64, confidence: f64) -> Option<Largest> {
        let scatter = self.prediction_scatter(confidence);
        let fits = |x: u64| self.bound(x as f64, scatter) <= limit;
        if fits(FURTHEST) {
            return Some(Largest::Unbounded);
        }
        // From the lowest point of the bound to the right it only rises, so halving finds the last
        // x that fits.
        let lowest = self.lowest_of_bound(scatter);
        let mut inside = [lowest + 1, lowest].into_iter().find(|&x| fits(x))?;
        let mut outside = FURTHEST;
        while outside - inside > 1 {
            let middle = inside.midpoint(outside);
            if fits(middle) {
                inside = middle;
            } else {
                outside = middle;
            }
        }
        Some(Largest::Whole(inside))
    }

    /// The whole x, from 0, at or just below the lowest point of the bound.
    ///
    /// With u = x - mean x, D = (1 + 1/n) Sxx and k = scatter / sqrt(Sxx) the bound is `slope u + k
    /// sqrt(D + u^2)` and a constant. It falls at first only if k > |slope|, and turns at `u =
    /// -slope sqrt(D / (k^2 - slope^2))`. Otherwise it rises all the way from 0, or falls all the
    /// way, and then 0 fits only if everything does.
    fn lowest_of_bound(&self, scatter: f64) -> u64 {
        let slope = self.slope.value;
        let opening = scatter / self.sxx.sqrt();
        if opening <= slope.abs() || !opening.is_finite() {
            return 0;
        }
        let spread = (1.0 + 1.0 / self.n as f64) * self.sxx;
        let turn = -slope * (spread / ((opening - slope) * (opening + slope))).sqrt();
        // The conversion stops at 0 and at the largest number, whichever side the turn is beyond.
        ((self.mean_x + turn).floor() as u64).min(FURTHEST - 1)
    }
}
