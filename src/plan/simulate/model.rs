//! What is simulated.

use super::durations::StreamDuration;
use super::error::ModelError;
use super::fleet::{Fleet, MOST_REPLICAS};
use super::memory::StreamMemory;
use crate::traffic::{self, Arrivals, Counted, Limits, OutOfRange, Retry};

/// A capacity plan as far as its queues, limits and memory go.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// What comes; at least one, at most 65,535.
    pub workloads: Vec<RequestFlow>,
    /// Rate limits, shared by all replicas and by the workloads that name them.
    pub pools: Vec<Limits>,
    /// Who serves.
    pub fleet: Fleet,
}

/// Requests of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestFlow {
    /// For messages and results.
    pub name: String,
    /// When requests come.
    pub arrivals: Arrivals,
    /// How long their streams live if nothing goes wrong.
    pub duration: StreamDuration,
    /// Streams are cut, and have failed, when they are open for so many seconds; above 0.
    pub timeout_s: Option<f64>,
    /// Share of streams that hang, 0 to 1: they last until the timeout.
    pub hung_share: f64,
    /// Share of the streams that come to their own end and have failed, 0 or more and below 1. One that is cut at the timeout always has.
    pub fail_share: f64,
    /// When failed attempts, and those that were answered 429, are made again.
    pub retry: Retry,
    /// Places for its requests in the queue of each gate; 0 refuses whatever cannot start at once, [`traffic::ENDLESS`] has no end.
    pub places: u32,
    /// Seconds after which a request leaves the queue, above 0; `None` waits as long as it takes.
    pub patience_s: Option<f64>,
    /// Input tokens of a request, 0 or more.
    pub input_tokens: f64,
    /// Output tokens of a stream, 0 or more, produced evenly over its life.
    pub output_tokens: f64,
    /// What an open stream adds to memory.
    pub memory: StreamMemory,
    /// Index into [`Model::pools`]; `None` is not rate limited.
    pub pool: Option<usize>,
}

/// Simulated time. The run begins with empty replicas and full buckets; what happens in the warm-up counts nowhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Seconds before anything is measured, 0 or more.
    pub warm_up_s: f64,
    /// Seconds measured, above 0.
    pub measured_s: f64,
}

/// The warm-up is this share of the measured time, if that is longer than the other rule.
const WARM_UP_SHARE: f64 = 0.1;
/// The warm-up is at least so many lives of the longest kind of stream.
const WARM_UP_LIVES: f64 = 10.0;

impl Span {
    /// Time for about `arrivals` new requests of all workloads together, after a warm-up of a tenth of it, or of ten
    /// times the longest mean stream duration (the timeout where streams hang) if that is longer.
    pub fn for_arrivals(model: &Model, arrivals: f64) -> Span {
        let per_s: f64 = model.workloads.iter().map(|workload| workload.arrivals.mean_per_s()).sum();
        let lives_s = model.workloads.iter().map(|workload| match workload.timeout_s {
            Some(timeout_s) if workload.hung_share > 0.0 => timeout_s.max(workload.duration.mean_s()),
            _ => workload.duration.mean_s(),
        });
        let measured_s = arrivals / per_s;
        Span { warm_up_s: (WARM_UP_SHARE * measured_s).max(WARM_UP_LIVES * lives_s.fold(0.0, f64::max)), measured_s }
    }

    pub(super) fn check(&self) -> Result<(), ModelError> {
        let check = Check { place: "the simulated span".to_owned() };
        check.zero_or_more("warm-up in seconds", self.warm_up_s)?;
        check.above_zero("measured time in seconds", self.measured_s)
    }
}

impl Model {
    pub(super) fn check(&self) -> Result<(), ModelError> {
        if self.workloads.is_empty() {
            return Err(ModelError::NoWorkload);
        }
        let check = Check { place: "the model".to_owned() };
        check.that("number of workloads", self.workloads.len() as f64, "at most 65,535", |n| n <= 65_535.0)?;
        for (index, pool) in self.pools.iter().enumerate() {
            check_limits(pool, index)?;
        }
        self.fleet.check()?;
        self.workloads.iter().try_for_each(|workload| workload.check(&self.pools))
    }
}

impl RequestFlow {
    /// Output tokens per second of a stream that lives `duration_s`.
    pub(super) fn output_per_s(&self, duration_s: f64) -> f64 {
        self.output_tokens / duration_s
    }

