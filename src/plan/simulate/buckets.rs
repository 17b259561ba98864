//! Rate limits: token buckets that fill continuously, shared by all replicas and workloads of one account and model.
//!
//! The published algorithm is a token bucket "continuously replenished up to your maximum limit"; output tokens count
//! "in real time as output tokens are produced" (Claude API documentation, "Rate limits"). Depths are not published,
//! and neither is what becomes of a running stream when the output tokens run out. Here it runs on, the level goes
//! below 0, and nothing starts until it is above 0 again.

/// The rate limits of one model for one account. `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pool {
    /// Requests; one that is answered 429 takes nothing.
    pub requests: Option<Limit>,
    /// Input tokens, taken at the start.
    pub input_tokens: Option<Limit>,
    /// Output tokens, taken while they are produced.
    pub output_tokens: Option<Limit>,
    /// Input and output tokens together, each taken when it is taken by itself.
    pub tokens: Option<Limit>,
    /// Streams that may be open at once, above 0.
    pub concurrent: Option<f64>,
}

/// A rate and how much of it can be saved up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// Refill, above 0.
    pub per_minute: f64,
    /// What a full bucket holds, at least 1; it is full at the beginning.
    pub depth: f64,
}

/// A level within rounding of what is needed is enough, or a bucket that is exactly refilled would say 429 once more.
const ROUNDING: f64 = 1e-9;

#[derive(Clone, Copy, Debug)]
struct Bucket {
    refill_per_s: f64,
    depth: f64,
    level: f64,
    drain_per_s: f64,
    at_s: f64,
}

impl Bucket {
    fn new(limit: &Limit) -> Bucket {
        Bucket {
            refill_per_s: limit.per_minute / 60.0,
            depth: limit.depth,
            level: limit.depth,
            drain_per_s: 0.0,
            at_s: 0.0,
        }
    }

    fn advance(&mut self, now_s: f64) {
        let gained = (self.refill_per_s - self.drain_per_s) * (now_s - self.at_s);
        self.level = (self.level + gained).min(self.depth);
        self.at_s = now_s;
    }

    /// Whole seconds, at least 1, until `need` is there if nothing else is taken; 0 if it is there now. `retry-after`
    /// is given in whole seconds.
    fn seconds_to(&mut self, now_s: f64, need: f64) -> f64 {
        self.advance(now_s);
        let missing = need - self.level;
        if missing <= ROUNDING * need { 0.0 } else { (missing / self.refill_per_s - ROUNDING).ceil().max(1.0) }
    }
}

/// The least that must be in a bucket of output tokens for a stream to start.
const ONE_OUTPUT_TOKEN: f64 = 1.0;
/// No source says what `retry-after` is where too many streams are open; it is given in whole seconds, and this is the least.
const FULL_RETRY_S: f64 = 1.0;

/// The buckets of one pool.
#[derive(Debug)]
pub(super) struct Buckets {
    requests: Option<Bucket>,
    input: Option<Bucket>,
    output: Option<Bucket>,
    together: Option<Bucket>,
    concurrent: f64,
    open: u64,
}

impl Buckets {
    pub(super) fn new(pool: &Pool) -> Buckets {
        let bucket = |limit: &Option<Limit>| limit.as_ref().map(Bucket::new);
        Buckets {
            requests: bucket(&pool.requests),
            input: bucket(&pool.input_tokens),
            output: bucket(&pool.output_tokens),
            together: bucket(&pool.tokens),
            concurrent: pool.concurrent.unwrap_or(f64::INFINITY),
            open: 0,
        }
    }

    /// Starts a stream that will produce `output_per_s` until [`Buckets::end`], or says 429.
    ///
    /// # Errors
    /// `retry-after` in seconds, if a bucket does not hold enough. Nothing is taken then.
    pub(super) fn start(&mut self, now_s: f64, input_tokens: f64, output_per_s: f64) -> Result<(), f64> {
        let seconds = |bucket: &mut Option<Bucket>, need: f64| {
            bucket.as_mut().map_or(0.0, |bucket| bucket.seconds_to(now_s, need))
        };
        let retry_after_s = seconds(&mut self.requests, 1.0)
            .max(seconds(&mut self.input, input_tokens))
            .max(seconds(&mut self.output, ONE_OUTPUT_TOKEN))
            .max(seconds(&mut self.together, input_tokens.max(ONE_OUTPUT_TOKEN)))
            .max(if (self.open as f64) < self.concurrent { 0.0 } else { FULL_RETRY_S });
        if retry_after_s > 0.0 {
            return Err(retry_after_s);
        }
        self.requests.iter_mut().for_each(|bucket| bucket.level -= 1.0);
        self.input.iter_mut().for_each(|bucket| bucket.level -= input_tokens);
        self.together.iter_mut().for_each(|bucket| bucket.level -= input_tokens);
        self.drained_by_output().for_each(|bucket| bucket.drain_per_s += output_per_s);
        self.open += 1;
        Ok(())
    }

