//! What becomes of a failed attempt.

use fastrand::Rng;

/// Bounded attempts with exponential backoff and jitter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retry {
    /// Chance that a stream that came to its own end has failed, 0 or more and below 1. One that is cut at the timeout
    /// always has.
    pub probability: f64,
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
    pub fn as_the_sdks(probability: f64) -> Retry {
        Retry { probability, most_attempts: 3, first_backoff_s: 0.5, longest_backoff_s: 8.0, jitter: 0.25 }
    }

    /// One attempt only, which never fails by chance.
    pub fn never() -> Retry {
        Retry { most_attempts: 1, ..Retry::as_the_sdks(0.0) }
    }

    /// Seconds to wait when `attempts` (at least 1) have been made.
    pub(super) fn backoff_s(&self, attempts: u16, random: &mut Rng) -> f64 {
        let doubled = self.first_backoff_s * 2f64.powi(i32::from(attempts) - 1);
        doubled.min(self.longest_backoff_s) * (1.0 - self.jitter * random.f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_up_to_its_bound_less_jitter() {
        let mut random = Rng::with_seed(5);
        for (attempts, most_s) in [(1, 0.5), (2, 1.0), (3, 2.0), (5, 8.0), (60_000, 8.0)] {
            let draws: Vec<f64> =
                (0..1_000).map(|_| Retry::as_the_sdks(0.1).backoff_s(attempts, &mut random)).collect();
            assert!(draws.iter().all(|draw| *draw > 0.75 * most_s && *draw <= most_s), "{attempts}");
            let mean = draws.iter().sum::<f64>() / 1_000.0;
            assert!((mean / most_s - 0.875).abs() < 0.01, "{mean} of {most_s}");
        }
    }
}
