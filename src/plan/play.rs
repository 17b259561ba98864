//! A plan played through: the traffic that is expected, against the gate, the queue and the limits that were planned.

use super::answer::Plan;
use super::inputs::Inputs;
use super::play_error::{MOST_WARM_UP, PlayError};
use super::simulate::{
    Arrivals, Balancing, Counts, Fleet, Limit, MOST_REPLICAS, Model, Outcome, Pool, Retry, Span, StreamDuration,
    StreamMemory, Workload as Simulation, simulate,
};
use super::simulated::{Headway, Simulated, SimulatedWorkload};
use super::workload::Workload;
use crate::units::grouped;

/// Seconds of a limit that a bucket holds when it is full. The API's depth is not published; a published client of 50 requests a minute
/// uses a bucket of 10, which is 12 s.
const BUCKET_SECONDS: f64 = 12.0;
/// Between bursts so much of the mean rate still comes.
const QUIET: f64 = 0.5;
/// How long a burst lasts, seconds.
const BURST_SECONDS: f64 = 60.0;
/// A gate that is never fuller than this share was planned too generously.
const GENEROUS: f64 = 0.6;
/// A share of lost requests from which a plan is too mean, or too much for the limits.
const MEAN_SHARE: f64 = 0.001;

/// How a plan is played through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Play {
    /// New requests, about.
    pub arrivals: u64,
    /// The same seed gives the same outcome.
    pub seed: u64,
    /// The rate in a burst as a multiple of the mean; `None` for arrivals without bursts.
    pub bursts: Option<f64>,
    /// How replicas share the requests.
    pub balancing: Balancing,
}

/// Plays the plan through at its likely values, without headroom: headroom is what is to be tested.
///
/// # Errors
/// When durations or limits contradict each other, or the plan is beyond what is simulated. It is a good plan for all that: see
/// [`Plan::not_played`].
pub fn play(plan: &Plan, how: Play) -> Result<Simulated, PlayError> {
    let model = model(plan, how)?;
    let span = Span::for_arrivals(&model, how.arrivals as f64);
    let warm_up = (how.arrivals as f64 * span.warm_up_s / span.measured_s) as u64;
    if warm_up > MOST_WARM_UP.max(how.arrivals) {
        return Err(PlayError::Unrest { requests: warm_up });
    }
    let outcome = simulate(&model, span, how.seed)?;
    Ok(simulated(plan, how, &model, &outcome))
}

fn model(plan: &Plan, how: Play) -> Result<Model, PlayError> {
    let inputs = &plan.inputs;
    let mut names: Vec<String> = Vec::new();
    let mut pools: Vec<Pool> = Vec::new();
    let mut workloads = Vec::new();
    for workload in &inputs.workloads {
        let pool = pool_of(inputs, workload, &mut names, &mut pools);
        workloads.push(simulation(workload, how, pool)?);
    }
    let replicas = inputs.process.replicas.max(1);
    if replicas > MOST_REPLICAS {
        return Err(PlayError::Replicas { replicas });
    }
    let each = |all: f64| (all / f64::from(replicas)).ceil().max(1.0) as u32;
    // Without a tolerable wait nothing was said of a queue, and it is endless.
    let queues: Option<f64> = plan.sizing.workloads.iter().map(|size| size.queue_depth.map(|depth| depth.likely)).sum();
    let base = inputs
        .workloads
        .iter()
        .filter_map(|workload| workload.memory.as_ref().map(|line| line.at_text(workload.text_bytes).base));
    Ok(Model {
        workloads,
        pools,
        fleet: Fleet {
            replicas,
            balancing: how.balancing,
            concurrency: each(plan.sizing.together.concurrency.likely),
            queue_depth: queues.map_or(u32::MAX, each),
            base_bytes: base.fold(0.0, f64::max).max(0.0),
            // No limit is one that is never met.
            limit_bytes: inputs.process.memory_limit.map_or(f64::MAX, |limit| limit.as_f64()),
        },
    })
}

