//! When requests come.

use super::random::exponential;
use super::range::{OutOfRange, above_zero, that};
use fastrand::Rng;

/// The arrival process of a workload, retries not counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Arrivals {
    /// Independent users: exponential gaps.
    Poisson {
        /// Arrivals per second, above 0.
        per_s: f64,
    },
    /// Bursts and quiet periods of exponential length, Poisson at a rate of its own within each: a two-state
    /// Markov-modulated Poisson process (W. Fischer and K. Meier-Hellstern, "The Markov-modulated Poisson process
    /// (MMPP) cookbook", Performance Evaluation 18, 1993).
    Bursty {
        /// Arrivals per second over bursts and quiet periods together, above 0.
        mean_per_s: f64,
        /// Rate within a burst over the mean rate, above 1.
        peak_to_mean: f64,
        /// Rate between bursts over the mean rate, 0 or more and below 1; 0 is silence between bursts.
        quiet_to_mean: f64,
        /// Mean length of a burst in seconds, above 0.
        burst_s: f64,
    },
}

impl Arrivals {
    /// Holds every number to its range.
    ///
    /// # Errors
    /// The first that is out of it.
    pub fn check(&self) -> Result<(), OutOfRange> {
        match *self {
            Arrivals::Poisson { per_s } => above_zero("arrival rate per second", per_s),
            Arrivals::Bursty { mean_per_s, peak_to_mean, quiet_to_mean, burst_s } => {
                above_zero("arrival rate per second", mean_per_s)?;
                that("peak-to-mean factor", peak_to_mean, "above 1", |factor| factor > 1.0)?;
                let below_one = |factor| (0.0..1.0).contains(&factor);
                that("quiet-to-mean factor", quiet_to_mean, "0 or more and below 1", below_one)?;
                above_zero("burst length in seconds", burst_s)
            }
        }
    }

    /// Arrivals per second in the long run.
    pub fn mean_per_s(&self) -> f64 {
        match *self {
            Arrivals::Poisson { per_s } => per_s,
            Arrivals::Bursty { mean_per_s, .. } => mean_per_s,
        }
    }

    /// Share of time within bursts: what makes peak and quiet rate average to the mean rate. A Poisson process has no
    /// bursts.
    pub fn burst_share(&self) -> f64 {
        match *self {
            Arrivals::Poisson { .. } => 0.0,
            Arrivals::Bursty { peak_to_mean, quiet_to_mean, .. } => {
                (1.0 - quiet_to_mean) / (peak_to_mean - quiet_to_mean)
            }
        }
    }

    /// Variance over mean of the number of arrivals in a long time: 1 for Poisson; for two states with rates a and b that are left at
    /// rates s and t it is 1 + 2 (a - b)^2 s t / ((s + t)^2 (a t + b s)) (H. Heffes and D. Lucantoni, "A Markov Modulated
    /// Characterization of Packetized Voice and Data Traffic", IEEE JSAC 4(6), 1986).
    pub fn dispersion(&self) -> f64 {
        match *self {
            Arrivals::Poisson { .. } => 1.0,
            Arrivals::Bursty { mean_per_s, peak_to_mean, quiet_to_mean, burst_s } => {
                let share = self.burst_share();
                let (a, b, s) = (mean_per_s * peak_to_mean, mean_per_s * quiet_to_mean, 1.0 / burst_s);
                let t = s * share / (1.0 - share);
                1.0 + 2.0 * (a - b).powi(2) * s * t / ((s + t).powi(2) * (a * t + b * s))
            }
        }
    }
}

/// One arrival process under way: the same generator gives the same arrivals.
#[derive(Debug)]
pub struct ArrivalProcess {
    random: Rng,
    /// Mean gap and mean length of the period now and of the other kind, in seconds.
    now: Period,
    other: Period,
    /// When the present period ends, in seconds; never for a Poisson process.
    until_s: f64,
}

#[derive(Clone, Copy, Debug)]
struct Period {
    per_s: f64,
    mean_length_s: f64,
}

impl ArrivalProcess {
    /// Begins at time 0 in the long-run mixture of bursts and quiet periods.
    pub fn new(arrivals: &Arrivals, mut random: Rng) -> ArrivalProcess {
        let share = arrivals.burst_share();
        let (mut now, mut other) = periods(arrivals, share);
        if random.f64() < share {
            std::mem::swap(&mut now, &mut other);
        }
        let until_s = exponential(&mut random, now.mean_length_s);
        ArrivalProcess { random, now, other, until_s }
    }

