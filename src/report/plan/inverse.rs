//! The questions the other way round.

use super::words::{rate, short, size};
use crate::plan::Plan;
use crate::report::page::{Block, Section, Table};

/// How far each workload could grow, and what would hold the plan.
pub fn section(plan: &Plan) -> Option<Section> {
    let mut blocks = Vec::new();
    let mut table = Table::new(["arrivals could be", "at 70 %", "at all of it", "planned"]);
    for (workload, room) in plan.inputs.workloads.iter().zip(&plan.inverse.workloads) {
        for most in &room.arrivals {
            table.push([
                format!("{}: by {}", workload.name, most.limit_name()),
                rate(most.at_safe),
                rate(most.at_limit),
                rate(workload.arrival.likely),
            ]);
        }
    }
    if !table.rows.is_empty() {
        blocks.push(Block::Table(table));
    }
    for (workload, room) in plan.inputs.workloads.iter().zip(&plan.inverse.workloads) {
        if let Some(streams) = room.concurrency_below_safe {
            let others = if plan.inputs.workloads.len() > 1 { " beside the others" } else { "" };
            blocks.push(Block::item(format!(
                "Memory holds {} streams of {} below 70 %{others}.",
                short(streams),
                workload.name
            )));
        }
    }
    if let Some(bytes) = plan.inverse.container_bytes {
        blocks.push(Block::item(format!("A container for this plan needs a limit of {}.", size(bytes))));
    }
    if let Some(limit) = plan.inputs.process.memory_limit {
        blocks.push(Block::item(match plan.inverse.replicas {
            Some(1) => format!("One container of {limit} is enough."),
            Some(replicas) => format!("{replicas} containers of {limit} are enough."),
            None if plan.sizing.together.memory.is_some() => {
                format!("No number of containers of {limit} is enough: one with a single stream is above 70 %.")
            }
            None => return Section::of("What the limits allow", blocks),
        }));
    }
    Section::of("What the limits allow", blocks)
}
