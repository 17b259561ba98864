//! All rate limits of one model for one account, which bind together.
//!
//! Output tokens count "in real time as output tokens are produced" (Claude API documentation, "Rate limits"). Depths are not published,
//! and neither is what becomes of a running stream when the output tokens run out. Here it runs on, the level goes below 0, and nothing
//! starts until it is above 0 again.

use super::bucket::{Bucket, Limit, Wait};
use super::range::{OutOfRange, above_zero};

/// The rate limits of one model for one account. `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
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

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Requests.
    Requests,
    /// Input tokens.
    InputTokens,
    /// Output tokens.
    OutputTokens,
    /// Input and output tokens together.
    Tokens,
    /// Streams open at once.
    Concurrent,
}

impl Counted {
    /// What is counted by a bucket: all but what is open at once.
    const IN_BUCKETS: [Counted; 4] = [Counted::Requests, Counted::InputTokens, Counted::OutputTokens, Counted::Tokens];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Counted::Requests => "requests",
            Counted::InputTokens => "input tokens",
            Counted::OutputTokens => "output tokens",
            Counted::Tokens => "tokens",
            Counted::Concurrent => "streams at once",
        }
    }
}

impl Limits {
    /// Holds every number to its range.
    ///
    /// # Errors
    /// The first that is out of it, and of which limit.
    pub fn check(&self) -> Result<(), (Counted, OutOfRange)> {
        for counted in Counted::IN_BUCKETS {
            self.of(counted).map_or(Ok(()), |limit| limit.check()).map_err(|wrong| (counted, wrong))?;
        }
        let most = self.concurrent.map_or(Ok(()), |most| above_zero("streams at once", most));
        most.map_err(|wrong| (Counted::Concurrent, wrong))
    }

    fn of(&self, counted: Counted) -> Option<Limit> {
        match counted {
            Counted::Requests => self.requests,
            Counted::InputTokens => self.input_tokens,
            Counted::OutputTokens => self.output_tokens,
            Counted::Tokens => self.tokens,
            Counted::Concurrent => None,
        }
    }
}

/// Why a stream may not start: the answer is 429.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Refusal {
    /// The limit that has to be waited for longest.
    pub by: Counted,
    /// How long until all of them would do, if nothing else is taken meanwhile.
    pub wait: Wait,
}

/// The least that must be in a bucket of output tokens for a stream to start.
const ONE_OUTPUT_TOKEN: f64 = 1.0;
/// No source says what `retry-after` is where too many streams are open; it is given in whole seconds, and this is the least.
const WHEN_FULL: Wait = Wait::Seconds(1.0);

/// The buckets of all limits of one model and account, at work.
#[derive(Debug)]
pub struct Buckets {
    requests: Option<Bucket>,
    input: Option<Bucket>,
    output: Option<Bucket>,
    together: Option<Bucket>,
    concurrent: f64,
    open: u64,
}

impl Buckets {
    /// All full, at 0 s.
    pub fn new(limits: &Limits) -> Buckets {
        let bucket = |limit: &Option<Limit>| limit.as_ref().map(Bucket::new);
        Buckets {
            requests: bucket(&limits.requests),
            input: bucket(&limits.input_tokens),
            output: bucket(&limits.output_tokens),
            together: bucket(&limits.tokens),
            concurrent: limits.concurrent.unwrap_or(f64::INFINITY),
            open: 0,
        }
    }

    /// Starts a stream with so many input tokens that will produce `output_per_s` output tokens a second until [`Buckets::end`]; 0 where
    /// [`Buckets::produced`] says what it does.
    ///
    /// # Errors
    /// If a bucket does not hold enough, or too many streams are open. Nothing is taken then.
    pub fn start(&mut self, now_s: f64, input_tokens: f64, output_per_s: f64) -> Result<(), Refusal> {
        if let Some(refusal) = self.refusal(now_s, input_tokens) {
            return Err(refusal);
        }
        self.requests.iter_mut().for_each(|bucket| bucket.take(now_s, 1.0));
        self.input.iter_mut().for_each(|bucket| bucket.take(now_s, input_tokens));
        self.together.iter_mut().for_each(|bucket| bucket.take(now_s, input_tokens));
        self.taken_from_by_output().for_each(|bucket| bucket.drain(now_s, bucket.drain_per_s() + output_per_s));
        self.open += 1;
        Ok(())
    }

    /// The longest wait of all limits.
    fn refusal(&mut self, now_s: f64, input_tokens: f64) -> Option<Refusal> {
        let needs = [
            (Counted::Requests, &mut self.requests, 1.0),
            (Counted::InputTokens, &mut self.input, input_tokens),
            (Counted::OutputTokens, &mut self.output, ONE_OUTPUT_TOKEN),
            (Counted::Tokens, &mut self.together, input_tokens.max(ONE_OUTPUT_TOKEN)),
        ];
        let mut longest = None;
        let mut note = |by, wait: Wait| {
            if longest.is_none_or(|refusal: Refusal| wait.is_longer_than(refusal.wait)) {
                longest = Some(Refusal { by, wait });
            }
        };
        for (by, bucket, need) in needs {
            let wait = bucket.as_mut().and_then(|bucket| bucket.wait(now_s, need));
            wait.into_iter().for_each(|wait| note(by, wait));
        }
        if self.open as f64 >= self.concurrent {
            note(Counted::Concurrent, WHEN_FULL);
        }
        longest
    }

