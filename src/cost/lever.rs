//! The trials whose slope is to be sharp, and how many more of them make it so.

use super::fitted::Fitted;
use super::quantity::Quantity;
use super::trial::TrialPoint;
use crate::fit::{Design, Estimate, Piecewise};

/// All trials of a series, or those above a bend.
#[derive(Clone, Debug)]
pub struct Lever {
    design: Design,
    /// The slope, bytes a stream.
    pub slope: Estimate,
    /// The fewest streams that were asked for in one of them.
    pub low: u32,
    /// The most.
    pub high: u32,
    /// All of these numbers, ascending.
    asked: Vec<u32>,
}

impl Lever {
    /// Of a series, or of its trials that lie above the bend of these pieces.
    pub(super) fn of(fitted: &Fitted, pieces: Option<&Piecewise>) -> Lever {
        let full = fitted.lines.full();
        let (slope, scatter, from) = match pieces {
            Some(pieces) => (pieces.upper, pieces.residual_sd, pieces.bend),
            None => (full.slope, full.residual_sd, 0.0),
        };
        let measured = fitted.trials.iter().filter(|trial| trial.get(Quantity::Full).is_some());
        let used: Vec<&TrialPoint> = measured.filter(|trial| f64::from(trial.streams) >= from).collect();
        let x = used.iter().map(|trial| f64::from(trial.streams)).collect();
        let mut asked: Vec<u32> = used.iter().map(|trial| trial.asked).collect();
        asked.sort_unstable();
        asked.dedup();
        let (low, high) = (asked.first().copied().unwrap_or(0), asked.last().copied().unwrap_or(0));
        Lever { design: Design { x, slope: slope.value, scatter }, slope, low, high, asked }
    }

    /// Both ends, and of the numbers of streams between them that were asked for the one that is nearest to the middle, if there is one.
    pub fn ends_and_middle(&self) -> Vec<u32> {
        let from_middle = |streams: u32| (2 * u64::from(streams)).abs_diff(u64::from(self.low) + u64::from(self.high));
        let between = self.asked.iter().copied().filter(|streams| *streams > self.low && *streams < self.high);
        let mut rungs = vec![self.low, self.high];
        rungs.extend(between.min_by_key(|streams| from_middle(*streams)));
        rungs.sort_unstable();
        rungs.dedup();
        rungs
    }

    /// How many further pairs of trials at these numbers of streams make half of the slope's interval no more than this share of it; `None`
    /// where no number does that anybody would wait for.
    pub fn pairs_until(&self, precision: f64, low: u32, high: u32) -> Option<u32> {
        self.design.pairs_until(precision, f64::from(low), f64::from(high))
    }
}