/// The place of a workload's pool among those of the model, which it joins where it is not there yet.
fn pool_of(inputs: &Inputs, workload: &Workload, names: &mut Vec<String>, pools: &mut Vec<Pool>) -> Option<usize> {
    let limits = inputs.account.limits_of(workload.model.as_deref())?;
    if let Some(at) = names.iter().position(|name| *name == limits.pool) {
        return Some(at);
    }
    // A prompt that is larger than the bucket could never be sent.
    let prompts = inputs.workloads.iter().filter_map(|workload| workload.input).map(|tokens| tokens.count.likely);
    let largest = prompts.fold(1.0, f64::max);
    let limit =
        |per_minute: f64, least: f64| Limit { per_minute, depth: (per_minute / 60.0 * BUCKET_SECONDS).max(least) };
    names.push(limits.pool);
    pools.push(Pool {
        requests: limits.allowance.rpm.map(|rpm| limit(rpm, 1.0)),
        input_tokens: limits.allowance.itpm.map(|itpm| limit(itpm, largest)),
        output_tokens: limits.allowance.otpm.map(|otpm| limit(otpm, 1.0)),
        tokens: limits.allowance.tpm.map(|tpm| limit(tpm, largest)),
        // A day's tokens are a budget and no rate, and nobody says how it is filled again: they are judged and not played.
        concurrent: limits.allowance.concurrent,
    });
    Some(pools.len() - 1)
}

fn simulation(workload: &Workload, how: Play, pool: Option<usize>) -> Result<Simulation, PlayError> {
    let per_s = workload.arrival.likely;
    let duration = StreamDuration::from_mean_and_p95(workload.duration.likely, workload.p95)
        .map_err(|reason| PlayError::Duration { workload: workload.name.clone(), reason })?;
    let retry = workload.retry.likely;
    if retry >= 1.0 {
        return Err(PlayError::Retry { workload: workload.name.clone(), retry });
    }
    let tokens = |tokens: Option<super::workload::Tokens>| tokens.map_or(0.0, |tokens| tokens.count.likely);
    let memory = workload.memory.as_ref().map_or(
        StreamMemory { open_bytes: 0.0, kept_per_text_byte: 0.0, text_bytes: 0.0 },
        |line| {
            // The prompt is held from the first moment.
            let prompt = workload.memory_of_prompt().likely;
            let whole = line.at_text(workload.text_bytes).per_stream.max(0.0) + prompt;
            let open = (line.open_bytes().unwrap_or(whole) + prompt).clamp(0.0, whole);
            // What is beyond the open stream comes with the text, evenly: one byte of text stands for one kept byte.
            StreamMemory { open_bytes: open, kept_per_text_byte: 1.0, text_bytes: whole - open }
        },
    );
    Ok(Simulation {
        name: workload.name.clone(),
        arrivals: match how.bursts {
            None => Arrivals::Poisson { per_s },
            Some(peak_to_mean) => {
                Arrivals::Bursty { mean_per_s: per_s, peak_to_mean, quiet_to_mean: QUIET, burst_s: BURST_SECONDS }
            }
        },
        duration,
        timeout_s: workload.timeout,
        hung_share: workload.hung.likely,
        retry: if retry > 0.0 { Retry::as_the_sdks(retry) } else { Retry::never() },
        patience_s: None,
        input_tokens: tokens(workload.input) * (1.0 - workload.cached),
        output_tokens: tokens(workload.output),
        memory,
        pool,
    })
}

