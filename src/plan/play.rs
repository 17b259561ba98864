//! A plan played through: the traffic that is expected, against the gate, the queue and the limits that were planned.

use super::answer::Plan;
use super::inputs::Inputs;
use super::judge::simulated;
use super::play_error::{MOST_ARRIVALS, MOST_OF_A_BURST, MOST_PERIODS, MOST_WARM_UP, PlayError};
use super::pool_name::PoolName;
use super::simulate::{
    Balancing, Fleet, Load, MOST_REPLICAS, Model, RequestFlow, Span, StreamDuration, StreamMemory, simulate_told,
};
use super::simulated::Simulated;
use super::sizing::WorkloadSize;
use super::workload::Workload;
use crate::traffic::{Arrivals, ENDLESS, Limit, Limits, Retry};

/// Seconds of a limit that a bucket holds when it is full. The API's depth is not published; a published client of 50 requests a minute
/// uses a bucket of 10, which is 12 s.
pub(super) const BUCKET_SECONDS: f64 = 12.0;
/// Between bursts so much of the mean rate still comes.
const QUIET: f64 = 0.5;
/// How long a burst lasts, seconds.
pub(super) const BURST_SECONDS: f64 = 60.0;
/// A run is at least so many relaxation times of the queue: then the intervals of waits hold what they say
/// (`tests/plan/queue/coverage.rs`).
const RELAXATIONS: f64 = 300.0;
/// New requests that a run is lengthened to at most without having been asked: one to two seconds of one core.
const MOST_LENGTHENED: u64 = 3_000_000;
/// Where the queue never comes to rest, a longer run only shows longer waits, and takes more memory.
const MOST_UNSTEADY: u64 = 1_000_000;

/// How a plan is played through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Play {
    /// New requests, about; more where the load is so high that waits need them to settle.
    pub arrivals: u64,
    /// The same seed gives the same outcome.
    pub seed: u64,
    /// The rate in a burst as a multiple of the mean; `None` for arrivals without bursts.
    pub bursts: Option<f64>,
    /// How replicas share the requests.
    pub balancing: Balancing,
}

/// How long a run is, and how long it should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Length {
    /// New requests.
    pub(super) arrivals: u64,
    /// New requests that waits would need to settle; infinite where they never do.
    pub(super) needed: f64,
}

/// Plays the plan through at its likely values, without headroom: headroom is what is to be tested. Tells now and then of how many new
/// requests, warm-up included, which share has been played.
///
/// # Errors
/// When durations or limits contradict each other, or the plan is beyond what is simulated. It is a good plan for all that: see
/// [`Plan::not_played`].
pub fn play(plan: &Plan, how: Play, tell: &mut dyn FnMut(u64, f64)) -> Result<Simulated, PlayError> {
    if how.arrivals > MOST_ARRIVALS {
        return Err(PlayError::TooLong { requests: how.arrivals });
    }
    let model = model(plan, how)?;
    let load = model.load();
    let length = Length::of(how.arrivals, &load);
    let span = Span::for_arrivals(&model, length.arrivals as f64);
    let warm_up = (length.arrivals as f64 * span.warm_up_s / span.measured_s) as u64;
    if warm_up > MOST_WARM_UP.max(length.arrivals) {
        return Err(PlayError::Unrest { requests: warm_up });
    }
    check_bursts(&model, span)?;
    let all = length.arrivals + warm_up;
    let outcome = simulate_told(&model, span, how.seed, &mut |share| tell(all, share))?;
    Ok(simulated(plan, how, &model, length, &outcome))
}

impl Length {
    fn of(asked: u64, load: &Load) -> Length {
        if !load.is_steady() {
            return Length { arrivals: asked.min(MOST_UNSTEADY), needed: f64::INFINITY };
        }
        let needed = RELAXATIONS * load.relaxation;
        // A double that is too large for 64 bits becomes the largest of them.
        Length { arrivals: asked.max(MOST_LENGTHENED.min(needed as u64)), needed }
    }
}

