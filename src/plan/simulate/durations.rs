//! How long a stream lives by itself, from what is known of it: a mean and a 95th percentile.

use super::random::Normal;
use crate::traffic::exponential;
use fastrand::Rng;
use statrs::function::erf::erfc;

/// The 95 % quantile of the standard normal distribution. Source: NIST/SEMATECH e-Handbook, table 1.3.6.7.1 (1.645), to
/// 16 digits.
const Z_95: f64 = 1.644_853_626_951_472_2;

/// The shortest exponential stream over the mean. One draw in a billion is below. A stream of no length would have its
/// whole text at an infinite rate.
const SHORTEST: f64 = 1e-9;

/// The life of a stream, open to close, if nothing cuts it short.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StreamDuration {
    /// Every stream lives exactly this long.
    Deterministic {
        /// Seconds, above 0.
        mean_s: f64,
    },
    /// Exponential: what is assumed when nothing but a mean is known.
    Exponential {
        /// Seconds, above 0.
        mean_s: f64,
    },
    /// Log-normal, the usual shape of measured durations: most near the middle, a few many times as long.
    LogNormal(LogNormal),
}

/// A log-normal distribution of seconds, made by [`StreamDuration::from_mean_and_p95`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogNormal {
    mu: f64,
    sigma: f64,
}

/// Why no distribution has the given mean and 95th percentile.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum DurationError {
    /// Zero, negative or not a number.
    #[error("a mean stream duration of {mean_s} s is not possible: give seconds above 0")]
    Mean {
        /// What was given.
        mean_s: f64,
    },
    /// Possible on paper (a mean made of very few very long streams), but then almost always two numbers of different
    /// data.
    #[error(
        "a p95 of {p95_s} s is below the mean of {mean_s} s: check that both are of the same streams and in seconds, or \
         leave the p95 out"
    )]
    P95BelowMean {
        /// The mean given.
        mean_s: f64,
        /// The percentile given.
        p95_s: f64,
    },
    /// No log-normal distribution has a 95th percentile that far above its mean.
    #[error(
        "no log-normal distribution has a p95 of {p95_s} s and a mean of {mean_s} s, since its p95 is at most {:.3} times its \
         mean ({:.1} s here): such streams are a mixture, so make them two workloads, or give hung streams as a share",
        LogNormal::largest_p95_to_mean(), LogNormal::largest_p95_to_mean() * mean_s
    )]
    P95TooFarAboveMean {
        /// The mean given.
        mean_s: f64,
        /// The percentile given.
        p95_s: f64,
    },
}

impl StreamDuration {
    /// The distribution with exactly this mean and 95th percentile, in seconds: deterministic if the two are equal,
    /// else log-normal; exponential if there is no percentile.
    ///
    /// # Errors
    /// If the mean is not above 0, the percentile is below the mean, or no log-normal distribution has both.
    pub fn from_mean_and_p95(mean_s: f64, p95_s: Option<f64>) -> Result<StreamDuration, DurationError> {
        if !(mean_s.is_finite() && mean_s > 0.0) {
            return Err(DurationError::Mean { mean_s });
        }
        match p95_s {
            None => Ok(StreamDuration::Exponential { mean_s }),
            Some(p95_s) if p95_s == mean_s => Ok(StreamDuration::Deterministic { mean_s }),
            Some(p95_s) => LogNormal::fit(mean_s, p95_s).map(StreamDuration::LogNormal),
        }
    }

    /// The mean in seconds.
    pub fn mean_s(&self) -> f64 {
        match *self {
            StreamDuration::Deterministic { mean_s } | StreamDuration::Exponential { mean_s } => mean_s,
            StreamDuration::LogNormal(LogNormal { mu, sigma }) => (mu + sigma * sigma / 2.0).exp(),
        }
    }

    /// The 95th percentile in seconds.
    pub fn p95_s(&self) -> f64 {
        match *self {
            StreamDuration::Deterministic { mean_s } => mean_s,
            StreamDuration::Exponential { mean_s } => mean_s * 20f64.ln(),
            StreamDuration::LogNormal(LogNormal { mu, sigma }) => (mu + sigma * Z_95).exp(),
        }
    }

    /// Share of the streams that live less than `time_s` (above 0).
    pub(super) fn share_below(&self, time_s: f64) -> f64 {
        match *self {
            StreamDuration::Deterministic { mean_s } => f64::from(u8::from(mean_s < time_s)),
            StreamDuration::Exponential { mean_s } => 1.0 - (-time_s / mean_s).exp(),
            StreamDuration::LogNormal(LogNormal { mu, sigma }) => normal_below((time_s.ln() - mu) / sigma),
        }
    }

    /// Mean time that a stream is open if it is cut at `cut_s` (above 0). For the log-normal see N. Johnson, S. Kotz and N.
    /// Balakrishnan, "Continuous Univariate Distributions" volume 1, section 14.3.
    pub(super) fn mean_up_to_s(&self, cut_s: f64) -> f64 {
        match *self {
            StreamDuration::Deterministic { mean_s } => mean_s.min(cut_s),
            StreamDuration::Exponential { mean_s } => mean_s * (1.0 - (-cut_s / mean_s).exp()),
            StreamDuration::LogNormal(LogNormal { mu, sigma }) => {
                let at = (cut_s.ln() - mu) / sigma;
                self.mean_s() * normal_below(at - sigma) + cut_s * (1.0 - normal_below(at))
            }
        }
    }