fn simulated(plan: &Plan, how: Play, model: &Model, outcome: &Outcome) -> Simulated {
    let inputs = &plan.inputs;
    let workloads = inputs.workloads.iter().zip(&outcome.workloads).map(|(workload, traffic)| {
        let waiting = traffic.waiting.as_ref();
        SimulatedWorkload {
            name: workload.name.clone(),
            waiting_seconds_p50: waiting.map_or(0.0, |waiting| waiting.p50_s),
            waiting_seconds_p95: waiting.map_or(0.0, |waiting| waiting.p95_s),
            waiting_seconds_p99: waiting.map_or(0.0, |waiting| waiting.p99_s),
            shed_share: traffic.shed_share.map_or(0.0, |share| share.value),
            limited_share: traffic.limited_share.map_or(0.0, |share| share.value),
            gave_up_share: gave_up_share(&traffic.counts),
        }
    });
    let slots = u64::from(model.fleet.concurrency) * u64::from(model.fleet.replicas);
    let all_have_lines = inputs.workloads.iter().all(|workload| workload.memory.is_some());
    let limit = inputs.process.memory_limit.filter(|_| all_have_lines);
    let peak = outcome.whole.running.peak;
    Simulated {
        conditions: conditions(how, model),
        workloads: workloads.collect(),
        slots,
        running_mean: outcome.whole.running.mean.value,
        running_peak: peak,
        headway: headway(plan, outcome, peak, slots),
        littles_law_holds: outcome.whole.little.as_ref().is_none_or(|little| little.agrees),
        peak_memory_bytes_p99: all_have_lines.then_some(outcome.memory.p99_bytes),
        peak_memory_bytes: all_have_lines.then_some(outcome.memory.peak_bytes),
        share_of_time_above_safe: limit.map(|_| outcome.memory.share_above_safe.value),
        share_of_time_above_limit: limit.map(|_| outcome.memory.share_above_limit.value),
    }
}

/// Of the requests that came to a gate, new or again, those that were given up because the API limited them away.
fn gave_up_share(counts: &Counts) -> f64 {
    counts.gave_up as f64 / (counts.arrivals + counts.returns).max(1) as f64
}

/// Limited where the API's limits turn requests away: slots full of requests asleep after a 429 say nothing about the number of slots.
/// Else too mean where requests are refused or wait longer than they may, and too generous where much of the gate is never used.
fn headway(plan: &Plan, outcome: &Outcome, peak: u64, slots: u64) -> Headway {
    let too_long = plan.inputs.workloads.iter().zip(&outcome.workloads).any(|(workload, traffic)| {
        let waits = traffic.waiting.as_ref().map_or(0.0, |waiting| waiting.p99_s);
        let shed = traffic.shed_share.map_or(0.0, |share| share.value);
        shed > MEAN_SHARE || workload.wait.is_some_and(|wait| waits > wait)
    });
    if outcome.workloads.iter().any(|traffic| gave_up_share(&traffic.counts) > MEAN_SHARE) {
        return Headway::Limited;
    }
    match (too_long, peak as f64 <= GENEROUS * slots as f64) {
        (true, _) => Headway::TooMean,
        (false, true) => Headway::TooGenerous,
        (false, false) => Headway::Right,
    }
}

fn conditions(how: Play, model: &Model) -> String {
    let arrivals = match how.bursts {
        None => "Poisson arrivals".to_owned(),
        Some(factor) => format!("bursts of {factor} times the mean for {BURST_SECONDS:.0} s"),
    };
    let balancing = match (model.fleet.replicas, how.balancing) {
        (1, _) => String::new(),
        (replicas, Balancing::Random) => format!(", {replicas} replicas at random"),
        (replicas, Balancing::RoundRobin) => format!(", {replicas} replicas in turn"),
        (replicas, Balancing::LeastBusy) => format!(", the least busy of {replicas} replicas"),
    };
    format!(
        "About {} new requests at the likely rate without headroom, {arrivals}{balancing}; a gate of {} streams a process, buckets of \
         {BUCKET_SECONDS:.0} s of each limit, seed {}.",
        grouped(how.arrivals),
        model.fleet.concurrency,
        how.seed
    )
}
