//! How true the simulator's clock is: 1,000 streams x 100 events a second, timed by the built-in client in another process.

use hdrhistogram::Histogram;
use std::io::Read;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use stream_probe::client::{ClientConfig, StreamClient, read_events};
use stream_probe::sampler::{Process, raise_file_limit};
use stream_probe::scenario::{Flush, Http, Pace, Scenario, Shape, StreamSpec};
use stream_probe::simulator::{Conduct, Script, Simulator, SimulatorConfig};

const STREAMS: u32 = 1_000;
const EVENTS: u32 = 2_000;
const SECONDS: f64 = 20.0;
const INTERVAL: Duration = Duration::from_millis(10);
/// The environment variable that makes this program the client.
const CLIENT: &str = "PROBE_BENCH_TIMING_URL";

fn main() {
    raise_file_limit(STREAMS, 1, 64).expect("enough files");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    match std::env::var(CLIENT) {
        Ok(url) => runtime.block_on(client(url)),
        Err(_) => runtime.block_on(server()),
    }
}

async fn server() {
    let spec = StreamSpec { shape: Shape::LongForm, chars: EVENTS * 20, delta_chars: Some(20) };
    let simulator = Simulator::start(SimulatorConfig {
        listen: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
        source: Script::new(&spec, 1).into(),
        pace: Pace::Seconds(SECONDS),
        conduct: Conduct::Free,
        http: Some(Http::One),
        http2_streams: Scenario::HTTP2_STREAMS,
        compression: Some(Flush::EachEvent),
        authority: None,
    })
    .expect("a free port");
    let own = Process::open(std::process::id()).expect("this process");
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .env(CLIENT, &simulator.base_urls()[0])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the client starts");
    let theirs = Process::open(child.id()).expect("the client");
    let stage = simulator.stage();
    stage.when(|stage| stage.open() == STREAMS).await;
    let (begun, own_before, their_before) = (Instant::now(), own.cpu_time(), theirs.cpu_time());
    stage.when(|stage| stage.open() < STREAMS).await;
    let share = |before: std::io::Result<Duration>, after: std::io::Result<Duration>| {
        let spent = after.expect("alive") - before.expect("alive");
        spent.as_secs_f64() / begun.elapsed().as_secs_f64() * 100.0
    };
    let (own_share, their_share) = (share(own_before, own.cpu_time()), share(their_before, theirs.cpu_time()));
    let mut said = String::new();
    child.stdout.take().expect("piped").read_to_string(&mut said).expect("text");
    child.wait().expect("it ends");
    let facts = simulator.facts();
    println!("{STREAMS} streams x 100 events/s for {SECONDS} s, {} events, milliseconds:\n", facts.deltas);
    print!("{said}");
    println!(
        "simulator, late by itself     median {:.2}   p99 {:.2}   max {:.2}",
        facts.late_median_ms, facts.late_p99_ms, facts.late_max_ms
    );
    println!("processors: simulator {own_share:.0} % of one, client {their_share:.0} % of one");
    println!("for comparison, vllm-bench (Rust, 4 cores, its bench-overhead): first-token error 28.1, gaps p99 11.3");
}

/// What one client process sees, in microseconds.
#[derive(Clone)]
struct Seen(Arc<Mutex<[Histogram<u64>; 3]>>);

const FIRST: usize = 0;
const GAP: usize = 1;
const GAP_ERROR: usize = 2;

impl Seen {
    fn record(&self, which: usize, time: Duration) {
        self.0.lock().expect("no thread panics")[which].saturating_record(time.as_micros() as u64);
    }
}

async fn client(url: String) {
    let histogram = || Histogram::new_with_bounds(1, 60_000_000, 3).expect("constant bounds are valid");
    let seen = Seen(Arc::new(Mutex::new([histogram(), histogram(), histogram()])));
    let config = ClientConfig { http: Some(Http::One), authority_pem: None, ..ClientConfig::default() };
    let client = StreamClient::new(&config, "simulated".to_owned()).expect("a client");
    let mut streams = tokio::task::JoinSet::new();
    for _ in 0..STREAMS {
        streams.spawn(one_stream(client.clone(), url.clone(), seen.clone()));
        // Requests come one a millisecond, as from many users, and not as one burst of a thousand connections.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    while let Some(ended) = streams.join_next().await {
        ended.expect("no stream panics");
    }
    let names = ["first event, error", "gap between events", "gap, error"];
    for (histogram, name) in seen.0.lock().expect("no thread panics").iter().zip(names) {
        let ms = |us: u64| us as f64 / 1e3;
        println!(
            "{name:<29} median {:.2}   p99 {:.2}   max {:.2}",
            ms(histogram.value_at_quantile(0.5)),
            ms(histogram.value_at_quantile(0.99)),
            ms(histogram.max())
        );
    }
}

async fn one_stream(client: StreamClient, url: String, seen: Seen) {
    let sent = Instant::now();
    let response = client.open(&url).await.expect("an open stream");
    let mut last: Option<Instant> = None;
    let first_due = Pace::Seconds(SECONDS).first_token_after();
    read_events(response, |event| {
        if event.name != "content_block_delta" {
            return;
        }
        let now = Instant::now();
        match last.replace(now) {
            // Streams are set apart by up to one interval; half of it is what to expect.
            None => seen.record(FIRST, (now - sent).abs_diff(first_due + INTERVAL / 2)),
            Some(before) => {
                seen.record(GAP, now - before);
                seen.record(GAP_ERROR, (now - before).abs_diff(INTERVAL));
            }
        }
    })
    .await
    .expect("a whole stream");
}
