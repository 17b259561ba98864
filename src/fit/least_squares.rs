//! Linear least squares with any number of columns.

use serde::{Deserialize, Serialize};

use super::error::FitError;
use super::estimate::Estimate;
use super::householder::{Decomposed, Scaled, length, squares};
use super::twofold::Twofold;

/// What is smaller than this share of the observations is the rounding of the arithmetic, whose own
/// share is about 2^-100. Observations carry 53 binary digits, so nothing that was measured can be
/// as small as 2^-80.
const NOISE: f64 = 1.0 / (1u128 << 80) as f64;

/// Whether the model has a constant term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intercept {
    /// A constant is fitted and comes first among the coefficients; R-squared is measured about the
    /// mean of y.
    Fitted,
    /// The model goes through the origin; R-squared is measured about 0, and so is not comparable
    /// with the other kind.
    Absent,
}

/// One fitted coefficient.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// Unit of y for each unit of its column.
    pub value: f64,
    /// Its standard error, in the same unit; 0 when the fit is exact.
    pub standard_error: f64,
}

/// The ordinary least-squares fit of `y = b0 + b1 c1 + b2 c2 + ...`: the coefficients for which the
/// sum of the squared residuals is smallest.
///
/// Columns may differ in size by any factor and may be nearly dependent: the decomposition (QR by
/// Householder reflections) is of the columns themselves, not of their products, and is carried out
/// with twice the digits of a 64-bit number.
///
/// Sources: G. H. Golub and C. F. Van Loan, Matrix Computations, section 5.3; the statistics are
/// defined as in the NIST Statistical Reference Datasets, <https://www.itl.nist.gov/div898/strd/>.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeastSquares {
    /// In the order of the columns, after the intercept if there is one.
    pub coefficients: Vec<Coefficient>,
    /// sqrt(sum of squared residuals / degrees of freedom), in the unit of y; 0 when the fit is
    /// exact.
    pub residual_sd: f64,
    /// 1 - residual sum of squares / total sum of squares, from 0 to 1. The total is about the mean
    /// of y with an intercept and about 0 without one. It is 1 if that total is 0: nothing to
    /// explain, and nothing left over.
    pub r_squared: f64,
    /// Observations minus coefficients, at least 1.
    pub degrees_of_freedom: usize,
}

impl LeastSquares {
    /// Fits `y` on `columns`, each with one entry for each observation. A fitted intercept needs no
    /// column of its own.
    ///
    /// # Errors
    /// [`FitError::UnequalLengths`], [`FitError::TooFew`] unless there are more observations than
    /// coefficients, [`FitError::NotFinite`] for an infinite or undefined entry,
    /// [`FitError::Dependent`] when a column lies in the span of those before it,
    /// [`FitError::OutOfRange`] when a result overflows.
    pub fn fit(columns: &[&[f64]], y: &[f64], intercept: Intercept) -> Result<Self, FitError> {
        check(columns, y, intercept)?;
        let ones = vec![1.0; y.len()];
        let constant = (intercept == Intercept::Fitted).then_some(ones.as_slice());
        let columns = constant.into_iter().chain(columns.iter().copied());
        let y = Scaled::new(y);
        let total = match intercept {
            Intercept::Fitted => squares_about_mean(&y.entries).1,
            Intercept::Absent => squares(&y.entries),
        };
        let decomposed = Decomposed::new(columns.map(Scaled::new).collect(), y)?;
        Self::from_decomposed(&decomposed, total)
    }

    /// The coefficients with their 95 % t-intervals, in the order of
    /// [`coefficients`](Self::coefficients).
    pub fn estimates(&self) -> Vec<Estimate> {
        let df = self.degrees_of_freedom;
        let estimate = |c: &Coefficient| Estimate::with_error(c.value, c.standard_error, df);
        self.coefficients.iter().map(estimate).collect()
    }

    /// `total` is the sum of squares to be explained, in the scaled unit of y.
    fn from_decomposed(fit: &Decomposed, total: Twofold) -> Result<Self, FitError> {
        let least = fit.y_length().rounded() * NOISE;
        let or_zero = |number: Twofold, size: Twofold| {
            if size.rounded().abs() <= least { Twofold::ZERO } else { number }
        };
        let residual = length(fit.residual());
        let residual = or_zero(residual, residual);
        let degrees_of_freedom = fit.residual().len();
        let sd = residual / Twofold::from(degrees_of_freedom as f64).sqrt();

        let solved = fit.solution().into_iter().zip(fit.error_factors()).enumerate();
        let coefficients = solved.map(|(j, (value, factor))| Coefficient {
            value: fit.unscaled(j, or_zero(value, value * fit.column_length(j))),
            standard_error: fit.unscaled(j, sd * factor),
        });
        let result = Self {
            coefficients: coefficients.collect(),
            residual_sd: fit.unscaled_y(sd),
            r_squared: explained(residual * residual, total),
            degrees_of_freedom,
        };
        if result.is_finite() { Ok(result) } else { Err(FitError::OutOfRange) }
    }

    fn is_finite(&self) -> bool {
        let finite = |c: &Coefficient| c.value.is_finite() && c.standard_error.is_finite();
        self.residual_sd.is_finite() && self.coefficients.iter().all(finite)
    }
}

fn check(columns: &[&[f64]], y: &[f64], intercept: Intercept) -> Result<(), FitError> {
    let need = y.len();
    for (column, entries) in columns.iter().enumerate() {
        let have = entries.len();
        if have != need {
            return Err(FitError::UnequalLengths { column, have, need });
        }
    }
    let coefficients = columns.len() + usize::from(intercept == Intercept::Fitted);
    if y.len() <= coefficients {
        return Err(FitError::TooFew { have: y.len(), need: coefficients + 1 });
    }
    let is_finite = |row: usize| y[row].is_finite() && columns.iter().all(|column| column[row].is_finite());
    match (0..y.len()).find(|&row| !is_finite(row)) {
        Some(index) => Err(FitError::NotFinite { index }),
        None => Ok(()),
    }
}

fn explained(residual: Twofold, total: Twofold) -> f64 {
    if total.is_zero() {
        return 1.0;
    }
    (Twofold::from(1.0) - residual / total).rounded().clamp(0.0, 1.0)
}

/// The mean, and the sum of the squared distances from it, which is exactly 0 for equal values. No
/// values give zeros.
pub(super) fn squares_about_mean(values: &[Twofold]) -> (Twofold, Twofold) {
    let Some(&first) = values.first() else {
        return (Twofold::ZERO, Twofold::ZERO);
    };
    let count = Twofold::from(values.len() as f64);
    let shifted: Vec<Twofold> = values.iter().map(|&value| value - first).collect();
    let total: Twofold = shifted.iter().copied().sum();
    (first + total / count, squares(&shifted) - total * total / count)
}
