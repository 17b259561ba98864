//! When a failed attempt is made again.

use super::range::{OutOfRange, above_zero, share, zero_or_more};
use fastrand::Rng;

/// Bounded attempts with exponential backoff and jitter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retry {
    /// Times a request is sent at most, the first and answers of 429 included; at least 1.
    pub most_attempts: u16,
    /// Backoff after the first attempt, in seconds; it doubles with every further one.
    pub first_backoff_s: f64,
    /// The longest backoff, in seconds.
    pub longest_backoff_s: f64,
    /// Backoff is shortened by up to this share, at random; 0 to 1.
    pub jitter: f64,
}

impl Retry {
    /// As the official SDKs do by default: three attempts in all, `min(0.5 x 2^n, 8)` seconds less up to a quarter
    /// between them.
    pub fn as_the_sdks() -> Retry {
        Retry { most_attempts: 3, first_backoff_s: 0.5, longest_backoff_s: 8.0, jitter: 0.25 }
    }

    /// One attempt only.
    pub fn never() -> Retry {
        Retry { most_attempts: 1, ..Retry::as_the_sdks() }
    }

    /// Holds every number to its range.
    ///
    /// # Errors
    /// The first that is out of it.
    pub fn check(&self) -> Result<(), OutOfRange> {
        above_zero("number of attempts", f64::from(self.most_attempts))?;
        zero_or_more("first backoff in seconds", self.first_backoff_s)?;
        zero_or_more("longest backoff in seconds", self.longest_backoff_s)?;
        share("jitter", self.jitter)
    }

    /// Seconds to wait when `attempts` (at least 1) have been made, or `None` if there is none left.
    ///
    /// A `retry-after` is obeyed as it is, however long, because whoever comes earlier is answered 429 again; nothing random is drawn then.
    /// One that is not a number of seconds above 0 is as if there were none. Whoever has a longest time to wait leaves out what is beyond it.
    pub fn delay_s(&self, attempts: u16, retry_after_s: Option<f64>, random: &mut Rng) -> Option<f64> {
        if attempts >= self.most_attempts {
            return None;
        }
        let told_s = retry_after_s.filter(|told_s| told_s.is_finite() && *told_s > 0.0);
        Some(told_s.unwrap_or_else(|| self.backoff_s(attempts, random)))
    }

    fn backoff_s(&self, attempts: u16, random: &mut Rng) -> f64 {
        let doubled = self.first_backoff_s * 2f64.powi(i32::from(attempts) - 1);
        doubled.min(self.longest_backoff_s) * (1.0 - self.jitter * random.f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_is_obeyed_and_attempts_end() {
        let (retry, mut random) = (Retry::as_the_sdks(), Rng::with_seed(5));
        let untouched = random.clone();
        assert_eq!(
            [1, 2, 3, 4].map(|n| retry.delay_s(n, Some(70.0), &mut random)),
            [Some(70.0), Some(70.0), None, None]
        );
        assert_eq!(random, untouched, "nothing was drawn");
        for told_s in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(retry.delay_s(1, Some(told_s), &mut random).is_some_and(|delay_s| delay_s <= 0.5), "{told_s}");
        }
        assert_eq!(Retry::never().delay_s(1, Some(1.0), &mut random), None);
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let said = |retry: Retry| retry.check().map_err(|wrong| wrong.to_string());
        assert_eq!(said(Retry::as_the_sdks()), Ok(()));
        let refused = said(Retry { jitter: 1.5, ..Retry::never() });
        assert_eq!(refused, Err("jitter is 1.5, must be a share from 0 to 1".to_owned()));
        assert!(said(Retry { most_attempts: 0, ..Retry::never() }).is_err());
        assert!(said(Retry { first_backoff_s: f64::INFINITY, ..Retry::never() }).is_err());
    }

    #[test]
    fn backoff_doubles_up_to_its_bound_less_jitter() {
        let mut random = Rng::with_seed(5);
        for (attempts, most_s) in [(1, 0.5), (2, 1.0), (3, 2.0), (5, 8.0), (60_000, 8.0)] {
            let retry = Retry { most_attempts: u16::MAX, ..Retry::as_the_sdks() };
            let draws: Vec<f64> = (0..1_000).filter_map(|_| retry.delay_s(attempts, None, &mut random)).collect();
            assert!(draws.iter().all(|draw| *draw > 0.75 * most_s && *draw <= most_s), "{attempts}");
            let mean = draws.iter().sum::<f64>() / 1_000.0;
            assert!((mean / most_s - 0.875).abs() < 0.01, "{mean} of {most_s}");
        }
    }
}
