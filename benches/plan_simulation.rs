//! How long a capacity plan takes to simulate: 10 million arrivals of streams, on one core, and the memory that takes.

use std::fs;
use std::time::Instant;
use stream_probe::plan::simulate::{
    Balancing, Fleet, Model, RequestFlow, Span, StreamDuration, StreamMemory, simulate,
};
use stream_probe::traffic::{Arrivals, Limit, Limits, Retry};

const ARRIVALS: f64 = 1e7;

fn main() {
    println!("{ARRIVALS:e} new requests on one core\n");
    println!("model                                        s   streams opened    per s   open (mean)   memory MiB");
    line("one M/M/49 gate, 30 open on average", &one(2.5));
    line("one gate, 3,000 open on average", &large());
    line("three workloads with everything, 1 replica", &everything(1));
    line("the same behind least-busy, 8 replicas", &everything(8));
    println!("\nmemory: high water of this process after each line; the models run one after the other, in this order");
}

fn line(name: &str, model: &Model) {
    let span = Span::for_arrivals(model, ARRIVALS);
    let begun = Instant::now();
    let outcome = simulate(model, span, 1).expect("a model in range");
    let wall_s = begun.elapsed().as_secs_f64();
    let opened = outcome.whole.counts.opened as f64;
    println!(
        "{name:<42} {wall_s:>5.2} {opened:>14.0} {:>10.1e} {:>11.0} {:>12.1}",
        opened / wall_s,
        outcome.whole.open.mean.value,
        high_water_mib()
    );
}

/// The published worked case: 2.5 requests a second, 12 s, a gate of 49.
fn one(per_s: f64) -> Model {
    Model {
        workloads: vec![RequestFlow {
            name: "chat".to_owned(),
            arrivals: Arrivals::Poisson { per_s },
            duration: StreamDuration::Exponential { mean_s: 12.0 },
            timeout_s: None,
            hung_share: 0.0,
            fail_share: 0.0,
            retry: Retry::never(),
            places: 243,
            patience_s: None,
            input_tokens: 0.0,
            output_tokens: 0.0,
            memory: StreamMemory { open_bytes: 30e3, kept_per_text_byte: 3.0, text_bytes: 60e3 },
            pool: None,
        }],
        pools: Vec::new(),
        fleet: Fleet {
            replicas: 1,
            balancing: Balancing::RoundRobin,
            concurrency: 49,
            base_bytes: 90e6,
            limit_bytes: 512e6,
        },
    }
}

fn large() -> Model {
    let mut model = one(250.0);
    model.fleet.concurrency = 4_900;
    model
}

/// Bursts, log-normal streams, retries, hung streams, patience, and rate limits that bind now and then.
fn everything(replicas: u32) -> Model {
    let mut model = one(2.5);
    let chat = &mut model.workloads[0];
    chat.arrivals = Arrivals::Bursty { mean_per_s: 2.5, peak_to_mean: 2.0, quiet_to_mean: 0.5, burst_s: 60.0 };
    chat.duration = StreamDuration::from_mean_and_p95(12.0, Some(30.0)).expect("a log-normal distribution");
    chat.timeout_s = Some(120.0);
    chat.hung_share = 0.002;
    (chat.fail_share, chat.retry) = (0.08, Retry::as_the_sdks());
    chat.patience_s = Some(60.0);
    (chat.input_tokens, chat.output_tokens, chat.pool) = (3_000.0, 600.0, Some(0));
    for (name, per_s) in [("review", 0.5), ("batch", 0.1)] {
        let mut other = model.workloads[0].clone();
        other.name = name.to_owned();
        other.arrivals = Arrivals::Poisson { per_s };
        model.workloads.push(other);
    }
    let limit = |per_minute| Some(Limit { per_minute, depth: per_minute / 4.0 });
    model.pools.push(Limits {
        requests: limit(300.0),
        input_tokens: limit(1e6),
        output_tokens: limit(2e5),
        ..Limits::default()
    });
    (model.fleet.replicas, model.fleet.balancing) = (replicas, Balancing::LeastBusy);
    model.fleet.concurrency = 56_u32.div_ceil(replicas);
    model.workloads.iter_mut().for_each(|workload| workload.places = 243_u32.div_ceil(replicas));
    model
}

fn high_water_mib() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: Option<f64> = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    kib.unwrap_or(f64::NAN) / 1024.0
}
