//! Memory against streams *and* what each of them holds of something: text, or its prompt.

use crate::fit::{Estimate, Intercept, LeastSquares, median};
use std::collections::BTreeMap;

/// One trial: its streams, the bytes that each of them was given, and its memory.
pub(super) struct PlanePoint {
    /// Streams.
    pub streams: f64,
    /// Bytes given to each.
    pub given: f64,
    /// Memory, bytes.
    pub memory: f64,
}

impl PlanePoint {
    /// One for each number of streams that were given the same: the median of their memory. Trials that agree to the page say how much chance
    /// there is, and nothing of whether it is a plane that they lie on.
    pub fn medians(points: &[PlanePoint]) -> Vec<PlanePoint> {
        let mut alike: BTreeMap<(u64, u64), Vec<f64>> = BTreeMap::new();
        for point in points {
            // Both are whole, or as good as that.
            alike.entry((point.streams as u64, point.given as u64)).or_default().push(point.memory);
        }
        let medians = alike.into_iter().filter_map(|((streams, given), mut memory)| {
            Some(PlanePoint { streams: streams as f64, given: given as f64, memory: median(&mut memory)? })
        });
        medians.collect()
    }
}

fn no_narrower(estimate: Estimate, than: Estimate) -> Estimate {
    let (below, above) = (than.value - than.low, than.high - than.value);
    Estimate {
        low: estimate.low.min(estimate.value - below),
        high: estimate.high.max(estimate.value + above),
        ..estimate
    }
}

/// What the process has beside its streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// The same, however much streams are given.
    OfAll,
    /// More, the more is given to each: one buffer that all streams go through one after the other.
    WithWhatIsGiven,
}

/// memory = base + N x (open + kept x bytes given), fitted by least squares.
pub(super) struct Plane {
    /// The process with no stream, bytes.
    pub base: Estimate,
    /// One more stream that is given nothing, bytes.
    pub open: Estimate,
    /// Bytes kept for every byte given.
    pub kept: Estimate,
    /// Standard deviation of the trials about it, bytes.
    pub residual_sd: f64,
    /// Trials in it.
    pub trials: usize,
}

impl Plane {
    /// `None` where all were given the same, or there are too few trials: its columns would be multiples of each other.
    pub fn fit(points: &[PlanePoint], base: Base, page: f64) -> Option<Plane> {
        let column = |of: fn(&PlanePoint) -> f64| points.iter().map(of).collect::<Vec<f64>>();
        let (streams, given) = (column(|point| point.streams), column(|point| point.given));
        let all_given = column(|point| point.streams * point.given);
        let mut columns = vec![&streams[..], &all_given];
        if base == Base::WithWhatIsGiven {
            columns.push(&given);
        }
        let fit = LeastSquares::fit_in_steps(&columns, &column(|point| point.memory), Intercept::Fitted, page);
        let (fit, estimates) = fit.ok()?;
        let [base, open, kept, ..] = estimates[..] else { return None };
        Some(Plane { base, open, kept, residual_sd: fit.residual_sd, trials: points.len() })
    }

    /// The same with intervals no narrower than those of `other`, which is fitted through fewer points.
    pub fn no_surer_than(self, other: &Plane) -> Plane {
        Plane {
            base: no_narrower(self.base, other.base),
            open: no_narrower(self.open, other.open),
            kept: no_narrower(self.kept, other.kept),
            ..self
        }
    }
}
