//! The exact formulas, written from their sources and not from the simulation, and held to published values.

/// Erlang's loss formula by its recursion `B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1))`, a in erlangs. Source: ITU-D
/// Teletraffic Engineering Handbook (V. B. Iversen), section 7.3.1.
pub fn erlang_b(erlangs: f64, servers: u32) -> f64 {
    (1..=servers).fold(1.0, |b, k| erlangs * b / (f64::from(k) + erlangs * b))
}

/// Erlang's delay formula: the chance of waiting in M/M/c, from Erlang B: `C = c B / (c - a (1 - B))`. Source: the same
/// handbook, section 9.2.
pub fn erlang_c(erlangs: f64, servers: u32) -> f64 {
    let (b, c) = (erlang_b(erlangs, servers), f64::from(servers));
    c * b / (c - erlangs * (1.0 - b))
}

/// Mean wait in M/M/c in mean service times: `C / (c - a)`.
pub fn mean_wait(erlangs: f64, servers: u32) -> f64 {
    erlang_c(erlangs, servers) / (f64::from(servers) - erlangs)
}

/// Probabilities of 0 to c + places in M/M/c/K, by the balance of each state with the next: `p(n+1) min(n+1, c) = a
/// p(n)`. Source: D. Gross and C. Harris, "Fundamentals of Queueing Theory", 3rd edition, section 2.4.
pub fn states(erlangs: f64, servers: u32, places: u32) -> Vec<f64> {
    let mut states = vec![1.0];
    for n in 1..=servers + places {
        states.push(states[states.len() - 1] * erlangs / f64::from(n.min(servers)));
    }
    let sum: f64 = states.iter().sum();
    states.iter().map(|state| state / sum).collect()
}

/// Chance that an arrival at M/M/c/K is refused: that of the last state, since Poisson arrivals see time averages (R.
/// Wolff, Operations Research 30, 1982).
pub fn loss(erlangs: f64, servers: u32, places: u32) -> f64 {
    states(erlangs, servers, places)[(servers + places) as usize]
}

/// Mean wait in M/G/1: `rho / (1 - rho) x (1 + cv^2) / 2` mean service times (Pollaczek and Khinchine; L. Kleinrock,
/// "Queueing Systems" volume 1, equation 5.113). `cv2` is the variance of service over its squared mean.
pub fn pollaczek_khinchine(rho: f64, cv2: f64) -> f64 {
    rho / (1.0 - rho) * (1.0 + cv2) / 2.0
}

/// Chance that a request leaves M/M/c because it would have to wait longer than `patience` mean service times. Source:
/// F. Baccelli and G. Hebuterne, "On queues with impatient customers", Performance '81, in the form of S. Zeltyn and A.
/// Mandelbaum, "Call centers with impatient customers", Queueing Systems 51, 2005, for patience that is the same for
/// all: `P = (1 + (l - c) J) / (e + l J)` with `e = 1 / B(c-1, l)` and `J` the integral of `exp(l min(x, patience) - c
/// x)`.
pub fn abandoned(erlangs: f64, servers: u32, patience: f64) -> f64 {
    let gap = f64::from(servers) - erlangs;
    let j = (1.0 - (-gap * patience).exp()) / gap + (-gap * patience).exp() / f64::from(servers);
    (1.0 - gap * j) / (1.0 / erlang_b(erlangs, servers - 1) + erlangs * j)
}

fn near(have: f64, published: f64, half_a_digit: f64) {
    assert!((have - published).abs() <= half_a_digit, "{have} for {published}");
}

/// Traffic that so many lines carry at a blocking of 1, 2, 5 and 10 %: the Erlang B table printed in every teletraffic
/// text (such as T. Rappaport, "Wireless Communications", table 3.4), to the digits of the table; 15 lines from the
/// manual of erlang.com.
#[test]
fn erlang_b_is_that_of_the_tables() {
    for (servers, erlangs, half_a_digit, blocking) in [
        (15, 8.108, 0.0005, 0.01),
        (5, 1.36, 0.005, 0.01),
        (10, 4.46, 0.005, 0.01),
        (100, 84.1, 0.05, 0.01),
        (10, 5.08, 0.005, 0.02),
        (50, 40.3, 0.05, 0.02),
        (5, 2.22, 0.005, 0.05),
        (10, 6.22, 0.005, 0.05),
        (20, 15.2, 0.05, 0.05),
        (5, 2.88, 0.005, 0.1),
        (10, 7.51, 0.005, 0.1),
        (2, 0.223, 0.0005, 0.02),
        (20, 17.6, 0.05, 0.1),
    ] {
        let (low, high) = (erlang_b(erlangs - half_a_digit, servers), erlang_b(erlangs + half_a_digit, servers));
        assert!(low <= blocking && blocking <= high, "{servers} lines, {erlangs} erlangs: {low} to {high}");
    }
}

/// I. Adan and J. Resing, "Queueing Systems", table 5.1: M/M/c at a use of 90 %, chance of waiting and mean wait.
#[test]
fn erlang_c_is_that_of_the_tables() {
    for (servers, waits, wait) in
        [(1, 0.90, 9.00), (2, 0.85, 4.26), (5, 0.76, 1.53), (10, 0.67, 0.67), (20, 0.55, 0.28)]
    {
        let erlangs = 0.9 * f64::from(servers);
        near(erlang_c(erlangs, servers), waits, 0.0051);
        near(mean_wait(erlangs, servers), wait, 0.0051);
    }
    // A call centre's worked example: 200 calls an hour of 3 minutes, 14 agents: 17.4 % wait, 7.8 s on average.
    near(erlang_c(10.0, 14), 0.174, 0.0005);
    near(180.0 * mean_wait(10.0, 14), 7.8, 0.05);
    // And another: 720 calls an hour of 4 minutes, 55 agents: 23.9 % wait.
    near(erlang_c(48.0, 55), 0.239, 0.0005);
}

/// Places without end make M/M/c/K M/M/c; no places make it Erlang's loss system; patience without end loses nobody and
/// no patience loses like Erlang B.
#[test]
fn the_formulas_meet_at_their_ends() {
    near(loss(8.0, 10, 0), erlang_b(8.0, 10), 1e-12);
    let waits: f64 = states(8.0, 10, 500)[10..].iter().sum();
    near(waits, erlang_c(8.0, 10), 1e-12);
    near(abandoned(8.0, 10, 1e-9), erlang_b(8.0, 10), 1e-8);
    near(abandoned(8.0, 10, 100.0), 0.0, 1e-12);
    near(pollaczek_khinchine(0.9, 1.0), mean_wait(0.9, 1), 1e-12);
}
