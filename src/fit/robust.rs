//! The line that a minority of odd trials cannot move.

use serde::{Deserialize, Serialize};

use super::error::FitError;
use super::line::{Point, check_points};
use super::order::median;

/// The Theil-Sen line: slope is the median of the slopes of all pairs of points with different x,
/// intercept the median of `y - slope * x`.
///
/// It stays put until about 29 % of the points are wrong, where one wrong point is enough to move a
/// least-squares line. It is shown beside the [`Line`](super::Line), not instead of it: when the
/// two slopes disagree, look at the trials.
///
/// Source: P. K. Sen, "Estimates of the Regression Coefficient Based on Kendall's Tau", Journal of
/// the American Statistical Association 63, 1968.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TheilSen {
    /// Unit of y for each unit of x.
    pub slope: f64,
    /// Unit of y.
    pub intercept: f64,
}

impl TheilSen {
    /// Fits the points, at least 3 of them at two or more different x. The order of the points does
    /// not matter. The cost grows with the square of their number.
    ///
    /// # Errors
    /// As [`Line::fit`](super::Line::fit).
    pub fn fit(points: &[Point]) -> Result<Self, FitError> {
        check_points(points)?;
        let mut slopes = pairwise_slopes(points);
        let slope = median(&mut slopes).ok_or(FitError::OutOfRange)?;
        let mut rests: Vec<f64> = points.iter().map(|p| p.y - slope * p.x).collect();
        let intercept = median(&mut rests).ok_or(FitError::OutOfRange)?;
        Ok(Self { slope, intercept })
    }

    /// The height of the line at `x`.
    pub fn at(&self, x: f64) -> f64 {
        self.intercept + self.slope * x
    }
}

fn pairwise_slopes(points: &[Point]) -> Vec<f64> {
    let mut slopes = Vec::with_capacity(points.len() * points.len().saturating_sub(1) / 2);
    for (i, a) in points.iter().enumerate() {
        let others = points[i + 1..].iter().filter(|b| b.x != a.x);
        slopes.extend(others.map(|b| (b.y - a.y) / (b.x - a.x)));
    }
    slopes
}