    /// The first arrival after `time_s`, in seconds. Ask again with what it said; a time must not go back between calls.
    pub fn next_after(&mut self, mut time_s: f64) -> f64 {
        loop {
            // Without arrivals the gap is infinite. What is left of an exponential gap when the period ends is
            // forgotten, which changes nothing, because an exponential gap has no memory.
            let next_s = time_s + exponential(&mut self.random, 1.0) / self.now.per_s;
            if next_s <= self.until_s {
                return next_s;
            }
            time_s = self.until_s;
            std::mem::swap(&mut self.now, &mut self.other);
            self.until_s = time_s + exponential(&mut self.random, self.now.mean_length_s);
        }
    }
}

/// The quiet period and the burst.
fn periods(arrivals: &Arrivals, burst_share: f64) -> (Period, Period) {
    match *arrivals {
        Arrivals::Poisson { per_s } => {
            // Longer than any run. Not infinite, because a draw of exactly 0 times infinity is not a number.
            let always = Period { per_s, mean_length_s: f64::MAX };
            (always, always)
        }
        Arrivals::Bursty { mean_per_s, peak_to_mean, quiet_to_mean, burst_s } => {
            let quiet_s = burst_s * (1.0 - burst_share) / burst_share;
            (
                Period { per_s: mean_per_s * quiet_to_mean, mean_length_s: quiet_s },
                Period { per_s: mean_per_s * peak_to_mean, mean_length_s: burst_s },
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BURSTY: Arrivals = Arrivals::Bursty { mean_per_s: 2.0, peak_to_mean: 4.0, quiet_to_mean: 0.25, burst_s: 3.0 };

    fn counts(arrivals: &Arrivals, windows: usize, window_s: f64) -> Vec<f64> {
        let mut source = ArrivalProcess::new(arrivals, Rng::with_seed(11));
        let mut counts = vec![0.0; windows];
        let mut time_s = 0.0;
        loop {
            time_s = source.next_after(time_s);
            match counts.get_mut((time_s / window_s) as usize) {
                Some(count) => *count += 1.0,
                None => return counts,
            }
        }
    }

    fn mean_and_variance(values: &[f64]) -> (f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0))
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let said = |arrivals: Arrivals| arrivals.check().map_err(|wrong| wrong.to_string());
        assert_eq!([said(BURSTY), said(Arrivals::Poisson { per_s: 2.0 })], [Ok(()), Ok(())]);
        let refused = said(Arrivals::Poisson { per_s: -1.0 });
        assert_eq!(refused, Err("arrival rate per second is -1, must be a number above 0".to_owned()));
        for (peak_to_mean, quiet_to_mean, burst_s) in [(1.0, 0.5, 1.0), (2.0, 1.0, 1.0), (2.0, 0.5, 0.0)] {
            assert!(said(Arrivals::Bursty { mean_per_s: 1.0, peak_to_mean, quiet_to_mean, burst_s }).is_err());
        }
    }

    /// Variance over mean of counts in long windows.
    #[test]
    fn bursts_have_the_dispersion_of_the_formula() {
        let share: f64 = 0.75 / 3.75;
        assert!((BURSTY.burst_share() - share).abs() < 1e-12);
        let expected = BURSTY.dispersion();
        // Windows of 500 s are 130 times the relaxation time 1 / (s + t) = 2.4 s, and the variance of 4,000 of them has
        // a relative error of sqrt(2 / 4000) = 2.2 %.
        let (mean, variance) = mean_and_variance(&counts(&BURSTY, 4_000, 500.0));
        assert!((mean / 1000.0 - 1.0).abs() < 0.01, "{mean}");
        assert!((variance / mean / expected - 1.0).abs() < 0.07, "{} for {expected}", variance / mean);
        let (mean, variance) = mean_and_variance(&counts(&Arrivals::Poisson { per_s: 2.0 }, 4_000, 50.0));
        assert!((mean / 100.0 - 1.0).abs() < 0.01 && (variance / mean - 1.0).abs() < 0.07, "{mean} {variance}");
    }
}
