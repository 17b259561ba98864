//! Averages over one run, with the intervals that one run can give.
//!
//! What happens in a queue depends on what happened just before, so the spread of single observations says little about
//! the error of their mean. The measured time is cut into [`BATCHES`] equal parts, each long enough to be nearly
//! independent of the next, and the spread of the batch means is used instead (A. Law, "Simulation Modeling and
//! Analysis", section 9.5.3; B. Schmeiser, "Batch Size Effects in the Analysis of Simulation Output", Operations
//! Research 30(3), 1982, on why more than 30 batches gain little).

use crate::fit::Estimate;

/// Parts of equal length that the measured time is cut into.
pub const BATCHES: usize = 30;

/// Running totals of `N` quantities, and what they were at the borders of the batches. Constant in size.
#[derive(Debug)]
pub(super) struct Totals<const N: usize> {
    now: [f64; N],
    marks: Vec<[f64; N]>,
}

impl<const N: usize> Totals<N> {
    pub(super) fn new() -> Totals<N> {
        Totals { now: [0.0; N], marks: Vec::with_capacity(BATCHES + 1) }
    }

    #[inline]
    pub(super) fn add(&mut self, quantity: usize, amount: f64) {
        self.now[quantity] += amount;
    }

    /// Sets the border of a batch. The first call begins the measurement.
    pub(super) fn mark(&mut self) {
        self.marks.push(self.now);
    }

    /// Adds what `other` counted between the same borders.
    pub(super) fn absorb(&mut self, other: &Totals<N>) {
        for (mark, theirs) in self.marks.iter_mut().zip(&other.marks) {
            mark.iter_mut().zip(theirs).for_each(|(own, their)| *own += their);
        }
    }

    /// What came together from the first border to the last.
    pub(super) fn total(&self, quantity: usize) -> f64 {
        match self.marks.as_slice() {
            [first, .., last] => last[quantity] - first[quantity],
            _ => 0.0,
        }
    }

    /// `above / below` over all batches, with the interval of a ratio estimator; `None` if `below` came to nothing.
    ///
    /// The spread is that of `above - ratio * below`, batch by batch (W. Cochran, "Sampling Techniques", 3rd edition,
    /// section 6.4).
    pub(super) fn ratio(&self, above: usize, below: usize) -> Option<Estimate> {
        let (total, divisor) = (self.total(above), self.total(below));
        if divisor <= 0.0 {
            return None;
        }
        let ratio = total / divisor;
        let residuals = mean(&self.batches(|batch| batch[above] - ratio * batch[below]));
        let half = (residuals.high - residuals.low) / 2.0 * BATCHES as f64 / divisor;
        // Whatever is counted here cannot be negative.
        Some(Estimate { value: ratio, low: (ratio - half).max(0.0), high: ratio + half })
    }

    /// The same for what can be no more than what it is a share of.
    pub(super) fn share(&self, part: usize, whole: usize) -> Option<Estimate> {
        self.ratio(part, whole).map(|ratio| Estimate { high: ratio.high.min(1.0), ..ratio })
    }

    /// A value of each batch from what came together in it.
    pub(super) fn batches(&self, value: impl Fn(&[f64; N]) -> f64) -> Vec<f64> {
        let batch = |pair: &[[f64; N]]| std::array::from_fn(|quantity| pair[1][quantity] - pair[0][quantity]);
        self.marks.windows(2).map(|pair| value(&batch(pair))).collect()
    }
}

/// The mean of batches with its 95 % interval. There are at least two.
pub(super) fn mean(batches: &[f64]) -> Estimate {
    let n = batches.len() as f64;
    let mean = batches.iter().sum::<f64>() / n;
    let squares: f64 = batches.iter().map(|batch| (batch - mean).powi(2)).sum();
    Estimate::with_error(mean, (squares / (n - 1.0) / n).sqrt(), batches.len() - 1)
}

/// The same where each batch still depends on the one before: the error is widened as that of a first-order autoregression with their
/// correlation, `sqrt((1 + r) / (1 - r))`.
pub(super) fn mean_of_dependent(batches: &[f64]) -> Estimate {
    let Estimate { value, low, high } = mean(batches);
    let squares: f64 = batches.iter().map(|batch| (batch - value).powi(2)).sum();
    let products: f64 = batches.windows(2).map(|pair| (pair[0] - value) * (pair[1] - value)).sum();
    let correlation = if squares > 0.0 { (products / squares).max(0.0) } else { 0.0 };
    let widened = ((1.0 + correlation) / (1.0 - correlation)).sqrt();
    Estimate { value, low: value - (value - low) * widened, high: value + (high - value) * widened }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thirty batches by hand, the same five six times: ratio 60 / 30 = 2; residuals 1, -1, 2, -2, 0, squares 6 x 10,
    /// so a standard error of their mean of sqrt(60 / 29 / 30), of the ratio that over 6; t with 29 degrees of freedom
    /// is 2.045.
    #[test]
    fn ratio_by_hand() {
        let mut totals = Totals::<2>::new();
        totals.add(0, 99.0);
        totals.mark();
        let five = [(11.0, 5.0), (13.0, 7.0), (14.0, 6.0), (8.0, 5.0), (14.0, 7.0)];
        for (above, below) in five.iter().cycle().take(BATCHES) {
            totals.add(0, *above);
            totals.add(1, *below);
            totals.mark();
        }
        let ratio = totals.ratio(0, 1).unwrap();
        let half = 2.045_230 * (60.0f64 / 29.0 / 30.0).sqrt() / 6.0;
        assert!((ratio.value - 2.0).abs() < 1e-12);
        assert!((ratio.high - 2.0 - half).abs() < 1e-6 && (2.0 - ratio.low - half).abs() < 1e-6, "{ratio:?}");
        assert_eq!(Totals::<2>::new().ratio(0, 1), None);
    }
}
