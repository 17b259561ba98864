//! One rate limit: a token bucket that fills continuously.
//!
//! The published algorithm is a token bucket "continuously replenished up to your maximum limit" (Claude API documentation, "Rate limits").
//! Within any time `t` it gives at most `depth + t x per_minute / 60`.

use super::range::{OutOfRange, above_zero, that};

/// A rate and how much of it can be saved up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// Refill, above 0.
    pub per_minute: f64,
    /// What a full bucket holds, at least 1; it is full at the beginning.
    pub depth: f64,
}

impl Limit {
    /// Holds every number to its range.
    ///
    /// # Errors
    /// The first that is out of it.
    pub fn check(&self) -> Result<(), OutOfRange> {
        above_zero("limit per minute", self.per_minute)?;
        that("depth of the bucket", self.depth, "1 or more", |depth| depth.is_finite() && depth >= 1.0)
    }
}

/// How long until a bucket has what was asked of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wait {
    /// So many seconds, above 0, if nothing else is taken meanwhile.
    Seconds(f64),
    /// More was asked than the full bucket holds.
    Never,
}

impl Wait {
    /// The same in whole seconds, at least 1, as the header `retry-after` gives it; `None` if there is no use in coming again.
    pub fn retry_after_s(self) -> Option<f64> {
        match self {
            Wait::Seconds(seconds) => Some((seconds - ROUNDING).ceil().max(1.0)),
            Wait::Never => None,
        }
    }

    /// Whether it is longer than another one.
    pub(super) fn is_longer_than(self, other: Wait) -> bool {
        match (self, other) {
            (_, Wait::Never) => false,
            (Wait::Never, Wait::Seconds(_)) => true,
            (Wait::Seconds(own), Wait::Seconds(other)) => own > other,
        }
    }
}

/// A level within rounding of what is needed is enough, or a bucket that is exactly refilled would say 429 once more.
const ROUNDING: f64 = 1e-9;

/// A bucket at work. Amounts are in the unit of its limit, 0 or more.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    refill_per_s: f64,
    depth: f64,
    level: f64,
    drain_per_s: f64,
    at_s: f64,
}

impl Bucket {
    /// Full, at 0 s.
    pub fn new(limit: &Limit) -> Bucket {
        Bucket {
            refill_per_s: limit.per_minute / 60.0,
            depth: limit.depth,
            level: limit.depth,
            drain_per_s: 0.0,
            at_s: 0.0,
        }
    }

    /// Takes `amount` if it is there.
    ///
    /// # Errors
    /// Says how long until it is there. Nothing is taken then.
    pub fn try_take(&mut self, now_s: f64, amount: f64) -> Result<(), Wait> {
        match self.wait(now_s, amount) {
            None => {
                self.level -= amount;
                Ok(())
            }
            Some(wait) => Err(wait),
        }
    }

    /// Takes `amount` whether it is there or not: what has been used already, such as output tokens. The level may go below 0.
    pub fn take(&mut self, now_s: f64, amount: f64) {
        self.advance(now_s);
        self.level -= amount;
    }

    /// How long until `amount` is there, if it is not there now. Nothing is taken.
    pub fn wait(&mut self, now_s: f64, amount: f64) -> Option<Wait> {
        self.advance(now_s);
        let missing = amount - self.level;
        if missing <= ROUNDING * amount {
            None
        } else if amount > self.depth {
            Some(Wait::Never)
        } else {
            Some(Wait::Seconds(missing / self.refill_per_s))
        }
    }

    /// From now on `per_s` are taken every second, whether they are there or not, instead of what was said last.
    pub fn drain(&mut self, now_s: f64, per_s: f64) {
        self.advance(now_s);
        self.drain_per_s = per_s;
    }

    /// What is taken every second.
    pub fn drain_per_s(&self) -> f64 {
        self.drain_per_s
    }

    /// What it holds: at most its depth, and below 0 where more was taken than there was.
    pub fn level(&self, now_s: f64) -> f64 {
        let gained = (self.refill_per_s - self.drain_per_s) * (now_s - self.at_s).max(0.0);
        (self.level + gained).min(self.depth)
    }

    /// Seconds until it is full if nothing else is taken; 0 if it is.
    pub fn full_in_s(&self, now_s: f64) -> f64 {
        (self.depth - self.level(now_s)) / self.refill_per_s
    }

