//! The four numbers of every workload, and what all of them take together of every limit.

use super::allowance::LIMITS;
use super::band::Band;
use super::formula::{self, MINUTE, whole_up};
use super::inputs::{Inputs, PoolLimits};
use super::money::USD_MONTH_DAYS;
use super::pool_name::PoolName;
use super::verdict::{LimitUse, Resource, binding};
use super::workload::Workload;
use std::collections::HashMap;

/// Hours of a day at a workload's rate, where it does not say how many there are.
const DAY_HOURS: f64 = 24.0;
/// Minutes of an hour.
const HOUR_MINUTES: f64 = 60.0;

/// The core of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Sizing {
    /// One entry a workload, in their order.
    pub workloads: Vec<WorkloadSize>,
    /// All of them in one process and one account.
    pub together: TogetherSize,
}

/// What one workload needs.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadSize {
    /// Requests a second at the API, with retries and headroom.
    pub effective_rate: Band,
    /// Mean time for which a stream holds its slot, seconds.
    pub slot_time: Band,
    /// Streams open at once, over all replicas.
    pub concurrency: Band,
    /// The same when every stream hangs until the timeout, if there is one.
    pub all_hung: Option<Hung>,
    /// Requests a minute.
    pub rpm: Band,
    /// Input tokens a minute that count against the limit.
    pub itpm: Option<Band>,
    /// Output tokens a minute.
    pub otpm: Option<Band>,
    /// Both together a day, without headroom, over 24 hours where nothing says how many there are.
    pub tpd: Option<Band>,
    /// Requests that may wait, if it was said how long.
    pub queue_depth: Option<Band>,
    /// Memory of one process with only this workload's streams, base included, bytes.
    pub memory: Option<Band>,
    /// What it takes of every limit on its own.
    pub limits: Vec<LimitUse>,
    /// The pool of its model.
    pub pool: Option<PoolName>,
}

/// The worst case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hung {
    /// Streams open at once, over all replicas.
    pub concurrency: Band,
    /// Memory of one process with only these, bytes.
    pub memory: Option<Band>,
}

/// What all workloads need.
#[derive(Clone, Debug, PartialEq)]
pub struct TogetherSize {
    /// Streams open at once, over all replicas.
    pub concurrency: Band,
    /// Memory of one process, its base counted once, bytes. `None` unless the cost of every workload is known.
    pub memory: Option<Band>,
    /// The same when every stream that can hang does.
    pub memory_all_hung: Option<Band>,
    /// What they take of every limit.
    pub limits: Vec<LimitUse>,
}

impl Sizing {
    /// Computes it. Never fails: inputs are checked when they are made.
    pub fn of(inputs: &Inputs) -> Sizing {
        let pools: Vec<Option<PoolLimits>> =
            inputs.workloads.iter().map(|workload| inputs.account.limits_of(workload.model.as_deref())).collect();
        let numbers = inputs.workloads.iter().zip(&pools);
        let workloads: Vec<WorkloadSize> =
            numbers.map(|(workload, pool)| WorkloadSize::of(inputs, workload, pool.as_ref())).collect();
        let together = TogetherSize::of(inputs, &workloads, &pools);
        Sizing { workloads, together }
    }

    /// The limit that runs out first.
    pub fn binding(&self) -> Option<&LimitUse> {
        binding(&self.together.limits)
    }
}

impl Sizing {
    /// Memory of one process with so many streams in the planned mix; `None` unless the cost of every workload is known.
    pub fn memory_of_mix(&self, inputs: &Inputs, streams: f64) -> Option<Band> {
        let planned = self.together.concurrency.likely;
        // `memory` spreads streams over the replicas, and these are in one of them.
        let factor = streams * f64::from(inputs.process.replicas) / planned;
        memory(inputs, &self.workloads, |size| Band::exact(size.concurrency.likely * factor), |streams| streams)
    }
}

impl WorkloadSize {
    /// Input and output tokens together a minute.
    pub fn tpm(&self) -> Option<Band> {
        together(self.itpm, self.otpm)
    }

