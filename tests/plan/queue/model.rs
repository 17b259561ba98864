//! Models that are as simple as a formula.

use stream_probe::fit::Estimate;
use stream_probe::plan::simulate::{
    Balancing, Counts, Fleet, Model, RequestFlow, Simulation, Span, StreamDuration, StreamMemory, Traffic, simulate,
};
use stream_probe::traffic::{Arrivals, ENDLESS, Retry};

/// Poisson arrivals, exponential streams of mean 1 s, a gate; nothing else happens.
pub fn queue(per_s: f64, concurrency: u32, places: u32) -> Model {
    Model { workloads: vec![RequestFlow { places, ..workload(per_s) }], pools: Vec::new(), fleet: fleet(concurrency) }
}

/// As above, with streams that last as given.
pub fn queue_of(per_s: f64, duration: StreamDuration) -> Model {
    let mut model = queue(per_s, 1, u32::MAX);
    model.workloads[0].duration = duration;
    model
}

pub fn workload(per_s: f64) -> RequestFlow {
    RequestFlow {
        name: "w".to_owned(),
        arrivals: Arrivals::Poisson { per_s },
        duration: StreamDuration::Exponential { mean_s: 1.0 },
        timeout_s: None,
        hung_share: 0.0,
        fail_share: 0.0,
        retry: Retry::never(),
        places: ENDLESS,
        patience_s: None,
        input_tokens: 0.0,
        output_tokens: 0.0,
        memory: StreamMemory::default(),
        pool: None,
    }
}

pub fn fleet(concurrency: u32) -> Fleet {
    Fleet { replicas: 1, balancing: Balancing::RoundRobin, concurrency, base_bytes: 100e6, limit_bytes: 512e6 }
}

/// Runs a model that comes to rest, and holds every part of it to the laws that hold in every run: what comes is what
/// goes, and L = lambda W.
pub fn run(model: &Model, arrivals: f64, seed: u64) -> Simulation {
    let outcome = simulate(model, Span::for_arrivals(model, arrivals), seed).expect("a model in range");
    conserved(&outcome);
    for part in parts(&outcome) {
        if let Some(little) = &part.little {
            assert!(little.agrees, "{little:?} of {model:?}");
        }
    }
    outcome
}

pub fn parts(outcome: &Simulation) -> impl Iterator<Item = &Traffic> {
    let replicas = outcome.replicas.iter().map(|replica| &replica.traffic);
    std::iter::once(&outcome.whole).chain(&outcome.workloads).chain(replicas)
}

/// What comes is what goes, exactly, and the whole is the sum of its parts.
pub fn conserved(outcome: &Simulation) {
    for Counts { arrivals, returns, shed, admitted, departed, inside_before, inside_after, .. } in
        parts(outcome).map(|part| part.counts)
    {
        assert_eq!(arrivals + returns, shed + admitted);
        assert_eq!(inside_before + admitted, departed + inside_after);
    }
    for part in parts(outcome) {
        let Counts { departed, finished, failed, timed_out, abandoned, gave_up, sent, limited, opened, .. } =
            part.counts;
        assert_eq!(departed, finished + failed + timed_out + abandoned + gave_up);
        assert_eq!(sent, limited + opened);
    }
    for part in outcome.workloads.iter().chain([&outcome.whole]) {
        let Counts { arrivals, inside_before, inside_after, backing_off_before, backing_off_after, .. } = part.counts;
        let Counts { finished, shed, abandoned, gave_up, exhausted, .. } = part.counts;
        let gone = finished + shed + abandoned + gave_up + exhausted;
        assert_eq!(arrivals + inside_before + backing_off_before, gone + inside_after + backing_off_after);
    }
    let sum = |count: fn(&Counts) -> u64, of: &[&Traffic]| of.iter().map(|part| count(&part.counts)).sum::<u64>();
    let workloads: Vec<_> = outcome.workloads.iter().collect();
    let replicas: Vec<_> = outcome.replicas.iter().map(|replica| &replica.traffic).collect();
    let counts: [fn(&Counts) -> u64; 5] =
        [|c| c.arrivals, |c| c.shed, |c| c.finished, |c| c.limited, |c| c.inside_after];
    for count in counts {
        assert_eq!(sum(count, &workloads), count(&outcome.whole.counts));
        assert_eq!(sum(count, &replicas), count(&outcome.whole.counts));
    }
}

/// Long enough, and right.
#[track_caller]
pub fn agrees(what: &str, simulated: Estimate, exact: f64) {
    let off = simulated.value / exact - 1.0;
    let half = simulated.relative_half_width();
    println!(
        "{what:<44} {:>9.5} for {exact:>9.5}: {:+.2} % (half-width {:.2} %)",
        simulated.value,
        off * 100.0,
        half * 100.0
    );
    assert!(half <= 0.0125, "{what}: a half-width of {:.2} % is too wide to say", half * 100.0);
    assert!(off.abs() <= 0.02, "{what}: {simulated:?} for {exact}");
}
