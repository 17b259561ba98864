//! Two straight pieces that meet: the answer where one line is a false one.

use super::error::FitError;
use super::estimate::Estimate;
use super::least_squares::{Intercept, LeastSquares};
use super::line::Point;
use serde::{Deserialize, Serialize};

/// `y = intercept + lower min(x, k) + upper max(0, x - k)`: a slope below the bend k and another above it, meeting at k.
///
/// The bend is the measured x that leaves the smallest sum of squares. Its choice is not in the intervals of the slopes, which are
/// therefore a little too narrow, as of every model that was chosen by its data.
///
/// Source: D. J. Hudson, "Fitting Segmented Curves Whose Join Points Have to Be Estimated", JASA 61 (1966), with the join restricted to
/// the measured x.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Piecewise {
    /// The height at x = 0, in the unit of y.
    pub intercept: Estimate,
    /// Where the pieces meet.
    pub bend: f64,
    /// The slope below it.
    pub lower: Estimate,
    /// The slope above it.
    pub upper: Estimate,
    /// Standard deviation of the points about it, in the unit of y.
    pub residual_sd: f64,
}

impl Piecewise {
    /// Fits the points.
    ///
    /// # Errors
    /// [`FitError::SameX`] with fewer than four different x: three lie on two pieces whatever they are. Otherwise as
    /// [`LeastSquares::fit`].
    pub fn fit(points: &[Point]) -> Result<Piecewise, FitError> {
        Self::fit_in_steps(points, 0.0)
    }

    /// The same of values that are known in whole `step`s, in the unit of y, with intervals as of [`LeastSquares::fit_in_steps`].
    ///
    /// # Errors
    /// As [`Piecewise::fit`].
    pub fn fit_in_steps(points: &[Point], step: f64) -> Result<Piecewise, FitError> {
        let mut places: Vec<f64> = points.iter().map(|point| point.x).collect();
        places.sort_by(f64::total_cmp);
        places.dedup();
        let [_, bends @ .., _] = places.as_slice() else {
            return Err(FitError::SameX);
        };
        if bends.len() < 2 {
            return Err(FitError::SameX);
        }
        let fits = bends.iter().map(|&bend| Self::bent_at(points, bend, step)).collect::<Result<Vec<_>, _>>()?;
        fits.into_iter().min_by(|a, b| a.residual_sd.total_cmp(&b.residual_sd)).ok_or(FitError::SameX)
    }

    fn bent_at(points: &[Point], bend: f64, step: f64) -> Result<Piecewise, FitError> {
        let below: Vec<f64> = points.iter().map(|point| point.x.min(bend)).collect();
        let above: Vec<f64> = points.iter().map(|point| (point.x - bend).max(0.0)).collect();
        let y: Vec<f64> = points.iter().map(|point| point.y).collect();
        let columns = [&below[..], &above[..]];
        let (fit, estimates) = LeastSquares::fit_in_steps(&columns, &y, Intercept::Fitted, step)?;
        let [intercept, lower, upper] = estimates[..] else {
            return Err(FitError::SameX);
        };
        Ok(Piecewise { intercept, bend, lower, upper, residual_sd: fit.residual_sd })
    }

    /// The height at `x`.
    pub fn at(&self, x: f64) -> f64 {
        self.intercept.value + self.lower.value * x.min(self.bend) + self.upper.value * (x - self.bend).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(height: impl Fn(f64) -> f64) -> Vec<Point> {
        [1.0, 7.0, 13.0, 18.0, 24.0].into_iter().map(|x| Point { x, y: height(x) }).collect()
    }

    #[test]
    fn a_bend_is_found_exactly() {
        let fit = Piecewise::fit(&points(|x| 90.0 + 3.0 * x.min(7.0) + 0.5 * (x - 7.0).max(0.0))).unwrap();
        assert_eq!(fit.bend, 7.0);
        assert!((fit.lower.value - 3.0).abs() < 1e-12 && (fit.upper.value - 0.5).abs() < 1e-12, "{fit:?}");
        assert!((fit.at(30.0) - (90.0 + 21.0 + 11.5)).abs() < 1e-9);
    }

    #[test]
    fn a_line_has_the_same_slope_on_both_sides() {
        let fit = Piecewise::fit(&points(|x| 5.0 + 2.0 * x)).unwrap();
        assert!((fit.lower.value - 2.0).abs() < 1e-12 && (fit.upper.value - 2.0).abs() < 1e-12, "{fit:?}");
    }

    #[test]
    fn three_places_are_too_few() {
        let three: Vec<Point> = [1.0, 1.0, 2.0, 2.0, 3.0, 3.0].into_iter().map(|x| Point { x, y: x }).collect();
        assert_eq!(Piecewise::fit(&three), Err(FitError::SameX));
    }
}
