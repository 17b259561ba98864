//! One run from its beginning to its outcome.

use super::engine::{Chance, Engine};
use super::error::ModelError;
use super::events::EventQueue;
use super::fleet::Balancer;
use super::memory::Memory;
use super::model::{Model, RequestFlow, Span};
use super::outcome::{Replica, Simulation, Traffic};
use super::random::Normal;
use super::requests::Requests;
use super::statistics::BATCHES;
use super::tally::Ledger;
use crate::traffic::{ArrivalProcess, Buckets, Gate, Queue};
use fastrand::Rng;

/// The most requests that may wait, run or be in backoff at once: 64 bytes each.
pub const MOST_INSIDE: usize = 10_000_000;
/// How often it is told about how far a run is: often enough for a run of minutes, seldom enough to cost nothing.
const TELLINGS: f64 = 1_000.0;

/// Simulates `model` for `span`. The same model, span and seed give the same outcome.
///
/// Memory use depends on what is open, waiting or in backoff at once, not on the length of the run.
///
/// # Errors
/// If a number of the model or the span is out of its range, the model contradicts itself, or more than [`MOST_INSIDE`] requests would
/// be somewhere at once.
pub fn simulate(model: &Model, span: Span, seed: u64) -> Result<Simulation, ModelError> {
    simulate_told(model, span, seed, &mut |_| {})
}

/// The same, telling every now and then which share of the time has been simulated, 0 to 1.
///
/// # Errors
/// As [`simulate`].
pub fn simulate_told(
    model: &Model,
    span: Span,
    seed: u64,
    tell: &mut dyn FnMut(f64),
) -> Result<Simulation, ModelError> {
    model.check()?;
    span.check()?;
    let mut engine = Engine::new(model, span, seed);
    let all_s = span.warm_up_s + span.measured_s;
    let mut go_on = |engine: &mut Engine<'_>, from_s: f64, to_s: f64| {
        // A slice changes nothing that happens in it.
        let slices = ((to_s - from_s) / all_s * TELLINGS).ceil().max(1.0);
        for slice in 1..=slices as u32 {
            let end_s = (from_s + (to_s - from_s) * (f64::from(slice) / slices)).min(to_s);
            engine.run_until(end_s);
            if engine.requests.most() > MOST_INSIDE {
                return Err(ModelError::TooManyInside { most: MOST_INSIDE });
            }
            tell(end_s / all_s);
        }
        engine.run_until(to_s);
        Ok(())
    };
    go_on(&mut engine, 0.0, span.warm_up_s)?;
    engine.begin(span.warm_up_s);
    let mut now_s = span.warm_up_s;
    for batch in 1..=BATCHES {
        let end_s = span.warm_up_s + span.measured_s * (batch as f64 / BATCHES as f64);
        go_on(&mut engine, now_s, end_s)?;
        engine.mark(end_s);
        now_s = end_s;
    }
    Ok(engine.outcome(span))
}

impl<'a> Engine<'a> {
    fn new(model: &'a Model, span: Span, seed: u64) -> Engine<'a> {
        let fleet = &model.fleet;
        let mut seeds = Rng::with_seed(seed);
        let balancer = Balancer::new(fleet.balancing, seeds.fork());
        let chance = |seeds: &mut Rng, arrivals| Chance {
            arrivals: ArrivalProcess::new(arrivals, seeds.fork()),
            durations: seeds.fork(),
            normal: Normal::default(),
            fates: seeds.fork(),
        };
        let largest = model.workloads.iter().map(|workload| workload.memory.full_bytes()).fold(0.0, f64::max);
        let most_bytes = fleet.base_bytes + f64::from(fleet.concurrency) * largest;
        let replicas = fleet.replicas as usize;
        let queue = |workload: &RequestFlow| Queue { places: workload.places, patience_s: workload.patience_s };
        let gate = || Gate::new(fleet.concurrency, model.workloads.iter().map(queue));
        let memory = || Memory::new(fleet.base_bytes, fleet.limit_bytes, most_bytes, span.measured_s);
        let mut engine = Engine {
            model,
            events: EventQueue::default(),
            requests: Requests::default(),
            chances: model.workloads.iter().map(|workload| chance(&mut seeds, &workload.arrivals)).collect(),
            balancer,
            gates: (0..replicas).map(|_| gate()).collect(),
            watched: vec![vec![false; model.workloads.len()]; replicas],
            memories: (0..replicas).map(|_| memory()).collect(),
            pools: model.pools.iter().map(Buckets::new).collect(),
            ledger: Ledger::new(model.workloads.len(), replicas),
        };
        (0..model.workloads.len()).for_each(|workload| engine.schedule_arrival(0.0, workload as u16));
        engine
    }

    fn begin(&mut self, now_s: f64) {
        self.ledger.each(|tally| tally.begin(now_s));
        self.memories.iter_mut().for_each(|memory| memory.begin(now_s));
    }

    fn mark(&mut self, now_s: f64) {
        self.ledger.each(|tally| tally.mark(now_s));
        self.memories.iter_mut().for_each(|memory| memory.mark(now_s));
    }

    fn outcome(mut self, span: Span) -> Simulation {
        let slots = f64::from(self.model.fleet.concurrency);
        let all_slots = slots * f64::from(self.model.fleet.replicas);
        let replicas = self.ledger.replicas.iter().zip(&self.memories);
        let replicas = replicas.map(|(tally, memory)| Replica::of(tally, memory, slots)).collect();
        let (first, rest) = self.memories.split_first_mut().expect("a fleet has at least one replica");
        rest.iter().for_each(|memory| first.absorb(memory));
        Simulation {
            span,
            whole: Traffic::of(&self.ledger.whole, all_slots),
            workloads: self.ledger.workloads.iter().map(|tally| Traffic::of(tally, all_slots)).collect(),
            replicas,
            memory: first.usage(),
        }
    }
}
