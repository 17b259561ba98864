//! What the spread of stream durations, impatience and several replicas do to waiting.

use super::formulas::{abandoned, mean_wait, pollaczek_khinchine};
use super::model::{agrees, queue, queue_of, run};
use stream_probe::plan::simulate::{Balancing, StreamDuration};
use stream_probe::traffic::Arrivals;

/// One server, durations of every shape: deterministic halves the wait, log-normal multiplies it.
#[test]
fn one_server_pollaczek_khinchine() {
    let log_normal = |p95_s: f64| StreamDuration::from_mean_and_p95(1.0, Some(p95_s)).unwrap();
    // With sigma from the mean of 1 and the p95 by the quadratic, the squared coefficient of variation is exp(sigma^2)
    // - 1.
    let cv2 = |p95_s: f64| {
        let z = 1.644_853_627;
        f64::exp(f64::powi(z - f64::sqrt(z * z - 2.0 * p95_s.ln()), 2)) - 1.0
    };
    for (name, duration, rho, cv2, arrivals) in [
        ("M/D/1", StreamDuration::Deterministic { mean_s: 1.0 }, 0.7, 0.0, 10e5),
        ("M/D/1", log_normal(1.0), 0.5, 0.0, 9e5),
        ("M/M/1", StreamDuration::Exponential { mean_s: 1.0 }, 0.6, 1.0, 14e5),
        ("M/G/1, log-normal, p95 twice the mean", log_normal(2.0), 0.6, cv2(2.0), 14e5),
        ("M/G/1, log-normal, p95 2.5 times the mean", log_normal(2.5), 0.6, cv2(2.5), 16e5),
    ] {
        let outcome = run(&queue_of(rho, duration), arrivals, 9);
        agrees(name, outcome.whole.waiting.unwrap().mean_s, pollaczek_khinchine(rho, cv2));
    }
}

/// Requests that leave the queue after a fixed time, below and above what the slots can serve.
#[test]
fn impatience_loses_what_the_formula_says() {
    for (servers, erlangs, patience_s, arrivals) in [(1, 0.8, 2.0, 5e5), (5, 5.5, 0.5, 8e5), (10, 12.0, 0.4, 9e5)] {
        let mut model = queue(erlangs, servers, u32::MAX);
        model.workloads[0].patience_s = Some(patience_s);
        let outcome = run(&model, arrivals, 3);
        let exact = abandoned(erlangs, servers, patience_s);
        agrees(&format!("M/M/{servers}+D at {erlangs}"), outcome.whole.abandoned_share.unwrap(), exact);
        assert!(outcome.whole.waiting.unwrap().p99_s.value <= patience_s * 1.001, "nobody waits longer");
    }
}

/// Behind a random balancer each replica is a queue of its own at its share of the rate. In turn, each of two replicas
/// sees gaps of two exponentials, and its wait is that of E2/M/1: `s / (1 - s)` mean services with `s = (2 r / (2 r + 1
/// - s))^2` and r the use (Kleinrock, "Queueing Systems" volume 1, section 6.4).
#[test]
fn replicas_wait_as_their_balancer_lets_them() {
    let mut model = queue(1.0, 1, u32::MAX);
    model.fleet.replicas = 2;
    let mut mean_wait_s = |balancing, arrivals| {
        model.fleet.balancing = balancing;
        let outcome = run(&model, arrivals, 17);
        for replica in &outcome.replicas {
            agrees("    use of a replica", replica.traffic.utilisation, 0.5);
        }
        outcome.whole.waiting.unwrap().mean_s
    };
    agrees("random", mean_wait_s(Balancing::Random, 14e5), mean_wait(0.5, 1));
    let sigma = (0..200).fold(0.5, |s: f64, _| (1.0 / (2.0 - s)).powi(2));
    let in_turn = mean_wait_s(Balancing::RoundRobin, 12e5);
    agrees("round-robin", in_turn, sigma / (1.0 - sigma));
    // No formula: better than in turn, and no better than one queue for both.
    let least_busy = mean_wait_s(Balancing::LeastBusy, 5e5);
    assert!(least_busy.high < in_turn.low && least_busy.low > mean_wait(1.0, 2), "{least_busy:?}");
}

/// The same rate and load in bursts.
#[test]
fn bursts_wait_longer_and_the_rate_stays() {
    let mut model = queue(7.0, 10, u32::MAX);
    let even = run(&model, 4e5, 1).whole;
    model.workloads[0].arrivals =
        Arrivals::Bursty { mean_per_s: 7.0, peak_to_mean: 1.5, quiet_to_mean: 0.5, burst_s: 5.0 };
    let bursty = run(&model, 4e5, 1).whole;
    agrees("use in bursts", bursty.utilisation, 0.7);
    assert!(bursty.waiting.unwrap().mean_s.low > 2.0 * even.waiting.unwrap().mean_s.high);
}
