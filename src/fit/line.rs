//! The straight line with an intercept: what the process costs, and what each stream adds.

use serde::{Deserialize, Serialize};

use super::error::FitError;
use super::estimate::{Estimate, student_bound};
use super::least_squares::{Intercept, LeastSquares, squares_about_mean};
use super::rounding::{Weights, least_scatter};
use super::twofold::Twofold;

/// One trial: `y` was measured at `x`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// What was set, such as the number of open streams.
    pub x: f64,
    /// What was measured, such as bytes.
    pub y: f64,
}

/// The least-squares line `y = intercept + slope * x`, with 95 % intervals.
///
/// The intervals assume that the scatter about the line is independent from point to point, the
/// same at every x, and roughly normal, and that it *is* a line; [`LackOfFit`](super::LackOfFit)
/// tests the last.
///
/// Source: N. R. Draper and H. Smith, Applied Regression Analysis, chapter 1; NIST/SEMATECH
/// e-Handbook, section 4.4.
///
/// ```
/// use stream_probe::fit::{Largest, Line, Point};
///
/// // Megabytes at 10, 20, 40 and 80 streams.
/// let trials = [(10.0, 12.3), (20.0, 12.5), (40.0, 13.1), (80.0, 13.9)];
/// let line = Line::fit(&trials.map(|(x, y)| Point { x, y }))?;
/// assert_eq!(format!("{:.4}", line.slope.value), "0.0231");
/// assert_eq!(line.largest_below(16.0, 0.95), Some(Largest::Whole(146)));
/// # Ok::<(), stream_probe::fit::FitError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The height at x = 0, in the unit of y.
    pub intercept: Estimate,
    /// What one more x adds: unit of y for each unit of x.
    pub slope: Estimate,
    /// Share of the variation of y that the line explains, 0 to 1; 1 when y does not vary at all.
    pub r_squared: f64,
    /// Standard deviation of the points about the line, with n - 2 degrees of freedom, in the unit
    /// of y; 0 on an exact line, and never less than rounding leaves where values are known in steps.
    pub residual_sd: f64,
    /// Number of points, at least 3.
    pub n: usize,
    /// Mean of x.
    pub mean_x: f64,
    /// Sum of (x - mean x)^2, above 0.
    pub sxx: f64,
}

impl Line {
    /// Fits the points by ordinary least squares. Their order does not matter. Points exactly on a
    /// line give intervals of width zero.
    ///
    /// # Errors
    /// [`FitError::TooFew`] below 3 points, [`FitError::NotFinite`], [`FitError::SameX`] with fewer
    /// than two different x, [`FitError::Dependent`] if the x differ by no more than the rounding
    /// of their size, [`FitError::OutOfRange`] if numbers of such size overflow.
    pub fn fit(points: &[Point]) -> Result<Self, FitError> {
        check_points(points)?;
        let (x, y): (Vec<f64>, Vec<f64>) = points.iter().map(|p| (p.x, p.y)).unzip();
        let fit = LeastSquares::fit(&[&x], &y, Intercept::Fitted)?;
        let [intercept, slope] = fit.estimates()[..] else {
            // Two coefficients were asked for; a fit that gave another number would not have told x
            // from the constant.
            return Err(FitError::SameX);
        };
        let x: Vec<Twofold> = x.into_iter().map(Twofold::from).collect();
        let (mean_x, sxx) = squares_about_mean(&x);
        let line = Self {
            intercept,
            slope,
            r_squared: fit.r_squared,
            residual_sd: fit.residual_sd,
            n: points.len(),
            mean_x: mean_x.rounded(),
            sxx: sxx.rounded(),
        };
        if line.is_finite() { Ok(line) } else { Err(FitError::OutOfRange) }
    }