    /// A stream that was started with `output_per_s` has ended.
    pub(super) fn end(&mut self, now_s: f64, output_per_s: f64) {
        self.open -= 1;
        let none_is_open = self.open == 0;
        for bucket in self.drained_by_output() {
            bucket.advance(now_s);
            // Exactly 0 when nothing is open, so that rounding does not add up over millions of streams.
            bucket.drain_per_s = if none_is_open { 0.0 } else { bucket.drain_per_s - output_per_s };
        }
    }

    fn drained_by_output(&mut self) -> impl Iterator<Item = &mut Bucket> {
        self.output.iter_mut().chain(&mut self.together)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIXTY: Limit = Limit { per_minute: 60.0, depth: 10.0 };

    /// 60 a minute, depth 10: ten at once, then one a second.
    #[test]
    fn ten_at_once_then_one_a_second() {
        let mut pool = Buckets::new(&Pool { requests: Some(SIXTY), ..Pool::default() });
        for _ in 0..10 {
            assert_eq!(pool.start(0.0, 0.0, 0.0), Ok(()));
        }
        assert_eq!(pool.start(0.0, 0.0, 0.0), Err(1.0));
        assert_eq!(pool.start(0.5, 0.0, 0.0), Err(1.0), "half a request is there");
        for second in 1..=1_000 {
            assert_eq!(pool.start(f64::from(second), 0.0, 0.0), Ok(()), "{second}");
            assert_eq!(pool.start(f64::from(second), 0.0, 0.0), Err(1.0), "{second}");
        }
        for _ in 0..10 {
            assert_eq!(pool.start(5_000.0, 0.0, 0.0), Ok(()));
        }
        assert_eq!(pool.start(5_000.0, 0.0, 0.0), Err(1.0), "no more than the depth is saved up");
    }

    #[test]
    fn the_emptiest_bucket_decides_and_429_takes_nothing() {
        let input = Limit { per_minute: 6_000.0, depth: 1_000.0 };
        let mut pool = Buckets::new(&Pool { requests: Some(SIXTY), input_tokens: Some(input), ..Pool::default() });
        assert_eq!(pool.start(0.0, 900.0, 0.0), Ok(()));
        assert_eq!(pool.start(0.0, 900.0, 0.0), Err(8.0), "800 missing at 100 a second");
        for _ in 0..9 {
            assert_eq!(pool.start(0.0, 0.0, 0.0), Ok(()), "429 took no request");
        }
        assert_eq!(pool.start(0.0, 0.0, 0.0), Err(1.0));
        assert_eq!(pool.start(7.5, 900.0, 0.0), Err(1.0));
        assert_eq!(pool.start(8.0, 900.0, 0.0), Ok(()));
    }

    /// 600 a minute is 10 a second: 150 at the start and 10 a second leave 50 as they are; two streams of 15 a second take them.
    #[test]
    fn input_and_output_come_from_one_bucket() {
        let together = Limit { per_minute: 600.0, depth: 200.0 };
        let mut pool = Buckets::new(&Pool { tokens: Some(together), ..Pool::default() });
        assert_eq!(pool.start(0.0, 150.0, 10.0), Ok(()));
        assert_eq!(pool.start(100.0, 60.0, 0.0), Err(1.0), "50 are left, and what runs takes what comes");
        pool.end(100.0, 10.0);
        assert_eq!(pool.start(101.0, 60.0, 0.0), Ok(()));
    }

    #[test]
    fn so_many_streams_at_once_and_no_more() {
        let mut pool = Buckets::new(&Pool { concurrent: Some(2.0), ..Pool::default() });
        assert_eq!([0.0; 3].map(|at_s| pool.start(at_s, 1e6, 1e6)), [Ok(()), Ok(()), Err(FULL_RETRY_S)]);
        pool.end(5.0, 1e6);
        assert_eq!(pool.start(5.0, 1e6, 1e6), Ok(()));
    }

    /// 600 a minute is 10 a second; two streams of 15 a second empty 200 in 10 s and go on.
    #[test]
    fn output_counts_while_it_is_produced() {
        let output = Limit { per_minute: 600.0, depth: 200.0 };
        let mut pool = Buckets::new(&Pool { output_tokens: Some(output), ..Pool::default() });
        assert_eq!(pool.start(0.0, 0.0, 15.0), Ok(()));
        assert_eq!(pool.start(0.0, 0.0, 15.0), Ok(()));
        assert_eq!(pool.start(9.0, 0.0, 0.0), Ok(()), "20 left");
        assert_eq!(pool.start(13.0, 0.0, 0.0), Err(7.0), "60 below, one needed, refilled at 10 a second");
        pool.end(13.0, 15.0);
        pool.end(13.0, 15.0);
        assert_eq!(pool.start(19.0, 0.0, 0.0), Err(1.0));
        assert_eq!(pool.start(19.1, 0.0, 0.0), Ok(()));
    }
}
