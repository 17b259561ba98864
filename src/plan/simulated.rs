//! What a simulation of a plan says, as a report shows it.

use serde::Serialize;

/// The outcome of a simulated plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Simulated {
    /// What was simulated, in a few words: arrivals, length, seed.
    pub conditions: String,
    /// One entry a workload, in the plan's order.
    pub workloads: Vec<SimulatedWorkload>,
    /// Streams that the gates of all processes let through at once.
    pub slots: u64,
    /// Mean of the slots in use.
    pub running_mean: f64,
    /// The most that were in use at once.
    pub running_peak: u64,
    /// What that says of Little's law with the headroom that was planned.
    pub headway: Headway,
    /// Whether Little's law holds in the run itself, within its own interval.
    pub littles_law_holds: bool,
    /// The 99th percentile over time of one process's memory, bytes; `None` where no memory line was given.
    pub peak_memory_bytes_p99: Option<f64>,
    /// The most memory that one process had at any moment, bytes; `None` where no memory line was given.
    pub peak_memory_bytes: Option<f64>,
    /// Share of time in which memory was above 70 % of the limit, 0 to 1; `None` without a line or a limit.
    pub share_of_time_above_safe: Option<f64>,
    /// Share of time in which it was above the limit itself, 0 to 1; `None` without a line or a limit. A real process is killed at the
    /// first moment.
    pub share_of_time_above_limit: Option<f64>,
}

/// What the requests of one workload met.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SimulatedWorkload {
    /// The workload's name.
    pub name: String,
    /// Time in the queue that half of the admitted requests stayed below, seconds.
    pub waiting_seconds_p50: f64,
    /// The same for 95 %.
    pub waiting_seconds_p95: f64,
    /// The same for 99 %.
    pub waiting_seconds_p99: f64,
    /// Share of the requests that was refused, 0 to 1.
    pub shed_share: f64,
    /// Share of the requests sent that the API answered with 429, 0 to 1.
    pub limited_share: f64,
    /// Share of the requests that were given up after the last 429 they may have, 0 to 1.
    pub gave_up_share: f64,
}

/// Whether the concurrency that Little's law and the headroom gave was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
}
