//! What holds in every model, however odd.

use super::model::{conserved, parts, queue};
use proptest::prelude::*;
use stream_probe::plan::simulate::{
    Balancing, DurationError, Model, RequestFlow, Span, StreamDuration, StreamMemory, simulate,
};
use stream_probe::traffic::{Arrivals, Limit, Limits, Retry};

fn durations() -> impl Strategy<Value = StreamDuration> {
    (0.1..20.0, 0u8..3, 1.0..3.8).prop_map(|(mean_s, kind, ratio)| match kind {
        0 => StreamDuration::Deterministic { mean_s },
        1 => StreamDuration::Exponential { mean_s },
        _ => StreamDuration::from_mean_and_p95(mean_s, Some(mean_s * ratio)).expect("a ratio below 3.868"),
    })
}

fn arrivals() -> impl Strategy<Value = Arrivals> {
    (0.1..10.0, prop::bool::ANY, 1.1..10.0, 0.0..0.9, 1.0..100.0).prop_map(|(per_s, even, peak, quiet, burst_s)| {
        match even {
            true => Arrivals::Poisson { per_s },
            false => Arrivals::Bursty { mean_per_s: per_s, peak_to_mean: peak, quiet_to_mean: quiet, burst_s },
        }
    })
}

prop_compose! {
    fn workloads()(
        arrivals in arrivals(), duration in durations(), timeout_s in 1.0..60.0, hung_share in 0.0..0.2,
        fail_share in 0.0..0.9, most_attempts in 1u16..5, patience_s in prop::option::of(0.1..20.0),
        tokens in 0.0..2e3, places in 0u32..50,
        open_bytes in 0.0..1e6, kept in 0.0..10.0, pool in prop::option::of(0usize..1),
    ) -> RequestFlow {
        RequestFlow {
            name: "w".to_owned(), arrivals, duration, timeout_s: Some(timeout_s), hung_share, fail_share,
            retry: Retry { most_attempts, ..Retry::as_the_sdks() },
            places, patience_s, input_tokens: tokens, output_tokens: tokens,
            memory: StreamMemory { open_bytes, kept_per_text_byte: kept, text_bytes: 60e3 }, pool,
        }
    }
}

prop_compose! {
    fn models()(
        workloads in prop::collection::vec(workloads(), 1..4), per_minute in 10.0..1e3, replicas in 1u32..4,
        balancing in prop::sample::select(vec![Balancing::Random, Balancing::RoundRobin, Balancing::LeastBusy]),
        concurrency in 1u32..60, base_bytes in 0.0..1e8,
    ) -> Model {
        let limit = |per_minute| Some(Limit { per_minute, depth: per_minute.max(2e3) });
        let (input_tokens, output_tokens) = (limit(per_minute * 1e3), limit(per_minute * 5e2));
        let pool = Limits { requests: limit(per_minute), input_tokens, output_tokens, ..Limits::default() };
        let mut model = Model { workloads, pools: vec![pool], ..queue(1.0, concurrency, 0) };
        (model.fleet.replicas, model.fleet.balancing, model.fleet.base_bytes) = (replicas, balancing, base_bytes);
        model
    }
}