    /// What it takes of a limit of the API's, in that limit's unit; `None` where it was not said, or it is another's.
    fn takes(&self, resource: Resource) -> Option<Band> {
        match resource {
            Resource::Rpm => Some(self.rpm),
            Resource::Itpm => self.itpm,
            Resource::Otpm => self.otpm,
            Resource::Tpm => self.tpm(),
            Resource::Tpd => self.tpd,
            Resource::Concurrent => Some(self.concurrency),
            Resource::Memory | Resource::Streams | Resource::Spend => None,
        }
    }

    /// The limit of which it takes the largest share by itself.
    pub fn binding(&self) -> Option<&LimitUse> {
        binding(&self.limits)
    }

    /// Its size, with the limits of its pool.
    pub(super) fn of(inputs: &Inputs, workload: &Workload, pool: Option<&PoolLimits>) -> WorkloadSize {
        let effective_rate = workload.effective_rate();
        let slot_time = workload.slot_time();
        let concurrency = effective_rate.with(slot_time, formula::concurrency);
        let rpm = effective_rate.times(MINUTE);
        let alone = |streams: Band| workload.memory_bytes(per_process(streams, inputs.process.replicas));
        let all_hung = workload.timeout.map(|timeout| {
            let concurrency = effective_rate.map(|rate| formula::concurrency(rate, timeout));
            Hung { concurrency, memory: alone(concurrency) }
        });
        let itpm = workload.input.map(|tokens| rpm.with(tokens.count.times(1.0 - workload.cached), |a, b| a * b));
        let otpm = workload.output.map(|tokens| rpm.with(tokens.count, |a, b| a * b));
        let day = HOUR_MINUTES * workload.hours_a_day.unwrap_or(DAY_HOURS) / workload.headroom.factor();
        let mut size = WorkloadSize {
            effective_rate,
            slot_time,
            concurrency,
            all_hung,
            rpm,
            itpm,
            otpm,
            tpd: together(itpm, otpm).map(|tokens| tokens.times(day)),
            queue_depth: workload.wait.map(|wait| effective_rate.map(|rate| formula::queue_depth(rate, wait))),
            memory: alone(concurrency),
            limits: Vec::new(),
            pool: pool.map(|pool| pool.pool.clone()),
        };
        size.limits = process_limits(inputs, size.memory, concurrency);
        let of_pool = pool.map(|pool| pool_limits(pool, &[&size])).unwrap_or_default();
        size.limits.extend(of_pool);
        size.limits.extend(spend_limit(inputs, std::slice::from_ref(workload), &[]));
        size
    }
}

impl TogetherSize {
    fn of(inputs: &Inputs, sizes: &[WorkloadSize], pools: &[Option<PoolLimits>]) -> TogetherSize {
        let concurrency = sizes.iter().map(|size| size.concurrency).sum();
        let memory = memory(inputs, sizes, |size| size.concurrency, whole_up);
        let hung = |size: &WorkloadSize| size.all_hung.map_or(size.concurrency, |hung| hung.concurrency);
        let any_hung = sizes.iter().any(|size| size.all_hung.is_some());
        let mut limits = process_limits(inputs, memory, concurrency);
        limits.extend(by_pool(sizes, pools).iter().flat_map(|(pool, members)| pool_limits(pool, members)));
        limits.extend(spend_limit(inputs, &inputs.workloads, &inputs.batched));
        let memory_all_hung = any_hung.then(|| self::memory(inputs, sizes, hung, whole_up)).flatten();
        TogetherSize { concurrency, memory, memory_all_hung, limits }
    }
}

/// Input and output tokens, where both are known.
fn together(input: Option<Band>, output: Option<Band>) -> Option<Band> {
    Some(input?.plus(output?))
}

