//! Retries, timeouts and hung streams against their arithmetic.

use super::formulas::erlang_b;
use super::model::{agrees, queue, run, workload};
use stream_probe::plan::simulate::{Counts, StreamDuration};
use stream_probe::traffic::Retry;

/// With a failure chance r and up to k attempts, each request comes `1 + r + ... + r^(k-1)` times; none of it if r is
/// 0.
#[test]
fn retries_come_on_top_of_arrivals() {
    for (r, attempts) in [(0.08, 3), (0.3, 3), (0.5, 1), (0.5, 6)] {
        let mut model = queue(2.5, 1_000, 0);
        let w = &mut model.workloads[0];
        w.duration = StreamDuration::Exponential { mean_s: 12.0 };
        w.fail_share = r;
        w.retry = Retry { most_attempts: attempts, ..Retry::as_the_sdks() };
        let outcome = run(&model, 2e5, 4).whole;
        let times: f64 = (0..i32::from(attempts)).map(|n| r.powi(n)).sum();
        agrees("open", outcome.open.mean, 2.5 * times * 12.0);
        agrees("throughput", outcome.throughput_per_s, 2.5 * (1.0 - r.powi(i32::from(attempts))));
        let Counts { arrivals, returns, opened, .. } = outcome.counts;
        let ratio = (arrivals + returns) as f64 / arrivals as f64;
        assert!((ratio / times - 1.0).abs() < 0.01, "{ratio} for {times}");
        assert!(opened.abs_diff(arrivals + returns) <= 1, "{opened}: nothing is refused");
    }
}

/// Backoff holds no slot: the mean number in backoff is the rate of returns times the mean backoff of 0.5 s less an
/// eighth.
#[test]
fn backoff_waits_outside_the_gate() {
    let mut model = queue(20.0, 1_000, 0);
    let w = &mut model.workloads[0];
    (w.fail_share, w.retry) = (0.5, Retry { most_attempts: 2, ..Retry::as_the_sdks() });
    let outcome = run(&model, 4e5, 4).whole;
    agrees("in backoff", outcome.backing_off.mean, 20.0 * 0.5 * 0.5 * 0.875);
    agrees("in the system", outcome.in_system.mean, 20.0 * 1.5);
}

/// A timeout T cuts exponential streams of mean m: `exp(-T/m)` of them, and the mean life becomes `m (1 - exp(-T/m))`.
/// Of hung streams it cuts all.
#[test]
fn a_timeout_cuts_long_and_hung_streams() {
    for hung in [0.0, 0.02] {
        let mut model = queue(5.0, 10_000, 0);
        let w = &mut model.workloads[0];
        (w.timeout_s, w.hung_share) = (Some(3.0), hung);
        w.retry.most_attempts = 1;
        let outcome = run(&model, 4e5, 2).whole;
        let cut = (-3.0f64).exp();
        agrees("open", outcome.open.mean, 5.0 * ((1.0 - hung) * (1.0 - cut) + hung * 3.0));
        let Counts { timed_out, exhausted, departed, .. } = outcome.counts;
        let (share, exact) = (timed_out as f64 / departed as f64, hung + (1.0 - hung) * cut);
        // Binomial: a standard error of sqrt(0.05 / 400,000) is 0.7 % of it.
        assert!((share / exact - 1.0).abs() < 0.03, "{share} for {exact}");
        assert_eq!(timed_out, exhausted);
    }
}

/// Two workloads in one loss system lose the same share (Poisson arrivals see the same time averages), and it is that
/// of their common load, whatever their durations (Erlang's formula holds for every distribution: B. Sevastyanov,
/// Theory of Probability 2, 1957).
#[test]
fn workloads_share_one_gate() {
    let mut model = queue(3.0, 5, 0);
    let mut long = workload(0.25);
    long.places = 0;
    long.duration = StreamDuration::from_mean_and_p95(8.0, Some(24.0)).unwrap();
    model.workloads.push(long);
    let outcome = run(&model, 15e5, 8);
    agrees("both", outcome.whole.shed_share.unwrap(), erlang_b(5.0, 5));
    agrees("short streams", outcome.workloads[0].shed_share.unwrap(), erlang_b(5.0, 5));
    let long = outcome.workloads[1].shed_share.unwrap();
    assert!(long.low <= erlang_b(5.0, 5) && long.high >= erlang_b(5.0, 5), "{long:?}");
    agrees("running short", outcome.workloads[0].running.mean, 3.0 * (1.0 - erlang_b(5.0, 5)));
}
