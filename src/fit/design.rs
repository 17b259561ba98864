//! How many more points make a slope as sharp as it is wanted.

use super::estimate::Estimate;

/// No search for them goes further.
const MOST_PAIRS: u32 = 1000;

/// A slope through points of which only x is known: where they lie, and how they scatter about their line.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    /// The x of every point.
    pub x: Vec<f64>,
    /// The slope, in the unit of y for one of x.
    pub slope: f64,
    /// The standard deviation of the points about the line, in the unit of y.
    pub scatter: f64,
}

impl Design {
    /// The slope as it is known with so many further pairs of points, at `low` and at `high`: `slope ± t s / sqrt(Sxx)` with n - 2 degrees
    /// of freedom.
    ///
    /// Source: NIST/SEMATECH e-Handbook, section 4.1.4.1.
    pub fn with_pairs(&self, pairs: u32, low: f64, high: f64) -> Estimate {
        let (pairs, n) = (f64::from(pairs), self.x.len() as f64);
        let count = n + 2.0 * pairs;
        let mean = (self.x.iter().sum::<f64>() + pairs * (low + high)) / count;
        let square = |x: f64| (x - mean).powi(2);
        let sxx = self.x.iter().copied().map(square).sum::<f64>() + pairs * (square(low) + square(high));
        let degrees_of_freedom = (count as usize).saturating_sub(2).max(1);
        Estimate::with_error(self.slope, self.scatter / sxx.max(f64::MIN_POSITIVE).sqrt(), degrees_of_freedom)
    }

    /// The fewest further pairs with which half of the slope's interval is no more than this share of it; `None` where a thousand are too
    /// few.
    pub fn pairs_until(&self, share: f64, low: f64, high: f64) -> Option<u32> {
        (1..=MOST_PAIRS).find(|pairs| self.with_pairs(*pairs, low, high).relative_half_width() <= share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{Line, Point};

    /// Known from outside: t(0.975, 8) = 2.306004 for ten points, five at either end of 1 to 24.
    #[test]
    fn ten_points_at_two_ends() {
        let design = Design { x: [1.0, 24.0].repeat(4), slope: 2.0, scatter: 3.0 };
        let half = 2.306_004 * 3.0 / (10.0_f64 * 11.5 * 11.5).sqrt() / 2.0;
        assert!((design.with_pairs(1, 1.0, 24.0).relative_half_width() / half - 1.0).abs() < 1e-6);
    }

    /// What is foretold of points that then come with just that scatter is what a fit says of them.
    #[test]
    fn it_agrees_with_a_fit() {
        let points: Vec<Point> = [1.0, 1.0, 9.0, 24.0, 24.0].map(|x| Point { x, y: 7.0 + 2.0 * x }).to_vec();
        let off = [0.5, -0.5, 0.0, 0.5, -0.5];
        let points: Vec<Point> =
            points.iter().zip(off).map(|(point, off)| Point { y: point.y + off, ..*point }).collect();
        let fit = Line::fit(&points).unwrap();
        let x = points.iter().map(|point| point.x).collect();
        let design = Design { x, slope: fit.slope.value, scatter: fit.residual_sd };
        let told = design.with_pairs(0, 1.0, 24.0);
        assert!((told.low - fit.slope.low).abs() < 1e-12 && (told.high - fit.slope.high).abs() < 1e-12);
    }

    #[test]
    fn the_fewest_pairs() {
        let design = Design { x: vec![1.0, 12.0, 24.0], slope: 1.0, scatter: 1.0 };
        let pairs = design.pairs_until(0.05, 1.0, 24.0).unwrap();
        let half = |pairs| design.with_pairs(pairs, 1.0, 24.0).relative_half_width();
        assert!(half(pairs) <= 0.05 && half(pairs - 1) > 0.05, "{pairs}");
        assert_eq!(Design { slope: 0.0, ..design }.pairs_until(0.05, 1.0, 24.0), None);
    }
}