/// The pools in the order of their first workloads, each with its members.
fn by_pool<'a>(
    sizes: &'a [WorkloadSize],
    pools: &'a [Option<PoolLimits>],
) -> Vec<(&'a PoolLimits, Vec<&'a WorkloadSize>)> {
    let mut grouped: Vec<(&PoolLimits, Vec<&WorkloadSize>)> = Vec::new();
    let mut places: HashMap<&PoolName, usize> = HashMap::new();
    for (size, pool) in sizes.iter().zip(pools) {
        let Some(pool) = pool else { continue };
        let place = *places.entry(&pool.pool).or_insert(grouped.len());
        if place == grouped.len() {
            grouped.push((pool, Vec::new()));
        }
        grouped[place].1.push(size);
    }
    grouped
}

/// Memory of a workload's streams in one process, the base left out; `None` if its line is not known.
pub(super) fn beyond_base(inputs: &Inputs, workload: &Workload, streams: Band) -> Option<Band> {
    workload.memory_beyond_base(per_process(streams, inputs.process.replicas))
}

/// Streams in the fullest of so many processes.
pub(super) fn per_process(streams: Band, replicas: u32) -> Band {
    streams.map(|streams| whole_up(streams / f64::from(replicas)))
}

/// Memory of one process with the streams of all workloads. Different lines have different bases, of which the largest is taken: it
/// is one process. `rounded` makes streams whole, or leaves them for a line to be drawn.
fn memory(
    inputs: &Inputs,
    sizes: &[WorkloadSize],
    streams: impl Fn(&WorkloadSize) -> Band,
    rounded: fn(f64) -> f64,
) -> Option<Band> {
    if sizes.is_empty() {
        // Nothing is left to stream, and no process to stream it.
        return None;
    }
    let mut base: f64 = 0.0;
    let mut beyond = Band::exact(0.0);
    for (workload, size) in inputs.workloads.iter().zip(sizes) {
        let streams = streams(size).times(1.0 / f64::from(inputs.process.replicas)).map(rounded);
        base = base.max(workload.memory_line()?.base);
        beyond = beyond.plus(workload.memory_beyond_base(streams)?);
    }
    Some(beyond.map(|bytes| (base + bytes).max(0.0)))
}

fn process_limits(inputs: &Inputs, memory: Option<Band>, concurrency: Band) -> Vec<LimitUse> {
    let process = &inputs.process;
    let memory = memory.zip(process.memory_limit).map(|(used, limit)| LimitUse {
        resource: Resource::Memory,
        pool: None,
        used,
        capacity: limit.as_f64(),
    });
    let streams = process.streams_max.map(|capacity| LimitUse {
        resource: Resource::Streams,
        pool: None,
        used: per_process(concurrency, process.replicas),
        capacity,
    });
    memory.into_iter().chain(streams).collect()
}

/// What some workloads take of the limits of their pool. A limit is left out where one of them does not say how many tokens it takes.
fn pool_limits(pool: &PoolLimits, members: &[&WorkloadSize]) -> Vec<LimitUse> {
    let uses = LIMITS.iter().filter_map(|limit| {
        let capacity = limit.of(pool.allowance)?;
        let used = members.iter().map(|size| size.takes(limit.resource)).sum::<Option<Band>>()?;
        Some(LimitUse { resource: limit.resource, pool: Some(pool.pool.clone()), used, capacity })
    });
    uses.collect()
}

/// What they spend in a month, where it was said for all of them how many hours a day they run.
fn spend_limit(inputs: &Inputs, workloads: &[Workload], batched: &[Workload]) -> Option<LimitUse> {
    let capacity = inputs.account.spend_month_usd()?;
    let month = |workload: &Workload| {
        let hours = workload.hours_a_day?;
        Some(super::money::usd_per_hour(&inputs.account, workload)?.times(hours * USD_MONTH_DAYS))
    };
    let batch_month = |workload: &Workload| {
        workload.hours_a_day?;
        Some(super::money::batched_per_day(&inputs.account, workload)?.times(USD_MONTH_DAYS))
    };
    let used = workloads.iter().map(month).chain(batched.iter().map(batch_month)).sum::<Option<Band>>()?;
    Some(LimitUse { resource: Resource::Spend, pool: None, used, capacity })
}