/// Bursts take time of their own to play, whatever comes in them: a run of 10^14 s at one request in 10^9 s is 10^12 of them.
fn check_bursts(model: &Model, span: Span) -> Result<(), PlayError> {
    for workload in &model.workloads {
        let Arrivals::Bursty { mean_per_s, peak_to_mean, burst_s, .. } = workload.arrivals else { continue };
        let periods = 2.0 * (span.warm_up_s + span.measured_s) * workload.arrivals.burst_share() / burst_s;
        if periods > MOST_PERIODS {
            return Err(PlayError::ManyBursts { workload: workload.name.clone(), periods });
        }
        let requests = mean_per_s * peak_to_mean * burst_s;
        if requests > MOST_OF_A_BURST {
            return Err(PlayError::LargeBursts { workload: workload.name.clone(), requests });
        }
    }
    Ok(())
}

fn model(plan: &Plan, how: Play) -> Result<Model, PlayError> {
    let inputs = &plan.inputs;
    let mut names: Vec<PoolName> = Vec::new();
    let mut pools: Vec<Limits> = Vec::new();
    let mut workloads = Vec::new();
    let replicas = inputs.process.replicas.max(1);
    for (workload, size) in inputs.workloads.iter().zip(&plan.sizing.workloads) {
        let pool = pool_of(inputs, workload, &mut names, &mut pools);
        workloads.push(RequestFlow { places: places(size, replicas), ..request_flow(workload, how, pool)? });
    }
    if replicas > MOST_REPLICAS {
        return Err(PlayError::Replicas { replicas });
    }
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
            concurrency: slots_of_one(plan),
            base_bytes: base.fold(0.0, f64::max).max(0.0),
            // No limit is one that is never met.
            limit_bytes: inputs.process.memory_limit.map_or(f64::MAX, |limit| limit.as_f64()),
        },
    })
}

/// Slots that Little's law and the headroom give one process.
pub(super) fn slots_planned(plan: &Plan) -> u32 {
    each(plan.sizing.together.concurrency.likely, plan.inputs.process.replicas).max(1)
}

/// The same, but no more than one process may hold.
fn slots_of_one(plan: &Plan) -> u32 {
    let most = plan.inputs.process.streams_max.map_or(u32::MAX, |most| most.max(1.0) as u32);
    slots_planned(plan).min(most)
}

/// Places of a workload in the queue of one process. Without a tolerable wait nothing was said of a queue, and it is endless.
fn places(size: &WorkloadSize, replicas: u32) -> u32 {
    size.queue_depth.map_or(ENDLESS, |depth| each(depth.likely, replicas))
}

/// What one process has of it; a double that is too large becomes the largest whole number.
fn each(all: f64, replicas: u32) -> u32 {
    (all / f64::from(replicas.max(1))).ceil() as u32
}

/// The place of a workload's pool among those of the model, which it joins where it is not there yet.
fn pool_of(inputs: &Inputs, workload: &Workload, names: &mut Vec<PoolName>, pools: &mut Vec<Limits>) -> Option<usize> {
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
    pools.push(Limits {
        requests: limits.allowance.rpm.map(|rpm| limit(rpm, 1.0)),
        input_tokens: limits.allowance.itpm.map(|itpm| limit(itpm, largest)),
        output_tokens: limits.allowance.otpm.map(|otpm| limit(otpm, 1.0)),
        tokens: limits.allowance.tpm.map(|tpm| limit(tpm, largest)),
        // A day's tokens are a budget and no rate, and nobody says how it is filled again: they are judged and not played.
        concurrent: limits.allowance.concurrent,
    });
    Some(pools.len() - 1)
}

fn request_flow(workload: &Workload, how: Play, pool: Option<usize>) -> Result<RequestFlow, PlayError> {
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
    Ok(RequestFlow {
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
        fail_share: retry,
        retry: if retry > 0.0 { Retry::as_the_sdks() } else { Retry::never() },
        places: ENDLESS,
        // Who may not wait at all has no place to wait in.
        patience_s: workload.wait.filter(|wait| *wait > 0.0),
        input_tokens: tokens(workload.input) * (1.0 - workload.cached),
        output_tokens: tokens(workload.output),
        memory,
        pool,
    })
}
