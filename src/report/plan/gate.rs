//! What the gate of one replica is set to, in words: the plan's numbers are those of all replicas, and have a high end.

use super::words::short;
use crate::plan::{Gate, Plan, WorkloadSize};

/// `20 streams, 98 in its queue`.
pub fn numbers(gate: Gate) -> String {
    let queue = gate.queue_depth.map(|depth| format!(", {} in its queue", short(depth))).unwrap_or_default();
    format!("{} streams{queue}", short(gate.streams))
}

/// How they come from the plan's own numbers; `None` where they are the same.
pub fn how(size: &WorkloadSize, replicas: u32) -> Option<String> {
    let queue = size.queue_depth.map(|depth| format!(" and {}", short(depth.high))).unwrap_or_default();
    let high = format!("{}{queue}", short(size.concurrency.high));
    let is_exact = size.concurrency.is_exact() && size.queue_depth.is_none_or(crate::plan::Band::is_exact);
    match (replicas, is_exact) {
        (1, true) => None,
        (1, false) => Some(format!("the high end: {high}")),
        (replicas, true) => Some(format!("{high} over {replicas} replicas, rounded up")),
        (replicas, false) => Some(format!("the high end, {high}, over {replicas} replicas, rounded up")),
    }
}

/// One line a workload for the files that are emitted.
pub fn remarks(plan: &Plan) -> Vec<String> {
    let replicas = plan.inputs.process.replicas;
    let all = plan.inputs.workloads.iter().zip(&plan.sizing.workloads);
    let remark = all.map(|(workload, size)| {
        let how = how(size, replicas).map(|how| format!(" ({how})")).unwrap_or_default();
        format!("The gate of one replica for {}: {}{how}.", workload.name, numbers(Gate::of(size, replicas)))
    });
    remark.collect()
}
