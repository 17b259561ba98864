//! Loss and delay systems: Erlang B, Erlang C and the queue with few places.

use super::formulas::{erlang_b, erlang_c, loss, mean_wait, states};
use super::model::{agrees, queue, run};

/// No queue: the share refused, and how many run. Erlangs from the published table.
#[test]
fn without_a_queue_erlang_b() {
    for (servers, erlangs, arrivals) in
        [(1, 1.0, 2e5), (2, 0.2235, 22e5), (5, 2.881, 12e5), (10, 7.511, 13e5), (5, 2.219, 22e5), (20, 17.61, 16e5)]
    {
        let outcome = run(&queue(erlangs, servers, 0), arrivals, u64::from(servers));
        let exact = erlang_b(erlangs, servers);
        agrees(&format!("Erlang B({servers}, {erlangs})"), outcome.whole.shed_share.unwrap(), exact);
        agrees("    running", outcome.whole.running.mean, erlangs * (1.0 - exact));
        assert_eq!(outcome.whole.waiting.unwrap().p99_s.high, 0.0, "nobody waits");
    }
}

/// A queue without end: the share that waits and the mean wait; use of the slots; and the wait that 5 % and 1 % exceed,
/// which is exponential for those who wait: `P(W > t) = C exp(-(c - a) t)`. With many slots the mean wait takes many
/// millions of arrivals to say to 2 %, because it comes from rare long queues, so it is only compared where `waits_too`
/// (and with few places, below).
#[test]
fn with_an_endless_queue_erlang_c() {
    for (servers, erlangs, arrivals, waits_too) in
        [(1, 0.5, 10e5, true), (2, 1.2, 20e5, true), (5, 3.5, 12e5, false), (10, 7.0, 20e5, false)]
    {
        let outcome = run(&queue(erlangs, servers, u32::MAX), arrivals, u64::from(servers));
        let waiting = outcome.whole.waiting.unwrap();
        let waits = erlang_c(erlangs, servers);
        agrees(&format!("Erlang C({servers}, {erlangs})"), waiting.delayed_share, waits);
        agrees("    use", outcome.whole.utilisation, erlangs / f64::from(servers));
        if waits_too {
            agrees("    mean wait", waiting.mean_s, mean_wait(erlangs, servers));
            agrees("    in the queue", outcome.whole.in_queue.mean, erlangs * mean_wait(erlangs, servers));
        }
        for (share, wait_s) in [(0.05, waiting.p95_s.value), (0.01, waiting.p99_s.value)] {
            let exact = (waits / share).ln() / (f64::from(servers) - erlangs);
            println!("    wait exceeded by {share:<26} {wait_s:>9.5} for {exact:>9.5}");
            assert!((wait_s / exact - 1.0).abs() < 0.03, "{wait_s} for {exact}");
        }
        assert_eq!(outcome.whole.counts.shed, 0);
    }
}

/// A few places: the share refused, the mean wait of those who were not, and how many are in the queue.
#[test]
fn with_few_places_the_exact_loss() {
    for (servers, places, erlangs, arrivals) in [
        (1, 4, 0.8, 15e5),
        (1, 9, 1.2, 9e5),
        (2, 3, 1.8, 12e5),
        (5, 5, 5.0, 10e5),
        (10, 6, 12.0, 10e5),
        (20, 10, 24.0, 14e5),
    ] {
        let outcome = run(&queue(erlangs, servers, places), arrivals, u64::from(servers + places));
        let exact = loss(erlangs, servers, places);
        agrees(&format!("M/M/{servers}/{} at {erlangs}", servers + places), outcome.whole.shed_share.unwrap(), exact);
        let states = states(erlangs, servers, places);
        let queued: f64 = (0..).zip(&states[servers as usize..]).map(|(queued, state)| f64::from(queued) * state).sum();
        agrees("    in the queue", outcome.whole.in_queue.mean, queued);
        agrees("    mean wait", outcome.whole.waiting.unwrap().mean_s, queued / (erlangs * (1.0 - exact)));
        assert_eq!(outcome.whole.in_queue.peak, u64::from(places));
    }
}
