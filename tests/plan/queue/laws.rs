//! Laws that need no formula: repeatable, free of the unit of time, monotone in slots and places, in balance.

use super::model::{conserved, parts, queue, run};
use stream_probe::fit::Estimate;
use stream_probe::plan::simulate::{Balancing, Model, Span, StreamDuration, StreamMemory, simulate};
use stream_probe::traffic::{Arrivals, Limit, Limits, Retry};

/// Everything at once: bursts, log-normal, hung streams, retries, impatience, limits, replicas.
fn everything(unit_s: f64) -> Model {
    let mut model = queue(1.0, 12, 20);
    let memory = StreamMemory { open_bytes: 30e3, kept_per_text_byte: 3.0, text_bytes: 60e3 };
    let chat = &mut model.workloads[0];
    chat.arrivals =
        Arrivals::Bursty { mean_per_s: 2.5 / unit_s, peak_to_mean: 3.0, quiet_to_mean: 0.25, burst_s: 30.0 * unit_s };
    chat.duration = StreamDuration::Exponential { mean_s: 12.0 * unit_s };
    (chat.timeout_s, chat.hung_share, chat.memory) = (Some(60.0 * unit_s), 0.01, memory);
    chat.fail_share = 0.08;
    chat.retry = Retry { first_backoff_s: 0.5 * unit_s, longest_backoff_s: 8.0 * unit_s, ..Retry::as_the_sdks() };
    chat.patience_s = Some(16.0 * unit_s);
    let mut batch = chat.clone();
    batch.arrivals = Arrivals::Poisson { per_s: 0.5 / unit_s };
    batch.patience_s = None;
    model.workloads.push(batch);
    (model.fleet.replicas, model.fleet.balancing) = (3, Balancing::LeastBusy);
    model
}

fn with_limits() -> Model {
    let mut model = everything(1.0);
    let limit = |per_minute| Some(Limit { per_minute, depth: per_minute / 6.0 });
    model.pools.push(Limits {
        requests: limit(170.0),
        input_tokens: limit(2e5),
        output_tokens: limit(9e4),
        ..Limits::default()
    });
    for workload in &mut model.workloads {
        (workload.input_tokens, workload.output_tokens, workload.pool) = (1_000.0, 500.0, Some(0));
    }
    model
}

#[test]
fn everything_at_once_keeps_the_laws() {
    let outcome = run(&with_limits(), 2e5, 5);
    let counts = outcome.whole.counts;
    for (what, count) in [
        ("returns", counts.returns),
        ("shed", counts.shed),
        ("abandoned", counts.abandoned),
        ("limited", counts.limited),
        ("gave up", counts.gave_up),
        ("timed out", counts.timed_out),
        ("exhausted", counts.exhausted),
    ] {
        assert!(count > 100, "{what} {count}: this model is to see everything");
    }
    assert_eq!(outcome.workloads[1].counts.abandoned, 0, "the batch is patient");
}

#[test]
fn the_same_seed_is_the_same_run() {
    let span = Span { warm_up_s: 100.0, measured_s: 2_000.0 };
    let model = with_limits();
    let first = simulate(&model, span, 7).unwrap();
    assert_eq!(first, simulate(&model, span, 7).unwrap());
    assert_ne!(first, simulate(&model, span, 8).unwrap());
}

/// Another workload changes no arrival of those before it.
#[test]
fn arrivals_depend_on_nothing_else() {
    let span = Span { warm_up_s: 100.0, measured_s: 2_000.0 };
    let all = simulate(&everything(1.0), span, 7).unwrap();
    let mut alone = everything(1.0);
    alone.workloads.pop();
    (alone.fleet.concurrency, alone.fleet.replicas) = (3, 1);
    let alone = simulate(&alone, span, 7).unwrap();
    assert_eq!(all.workloads[0].counts.arrivals, alone.whole.counts.arrivals);
}

