//! Waiting times: their quantiles, and how sure these are.
//!
//! A quantile of one run has an interval through the share of waits below it. That share is counted in every batch; from its spread over
//! the batches comes the error of the share, and the waits at the shares that far to either side are the ends (the indirect method: A.
//! Law, "Simulation Modeling and Analysis", section 9.5.3, with the quantile estimator of D. Iglehart, "Simulating stable stochastic
//! systems, VI: Quantile estimation", Journal of the ACM 23, 1976). Waits near full load depend on those long before, so batches are
//! taken in pairs, and what one pair still says of the next widens the interval (a first-order autoregression, as in N. Steiger and J.
//! Wilson, "An improved batch means procedure for simulation output analysis", Management Science 48, 2002). How often it holds
//! the exact wait of M/M/c, by the length of the run, is measured in `tests/plan/queue/coverage.rs`.

use super::statistics::mean_of_dependent;
use crate::fit::Estimate;
use hdrhistogram::Histogram;

/// The histograms count nanoseconds.
const NANOSECONDS: f64 = 1e9;
/// Batches that are taken as one.
const TOGETHER: usize = 2;

/// The waits of one run, batch by batch.
#[derive(Debug)]
pub(super) struct Waits {
    all: Histogram<u32>,
    now: Histogram<u32>,
    /// Of each batch that ended: waits, and how many there were of each, to one digit.
    batches: Vec<Vec<(u64, u32)>>,
}

impl Waits {
    pub(super) fn new() -> Waits {
        let histogram = |digits| Histogram::new(digits).expect("hdrhistogram keeps up to five digits");
        Waits { all: histogram(3), now: histogram(1), batches: Vec::new() }
    }

    #[inline]
    pub(super) fn record(&mut self, wait_s: f64) {
        let wait = (wait_s * NANOSECONDS) as u64;
        // They grow to hold whatever fits into 64 bits, which a double cast to them does.
        self.all.record(wait).expect("a histogram that grows");
        self.now.record(wait).expect("a histogram that grows");
    }

    /// The measured time begins: forgets what was before.
    pub(super) fn begin(&mut self) {
        self.all.reset();
        self.batches.clear();
    }

    /// A batch ends.
    pub(super) fn mark(&mut self) {
        let counted = self.now.iter_recorded().map(|bucket| (bucket.value_iterated_to(), bucket.count_at_value()));
        self.batches.push(counted.collect());
        self.now.reset();
    }

    /// The wait in seconds that the share `quantile` did not exceed, with its 95 % interval. Its upper end is infinite where the error of
    /// the share reaches beyond the longest wait.
    pub(super) fn seconds_at(&self, quantile: f64) -> Estimate {
        let nanoseconds = self.all.value_at_quantile(quantile);
        let at = |share: f64| self.all.value_at_quantile(share) as f64 / NANOSECONDS;
        let value = at(quantile);
        // Of coarse buckets the one with the quantile is counted to either side, and the larger error is taken.
        let bucket = (self.now.lowest_equivalent(nanoseconds), self.now.highest_equivalent(nanoseconds));
        let error = self.share_error(|wait| wait <= bucket.1).max(self.share_error(|wait| wait < bucket.0));
        let (from, to) = (quantile - error, quantile + error);
        Estimate {
            value,
            low: if from > 0.0 { at(from).min(value) } else { 0.0 },
            high: if to < 1.0 { at(to).max(value) } else { f64::INFINITY },
        }
    }

    /// Half the width of the interval of the share of waits that are `below`; 1 where there are too few batches with any.
    fn share_error(&self, below: impl Fn(u64) -> bool) -> f64 {
        let count = |batches: &[Vec<(u64, u32)>]| {
            let (mut part, mut whole) = (0.0, 0.0);
            for (wait, count) in batches.iter().flatten() {
                whole += f64::from(*count);
                part += if below(*wait) { f64::from(*count) } else { 0.0 };
            }
            (part, whole)
        };
        let counts: Vec<(f64, f64)> = self.batches.chunks(TOGETHER).map(count).collect();
        let (part, whole) = counts.iter().fold((0.0, 0.0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
        if counts.len() < 2 || whole == 0.0 {
            return 1.0;
        }
        let residuals: Vec<f64> = counts.iter().map(|(in_it, of_it)| in_it - part / whole * of_it).collect();
        let residual = mean_of_dependent(&residuals);
        (residual.high - residual.low) / 2.0 * residuals.len() as f64 / whole
    }
}
