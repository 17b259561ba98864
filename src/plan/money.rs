//! What it costs, and what the same work costs as Message Batches.

use super::band::Band;
use super::formula::whole_up;
use super::inputs::{Account, Inputs};
use super::limits::Tier;
use super::workload::{BYTES_PER_TOKEN, Workload};

/// Days in the month of a spend limit.
pub const USD_MONTH_DAYS: f64 = 30.0;
/// The most requests in one batch, unless the tier's source says another number.
pub const BATCH_REQUESTS: f64 = 100_000.0;
/// The most bytes in one batch: 256 MB.
pub const BATCH_BYTES: f64 = 256e6;
/// Within this a batch ends or expires, hours.
pub const BATCH_HOURS: f64 = 24.0;

const HOUR: f64 = 3600.0;

/// The money of all workloads whose price is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Money {
    /// One entry a workload, in their order; `None` where model or tokens are not known.
    pub workloads: Vec<Option<WorkloadCost>>,
    /// All of them an hour, if all are known.
    pub usd_per_hour: Option<Band>,
    /// All of them a day, and what goes as Message Batches, if all are known.
    pub usd_per_day: Option<Band>,
}

/// What one workload costs. Headroom is not paid for; a retried request is, which overstates what an attempt that was refused costs.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadCost {
    /// USD an hour.
    pub per_hour: Band,
    /// USD a day of `hours_a_day`.
    pub per_day: Band,
    /// Hours a day at this rate.
    pub hours_a_day: f64,
    /// USD for a thousand requests, retries on top.
    pub per_1000_requests: Band,
    /// The same work as Message Batches.
    pub batch: BatchCost,
}

/// The same work as Message Batches.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchCost {
    /// USD a day.
    pub per_day: Band,
    /// Requests a day.
    pub requests_per_day: Band,
    /// Batches that take them.
    pub batches_per_day: Band,
    /// Share of what a tier may have in batches at once, where that is known: a day's requests may all be waiting.
    pub queue_share: Option<f64>,
}

/// USD an hour at the arrival rate, retries included; `None` if the price or the tokens are not known.
pub fn usd_per_hour(account: &Account, workload: &Workload) -> Option<Band> {
    let request = usd_per_request(account, workload)?;
    let attempts = workload.arrival.with(workload.retry, |arrival, retry| arrival * (1.0 + retry) * HOUR);
    Some(attempts.with(request, |attempts, usd| attempts * usd))
}

fn usd_per_request(account: &Account, workload: &Workload) -> Option<Band> {
    let (input, output) = (workload.input?.count, workload.output?.count);
    let model = workload.model.as_deref()?;
    let usd =
        |input: f64, output: f64| Some(account.price_of(model, input)?.of_request(input, workload.cached, output));
    Some(Band {
        low: usd(input.low, output.low)?,
        likely: usd(input.likely, output.likely)?,
        high: usd(input.high, output.high)?,
    })
}

impl Money {
    /// What the workloads cost.
    pub fn of(inputs: &Inputs) -> Money {
        let workloads: Vec<Option<WorkloadCost>> =
            inputs.workloads.iter().map(|workload| WorkloadCost::of(&inputs.account, workload)).collect();
        let all = |pick: fn(&WorkloadCost) -> Band| workloads.iter().map(|cost| cost.as_ref().map(pick)).sum();
        let streamed: Option<Band> = all(|cost| cost.per_day);
        let batched: Option<Band> =
            inputs.batched.iter().map(|workload| batched_per_day(&inputs.account, workload)).sum();
        let usd_per_day = streamed.zip(batched).map(|(streamed, batched)| streamed.plus(batched));
        Money { usd_per_hour: all(|cost| cost.per_hour), usd_per_day, workloads }
    }
}

/// USD a day as Message Batches.
pub fn batched_per_day(account: &Account, workload: &Workload) -> Option<Band> {
    Some(WorkloadCost::of(account, workload)?.batch.per_day)
}

impl WorkloadCost {
    /// What it costs, if its price and its tokens are known.
    pub(super) fn of(account: &Account, workload: &Workload) -> Option<WorkloadCost> {
        let per_hour = usd_per_hour(account, workload)?;
        let per_request = usd_per_request(account, workload)?;
        let hours_a_day = workload.hours_a_day.unwrap_or(24.0);
        Some(WorkloadCost {
            per_hour,
            per_day: per_hour.times(hours_a_day),
            hours_a_day,
            per_1000_requests: per_request.with(workload.retry, |usd, retry| usd * (1.0 + retry) * 1000.0),
            batch: batch_cost(account, workload, per_request, hours_a_day)?,
        })
    }
}

/// A batch retries by itself and is charged once a request.
fn batch_cost(account: &Account, workload: &Workload, per_request: Band, hours_a_day: f64) -> Option<BatchCost> {
    let requests_per_day = workload.arrival.times(HOUR * hours_a_day);
    let bytes = workload.input?.count.times(BYTES_PER_TOKEN);
    let tier = account.tier();
    let most = tier.and_then(|tier| tier.table.batch_requests).unwrap_or(BATCH_REQUESTS);
    let batches = |requests: f64, bytes: f64| whole_up((requests / most).max(requests * bytes / BATCH_BYTES));
    Some(BatchCost {
        per_day: requests_per_day.with(per_request, |requests, usd| requests * usd).times(account.prices.batch_share),
        requests_per_day,
        batches_per_day: requests_per_day.with(bytes, batches),
        queue_share: tier.and_then(Tier::batch_queue).map(|queue| requests_per_day.high / queue),
    })
}
