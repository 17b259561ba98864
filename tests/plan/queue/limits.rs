//! Rate limits and memory: what binds besides slots.

use super::model::{agrees, queue, run, workload};
use stream_probe::plan::simulate::{
    Balancing, Counts, Model, ModelError, Span, StreamDuration, StreamMemory, simulate,
};
use stream_probe::traffic::{Limit, Limits, Retry};

fn limited(per_s: f64, pool: Limits) -> Model {
    let mut model = queue(per_s, 1_000, 0);
    model.pools.push(pool);
    model.workloads[0].pool = Some(0);
    model
}

const SIXTY: Limit = Limit { per_minute: 60.0, depth: 10.0 };

/// 60 a minute, depth 10, ten times as much asked: one start a second and no more. Those refused sleep a second with
/// their slot and are refused again, and the third time they give up.
#[test]
fn a_bucket_under_pressure_lets_its_rate_through() {
    let mut model = limited(10.0, Limits { requests: Some(SIXTY), ..Limits::default() });
    model.workloads[0].retry = Retry::as_the_sdks();
    let outcome = run(&model, 1e5, 1).whole;
    let Counts { opened, sent, limited, gave_up, .. } = outcome.counts;
    assert!(opened.abs_diff(10_000) <= 1, "{opened} in 10,000 s");
    assert_eq!(sent - opened, limited);
    // Of 10 a second 9 give up after two sleeps of 1 s; the few that open after a sleep have slept less.
    agrees("gave up", outcome.throughput_per_s, 1.0);
    assert!((gave_up as f64 / 90_000.0 - 1.0).abs() < 0.01, "{gave_up}");
    let asleep = outcome.running.mean.value - outcome.open.mean.value;
    assert!((18.0..20.0).contains(&asleep), "{asleep}");
}

/// Far below the limit nobody is refused; and replicas share one account: four of them get no more than one.
#[test]
fn a_bucket_with_room_refuses_nobody_and_is_one_for_all_replicas() {
    let mut model = limited(0.05, Limits { requests: Some(SIXTY), ..Limits::default() });
    assert_eq!(run(&model, 1e4, 1).whole.counts.limited, 0);
    model.workloads[0].arrivals = workload(10.0).arrivals;
    (model.fleet.replicas, model.fleet.balancing) = (4, Balancing::LeastBusy);
    let outcome = run(&model, 1e5, 1);
    assert!(outcome.whole.counts.opened.abs_diff(10_000) <= 1, "{}", outcome.whole.counts.opened);
    assert!(outcome.replicas.iter().all(|replica| replica.traffic.counts.opened > 2_000));
}

/// The bucket that binds decides the rate: 6,000 input tokens a minute at 200 a request are 30 a minute; 3,000 output
/// tokens at 150 a stream are 20 a minute, and since they count while they come, the level goes below 0 and comes back.
#[test]
fn tokens_bind_as_requests_do() {
    for (input, output, per_minute) in [(200.0, 0.0, 30.0), (200.0, 150.0, 20.0), (10.0, 10.0, 60.0)] {
        let limit = |per_minute, depth| Some(Limit { per_minute, depth });
        let (input_tokens, output_tokens) = (limit(6e3, 1e3), limit(3e3, 1e3));
        let pool = Limits { requests: Some(SIXTY), input_tokens, output_tokens, ..Limits::default() };
        let mut model = limited(10.0, pool);
        (model.workloads[0].input_tokens, model.workloads[0].output_tokens) = (input, output);
        let outcome = run(&model, 2e5, 1).whole;
        agrees("opened", outcome.throughput_per_s, per_minute / 60.0);
    }
}

/// Chance of more than `most` in a Poisson distribution.
fn more_than(most: u32, mean: f64) -> f64 {
    let mut term = (-mean).exp();
    let mut sum = term;
    for n in 1..=most {
        term *= mean / f64::from(n);
        sum += term;
    }
    1.0 - sum
}

/// Without a limit on slots, open streams are Poisson with mean lambda W whatever their durations (M/G/infinity;
/// Kleinrock volume 1, section 3.4). If they cost the same from the first byte on, so is memory: 100 MB + 50 MB for
/// each of about 2, limit 400 MB.
#[test]
fn memory_of_streams_without_text_is_poisson() {
    for duration in [StreamDuration::Exponential { mean_s: 12.0 }, StreamDuration::Deterministic { mean_s: 12.0 }] {
        let mut model = queue(1.0 / 6.0, 1_000, 0);
        model.workloads[0].duration = duration;
        model.workloads[0].memory.open_bytes = 50e6;
        model.fleet.limit_bytes = 400e6;
        let memory = run(&model, 8e5, 3).memory;
        agrees("mean", memory.mean_bytes, 200e6);
        // 280 MB, 70 % of the limit, is passed with the fourth stream, the limit with the seventh.
        agrees("above 70 %", memory.share_above_safe, more_than(3, 2.0));
        assert!((memory.share_above_limit.value / more_than(6, 2.0) - 1.0).abs() < 0.1, "{memory:?}");
        let p99 = (0..100).find(|n| more_than(*n, 2.0) <= 0.01).unwrap();
        let exact = 100e6 + 50e6 * f64::from(p99);
        assert!((memory.p99_bytes / exact - 1.0).abs() < 0.002, "{} for {exact}", memory.p99_bytes);
        assert!(memory.peak_bytes >= memory.p99_bytes && (memory.peak_bytes / 50e6).fract() < 1e-6);
    }
}