    /// The same of values that are known in whole `step`s, in the unit of y: scatter and intervals are never narrower than rounding
    /// allows, which is a step over the distance where there are two different x. With a step of 0 it is [`Line::fit`].
    ///
    /// # Errors
    /// As [`Line::fit`].
    pub fn fit_in_steps(points: &[Point], step: f64) -> Result<Self, FitError> {
        let mut line = Self::fit(points)?;
        if step > 0.0 {
            let df = line.degrees_of_freedom();
            let scatter = line.residual_sd.max(least_scatter(step));
            let of_slope = |point: &Point| (point.x - line.mean_x) / line.sxx;
            let slope = Weights::of(points.iter().map(of_slope));
            let each = 1.0 / line.n as f64;
            let intercept = Weights::of(points.iter().map(|point| each - line.mean_x * of_slope(point)));
            line.slope = slope.estimate(line.slope.value, scatter, step, df);
            line.intercept = intercept.estimate(line.intercept.value, scatter, step, df);
            line.residual_sd = scatter;
        }
        Ok(line)
    }

    /// The height of the line at `x`, in the unit of y.
    pub fn at(&self, x: f64) -> f64 {
        self.intercept.value + self.slope.value * x
    }

    /// The height of the line at `x` with the 95 % interval for the *mean* of many measurements
    /// there: `at(x) ± t s sqrt(1/n + (x - mean x)^2 / Sxx)`, with n - 2 degrees of freedom. At one
    /// x at a time: this is not a band for the whole line at once.
    pub fn confidence_band(&self, x: f64) -> Estimate {
        let error = self.residual_sd * self.leverage(x).sqrt();
        Estimate::with_error(self.at(x), error, self.degrees_of_freedom())
    }

    /// The height below which *one new* measurement at `x` stays with the probability `confidence`:
    /// `at(x) + t s sqrt(1 + 1/n + (x - mean x)^2 / Sxx)`, t being the one-sided quantile with n -
    /// 2 degrees of freedom.
    ///
    /// A limit must be compared with this, not with the slope's interval: what is killed at the
    /// limit is one process, not the mean of many. `confidence` lies between 0 and 1; at 1 or more
    /// the bound is infinite, at 0 or less minus infinite (on an exact line it is the line,
    /// whatever the confidence), and NaN gives NaN.
    ///
    /// Source: NIST/SEMATECH e-Handbook, section 4.5.1.2.
    pub fn upper_prediction(&self, x: f64, confidence: f64) -> f64 {
        self.bound(x, self.prediction_scatter(confidence))
    }

    /// How far that bound lies above the line at `x`, in the unit of y.
    pub fn prediction_margin(&self, x: f64, confidence: f64) -> f64 {
        self.margin(x, self.prediction_scatter(confidence))
    }

    /// n - 2, at least 1.
    pub fn degrees_of_freedom(&self) -> usize {
        self.n - 2
    }

    /// t s, the factor of every prediction bound at this confidence.
    pub(super) fn prediction_scatter(&self, confidence: f64) -> f64 {
        student_bound(confidence, self.degrees_of_freedom(), self.residual_sd)
    }

    /// The prediction bound at `x` for such a factor.
    pub(super) fn bound(&self, x: f64, scatter: f64) -> f64 {
        self.at(x) + self.margin(x, scatter)
    }

    fn margin(&self, x: f64, scatter: f64) -> f64 {
        scatter * (1.0 + self.leverage(x)).sqrt()
    }

    /// 1/n + (x - mean x)^2 / Sxx: the variance of the fitted height for a scatter of 1.
    fn leverage(&self, x: f64) -> f64 {
        let from_mean = x - self.mean_x;
        1.0 / self.n as f64 + from_mean / self.sxx * from_mean
    }

    fn is_finite(&self) -> bool {
        self.intercept.is_finite() && self.slope.is_finite() && self.mean_x.is_finite() && self.sxx.is_finite()
    }
}

/// What every fit of a line asks of its points.
pub(super) fn check_points(points: &[Point]) -> Result<(), FitError> {
    const LEAST: usize = 3;
    if points.len() < LEAST {
        return Err(FitError::TooFew { have: points.len(), need: LEAST });
    }
    if let Some(index) = points.iter().position(|p| !(p.x.is_finite() && p.y.is_finite())) {
        return Err(FitError::NotFinite { index });
    }
    if points.iter().all(|p| p.x == points[0].x) {
        return Err(FitError::SameX);
    }
    Ok(())
}
