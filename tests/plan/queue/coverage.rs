//! The intervals of waiting times near full load hold the exact quantile as often as they say.

use super::formulas::erlang_c;
use super::model::queue;
use stream_probe::fit::Estimate;
use stream_probe::plan::simulate::{Span, simulate};
use stream_probe::traffic::ENDLESS;

/// What the p95 of M/M/c at a use of `rho` came to in runs of so many relaxation times, one a seed: how often its interval held the
/// exact one, `P(W > t) = C exp(-(c - a) t)`, and how often it had no upper end.
fn coverage(rho: f64, servers: u32, relaxations: f64, seeds: u64) -> (f64, f64) {
    let erlangs = rho * f64::from(servers);
    let exact = (erlang_c(erlangs, servers) / 0.05).ln() / (f64::from(servers) - erlangs);
    let model = queue(erlangs, servers, ENDLESS);
    let load = model.load();
    assert!((load.share - rho).abs() < 1e-12);
    let (mut held, mut open) = (0.0, 0.0);
    for seed in 1..=seeds {
        let outcome = simulate(&model, Span::for_arrivals(&model, relaxations * load.relaxation), seed).unwrap();
        let Estimate { value, low, high } = outcome.whole.waiting.unwrap().p95_s;
        assert!(low <= value && value <= high);
        held += f64::from(u8::from((low..=high).contains(&exact)));
        open += f64::from(u8::from(high.is_infinite()));
    }
    let all = seeds as f64;
    println!("M/M/{servers} at {rho}, {relaxations} relaxation times: {} of {seeds} held, {} without end", held, open);
    (held / all, open / all)
}

/// A binomial of 95 % over so many seeds is hardly ever below this: three standard errors.
fn least(seeds: u64) -> f64 {
    0.95 - 3.0 * (0.95 * 0.05 / seeds as f64).sqrt()
}

/// As long as a plan is played. Seeds are fixed, so that chance decided once.
#[test]
fn a_run_that_is_long_enough_says_how_sure_it_is() {
    for (rho, servers, seeds) in [(0.9, 1, 40), (0.9, 8, 20), (0.97, 8, 3)] {
        let (held, open) = coverage(rho, servers, 300.0, seeds);
        assert!(held >= least(seeds) && open <= 0.15, "{held} held, {open} without end");
    }
}

/// Too short a run does not pretend: its intervals grow, and lose their upper end.
#[test]
fn a_run_that_is_too_short_says_that_it_does_not_know() {
    for (rho, servers, seeds) in [(0.9, 1, 60), (0.97, 1, 12), (0.99, 1, 3)] {
        let (held, open) = coverage(rho, servers, 15.0, seeds);
        assert!(
            held >= 0.95 - 0.1 - 3.0 * (0.15 * 0.85 / seeds as f64).sqrt() && open > 0.3,
            "{held} held, {open} open"
        );
    }
}

/// The measurement behind both, some minutes of a release build: `cargo test --release --test plan_queue -- --ignored --nocapture`.
#[test]
#[ignore = "minutes; the two tests above are its short form"]
fn coverage_over_many_seeds() {
    for (rho, servers, relaxations, seeds) in [
        (0.9, 1, 300.0, 400),
        (0.9, 30, 300.0, 200),
        (0.97, 1, 300.0, 100),
        (0.97, 8, 300.0, 100),
        (0.99, 1, 300.0, 20),
        (0.9, 1, 100.0, 400),
        (0.97, 8, 100.0, 100),
        (0.99, 8, 100.0, 40),
    ] {
        let (held, _) = coverage(rho, servers, relaxations, seeds);
        assert!(held >= least(seeds) - if relaxations < 300.0 { 0.05 } else { 0.0 }, "{held}");
    }
}
