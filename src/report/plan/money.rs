//! What it costs, streamed and as Message Batches.

use super::words::{band, percent, short, usd};
use crate::plan::{BATCH_HOURS, Plan, WorkloadCost};
use crate::report::page::{Block, Section, Table};

/// One row a workload; nothing where no price or no tokens are known.
pub fn section(plan: &Plan) -> Option<Section> {
    let known = || {
        let costs = plan.inputs.workloads.iter().zip(&plan.money.workloads);
        costs.filter_map(|(workload, cost)| Some((workload, cost.as_ref()?)))
    };
    known().next()?;
    let mut table = Table::new(["", "an hour", "a day", "1,000 requests", "a day as batches", "batches a day"]);
    for (workload, cost) in known() {
        table.push(row(&workload.name, cost));
    }
    if known().count() > 1
        && let Some((hour, day)) = plan.money.usd_per_hour.zip(plan.money.usd_per_day)
    {
        table.push(["together".to_owned(), band(hour, usd), band(day, usd)]);
    }
    let mut blocks = vec![Block::Table(table)];
    blocks.push(Block::words(format!(
        "Retries are paid for and headroom is not. Batches cost {} of it, use none of these limits, and answer within {} h.",
        percent(plan.inputs.account.prices.batch_share),
        short(BATCH_HOURS)
    )));
    Section::of("Money", blocks)
}

fn row(name: &str, cost: &WorkloadCost) -> [String; 6] {
    let hours = if cost.hours_a_day < 24.0 { format!(" of {} h", short(cost.hours_a_day)) } else { String::new() };
    let queue = match cost.batch.queue_share {
        Some(share) if share > 1.0 => format!(", {} of what may be queued", percent(share)),
        _ => String::new(),
    };
    [
        name.to_owned(),
        band(cost.per_hour, usd),
        format!("{}{hours}", band(cost.per_day, usd)),
        band(cost.per_1000_requests, usd),
        band(cost.batch.per_day, usd),
        format!("{}{queue}", band(cost.batch.batches_per_day, short)),
    ]
}
