//! What may speak against a plan. Words and cures are the report's.

use serde::Serialize;

/// A table older than this is doubted, days.
pub const STALE_DAYS: i64 = 90;
/// A model that retires within this is doubted, days.
pub const RETIRES_DAYS: i64 = 90;
/// A plan for more than this many times the streams that were measured is an extrapolation.
pub const FAR: f64 = 2.0;

/// Something that speaks against the plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum PlanDoubt {
    /// A table of limits or prices is old.
    Stale {
        /// Which.
        table: String,
        /// As of when.
        date: String,
        /// How many days ago.
        days: i64,
    },
    /// No source states the limits of this tier for this pool.
    Inferred {
        /// The pool.
        pool: String,
        /// The tier.
        tier: String,
    },
    /// By another source the verdict on the limits would be another.
    Contradicted {
        /// The pool.
        pool: String,
        /// The tier.
        tier: String,
        /// The tiers of the other sources, as `legacy/tier-1`.
        others: Vec<String>,
    },
    /// Tokens a day were counted over 24 hours, because nothing says how many there are.
    DayAssumed {
        /// The workload.
        workload: String,
    },
    /// Nothing says what the API allows.
    NoLimits {
        /// The workload.
        workload: String,
    },
    /// Nothing says what a stream costs.
    NoMemory {
        /// The workload.
        workload: String,
    },
    /// Nothing says how much memory there is.
    NoMemoryLimit,
    /// No price is known.
    NoPrice {
        /// The model.
        model: String,
    },
    /// No source says what a token from the cache costs.
    NoCachePrice {
        /// The model.
        model: String,
    },
    /// A model ends soon.
    Retires {
        /// The model.
        model: String,
        /// When.
        date: String,
        /// In how many days.
        days: i64,
    },
    /// A model has ended.
    Retired {
        /// The model.
        model: String,
        /// When.
        date: String,
    },
    /// Nothing says how long streams last on the models that changes or classes send a workload to.
    PaceUnknown {
        /// The workload.
        workload: String,
        /// The model that its duration is for, if it was said.
        model: Option<String>,
        /// The others.
        others: Vec<String>,
    },
    /// On the model of one of its classes, the mean stream is longer than the timeout.
    TimeoutBelowPace {
        /// The workload.
        workload: String,
        /// The model of the class.
        model: String,
        /// How long a stream lasts there, seconds.
        seconds: f64,
    },
    /// Tokens were estimated from characters.
    TokensEstimated {
        /// The workload.
        workload: String,
    },
    /// The 95th percentile lies below the mean.
    P95BelowMean {
        /// The workload.
        workload: String,
        /// How long one stream of twenty would have to last at least, seconds.
        tail_seconds: f64,
    },
    /// Good streams are given up.
    TimeoutBelowP95 {
        /// The workload.
        workload: String,
    },
    /// More streams than were measured.
    Extrapolating {
        /// Streams of one process in the plan.
        streams: f64,
        /// The most that were measured.
        measured: f64,
    },
    /// Text of another length than was measured, and one length only was.
    TextScaled {
        /// The workload.
        workload: String,
        /// Its bytes.
        bytes: f64,
        /// Those measured.
        measured: f64,
    },
    /// Another reading of the same measurement gives more.
    ReadingAbove {
        /// Which.
        reading: &'static str,
        /// By how much at the planned number of streams, bytes.
        bytes: f64,
    },
    /// The measurement has doubts of its own.
    MeasurementDoubted {
        /// The line.
        line: String,
        /// How many.
        doubts: usize,
    },
    /// Prompts are long, and nothing says what is kept of them.
    PromptsNotCounted {
        /// The workload whose streams have most of them in one process.
        workload: String,
        /// Bytes of one of its prompts.
        bytes: f64,
        /// Bytes of all prompts of one process, each kept once.
        bytes_in_process: f64,
    },
    /// Streams of different clients in one process.
    SeveralClients,
    /// When all streams hang, memory is not enough.
    HungDoesNotFit {
        /// Memory of one process then, bytes.
        bytes: f64,
    },
    /// The simulation cannot play it: waiting, refusals and memory over time are not known.
    NotPlayed {
        /// The workload that it cannot play, where it is one.
        workload: Option<String>,
        /// Why, and what would do.
        reason: String,
    },
    /// Played through, more comes than the slots can serve: the queue grows for as long as it is let.
    NoSteadyState {
        /// Streams that would be open if each could start at once, over the slots.
        load: f64,
    },
    /// The run is too short for waits to settle at this load, or to say whether they are well.
    WaitsUnsettled {
        /// Streams that would be open if each could start at once, over the slots.
        load: f64,
        /// New requests that were played.
        requests: u64,
        /// How many waits need to settle; `None` if they never do.
        needed: Option<u64>,
    },
    /// Played through, a workload waits longer than it may.
    WaitsTooLong {
        /// The workload.
        workload: String,
        /// The wait that 5 % of its streams exceed, seconds.
        seconds: f64,
        /// The longest wait that is well, seconds.
        tolerated_seconds: f64,
        /// Whether that was assumed, because nothing was said of it.
        assumed: bool,
    },
    /// Played through, requests of a workload are refused, at once or after the longest wait that they may have.
    Refused {
        /// The workload.
        workload: String,
        /// How many of them, 0 to 1.
        share: f64,
        /// The longest wait that they may have, seconds.
        tolerated_seconds: f64,
    },
}
