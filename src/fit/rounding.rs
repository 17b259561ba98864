//! What rounding hides: a reading in whole pages says nothing of less than a page, however well readings agree.
//!
//! A value that is only known in whole steps is off by up to half a step to either side of the step's middle. A fitted coefficient is a
//! weighted sum of the values, `b = sum c y` with weights c that depend on x alone, so that rounding moves it by as much as
//!
//! ```text
//! (step / 2) sum |c|
//! ```
//!
//! For the slope of a line c = (x - mean x) / Sxx; with two different x that is the step over the distance between them. Repetitions that
//! agree to the step were all rounded alike: they make the scatter vanish, and this not. An interval is therefore never narrower than that,
//! and the scatter never less than the standard deviation of a value that lies anywhere within its step, `step / sqrt(12)`.
//!
//! Source of the last: JCGM 100:2008 (GUM), F.2.2.1, the resolution of a digital indication.

use super::error::FitError;
use super::estimate::Estimate;
use super::least_squares::{Intercept, LeastSquares};

/// The least scatter of values that are known in whole steps.
pub(super) fn least_scatter(step: f64) -> f64 {
    step / 12_f64.sqrt()
}

/// The weights of a coefficient, summed up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weights {
    /// The sum of |c|.
    pub(super) absolute: f64,
    /// The sum of c².
    pub(super) squared: f64,
}

impl Weights {
    fn add(&mut self, weight: f64, times: f64) {
        self.absolute += weight.abs() * times;
        self.squared += weight * weight * times;
    }

    pub(super) fn of(weights: impl Iterator<Item = f64>) -> Weights {
        let mut sums = Weights::default();
        weights.for_each(|weight| sums.add(weight, 1.0));
        sums
    }

    /// The 95 % interval of a coefficient whose values scatter by `scatter` and are known in whole steps.
    pub(super) fn estimate(self, value: f64, scatter: f64, step: f64, degrees_of_freedom: usize) -> Estimate {
        let by_chance = Estimate::with_error(value, scatter * self.squared.sqrt(), degrees_of_freedom);
        by_chance.at_least(step / 2.0 * self.absolute)
    }
}

impl LeastSquares {
    /// [`LeastSquares::fit`] of values that are known in whole `step`s, in the unit of y: the scatter is at least that of a value anywhere
    /// within its step, and no estimate's interval narrower than rounding allows.
    ///
    /// # Errors
    /// As [`LeastSquares::fit`].
    pub fn fit_in_steps(
        columns: &[&[f64]],
        y: &[f64],
        intercept: Intercept,
        step: f64,
    ) -> Result<(LeastSquares, Vec<Estimate>), FitError> {
        let mut fit = LeastSquares::fit(columns, y, intercept)?;
        let weights = fit.weights(columns, y.len(), intercept)?;
        let (scatter, df) = (fit.residual_sd.max(least_scatter(step)), fit.degrees_of_freedom);
        fit.residual_sd = scatter;
        let mut estimates = Vec::with_capacity(weights.len());
        for (coefficient, weights) in fit.coefficients.iter_mut().zip(weights) {
            coefficient.standard_error = scatter * weights.squared.sqrt();
            estimates.push(weights.estimate(coefficient.value, scatter, step, df));
        }
        Ok((fit, estimates))
    }