proptest! {
    /// Nothing is lost, and no number is beyond its bounds.
    #[test]
    fn every_run_is_within_its_bounds(model in models(), seed in any::<u64>()) {
        let outcome = simulate(&model, Span { warm_up_s: 50.0, measured_s: 500.0 }, seed).unwrap();
        conserved(&outcome);
        let fleet = model.fleet;
        let places: u64 = model.workloads.iter().map(|workload| u64::from(workload.places)).sum();
        for (workload, traffic) in model.workloads.iter().zip(&outcome.workloads) {
            prop_assert!(traffic.in_queue.peak <= u64::from(workload.places) * u64::from(fleet.replicas));
            let (waiting, patience_s) = (traffic.waiting, workload.patience_s.unwrap_or(f64::INFINITY));
            // Asleep after a 429 is waiting too, and no patience ends that.
            if traffic.counts.limited == 0 {
                prop_assert!(waiting.is_none_or(|waiting| waiting.p99_s.value <= patience_s * 1.001));
            }
        }
        for replica in &outcome.replicas {
            prop_assert!(replica.traffic.running.peak <= u64::from(fleet.concurrency));
            prop_assert!(replica.traffic.in_queue.peak <= places);
            prop_assert!(replica.traffic.utilisation.value <= 1.0 + 1e-9);
        }
        for part in parts(&outcome) {
            let shares = [part.shed_share, part.abandoned_share, part.limited_share];
            for share in shares.into_iter().flatten() {
                let ends = [0.0, share.low, share.value, share.high, 1.0];
                prop_assert!(ends.is_sorted(), "{share:?}");
            }
            for level in [part.in_system, part.in_queue, part.running, part.open, part.backing_off] {
                prop_assert!(level.mean.value <= level.peak as f64 * (1.0 + 1e-9), "{level:?}");
            }
            prop_assert!(part.open.peak <= part.running.peak && part.running.peak <= part.in_system.peak);
            if let Some(waiting) = part.waiting {
                let quantiles = [waiting.p50_s, waiting.p95_s, waiting.p99_s];
                prop_assert!(quantiles.is_sorted_by_key(|quantile| quantile.value));
                prop_assert!(quantiles.iter().all(|wait| [0.0, wait.low, wait.value, wait.high].is_sorted()));
                prop_assert!(waiting.mean_s.value >= 0.0 && waiting.delayed_share.value <= 1.0);
            }
        }
        let largest = model.workloads.iter().map(|w| w.memory.full_bytes()).fold(0.0, f64::max);
        let most = fleet.base_bytes + f64::from(fleet.concurrency) * largest;
        let rounding = 1.0 + 1e-9 * most;
        for memory in outcome.replicas.iter().map(|replica| replica.memory).chain([outcome.memory]) {
            prop_assert!(memory.peak_bytes <= most + rounding);
            prop_assert!(memory.mean_bytes.value >= fleet.base_bytes - rounding);
            prop_assert!(memory.mean_bytes.value <= memory.peak_bytes + rounding);
            // Three digits of a histogram.
            prop_assert!(memory.p50_bytes <= memory.p99_bytes && memory.p99_bytes <= memory.peak_bytes * 1.001 + 1.0);
            prop_assert!(memory.share_above_limit.value <= memory.share_above_safe.value);
        }
    }

    /// A distribution made from a mean and a 95th percentile has both.
    #[test]
    fn the_fit_gives_back_what_it_was_given(mean_s in 1e-3..1e4f64, ratio in 1.0..3.868f64) {
        let fitted = StreamDuration::from_mean_and_p95(mean_s, Some(mean_s * ratio)).unwrap();
        prop_assert!((fitted.mean_s() / mean_s - 1.0).abs() < 1e-12);
        prop_assert!((fitted.p95_s() / (mean_s * ratio) - 1.0).abs() < 1e-12);
    }

    /// And where there is none, it says so.
    #[test]
    fn what_no_distribution_has_is_refused(mean_s in 1e-3..1e4f64, above in 3.8682..1e3, below in 0.0..0.999) {
        let fit = |mean_s: f64, ratio: f64| StreamDuration::from_mean_and_p95(mean_s, Some(mean_s * ratio));
        let refused = matches!(fit(mean_s, above), Err(DurationError::P95TooFarAboveMean { .. }));
        prop_assert!(refused);
        let refused = matches!(fit(mean_s, below), Err(DurationError::P95BelowMean { .. }));
        prop_assert!(refused);
        let refused = matches!(fit(-mean_s, 2.0), Err(DurationError::Mean { .. }));
        prop_assert!(refused);
    }
}