    /// Growth of a stream that lives `duration_s`, in bytes per second.
    pub(super) fn bytes_per_s(&self, duration_s: f64) -> f64 {
        self.memory.kept_per_text_byte * self.memory.text_bytes / duration_s
    }

    fn check(&self, pools: &[Limits]) -> Result<(), ModelError> {
        let check = Check { place: self.name.clone() };
        check.passed(self.arrivals.check())?;
        check.above_zero("mean stream duration in seconds", self.duration.mean_s())?;
        self.timeout_s.map_or(Ok(()), |timeout_s| check.above_zero("timeout in seconds", timeout_s))?;
        self.patience_s.map_or(Ok(()), |patience_s| check.above_zero("patience in seconds", patience_s))?;
        check.share("share of hung streams", self.hung_share)?;
        if self.hung_share > 0.0 && self.timeout_s.is_none() {
            return Err(ModelError::HungWithoutTimeout { workload: self.name.clone() });
        }
        check.zero_or_more("input tokens", self.input_tokens)?;
        check.zero_or_more("output tokens", self.output_tokens)?;
        check.zero_or_more("bytes of an open stream", self.memory.open_bytes)?;
        check.zero_or_more("bytes kept for a byte of text", self.memory.kept_per_text_byte)?;
        check.zero_or_more("text bytes", self.memory.text_bytes)?;
        let below_one = |share| (0.0..1.0).contains(&share);
        check.that("retry probability", self.fail_share, "0 or more and below 1", below_one)?;
        check.passed(self.retry.check())?;
        self.check_pool(pools)
    }

    fn check_pool(&self, pools: &[Limits]) -> Result<(), ModelError> {
        let Some(index) = self.pool else { return Ok(()) };
        let missing = || ModelError::NoSuchPool { workload: self.name.clone(), pool: index, pools: pools.len() };
        let pool = pools.get(index).ok_or_else(missing)?;
        let mut taken_from = pool.input_tokens.iter().chain(&pool.tokens);
        match taken_from.find(|limit| limit.depth < self.input_tokens) {
            Some(limit) => Err(ModelError::NeverStarts {
                workload: self.name.clone(),
                need: self.input_tokens,
                depth: limit.depth,
            }),
            None => Ok(()),
        }
    }
}

fn check_limits(pool: &Limits, index: usize) -> Result<(), ModelError> {
    pool.check().map_err(|(counted, wrong)| {
        let place = match counted {
            Counted::Concurrent => format!("pool {index}"),
            counted => format!("pool {index}, {}", counted.name()),
        };
        Check { place }.refusal(wrong)
    })
}

impl Fleet {
    fn check(&self) -> Result<(), ModelError> {
        let check = Check { place: "the fleet".to_owned() };
        let (replicas, most) = (f64::from(self.replicas), f64::from(MOST_REPLICAS));
        check.that("number of replicas", replicas, "1 to 1,000", |n| (1.0..=most).contains(&n))?;
        check.above_zero("concurrency", f64::from(self.concurrency))?;
        check.zero_or_more("base memory in bytes", self.base_bytes)?;
        check.above_zero("memory limit in bytes", self.limit_bytes)
    }
}

/// Says where a number that cannot be was given.
struct Check {
    place: String,
}

impl Check {
    fn refusal(&self, OutOfRange { name, value, allowed }: OutOfRange) -> ModelError {
        ModelError::Value { place: self.place.clone(), name, value, allowed }
    }

    fn passed(&self, result: Result<(), OutOfRange>) -> Result<(), ModelError> {
        result.map_err(|wrong| self.refusal(wrong))
    }

    fn that(
        &self,
        name: &'static str,
        value: f64,
        allowed: &'static str,
        holds: impl Fn(f64) -> bool,
    ) -> Result<(), ModelError> {
        self.passed(traffic::that(name, value, allowed, holds))
    }

    fn above_zero(&self, name: &'static str, value: f64) -> Result<(), ModelError> {
        self.passed(traffic::above_zero(name, value))
    }

    fn zero_or_more(&self, name: &'static str, value: f64) -> Result<(), ModelError> {
        self.passed(traffic::zero_or_more(name, value))
    }

    fn share(&self, name: &'static str, value: f64) -> Result<(), ModelError> {
        self.passed(traffic::share(name, value))
    }
}
