//! Whose a limit's use is: parts that add up to it. What a workload takes by itself does not, because each alone has a process with a
//! base, and a last stream that is rounded up.

use super::formula::whole_up;
use super::inputs::Inputs;
use super::sizing::Sizing;
use super::verdict::{LimitUse, Resource};

/// Shares of one limit, 1 being all of it, which add up to its likely share.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// What the process takes without any stream; 0 for all limits but memory.
    pub base: f64,
    /// What each workload takes, in their order; `None` where it takes nothing of this limit.
    pub workloads: Vec<Option<f64>>,
}

impl Sizing {
    /// The parts of one of the limits that all workloads take of together.
    pub fn parts(&self, inputs: &Inputs, limit: &LimitUse) -> Parts {
        let own = self.workloads.iter().zip(&inputs.workloads).map(|(size, workload)| {
            let own = size.limits.iter().find(|own| own.is_of_same_limit(limit))?;
            match limit.resource {
                Resource::Memory => {
                    let streams = size.concurrency.times(1.0 / f64::from(inputs.process.replicas)).map(whole_up);
                    Some(workload.memory_beyond_base(streams)?.likely)
                }
                Resource::Streams => Some(size.concurrency.likely),
                _ => Some(own.used.likely),
            }
        });
        let own: Vec<Option<f64>> = own.collect();
        let all: f64 = own.iter().flatten().sum();
        let (base, scale) = match limit.resource {
            Resource::Memory => (limit.used.likely - all, 1.0),
            _ if all > 0.0 => (0.0, limit.used.likely / all),
            _ => (0.0, 0.0),
        };
        let share = |used: f64| used * scale / limit.capacity;
        Parts { base: base / limit.capacity, workloads: own.into_iter().map(|own| own.map(share)).collect() }
    }
}
