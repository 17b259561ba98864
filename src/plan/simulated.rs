//! What a simulation of a plan says, as a report shows it.

use crate::fit::Estimate;
use serde::Serialize;

/// The outcome of a simulated plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Simulated {
    /// What was simulated, in a few words: arrivals, length, seed.
    pub conditions: String,
    /// One entry a workload, in the plan's order.
    pub workloads: Vec<SimulatedWorkload>,
    /// New requests that were played.
    pub requests: u64,
    /// New requests that waits need to settle at this load; `None` where they never do.
    pub requests_to_settle: Option<u64>,
    /// Streams that would be open if each could start at once, over the slots. From 1 on there are more than can be served.
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub load: f64,
    /// Whether the queue comes to rest at all: below full load, or where all that wait give up.
    pub steady: bool,
    /// Streams that the gates of all processes let through at once.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub slots: u64,
    /// The same as Little's law and the headroom gave it, before the most that a process may hold.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub slots_planned: u64,
    /// Mean of the slots in use.
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub running_mean: f64,
    /// The most that were in use at once.
    pub running_peak: u64,
    /// What that says of Little's law with the headroom that was planned.
    pub headway: Headway,
    /// Whether Little's law holds in the run itself, within its own interval.
    pub littles_law_holds: bool,
    /// The 99th percentile over time of one process's memory, bytes; `None` where no memory line was given.
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub peak_memory_bytes_p99: Option<f64>,
    /// The most memory that one process had at any moment, bytes; `None` where no memory line was given.
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub peak_memory_bytes: Option<f64>,
    /// Share of time in which memory was above 70 % of the limit, 0 to 1; `None` without a line or a limit.
    #[cfg_attr(test, schemars(range(min = 0, max = 1)))]
    pub share_of_time_above_safe: Option<f64>,
    /// Share of time in which it was above the limit itself, 0 to 1; `None` without a line or a limit. A real process is killed at the
    /// first moment.
    #[cfg_attr(test, schemars(range(min = 0, max = 1)))]
    pub share_of_time_above_limit: Option<f64>,
}

/// What the requests of one workload met.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SimulatedWorkload {
    /// The workload's name.
    pub name: String,
    /// The wait for an open stream that half of the streams did not exceed, seconds.
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub waiting_seconds_p50: f64,
    /// Its 95 % interval.
    pub waiting_seconds_p50_interval: Interval,
    /// The same for 95 %.
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub waiting_seconds_p95: f64,
    /// Its 95 % interval.
    pub waiting_seconds_p95_interval: Interval,
    /// The same for 99 %.
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub waiting_seconds_p99: f64,
    /// Its 95 % interval.
    pub waiting_seconds_p99_interval: Interval,
    /// The longest wait that is well.
    #[serde(flatten)]
    pub tolerated: Tolerated,
    /// Share of the requests that was refused at once, slots and queue being full, 0 to 1.
    #[cfg_attr(test, schemars(range(min = 0, max = 1)))]
    pub shed_share: f64,
    /// Share of the requests that was refused after it had waited as long as it may, 0 to 1.
    #[cfg_attr(test, schemars(range(min = 0, max = 1)))]
    pub abandoned_share: f64,
    /// Share of the requests sent that the API answered with 429, 0 to 1.
    #[cfg_attr(test, schemars(range(min = 0, max = 1)))]
    pub limited_share: f64,
    /// Share of the requests that were given up after the last 429 they may have, 0 to 1.
    #[cfg_attr(test, schemars(range(min = 0, max = 1)))]
    pub gave_up_share: f64,
}

impl SimulatedWorkload {
    /// Share of the requests that was refused, at once or after its wait.
    pub fn refused_share(&self) -> f64 {
        self.shed_share + self.abandoned_share
    }
}

/// The 95 % interval of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Interval {
    /// The least that it may be, seconds.
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub low: f64,
    /// The most that it may be, seconds; `None` where the run is too short to say.
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub high: Option<f64>,
}

impl Interval {
    /// Of an estimate whose upper end may be infinite.
    pub(super) fn of(estimate: Estimate) -> Interval {
        Interval { low: estimate.low, high: Some(estimate.high).filter(|high| high.is_finite()) }
    }
}

/// The longest wait that is well.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tolerated {
    /// Seconds.
    #[serde(rename = "tolerable_wait_seconds")]
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub seconds: f64,
    /// Whether it was assumed, because nothing was said of it.
    #[serde(rename = "tolerable_wait_assumed")]
    pub assumed: bool,
}

/// Whether the concurrency that Little's law and the headroom gave was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Headway {
    /// Requests are refused, or wait longer than they may.
    TooMean,
    /// Neither too mean nor too generous.
    Right,
    /// Much of the gate is never used.
    TooGenerous,
    /// The API's limits turn requests away, and no number of slots would help.
    Limited,
    /// At this load waits do not settle, or too late for the run to say whether they are well.
    Unsettled,
}