    /// Squared coefficient of variation: variance over squared mean.
    pub(super) fn squared_variation(&self) -> f64 {
        match *self {
            StreamDuration::Deterministic { .. } => 0.0,
            StreamDuration::Exponential { .. } => 1.0,
            StreamDuration::LogNormal(LogNormal { sigma, .. }) => (sigma * sigma).exp() - 1.0,
        }
    }

    pub(super) fn draw(&self, random: &mut Rng, normal: &mut Normal) -> f64 {
        match *self {
            StreamDuration::Deterministic { mean_s } => mean_s,
            StreamDuration::Exponential { mean_s } => exponential(random, mean_s).max(mean_s * SHORTEST),
            StreamDuration::LogNormal(LogNormal { mu, sigma }) => (mu + sigma * normal.draw(random)).exp(),
        }
    }
}

/// The standard normal distribution function.
fn normal_below(z: f64) -> f64 {
    erfc(-z / std::f64::consts::SQRT_2) / 2.0
}

impl LogNormal {
    /// With `mean = exp(mu + sigma^2 / 2)` and `p95 = exp(mu + z sigma)` the ratio of the two is `exp(z sigma - sigma^2
    /// / 2)`, largest at `sigma = z`.
    fn largest_p95_to_mean() -> f64 {
        (Z_95 * Z_95 / 2.0).exp()
    }

    /// Solves `z sigma - sigma^2 / 2 = ln(p95 / mean)` for the smaller of its two roots: the larger one, above z =
    /// 1.64, means that half of all streams last less than a quarter of the mean. Written so that nothing cancels when
    /// the two are close.
    fn fit(mean_s: f64, p95_s: f64) -> Result<LogNormal, DurationError> {
        let log_ratio = (p95_s / mean_s).ln();
        let discriminant = Z_95 * Z_95 - 2.0 * log_ratio;
        if p95_s.is_nan() || p95_s < mean_s {
            return Err(DurationError::P95BelowMean { mean_s, p95_s });
        }
        if discriminant < 0.0 {
            return Err(DurationError::P95TooFarAboveMean { mean_s, p95_s });
        }
        let sigma = 2.0 * log_ratio / (Z_95 + discriminant.sqrt());
        Ok(LogNormal { mu: mean_s.ln() - sigma * sigma / 2.0, sigma })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is drawn has the mean and the 95th percentile that it was made from: 400,000 draws give a share of 5 % to
    /// within four standard errors of sqrt(0.05 x 0.95 / 400,000).
    #[test]
    fn draws_have_the_mean_and_the_percentile() {
        let mut random = Rng::with_seed(3);
        for p95_s in [None, Some(13.0), Some(24.0), Some(40.0)] {
            let duration = StreamDuration::from_mean_and_p95(12.0, p95_s).unwrap();
            let mut normal = Normal::default();
            let draws: Vec<f64> = (0..400_000).map(|_| duration.draw(&mut random, &mut normal)).collect();
            let mean = draws.iter().sum::<f64>() / 4e5;
            assert!((mean / 12.0 - 1.0).abs() < 0.01, "{mean} for {duration:?}");
            let p95_s = p95_s.unwrap_or(12.0 * 20f64.ln());
            let above = draws.iter().filter(|draw| **draw > p95_s).count() as f64 / 4e5;
            assert!((above - 0.05).abs() < 0.0014, "{above} for {duration:?}");
        }
        let always = StreamDuration::from_mean_and_p95(12.0, Some(12.0)).unwrap();
        assert_eq!(always, StreamDuration::Deterministic { mean_s: 12.0 });
    }

    /// The formulas of cut streams against draws: 400,000 of them give a mean to within 0.5 % and a share to within 0.003.
    #[test]
    fn cut_streams_have_the_mean_of_the_formula() {
        let mut random = Rng::with_seed(4);
        for p95_s in [None, Some(12.0), Some(24.0), Some(40.0)] {
            let duration = StreamDuration::from_mean_and_p95(12.0, p95_s).unwrap();
            let mut normal = Normal::default();
            let draws: Vec<f64> = (0..400_000).map(|_| duration.draw(&mut random, &mut normal)).collect();
            let mean = draws.iter().map(|draw| draw.min(20.0)).sum::<f64>() / 4e5;
            assert!((mean / duration.mean_up_to_s(20.0) - 1.0).abs() < 0.005, "{mean} for {duration:?}");
            let below = draws.iter().filter(|draw| **draw < 20.0).count() as f64 / 4e5;
            assert!((below - duration.share_below(20.0)).abs() < 0.003, "{below} for {duration:?}");
            let square = draws.iter().map(|draw| draw * draw).sum::<f64>() / 4e5 / 144.0 - 1.0;
            let exact = duration.squared_variation();
            assert!((square - exact).abs() <= 0.05 * exact, "{square} for {exact}");
        }
    }

    #[test]
    fn a_refusal_says_what_would_do() {
        let said = |p95_s| StreamDuration::from_mean_and_p95(12.0, Some(p95_s)).unwrap_err().to_string();
        assert!(said(60.0).contains("at most 3.868 times its mean (46.4 s here)"), "{}", said(60.0));
        assert!(said(6.0).contains("below the mean of 12 s"), "{}", said(6.0));
    }
}
