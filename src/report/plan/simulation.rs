//! What a simulation of the plan gave.

use super::section::{Block, Section};
use super::words::{percent, seconds, size};
use crate::plan::{Headway, Plan, Simulated};
use crate::report::table::Table;
use crate::units::{grouped, significant};

/// Waiting, shedding and memory; nothing without a simulation.
pub fn section(plan: &Plan) -> Option<Section> {
    let simulated = plan.simulated.as_ref()?;
    let heading =
        ["", "waiting p50", "p95", "p99", "refused", "answered 429", "given up after 429"].map(str::to_owned).to_vec();
    let mut rows = vec![heading];
    for workload in &simulated.workloads {
        rows.push(vec![
            workload.name.clone(),
            seconds(workload.waiting_seconds_p50),
            seconds(workload.waiting_seconds_p95),
            seconds(workload.waiting_seconds_p99),
            percent(workload.shed_share),
            percent(workload.limited_share),
            percent(workload.gave_up_share),
        ]);
    }
    let mut blocks = vec![Block::Words(simulated.conditions.clone()), Block::Table(Table(rows))];
    blocks.push(Block::Item(format!(
        "Of {} slots {} are in use on average and {} at most: {}",
        grouped(simulated.slots),
        significant(simulated.running_mean, 3),
        grouped(simulated.running_peak),
        match simulated.headway {
            Headway::TooMean => "Little's law with this headroom is too mean here.",
            Headway::Right => "Little's law with this headroom is about right here.",
            Headway::TooGenerous => "Little's law with this headroom is generous here.",
            Headway::Limited => "the API's limits turn requests away, which no headroom cures. Let less in, or raise the limit that binds.",
        }
    )));
    if !simulated.littles_law_holds {
        blocks.push(Block::Item(
            "Little's law does not hold within the run's own interval: it is too short, or its queue grows without end.".to_owned(),
        ));
    }
    blocks.extend(memory(simulated));
    Section::of("Simulated", blocks)
}

/// Memory over time, where it is known: what is usual, what is the most, and what would kill.
fn memory(simulated: &Simulated) -> Vec<Block> {
    let usual = simulated.peak_memory_bytes_p99.zip(simulated.peak_memory_bytes).map(|(p99, most)| {
        format!("Memory of one process stays below {} for 99 % of the time; {} is the most.", size(p99), size(most))
    });
    let safe = simulated
        .share_of_time_above_safe
        .map(|share| format!("It is above 70 % of the limit for {} of the time.", percent(share)));
    let limit = simulated.share_of_time_above_limit.map(|share| match share {
        0.0 => "It is never above the limit itself.".to_owned(),
        share => format!(
            "It is above the limit itself for {} of the time: the container is killed the first time. Give it more memory, or let fewer \
             streams in.",
            percent(share)
        ),
    });
    [usual, safe, limit].into_iter().flatten().map(Block::Item).collect()
}