/// The unit of time is free: everything eight times as slow is the same run, to the last bit, with times eight times as
/// long.
#[test]
fn a_slower_clock_changes_nothing_but_times() {
    let span = |unit_s| Span { warm_up_s: 100.0 * unit_s, measured_s: 3_000.0 * unit_s };
    let (one, eight) =
        (simulate(&everything(1.0), span(1.0), 7).unwrap(), simulate(&everything(8.0), span(8.0), 7).unwrap());
    for (one, eight) in parts(&one).zip(parts(&eight)) {
        assert_eq!(one.counts, eight.counts);
        assert_eq!((one.in_system, one.open, one.shed_share), (eight.in_system, eight.open, eight.shed_share));
        let (one, eight) = (one.waiting.unwrap(), eight.waiting.unwrap());
        let scaled = |estimate: Estimate| estimate.divided_by(8.0);
        assert_eq!((one.mean_s, one.delayed_share), (scaled(eight.mean_s), eight.delayed_share));
    }
    assert_eq!(one.memory, eight.memory);
}

/// More slots, more places or more replicas shed no more; more arrivals shed no less. Statistically: the intervals may
/// not be apart in the wrong order.
#[test]
fn more_room_sheds_no_more() {
    let shed = |change: &dyn Fn(&mut Model)| {
        let mut model = everything(1.0);
        change(&mut model);
        simulate(&model, Span { warm_up_s: 500.0, measured_s: 20_000.0 }, 3).unwrap().whole.shed_share.unwrap()
    };
    let ordered = |shares: Vec<Estimate>| {
        assert!(shares.windows(2).all(|pair| pair[1].low <= pair[0].high), "{shares:?}");
        assert!(shares[shares.len() - 1].high < shares[0].low, "{shares:?}");
    };
    ordered([6, 8, 10, 12, 16, 24].map(|slots| shed(&|model| model.fleet.concurrency = slots)).to_vec());
    ordered(
        [0, 2, 5, 10, 20, 60]
            .map(|places| shed(&|model| model.workloads.iter_mut().for_each(|w| w.places = places)))
            .to_vec(),
    );
    ordered([1, 2, 3, 4].map(|replicas| shed(&|model| model.fleet.replicas = replicas)).to_vec());
    let rates = [8.0, 4.0, 2.0, 1.0];
    ordered(rates.map(|per_s| shed(&|model| model.workloads[1].arrivals = Arrivals::Poisson { per_s })).to_vec());
}

/// Twelve a second come and ten can go.
#[test]
fn a_queue_that_grows_is_found_out() {
    let outcome = simulate(&queue(12.0, 10, u32::MAX), Span { warm_up_s: 100.0, measured_s: 3_000.0 }, 1).unwrap();
    let growth = outcome.whole.growth_per_s;
    assert!(growth.low > 1.5 && growth.low < 2.0 && growth.high > 2.0 && growth.high < 2.5, "{growth:?}");
    conserved(&outcome);
    let steady = run(&queue(8.0, 10, u32::MAX), 4e4, 1).whole.growth_per_s;
    assert!(steady.low < 0.0 && steady.high > 0.0, "{steady:?}");
}

/// Streams of 900 s, measured from the first one on for 1,000 s: half as many were inside as Little's law says.
#[test]
fn a_warm_up_that_is_too_short_is_found_out() {
    let mut model = queue(1.0, 10_000, 0);
    model.workloads[0].duration = StreamDuration::Deterministic { mean_s: 900.0 };
    let cold = simulate(&model, Span { warm_up_s: 0.0, measured_s: 1_000.0 }, 1).unwrap();
    let little = cold.whole.little.unwrap();
    assert!(!little.agrees && little.difference.high < 0.0, "{little:?}");
    let sides = little.in_system - little.arrivals_per_s * little.sojourn_s;
    assert!((little.difference.value / sides - 1.0).abs() < 1e-9, "{little:?}");
    let warm = simulate(&model, Span { warm_up_s: 2_000.0, measured_s: 1_000.0 }, 1).unwrap();
    assert!(warm.whole.little.unwrap().agrees);
}
