//! The questions the other way round: what would the limits allow?

use super::band::Band;
use super::inputs::Inputs;
use super::pool_name::PoolName;
use super::sizing::Sizing;
use super::sums::Sums;
use super::verdict::{LimitUse, Resource, named};
use super::workload::Workload;
use crate::cost::SAFE_SHARE;

/// No plan asks for more streams, and no search goes on beyond.
const MOST_STREAMS: f64 = 1e9;

/// What the limits allow.
#[derive(Clone, Debug, PartialEq)]
pub struct Inverse {
    /// One entry a workload, in their order.
    pub workloads: Vec<Room>,
    /// The memory limit at which one container is filled to 70 %, bytes.
    pub container_bytes: Option<f64>,
    /// The fewest containers of the given size that are filled to 70 % at most; `None` if no number is enough or no size is given.
    pub replicas: Option<u32>,
}

/// How far one workload could grow while the others stay as planned.
#[derive(Clone, Debug, PartialEq)]
pub struct Room {
    /// The most streams over all replicas that keep memory below 70 %; `None` without a line or a limit.
    pub concurrency_below_safe: Option<f64>,
    /// For every limit that it uses, how many requests a second could arrive.
    pub arrivals: Vec<MostArrivals>,
}

/// The largest arrival rate that one limit allows, retries and headroom on top. 0 where the others already use all of it.
#[derive(Clone, Debug, PartialEq)]
pub struct MostArrivals {
    /// What can run out.
    pub resource: Resource,
    /// The pool of models, where it is one of the API's.
    pub pool: Option<PoolName>,
    /// Requests a second at which 70 % are used.
    pub at_safe: f64,
    /// Requests a second at which all is used.
    pub at_limit: f64,
}

impl MostArrivals {
    /// `requests a minute (Opus 4.x)`.
    pub fn limit_name(&self) -> String {
        named(self.resource, self.pool.as_ref())
    }
}

impl Inverse {
    /// Answers them. Rates are taken at their likely values and memory at its upper bound.
    pub fn of(inputs: &Inputs) -> Inverse {
        let narrowed = inputs.narrowed();
        let sizing = Sizing::of(&narrowed);
        let sums = Sums::of(&narrowed, &sizing);
        let rooms = (0..inputs.workloads.len()).map(|index| Room::of(&narrowed, &sizing, &sums, index));
        let memory = Sizing::of(inputs).together.memory;
        Inverse {
            workloads: rooms.collect(),
            container_bytes: memory.map(|memory| memory.high / SAFE_SHARE),
            replicas: replicas(inputs),
        }
    }
}

impl Room {
    fn of(inputs: &Inputs, sizing: &Sizing, sums: &Sums<'_>, index: usize) -> Room {
        let workload = &inputs.workloads[index];
        let arrivals = sizing.workloads[index].limits.iter().filter_map(|own| {
            let all = sizing.together.limits.iter().find(|all| all.is_of_same_limit(own))?;
            let most = |share: f64| match all.resource {
                Resource::Memory => arrival_for(workload, most_streams(inputs, sums, index, share)?),
                Resource::Streams => {
                    let others = all.used.high - own.used.high;
                    let room = (all.capacity * share - others).max(0.0).floor() * f64::from(inputs.process.replicas);
                    arrival_for(workload, room)
                }
                Resource::Concurrent => {
                    let others = all.used.high - own.used.high;
                    arrival_for(workload, (all.capacity * share - others).max(0.0).floor())
                }
                Resource::Rpm | Resource::Itpm | Resource::Otpm | Resource::Tpm | Resource::Tpd | Resource::Spend => {
                    proportional(workload, all, own, share)
                }
            };
            let (resource, pool) = (all.resource, all.pool.clone());
            Some(MostArrivals { resource, pool, at_safe: most(SAFE_SHARE)?, at_limit: most(1.0)? })
        });
        Room { arrivals: arrivals.collect(), concurrency_below_safe: most_streams(inputs, sums, index, SAFE_SHARE) }
    }
}

/// The arrival rate at which Little's law gives so many streams.
fn arrival_for(workload: &Workload, streams: f64) -> Option<f64> {
    let per_arrival = workload.effective_rate().likely * workload.slot_time().likely / workload.arrival.likely;
    Some(streams / per_arrival)
}

/// A rate limit is used in proportion to what arrives.
fn proportional(workload: &Workload, all: &LimitUse, own: &LimitUse, share: f64) -> Option<f64> {
    let others = all.used.high - own.used.high;
    let room = (all.capacity * share - others).max(0.0);
    // A workload without tokens uses nothing and could grow without end.
    (own.used.likely > 0.0).then(|| workload.arrival.likely * room / own.used.likely)
}

/// The most streams of one workload, over all replicas, at which the memory bound of one process stays within a share of the limit.
fn most_streams(inputs: &Inputs, sums: &Sums<'_>, index: usize, share: f64) -> Option<f64> {
    let limit = inputs.process.memory_limit?.as_f64() * share;
    let workload = &inputs.workloads[index];
    let memory_at =
        |streams: f64| Some(sums.memory_with(index, std::iter::once((workload, Band::exact(streams))))?.high);
    let replicas = f64::from(inputs.process.replicas);
    memory_at(replicas)?;
    let fits = |streams_each: f64| memory_at(streams_each * replicas).is_some_and(|bytes| bytes <= limit);
    Some(largest_whole(MOST_STREAMS, fits) * replicas)
}

/// The largest whole number from 0 to `most` that `fits`, where all below one that fits do too; 0 if none does.
fn largest_whole(most: f64, fits: impl Fn(f64) -> bool) -> f64 {
    let mut high = 1.0;
    while high < most && fits(high) {
        high *= 2.0;
    }
    let mut low = (high / 2.0_f64).floor();
    if low < 1.0 {
        return 0.0;
    }
    while high - low > 1.0 {
        let middle = f64::midpoint(low, high).floor();
        if fits(middle) { low = middle } else { high = middle }
    }
    low
}

/// The fewest containers that are filled to 70 % at most.
pub fn replicas(inputs: &Inputs) -> Option<u32> {
    let limit = inputs.process.memory_limit?.as_f64() * SAFE_SHARE;
    let mut changed = inputs.clone();
    let mut fits = |replicas: u32| {
        changed.process.replicas = replicas;
        Sizing::of(&changed).together.memory.is_some_and(|memory| memory.high <= limit)
    };
    let streams: f64 = Sizing::of(inputs).together.concurrency.high;
    let most = streams.clamp(1.0, 1e6) as u32;
    if !fits(most) {
        return None;
    }
    let (mut low, mut high) = (0, most);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fits(middle) { high = middle } else { low = middle }
    }
    Some(high)
}
