//! What it costs, streamed and as Message Batches.

use super::section::{Block, Section};
use super::words::{band, percent, short, usd};
use crate::plan::{BATCH_HOURS, Cost, Plan};
use crate::report::table::Table;

/// One row a workload; nothing where no price or no tokens are known.
pub fn section(plan: &Plan) -> Option<Section> {
    let known = || {
        let costs = plan.inputs.workloads.iter().zip(&plan.money.workloads);
        costs.filter_map(|(workload, cost)| Some((workload, cost.as_ref()?)))
    };
    known().next()?;
    let heading = ["", "an hour", "a day", "1,000 requests", "a day as batches", "batches a day"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for (workload, cost) in known() {
        rows.push(row(&workload.name, cost));
    }
    if known().count() > 1
        && let Some((hour, day)) = plan.money.usd_per_hour.zip(plan.money.usd_per_day)
    {
        rows.push(["together".to_owned(), band(hour, usd), band(day, usd)].to_vec());
    }
    if let Some(row) = rows.last_mut() {
        row.resize(heading.len(), String::new());
    }
    let mut blocks = vec![Block::Table(Table(rows))];
    blocks.push(Block::Words(format!(
        "Retries are paid for and headroom is not. Batches cost {} of it, use none of these limits, and answer within {} h.",
        percent(plan.inputs.account.prices.batch_share),
        short(BATCH_HOURS)
    )));
    Section::of("Money", blocks)
}

fn row(name: &str, cost: &Cost) -> Vec<String> {
    let hours = if cost.hours_a_day < 24.0 { format!(" of {} h", short(cost.hours_a_day)) } else { String::new() };
    let queue = match cost.batch.queue_share {
        Some(share) if share > 1.0 => format!(", {} of what may be queued", percent(share)),
        _ => String::new(),
    };
    vec![
        name.to_owned(),
        band(cost.per_hour, usd),
        format!("{}{hours}", band(cost.per_day, usd)),
        band(cost.per_1000_requests, usd),
        band(cost.batch.per_day, usd),
        format!("{}{queue}", band(cost.batch.batches_per_day, short)),
    ]
}
