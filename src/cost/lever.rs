//! The trials whose slope is to be sharp, and how many more of them make it so.

use super::fitted::Fitted;
use super::quantity::Quantity;
use crate::fit::{Design, Estimate, Piecewise};

/// All trials of a series, or those above a bend.
#[derive(Clone, Debug)]
pub struct Lever {
    design: Design,
    /// The slope, bytes a stream.
    pub slope: Estimate,
    /// The fewest streams.
    pub low: u32,
    /// The most.
    pub high: u32,
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
        let streams = measured.map(|trial| f64::from(trial.streams));
        let x: Vec<f64> = streams.filter(|streams| *streams >= from).collect();
        let low = x.iter().copied().fold(f64::INFINITY, f64::min) as u32;
        let high = x.iter().copied().fold(0.0, f64::max) as u32;
        Lever { design: Design { x, slope: slope.value, scatter }, slope, low, high }
    }

    /// Both ends, and of the numbers of streams between them that were measured the one that is nearest to the middle, if there is one.
    pub fn ends_and_middle(&self) -> Vec<u32> {
        let middle = (f64::from(self.low) + f64::from(self.high)) / 2.0;
        let between = self.design.x.iter().filter(|x| **x > f64::from(self.low) && **x < f64::from(self.high));
        let nearest = between.min_by(|a, b| (*a - middle).abs().total_cmp(&(*b - middle).abs()));
        let mut rungs = vec![self.low, self.high];
        rungs.extend(nearest.map(|x| *x as u32));
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