/// A stream seen at a random moment has had half of its text on average, whatever its duration; of one that is cut
/// half-way, the text is a quarter there on average.
#[test]
fn memory_of_text_grows_over_the_life_of_a_stream() {
    let text = StreamMemory { open_bytes: 30e3, kept_per_text_byte: 3.0, text_bytes: 60e3 };
    assert_eq!(text.full_bytes(), 210e3);
    let log_normal = StreamDuration::from_mean_and_p95(12.0, Some(30.0)).unwrap();
    for (duration, timeout_s, bytes) in [
        (log_normal, None, 30.0 * (30e3 + 90e3)),
        (StreamDuration::Deterministic { mean_s: 12.0 }, None, 30.0 * (30e3 + 90e3)),
        (StreamDuration::Deterministic { mean_s: 12.0 }, Some(6.0), 15.0 * (30e3 + 45e3)),
    ] {
        let mut model = queue(2.5, 1_000, 0);
        (model.fleet.base_bytes, model.workloads[0].memory) = (0.0, text);
        (model.workloads[0].duration, model.workloads[0].timeout_s) = (duration, timeout_s);
        agrees("mean", run(&model, 3e5, 3).memory.mean_bytes, bytes);
    }
}

/// A fleet's memory is that of its replicas laid together.
#[test]
fn memory_of_a_fleet_is_that_of_its_replicas() {
    let mut model = queue(20.0, 10, 5);
    model.workloads[0].memory.open_bytes = 5e6;
    (model.fleet.replicas, model.fleet.balancing) = (3, Balancing::Random);
    let outcome = run(&model, 1e5, 3);
    let replicas = outcome.replicas.iter().map(|replica| replica.memory);
    let mean = replicas.clone().map(|memory| memory.mean_bytes.value).sum::<f64>() / 3.0;
    assert!((outcome.memory.mean_bytes.value / mean - 1.0).abs() < 1e-12);
    assert_eq!(outcome.memory.peak_bytes, replicas.map(|memory| memory.peak_bytes).fold(0.0, f64::max));
    assert_eq!(outcome.memory.peak_bytes, 150e6, "all ten slots at once");
}

/// One line that says where, what and what would do.
#[test]
fn what_cannot_be_simulated_says_why() {
    let refused = |change: &dyn Fn(&mut Model)| {
        let mut model = limited(1.0, Limits { input_tokens: Some(SIXTY), ..Limits::default() });
        change(&mut model);
        let span = Span { warm_up_s: 1.0, measured_s: 1.0 };
        simulate(&model, span, 1).expect_err("a model out of range").to_string()
    };
    type Change = &'static dyn Fn(&mut Model);
    let cases: [(Change, &str); 10] = [
        (&|model| model.workloads.clear(), "no workload"),
        (&|model| model.workloads[0].hung_share = 1.5, "w: share of hung streams is 1.5, must be a share from 0 to 1"),
        (&|model| model.workloads[0].hung_share = 0.1, "w: a share of streams hangs, but there is no timeout"),
        (&|model| model.workloads[0].arrivals = workload(0.0).arrivals, "w: arrival rate per second is 0"),
        (&|model| model.workloads[0].fail_share = 1.0, "w: retry probability is 1, must be 0 or more and below 1"),
        (&|model| model.workloads[0].input_tokens = 11.0, "needs 11 input tokens at once, but a full bucket holds 10"),
        (&|model| model.workloads[0].pool = Some(1), "w: there is no pool 1, only 1"),
        (&|model| model.pools[0].requests = Some(Limit { per_minute: f64::NAN, depth: 1.0 }), "pool 0, requests"),
        (&|model| model.fleet.replicas = 0, "the fleet: number of replicas is 0, must be 1 to 1,000"),
        (&|model| model.fleet.limit_bytes = f64::INFINITY, "the fleet: memory limit in bytes is inf"),
    ];
    for (change, text) in cases {
        let said = refused(change);
        assert!(said.contains(text) && !said.contains('\n'), "{said}");
    }
    let never = Span { warm_up_s: 0.0, measured_s: 0.0 };
    assert!(matches!(simulate(&queue(1.0, 1, 0), never, 1), Err(ModelError::Value { .. })));
}