    /// A stream that was started has produced so many more output tokens, besides those a second that were said at its start.
    pub fn produced(&mut self, now_s: f64, output_tokens: f64) {
        self.taken_from_by_output().for_each(|bucket| bucket.take(now_s, output_tokens));
    }

    /// A stream that was started with `output_per_s` has ended, however that was.
    pub fn end(&mut self, now_s: f64, output_per_s: f64) {
        self.open = self.open.saturating_sub(1);
        let none_is_open = self.open == 0;
        for bucket in self.taken_from_by_output() {
            // Exactly 0 when nothing is open, so that rounding does not add up over millions of streams.
            bucket.drain(now_s, if none_is_open { 0.0 } else { bucket.drain_per_s() - output_per_s });
        }
    }

    /// Streams that are open.
    pub fn open(&self) -> u64 {
        self.open
    }

    /// The bucket of a limit; `None` where there is no such limit, and for streams at once, which are in none.
    pub fn bucket(&self, counted: Counted) -> Option<&Bucket> {
        match counted {
            Counted::Requests => self.requests.as_ref(),
            Counted::InputTokens => self.input.as_ref(),
            Counted::OutputTokens => self.output.as_ref(),
            Counted::Tokens => self.together.as_ref(),
            Counted::Concurrent => None,
        }
    }

