//! What the outcome of a simulation says of the plan that was played.

use super::answer::Plan;
use super::doubt::PlanDoubt;
use super::money::BATCH_HOURS;
use super::play::{BUCKET_SECONDS, BURST_SECONDS, Length, Play, slots_planned};
use super::simulate::{Balancing, Counts, Model, Simulation, Traffic};
use super::simulated::{Headway, Interval, Simulated, SimulatedWorkload, Tolerated};
use super::workload::Workload;
use crate::fit::Estimate;
use crate::units::grouped;

/// A gate that is never fuller than this share was planned too generously.
const GENEROUS: f64 = 0.6;
/// A share of lost requests from which a plan is too mean, or too much for the limits.
pub(super) const MEAN_SHARE: f64 = 0.001;

/// The outcome as a report shows it.
pub(super) fn simulated(plan: &Plan, how: Play, model: &Model, length: Length, outcome: &Simulation) -> Simulated {
    let inputs = &plan.inputs;
    let workloads: Vec<SimulatedWorkload> =
        inputs.workloads.iter().zip(&outcome.workloads).map(|(workload, traffic)| met(workload, traffic)).collect();
    let replicas = u64::from(model.fleet.replicas);
    let slots = u64::from(model.fleet.concurrency) * replicas;
    let all_have_lines = inputs.workloads.iter().all(|workload| workload.memory.is_some());
    let limit = inputs.process.memory_limit.filter(|_| all_have_lines);
    let peak = outcome.whole.running.peak;
    let load = model.load();
    let mut simulated = Simulated {
        conditions: conditions(how, model, length),
        workloads,
        requests: length.arrivals,
        requests_to_settle: length.needed.is_finite().then_some(length.needed as u64),
        load: load.share,
        steady: load.is_steady(),
        slots,
        slots_planned: u64::from(slots_planned(plan)) * replicas,
        running_mean: outcome.whole.running.mean.value,
        running_peak: peak,
        headway: Headway::Right,
        littles_law_holds: outcome.whole.little.as_ref().is_none_or(|little| little.agrees),
        peak_memory_bytes_p99: all_have_lines.then_some(outcome.memory.p99_bytes),
        peak_memory_bytes: all_have_lines.then_some(outcome.memory.peak_bytes),
        share_of_time_above_safe: limit.map(|_| outcome.memory.share_above_safe.value),
        share_of_time_above_limit: limit.map(|_| outcome.memory.share_above_limit.value),
    };
    simulated.headway = headway(&simulated);
    simulated
}

/// What the requests of one workload met.
fn met(workload: &Workload, traffic: &Traffic) -> SimulatedWorkload {
    // Where no stream opened, nothing is known of waits.
    let none = Estimate { value: 0.0, low: 0.0, high: f64::INFINITY };
    let [p50, p95, p99] = traffic.waiting.as_ref().map_or([none; 3], |waits| [waits.p50_s, waits.p95_s, waits.p99_s]);
    SimulatedWorkload {
        name: workload.name.clone(),
        waiting_seconds_p50: p50.value,
        waiting_seconds_p50_interval: Interval::of(p50),
        waiting_seconds_p95: p95.value,
        waiting_seconds_p95_interval: Interval::of(p95),
        waiting_seconds_p99: p99.value,
        waiting_seconds_p99_interval: Interval::of(p99),
        tolerated: tolerated(workload),
        shed_share: of_all(traffic.counts.shed, &traffic.counts),
        abandoned_share: of_all(traffic.counts.abandoned, &traffic.counts),
        limited_share: traffic.limited_share.map_or(0.0, |share| share.value),
        gave_up_share: of_all(traffic.counts.gave_up, &traffic.counts),
    }
}

/// The wait that may be. Where nothing is said of it, a request may wait as long as its stream takes: no longer than it doubles its time;
/// and where an answer within 24 hours is soon enough, so long.
fn tolerated(workload: &Workload) -> Tolerated {
    let assumed = if workload.batch { BATCH_HOURS * 3600.0 } else { workload.duration.likely };
    match workload.wait {
        Some(seconds) => Tolerated { seconds, assumed: false },
        None => Tolerated { seconds: assumed, assumed: true },
    }
}

/// Of the requests that came to a gate, new or again, the share that met this.
fn of_all(count: u64, counts: &Counts) -> f64 {
    count as f64 / (counts.arrivals + counts.returns).max(1) as f64
}

/// Limited where the API's limits turn requests away: slots full of requests asleep after a 429 say nothing about the number of slots.
/// Unsettled where waits never come to rest, or where the run cannot say whether they may be. Else too mean where requests are refused or
/// wait longer than they may, and too generous where much of the gate is never used.
fn headway(simulated: &Simulated) -> Headway {
    let any = |is: fn(&SimulatedWorkload) -> bool| simulated.workloads.iter().any(is);
    if any(|workload| workload.gave_up_share > MEAN_SHARE) {
        Headway::Limited
    } else if !simulated.steady {
        Headway::Unsettled
    } else if any(|workload| workload.is_refused() || workload.waits_too_long()) {
        Headway::TooMean
    } else if any(SimulatedWorkload::may_wait_too_long) {
        Headway::Unsettled
    } else if simulated.running_peak as f64 <= GENEROUS * simulated.slots as f64 {
        Headway::TooGenerous
    } else {
        Headway::Right
    }
}

impl SimulatedWorkload {
    /// Whether more of its requests are refused, at once or after their wait, than a plan may lose.
    pub(super) fn is_refused(&self) -> bool {
        self.refused_share() > MEAN_SHARE
    }

    /// Whether its p95 is beyond what it tolerates.
    pub(super) fn waits_too_long(&self) -> bool {
        self.waiting_seconds_p95 > self.tolerated.seconds
    }

    /// Whether the interval of its p95 reaches beyond that.
    pub(super) fn may_wait_too_long(&self) -> bool {
        self.waiting_seconds_p95_interval.high.is_none_or(|high| high > self.tolerated.seconds)
    }
}

/// What speaks against a plan that was played.
pub(super) fn about_play(simulated: &Simulated) -> Vec<PlanDoubt> {
    let mut doubts = Vec::new();
    let settles = simulated.requests_to_settle.is_some_and(|needed| needed <= simulated.requests);
    let cannot_tell = |workload: &SimulatedWorkload| !workload.waits_too_long() && workload.may_wait_too_long();
    if !simulated.steady {
        doubts.push(PlanDoubt::NoSteadyState { load: simulated.load });
    } else if !settles || simulated.workloads.iter().any(cannot_tell) {
        let (requests, needed) = (simulated.requests, simulated.requests_to_settle);
        doubts.push(PlanDoubt::WaitsUnsettled { load: simulated.load, requests, needed });
    }
    for workload in &simulated.workloads {
        let (name, Tolerated { seconds: tolerated_seconds, assumed }) = (&workload.name, workload.tolerated);
        if workload.is_refused() {
            let share = workload.refused_share();
            doubts.push(PlanDoubt::Refused { workload: name.clone(), share, tolerated_seconds });
        }
        // How long a queue without rest lets wait is the run's length and nothing more.
        if simulated.steady && workload.waits_too_long() {
            let seconds = workload.waiting_seconds_p95;
            doubts.push(PlanDoubt::WaitsTooLong { workload: name.clone(), seconds, tolerated_seconds, assumed });
        }
    }
    doubts
}

fn conditions(how: Play, model: &Model, length: Length) -> String {
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
        grouped(length.arrivals),
        model.fleet.concurrency,
        how.seed
    )
}
