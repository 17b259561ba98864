//! The gate of one replica: what it lets in, and what may wait before it.

use super::formula::whole_up;
use super::sizing::WorkloadSize;
use serde::Serialize;

/// What one replica's gate is set to for one workload.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Gate {
    /// Streams open at once.
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub streams: f64,
    /// Requests that may wait, if it was said how long.
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub queue_depth: Option<f64>,
}

impl Gate {
    /// A workload's share of it: the high end, since what was judged is what the gate lets in, over the replicas, and rounded up.
    pub fn of(size: &WorkloadSize, replicas: u32) -> Gate {
        let each = |all: f64| whole_up(all / f64::from(replicas));
        Gate { streams: each(size.concurrency.high), queue_depth: size.queue_depth.map(|depth| each(depth.high)) }
    }
}