    fn advance(&mut self, now_s: f64) {
        self.level = self.level(now_s);
        self.at_s = self.at_s.max(now_s);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 120 a minute, two a second.
    const TWO_A_SECOND: Limit = Limit { per_minute: 120.0, depth: 10.0 };

    #[test]
    fn waits_are_exact_and_retry_after_is_whole() {
        let mut bucket = Bucket::new(&TWO_A_SECOND);
        assert_eq!(bucket.try_take(3.0, 10.0), Ok(()), "no more than the depth is saved up");
        assert_eq!(bucket.try_take(3.0, 3.0), Err(Wait::Seconds(1.5)));
        assert_eq!(bucket.try_take(4.0, 3.0), Err(Wait::Seconds(0.5)), "a refusal took nothing");
        assert_eq!(bucket.try_take(4.5, 3.0), Ok(()));
        assert_eq!(bucket.try_take(4.5, 10.1), Err(Wait::Never));
        let whole = [Wait::Seconds(0.01), Wait::Seconds(1.5), Wait::Seconds(3.0), Wait::Never].map(Wait::retry_after_s);
        assert_eq!(whole, [Some(1.0), Some(2.0), Some(3.0), None]);
    }

    #[test]
    fn what_has_been_used_is_taken_below_nothing() {
        let mut bucket = Bucket::new(&TWO_A_SECOND);
        bucket.take(0.0, 16.0);
        assert_eq!((bucket.level(1.0), bucket.full_in_s(1.0)), (-4.0, 7.0));
        assert_eq!(bucket.try_take(1.0, 1.0), Err(Wait::Seconds(2.5)));
        bucket.drain(1.0, 3.0);
        assert_eq!(bucket.level(3.0), -6.0, "two come and three go");
        bucket.drain(3.0, 0.0);
        assert_eq!(bucket.full_in_s(100.0), 0.0);
    }

    #[test]
    fn a_time_that_has_been_is_taken_for_the_latest() {
        let mut bucket = Bucket::new(&TWO_A_SECOND);
        assert_eq!(bucket.try_take(5.0, 10.0), Ok(()));
        assert_eq!(bucket.try_take(4.0, 1.0), Err(Wait::Seconds(0.5)));
        assert_eq!(bucket.level(6.0), 2.0, "no second is counted twice");
    }

    fn limit() -> impl Strategy<Value = Limit> {
        (1.0..1e5_f64, 1.0..1e4_f64).prop_map(|(per_minute, depth)| Limit { per_minute, depth })
    }

    /// What is asked for, as a share of a full bucket, and how long after the last.
    fn requests() -> impl Strategy<Value = Vec<(f64, f64)>> {
        proptest::collection::vec((0.0..1.2_f64, prop_oneof![Just(0.0), 0.0..1.0_f64, 0.0..100.0_f64]), 1..200)
    }

    /// A clock's step. What is missing of a level is known to within the rounding of its time and of what is needed.
    const MICROSECOND: f64 = 1e-6;

    proptest! {
        /// From any request on, not only the first: depth and refill bound what is given, and each refusal is for want of it.
        #[test]
        fn it_never_gives_more_than_its_depth_and_its_rate(limit in limit(), requests in requests()) {
            let mut bucket = Bucket::new(&limit);
            let (mut now_s, mut given) = (0.0, Vec::<(f64, f64)>::new());
            for (share, gap_s) in requests {
                now_s += gap_s;
                if bucket.try_take(now_s, share * limit.depth).is_ok() {
                    given.push((now_s, share * limit.depth));
                }
                prop_assert!(bucket.level(now_s) <= limit.depth);
            }
            for from in 0..given.len() {
                let mut sum = 0.0;
                for (at_s, amount) in &given[from..] {
                    sum += amount;
                    let most = limit.depth + (at_s - given[from].0) * limit.per_minute / 60.0;
                    prop_assert!(sum <= most * (1.0 + 1e-6), "{sum} of {most}");
                }
            }
        }

        /// After the wait it is there, and before it is not, whatever was taken before.
        #[test]
        fn a_wait_is_enough_and_no_longer_than_needed(limit in limit(), requests in requests(), share in 0.01..1.0_f64) {
            let mut bucket = Bucket::new(&limit);
            let mut now_s = 0.0;
            for (share, gap_s) in requests {
                now_s += gap_s;
                _ = bucket.try_take(now_s, share * limit.depth);
            }
            bucket.take(now_s, limit.depth / 2.0);
            let amount = share * limit.depth;
            if let Some(wait) = bucket.wait(now_s, amount) {
                let Wait::Seconds(wait_s) = wait else { return Err(TestCaseError::fail("it is less than the depth")) };
                let early_s = wait_s * (1.0 - MICROSECOND) - MICROSECOND;
                // What is within rounding of the amount is enough.
                let rounding_s = ROUNDING * amount / limit.per_minute * 60.0;
                if early_s > 0.0 {
                    prop_assert!(bucket.try_take(now_s + early_s - rounding_s, amount).is_err(), "{wait_s}");
                }
                prop_assert_eq!(bucket.try_take(now_s + wait_s + MICROSECOND, amount), Ok(()));
            }
        }

        /// `retry-after` is enough as well, and less than a second longer than needed, or 1.
        #[test]
        fn a_whole_second_is_the_next_one(seconds in 1e-3..1e6_f64) {
            let whole = Wait::Seconds(seconds).retry_after_s().unwrap();
            prop_assert!(whole.fract() == 0.0 && whole >= 1.0);
            prop_assert!(whole >= seconds - ROUNDING && whole < (seconds + 1.0).max(1.0 + ROUNDING));
        }
    }
}
