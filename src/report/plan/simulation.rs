//! What a simulation of the plan gave.

use super::words::{percent, seconds, size};
use crate::plan::{Headway, Interval, Plan, Simulated, SimulatedWorkload};
use crate::report::page::{Block, Section, Table};
use crate::units::{grouped, significant};

/// So many workloads are named in a sentence.
const SHOWN: usize = 3;

/// Waiting, shedding and memory; nothing without a simulation.
pub fn section(plan: &Plan) -> Option<Section> {
    let simulated = plan.simulated.as_ref()?;
    let mut table = Table::new(["", "waiting p50", "p95 (95 % interval)", "p99", "refused", "429", "given up"]);
    for workload in &simulated.workloads {
        table.push([
            workload.name.clone(),
            seconds(workload.waiting_seconds_p50),
            with_interval(workload.waiting_seconds_p95, workload.waiting_seconds_p95_interval),
            seconds(workload.waiting_seconds_p99),
            percent(workload.refused_share()),
            percent(workload.limited_share),
            percent(workload.gave_up_share),
        ]);
    }
    let mut blocks = vec![Block::words(simulated.conditions.clone()), Block::Table(table)];
    blocks.extend(assumed_waits(simulated).map(Block::item));
    blocks.push(Block::item(format!(
        "Of {} slots {} are in use on average and {} at most: {}",
        grouped(simulated.slots),
        significant(simulated.running_mean, 3),
        grouped(simulated.running_peak),
        headway(simulated)
    )));
    if !simulated.littles_law_holds {
        blocks.push(Block::item(
            "Little's law does not hold within the run's own interval: it is too short, or its queue grows without end.",
        ));
    }
    blocks.extend(memory(simulated));
    Section::of("Simulated", blocks)
}

/// `10.9 min (8.1 min to 17.3 min)`; a wait that nobody has is exact.
fn with_interval(value: f64, Interval { low, high }: Interval) -> String {
    match high {
        Some(high) if low == high => seconds(value),
        Some(high) => format!("{} ({} to {})", seconds(value), seconds(low), seconds(high)),
        None => format!("{} ({} or more)", seconds(value), seconds(low)),
    }
}

/// What was taken for granted of workloads that do not say how long they may wait.
fn assumed_waits(simulated: &Simulated) -> Option<String> {
    let assumed: Vec<&SimulatedWorkload> =
        simulated.workloads.iter().filter(|workload| workload.tolerated.assumed).collect();
    let shown = assumed.iter().take(SHOWN).map(|own| format!("{} for {}", seconds(own.tolerated.seconds), own.name));
    let mut shown: Vec<String> = shown.collect();
    if assumed.len() > SHOWN {
        shown.push(format!("and so on for {} more", assumed.len() - SHOWN));
    }
    (!assumed.is_empty()).then(|| {
        format!(
            "Where no wait is given, requests wait without end, and a p95 up to the mean duration of a stream (24 h for a batch) is \
             taken to be well: {}. Say how long they may wait (--wait).",
            shown.join(", ")
        )
    })
}

/// What the slots turned out to be.
fn headway(simulated: &Simulated) -> String {
    let capped = simulated.slots < simulated.slots_planned;
    let slots = if capped {
        format!("the slots that max_streams leaves of {} planned are", grouped(simulated.slots_planned))
    } else {
        "Little's law with this headroom is".to_owned()
    };
    match simulated.headway {
        Headway::TooMean if capped => format!("{slots} too few here."),
        Headway::TooMean => format!("{slots} too mean here."),
        Headway::Right => format!("{slots} about right here."),
        Headway::TooGenerous => format!("{slots} generous here."),
        Headway::Limited => {
            "the API's limits turn requests away, which no headroom cures. Let less in, or raise the limit that binds."
                .to_owned()
        }
        Headway::Unsettled if !simulated.steady => {
            format!(
                "the requests need {} of them, and there is no steady state: see the doubts.",
                percent(simulated.load)
            )
        }
        Headway::Unsettled => format!(
            "the requests need {} of them, and at that load the run cannot say whether waits stay well: see the doubts.",
            percent(simulated.load)
        ),
    }
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
    [usual, safe, limit].into_iter().flatten().map(Block::item).collect()
}
