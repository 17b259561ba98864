//! Workloads split over models by class of tasks, each with a pool and a gate of its own.

use super::limits::share;
use super::words::{band, seconds, short, usd};
use crate::plan::Plan;
use crate::report::page::{Block, Section, Table};

/// One table a workload that says how its tasks divide.
pub fn section(plan: &Plan) -> Option<Section> {
    let mut blocks = Vec::new();
    for route in &plan.routes {
        let heading = ["separate pools", "model", "lasting", "streams", "requests a minute", "tightest limit", "a day"];
        let mut table = Table::new(heading);
        for part in &route.parts {
            table.push([
                part.name.clone(),
                part.model.clone(),
                band(part.size.slot_time, seconds),
                band(part.size.concurrency, short),
                short(part.size.rpm.likely),
                part.size
                    .binding()
                    .map(|limit| format!("{}, {}", limit.resource.name(), share(limit)))
                    .unwrap_or_default(),
                part.usd_per_day.map(usd).unwrap_or_default(),
            ]);
        }
        blocks.push(Block::Table(table));
        if let Some(binding) = &route.binding {
            let cost = route.usd_per_day.map(|cost| format!(", {} a day in all", usd(cost))).unwrap_or_default();
            blocks.push(Block::words(format!(
                "With {} split so, {} binds at {}{cost}.",
                route.workload,
                binding.name(),
                share(binding)
            )));
        }
    }
    Section::of("Split by class of tasks", blocks)
}