    /// The weights of every coefficient. That of an observation is what the coefficient would be if this one were 1 and all others 0; equal
    /// rows have equal weights, so that only one of them is asked.
    fn weights(&self, columns: &[&[f64]], rows: usize, intercept: Intercept) -> Result<Vec<Weights>, FitError> {
        let row = |index: usize| columns.iter().map(move |column| column[index]);
        let mut order: Vec<usize> = (0..rows).collect();
        order.sort_by(|&a, &b| {
            row(a).zip(row(b)).map(|(a, b)| a.total_cmp(&b)).find(|o| o.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
        });
        let mut sums = vec![Weights::default(); self.coefficients.len()];
        for alike in order.chunk_by(|&a, &b| row(a).eq(row(b))) {
            let mut unit = vec![0.0; rows];
            unit[alike[0]] = 1.0;
            let answer = LeastSquares::fit(columns, &unit, intercept)?;
            for (sum, coefficient) in sums.iter_mut().zip(&answer.coefficients) {
                sum.add(coefficient.value, alike.len() as f64);
            }
        }
        Ok(sums)
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::{Line, Point};
    use super::super::piecewise::Piecewise;
    use super::*;
    use proptest::prelude::*;

    const PAGE: f64 = 4096.0;

    fn half(estimate: Estimate) -> f64 {
        (estimate.high - estimate.low) / 2.0
    }

    /// Two rungs, every repetition the same: the slope is known to a page over the distance, however often it is repeated.
    #[test]
    fn two_rungs_are_known_to_a_page_over_their_distance() {
        for repeats in [2, 5, 1000] {
            let points: Vec<Point> = (0..repeats)
                .flat_map(|_| [(1.0, 1e6), (24.0, 1e6 + 23.0 * PAGE)])
                .map(|(x, y)| Point { x, y })
                .collect();
            let line = Line::fit_in_steps(&points, PAGE).unwrap();
            assert_eq!(line.slope.value, PAGE);
            let least = PAGE / 23.0;
            assert!(half(line.slope) >= least * (1.0 - 1e-9), "{repeats}: {:?}", line.slope);
            assert!(repeats < 1000 || half(line.slope) < least * 1.001, "{:?}", line.slope);
            assert!(line.upper_prediction(24.0, 0.95) >= line.at(24.0) + 0.47 * PAGE);
        }
    }

    /// What scatters by much more than a page is not changed by its size.
    #[test]
    fn a_wide_interval_stays_as_it_is() {
        let points = [(1.0, 0.0), (1.0, 9e6), (2.0, 4e6), (2.0, 1e6), (3.0, 8e6)].map(|(x, y)| Point { x, y });
        let (in_pages, exact) = (Line::fit_in_steps(&points, PAGE).unwrap(), Line::fit(&points).unwrap());
        assert!((half(in_pages.slope) / half(exact.slope) - 1.0).abs() < 1e-12);
        assert_eq!(in_pages.residual_sd, exact.residual_sd);
        assert_eq!(Line::fit_in_steps(&points, 0.0), Line::fit(&points));
    }

    #[test]
    fn two_pieces_are_not_known_better() {
        let bent = |x: f64| 1e6 + 3.0 * PAGE * x.min(7.0) + PAGE * (x - 7.0).max(0.0);
        let points = [1.0, 7.0, 13.0, 18.0, 24.0].map(|x| Point { x, y: bent(x) });
        let pieces = Piecewise::fit_in_steps(&points, PAGE).unwrap();
        assert!(half(pieces.lower) >= PAGE / 6.0 * 0.999 && half(pieces.upper) > PAGE / 17.0, "{pieces:?}");
    }

    proptest! {
        /// The true cost is inside, whatever is rounded away: with the base taken away its half step, which every reading has.
        #[test]
        fn rounding_never_leads_out_of_the_interval(
            cost in 1.0..100_000.0_f64, base in 0.0..1e7_f64, repeats in 2..5_usize,
            rungs in proptest::collection::btree_set(1..500_u32, 2..6),
        ) {
            let resident = |streams: f64| ((base + cost * streams) / PAGE).ceil() * PAGE;
            let (mut x, mut points) = (Vec::new(), Vec::new());
            for streams in rungs.iter().copied().map(f64::from).flat_map(|rung| std::iter::repeat_n(rung, repeats)) {
                x.push(streams);
                points.push(Point { x: streams, y: resident(streams) });
            }
            let line = Line::fit_in_steps(&points, PAGE).unwrap();
            prop_assert!(line.slope.low <= cost && cost <= line.slope.high, "{cost}: {:?}", line.slope);
            let base = base + PAGE / 2.0;
            prop_assert!(line.intercept.low <= base && base <= line.intercept.high, "{base}: {:?}", line.intercept);
            // The general fit knows the line as well as the line does.
            let y: Vec<f64> = points.iter().map(|point| point.y).collect();
            let (_, general) = LeastSquares::fit_in_steps(&[&x], &y, Intercept::Fitted, PAGE).unwrap();
            for (a, b) in [(general[0], line.intercept), (general[1], line.slope)] {
                prop_assert!((half(a) / half(b) - 1.0).abs() < 1e-6, "{a:?} {b:?}");
            }
        }
    }
}