    fn taken_from_by_output(&mut self) -> impl Iterator<Item = &mut Bucket> {
        self.output.iter_mut().chain(&mut self.together)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIXTY: Limit = Limit { per_minute: 60.0, depth: 10.0 };

    /// Starts a stream, or says `retry-after`.
    fn start(pool: &mut Buckets, now_s: f64, input_tokens: f64, output_per_s: f64) -> Result<(), f64> {
        pool.start(now_s, input_tokens, output_per_s).map_err(|refusal| refusal.wait.retry_after_s().unwrap())
    }

    /// 60 a minute, depth 10: ten at once, then one a second.
    #[test]
    fn ten_at_once_then_one_a_second() {
        let mut pool = Buckets::new(&Limits { requests: Some(SIXTY), ..Limits::default() });
        for _ in 0..10 {
            assert_eq!(start(&mut pool, 0.0, 0.0, 0.0), Ok(()));
        }
        assert_eq!(start(&mut pool, 0.0, 0.0, 0.0), Err(1.0));
        assert_eq!(start(&mut pool, 0.5, 0.0, 0.0), Err(1.0), "half a request is there");
        for second in 1..=1_000 {
            assert_eq!(start(&mut pool, f64::from(second), 0.0, 0.0), Ok(()), "{second}");
            assert_eq!(start(&mut pool, f64::from(second), 0.0, 0.0), Err(1.0), "{second}");
        }
        for _ in 0..10 {
            assert_eq!(start(&mut pool, 5_000.0, 0.0, 0.0), Ok(()));
        }
        assert_eq!(start(&mut pool, 5_000.0, 0.0, 0.0), Err(1.0), "no more than the depth is saved up");
    }

    #[test]
    fn the_emptiest_bucket_decides_and_429_takes_nothing() {
        let input = Limit { per_minute: 6_000.0, depth: 1_000.0 };
        let mut pool = Buckets::new(&Limits { requests: Some(SIXTY), input_tokens: Some(input), ..Limits::default() });
        assert_eq!(start(&mut pool, 0.0, 900.0, 0.0), Ok(()));
        assert_eq!(start(&mut pool, 0.0, 900.0, 0.0), Err(8.0), "800 missing at 100 a second");
        for _ in 0..9 {
            assert_eq!(start(&mut pool, 0.0, 0.0, 0.0), Ok(()), "429 took no request");
        }
        assert_eq!(start(&mut pool, 0.0, 0.0, 0.0), Err(1.0));
        assert_eq!(start(&mut pool, 7.5, 900.0, 0.0), Err(1.0));
        assert_eq!(start(&mut pool, 8.0, 900.0, 0.0), Ok(()));
    }

    /// 600 a minute is 10 a second: 150 at the start and 10 a second leave 50 as they are; two streams of 15 a second take them.
    #[test]
    fn input_and_output_come_from_one_bucket() {
        let together = Limit { per_minute: 600.0, depth: 200.0 };
        let mut pool = Buckets::new(&Limits { tokens: Some(together), ..Limits::default() });
        assert_eq!(start(&mut pool, 0.0, 150.0, 10.0), Ok(()));
        assert_eq!(start(&mut pool, 100.0, 60.0, 0.0), Err(1.0), "50 are left, and what runs takes what comes");
        pool.end(100.0, 10.0);
        assert_eq!(start(&mut pool, 101.0, 60.0, 0.0), Ok(()));
    }

    #[test]
    fn so_many_streams_at_once_and_no_more() {
        let mut pool = Buckets::new(&Limits { concurrent: Some(2.0), ..Limits::default() });
        assert_eq!([0.0; 3].map(|at_s| start(&mut pool, at_s, 1e6, 1e6)), [Ok(()), Ok(()), Err(1.0)]);
        pool.end(5.0, 1e6);
        assert_eq!(start(&mut pool, 5.0, 1e6, 1e6), Ok(()));
    }

    /// 600 a minute is 10 a second; two streams of 15 a second empty 200 in 10 s and go on.
    #[test]
    fn output_counts_while_it_is_produced() {
        let output = Limit { per_minute: 600.0, depth: 200.0 };
        let mut pool = Buckets::new(&Limits { output_tokens: Some(output), ..Limits::default() });
        assert_eq!(start(&mut pool, 0.0, 0.0, 15.0), Ok(()));
        assert_eq!(start(&mut pool, 0.0, 0.0, 15.0), Ok(()));
        assert_eq!(start(&mut pool, 9.0, 0.0, 0.0), Ok(()), "20 left");
        assert_eq!(start(&mut pool, 13.0, 0.0, 0.0), Err(7.0), "60 below, one needed, refilled at 10 a second");
        pool.end(13.0, 15.0);
        pool.end(13.0, 15.0);
        assert_eq!(start(&mut pool, 19.0, 0.0, 0.0), Err(1.0));
        assert_eq!(start(&mut pool, 19.1, 0.0, 0.0), Ok(()));
    }

    #[test]
    fn a_refusal_says_which_limit_and_whether_there_is_use_in_coming_again() {
        let input = Limit { per_minute: 6_000.0, depth: 1_000.0 };
        let limits =
            Limits { requests: Some(SIXTY), input_tokens: Some(input), concurrent: Some(3.0), ..Limits::default() };
        let mut pool = Buckets::new(&limits);
        assert_eq!(pool.start(0.0, 1_001.0, 0.0), Err(Refusal { by: Counted::InputTokens, wait: Wait::Never }));
        assert_eq!(pool.start(0.0, 1_000.0, 0.0), Ok(()));
        assert_eq!(pool.start(0.0, 150.0, 0.0), Err(Refusal { by: Counted::InputTokens, wait: Wait::Seconds(1.5) }));
        assert_eq!([pool.start(0.0, 0.0, 0.0), pool.start(0.0, 0.0, 0.0)], [Ok(()), Ok(())]);
        assert_eq!(pool.start(9.0, 10.0, 0.0), Err(Refusal { by: Counted::Concurrent, wait: WHEN_FULL }));
        assert_eq!((pool.open(), pool.bucket(Counted::Requests).map(|bucket| bucket.level(0.0))), (3, Some(10.0)));
        pool.end(9.0, 0.0);
        assert_eq!(pool.start(9.0, 10.0, 0.0), Ok(()));
    }

    /// What a simulator does: each write takes what it sent.
    #[test]
    fn output_counts_as_it_is_said_to_be_produced() {
        let output = Limit { per_minute: 600.0, depth: 200.0 };
        let mut pool = Buckets::new(&Limits { output_tokens: Some(output), tokens: Some(output), ..Limits::default() });
        assert_eq!(start(&mut pool, 0.0, 50.0, 0.0), Ok(()));
        (0..25).for_each(|_| pool.produced(0.0, 10.0));
        let level = |pool: &Buckets, counted| pool.bucket(counted).map(|bucket| bucket.level(0.0));
        assert_eq!((level(&pool, Counted::OutputTokens), level(&pool, Counted::Tokens)), (Some(-50.0), Some(-100.0)));
        assert_eq!(start(&mut pool, 0.0, 0.0, 0.0), Err(11.0), "one above 0 at 10 a second");
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let none = Limit { per_minute: 0.0, depth: 1.0 };
        let said = |limits: Limits| limits.check().map_err(|(counted, wrong)| format!("{}: {wrong}", counted.name()));
        let refused = said(Limits { tokens: Some(none), ..Limits::default() });
        assert_eq!(refused, Err("tokens: limit per minute is 0, must be a number above 0".to_owned()));
        let shallow = Limit { per_minute: 1.0, depth: 0.5 };
        let refused = said(Limits { requests: Some(shallow), ..Limits::default() });
        assert_eq!(refused, Err("requests: depth of the bucket is 0.5, must be 1 or more".to_owned()));
        assert!(said(Limits { concurrent: Some(f64::NAN), ..Limits::default() }).is_err());
        assert_eq!(said(Limits::default()), Ok(()));
    }
}
