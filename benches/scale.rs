//! How far it goes: 1,000 to 10,000 open streams, the cost of each, and what the harness itself takes.

use serde_json::Value;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// 50 events a stream, so slowly that 10,000 streams are a load that two processors carry.
const STREAM: [&str; 9] =
    ["--drop", "--chars", "3000", "--delta-chars", "60", "--no-heap", "--quiet", "--json", "--repeats"];

struct Measured {
    cost: Value,
    run: Value,
    harness_peak_kib: u64,
    wall: Duration,
}

fn main() {
    println!("drop mode, 50 events a stream, each line from fresh processes; N as the simulator counted it\n");
    println!("transport    streams held          KiB per stream (95 %)      harness peak MiB   wall s");
    let low = line("HTTP/1.1", &["--streams", "100,1000", "--pace", "5s"]);
    line("HTTP/1.1", &["--streams", "200,2000", "--pace", "10s"]);
    line("HTTP/1.1", &["--streams", "500,5000", "--pace", "15s"]);
    let high = line("HTTP/1.1", &["--streams", "1000,10000", "--pace", "20s"]);
    line("HTTP/2", &["--streams", "100,1000", "--pace", "5s", "--http", "2"]);
    line("HTTP/2", &["--streams", "1000,10000", "--pace", "20s", "--http", "2"]);
    line("HTTP/1.1 TLS", &["--streams", "100,1000", "--pace", "10s", "--tls"]);
    println!("\nper stream at 10,000 against 1,000 over HTTP/1.1: {:+.1} %", (high / low - 1.0) * 100.0);
}

fn line(transport: &str, arguments: &[&str]) -> f64 {
    let measured = measure(arguments);
    let mode = &measured.cost["series"][0];
    let kib = |end: &str| mode["per_stream_bytes"][end].as_f64().unwrap_or(f64::NAN) / 1024.0;
    let mut held: Vec<u64> = measured.run["trials"].as_array().into_iter().flatten().filter_map(held).collect();
    held.sort_unstable();
    held.dedup();
    println!(
        "{transport:<12} {:<20} {:>6.2} ({:.2} to {:.2}) {:>22.0} {:>11.0}",
        held.iter().map(u64::to_string).collect::<Vec<_>>().join(", "),
        kib("value"),
        kib("low"),
        kib("high"),
        measured.harness_peak_kib as f64 / 1024.0,
        measured.wall.as_secs_f64(),
    );
    for doubt in mode["doubts"].as_array().into_iter().flatten() {
        println!("             {}", doubt["text"].as_str().unwrap_or_default());
    }
    kib("value")
}

/// Streams on the *full* plateau of a trial.
fn held(trial: &Value) -> Option<u64> {
    let full = trial["phases"].as_array()?.iter().find(|phase| phase["phase"] == "full")?;
    full["plateau"]["streams"].as_u64()
}

fn measure(arguments: &[&str]) -> Measured {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let begun = Instant::now();
    let mut harness = Command::new(env!("CARGO_BIN_EXE_probe"))
        .args(arguments)
        .args(STREAM)
        .args(["2", "--out"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("probe starts");
    let status = format!("/proc/{}/status", harness.id());
    let mut harness_peak_kib = 0;
    while harness.try_wait().expect("a child can be waited for").is_none() {
        harness_peak_kib = harness_peak_kib.max(high_water_kib(Path::new(&status)));
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut out = String::new();
    harness.stdout.take().expect("piped").read_to_string(&mut out).expect("text");
    let run = fs::read(folder.path().join("latest/run.json")).expect("a run");
    Measured {
        cost: serde_json::from_str(&out).expect("cost.json"),
        run: serde_json::from_slice(&run).expect("run.json"),
        harness_peak_kib,
        wall: begun.elapsed(),
    }
}

fn high_water_kib(status: &Path) -> u64 {
    let text = fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
