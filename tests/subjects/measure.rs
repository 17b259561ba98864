//! The real program measures subjects whose cost is known, and its own client twice.

use crate::support::{Turn, alone, beside_others, cost_schema};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Measured {
    cost: Value,
    run: Value,
    // Removed when dropped.
    _folder: tempfile::TempDir,
}

fn measure(arguments: &[&str]) -> Measured {
    measured(beside_others(), arguments)
}

/// The same with the machine to itself: bursts that a busy machine makes grow read buffers and strings.
fn measure_alone(arguments: &[&str]) -> Measured {
    measured(alone(), arguments)
}

fn measured(_turn: Turn, arguments: &[&str]) -> Measured {
    probed(arguments)
}

fn probed(arguments: &[&str]) -> Measured {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_probe"))
        .args(arguments)
        .args(["--quiet", "--json", "--out"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let run: PathBuf = folder.path().join("latest/run.json");
    let cost = serde_json::from_slice(&output.stdout).unwrap();
    cost_schema::check(&cost);
    Measured { cost, run: serde_json::from_slice(&fs::read(run).unwrap()).unwrap(), _folder: folder }
}

fn slope(measured: &Measured, name: &str) -> f64 {
    measured.cost["series"][0][name]["value"].as_f64().unwrap()
}

/// Bytes per stream of the ballast's own site, from the two heap profiles.
fn heap_slope(measured: &Measured) -> f64 {
    let records = measured.run["heap"].as_array().unwrap();
    let at = |record: &Value| {
        let sites = record["sites"].as_array().unwrap();
        let site = sites.iter().find(|site| site["label"].as_str().unwrap().contains("ballast::keep"));
        (record["streams"].as_f64().unwrap(), site.unwrap()["bytes"].as_f64().unwrap())
    };
    let mut ends: Vec<(f64, f64)> = records.iter().map(at).collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    (ends[1].1 - ends[0].1) / (ends[1].0 - ends[0].0)
}

/// Short streams: the ballast is taken at the first text, and everything else about it costs nothing.
const BALLAST: [&str; 8] = ["--streams", "24", "--chars", "2000", "--pace", "1s", "--repeats", "2"];

fn ballast(size: &str) -> Measured {
    measure(&[&BALLAST[..], &["--ballast", size]].concat())
}

/// One page, or one in a hundred: the grain of RSS, and what the issue of this proof allows.
fn tolerance(bytes: f64) -> f64 {
    (bytes / 100.0).max(4096.0)
}

fn touched_ballast_is_found(size: &str, bytes: f64) {
    let measured = ballast(size);
    let grown = slope(&measured, "per_stream_bytes") - slope(&measured, "open_bytes_per_stream");
    assert!((grown - bytes).abs() <= tolerance(bytes), "{size}: RSS grew by {grown} a stream");
    assert_eq!(heap_slope(&measured), bytes, "{size} in the heap");
}

#[test]
fn a_small_touched_ballast_is_found_to_the_page() {
    touched_ballast_is_found("16KiB", 16_384.0);
}

#[test]
fn a_touched_ballast_is_found_to_the_page() {
    touched_ballast_is_found("256KiB", 262_144.0);
}

#[test]
fn a_large_touched_ballast_is_found_to_the_page() {
    touched_ballast_is_found("4MiB", 4_194_304.0);
}

/// Memory that is asked for and never written is in the heap profile and not in RSS: at most the page that holds the allocator's header.
#[test]
fn untouched_ballast_is_in_the_heap_and_not_resident() {
    let measured = ballast("256KiB,untouched");
    let grown = slope(&measured, "per_stream_bytes") - slope(&measured, "open_bytes_per_stream");
    assert!(grown.abs() <= 4096.0, "RSS grew by {grown} a stream");
    assert_eq!(heap_slope(&measured), 262_144.0);
}

/// Each run's interval is about 2 % wide to either side, so that two of them differ by less than 3 % in all but rare cases.
#[test]
fn two_runs_agree() {
    let run = || {
        let streams = ["--streams", "24", "--retain", "--no-heap", "--pace", "3s", "--repeats", "3"];
        slope(&probed(&streams), "per_stream_bytes")
    };
    let _turn = alone();
    // Side by side, as the trials of each are.
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(run);
        (run(), first.join().unwrap())
    });
    assert!((first / second - 1.0).abs() < 0.03, "{first} against {second}");
}

#[test]
fn text_is_kept_about_once() {
    let measured = measure_alone(&["--streams", "24", "--retain=text", "--no-heap", "--pace", "2s", "--repeats", "2"]);
    let kept = slope(&measured, "kept_bytes_per_text_byte");
    assert!((1.0..=1.3).contains(&kept), "{kept} bytes kept per byte of text");
}

/// The second axis: what an open stream costs and what its text costs, from streams of two lengths.
///
/// Of a client that drops its text, a trial's RSS still scatters by a page or two, and by a read buffer of 32 KiB for each stream that once
/// fell behind. What is retained is told from that by a lever long enough: 46 streams times 225,000 bytes are 10 MB, of which the bound of
/// 0.02 is 207 KB. Four runs here gave 0.001, four more at most 0.005 while two other programs kept both cores busy. The deltas are long so
/// that an unoptimised client keeps up with them.
#[test]
fn two_lengths_tell_open_streams_and_kept_text_apart() {
    let lengths = ["--streams", "2,48", "--chars", "15000,240000", "--delta-chars", "100", "--no-heap", "--pace", "4s"];
    let measured = measure_alone(&[&lengths[..], &["--repeats", "2", "--retain=text", "--drop"]].concat());
    let kept = |series: usize| {
        let axis = &measured.cost["series"][series]["text_axis"];
        assert_eq!(axis["chars"], serde_json::json!([15_000, 240_000]), "{axis}");
        (axis["kept_bytes_per_text_byte"]["value"].as_f64().unwrap(), axis.to_string())
    };
    let ((text, of_text), (drop, of_drop)) = (kept(0), kept(1));
    assert!((1.0..=1.3).contains(&text), "a client that stores exactly the text keeps {text} bytes a byte: {of_text}");
    assert!(drop.abs() < 0.02, "a client that drops its text keeps {drop} bytes a byte: {of_drop}");
}

/// The built-in client holds what it asked until it is answered, once.
#[test]
fn prompts_are_kept_once() {
    let prompts = ["--streams", "2,12,24", "--drop", "--chars", "2000", "--pace", "1s", "--no-heap", "--repeats", "3"];
    let measured = measure(&[&prompts[..], &["--prompt-chars", "0,1000000"]].concat());
    let kept = &measured.cost["series"][0]["kept_bytes_per_prompt_byte"];
    let [value, low, high] = ["value", "low", "high"].map(|name| kept[name].as_f64().unwrap());
    assert!((0.98..1.1).contains(&value) && high - low < 0.3, "{value} ({low} to {high})");
}

/// Nobody reads, so that the kernel holds what is not taken, up to a limit for each socket, and the process nothing.
#[test]
fn a_slow_reader_piles_up_in_the_kernel() {
    let measured = measure(&["--streams", "2,8", "--slow-reader", "--drop", "--chars", "2000000", "--repeats", "2"]);
    let cost = &measured.cost["series"][0];
    let sockets = cost["socket_bytes_per_stream"]["value"].as_f64().unwrap();
    let ceiling = cost["receive_buffer_bytes"].as_f64().unwrap();
    // 2,000,000 characters are some 14 MB on the wire, more than the largest buffer that tcp_rmem allows by default (6 MiB).
    assert!(sockets > 65_536.0 && sockets <= 1.1 * ceiling, "{sockets} bytes a socket, of at most {ceiling}");
    let grown = slope(&measured, "per_stream_bytes") - slope(&measured, "open_bytes_per_stream");
    assert!(grown.abs() < 65_536.0, "the process grew by {grown} a stream");
}

/// A forced collection is a plateau of its own; the built-in client has no garbage, so that nothing goes.
#[test]
fn after_a_collection_it_is_measured_once_more() {
    let streams = ["--streams", "2,24", "--retain", "--chars", "60000", "--delta-chars", "100", "--pace", "2s"];
    let measured = measure(&[&streams[..], &["--collect", "--repeats", "2", "--no-heap"]].concat());
    let (full, collected) = (slope(&measured, "per_stream_bytes"), slope(&measured, "collected_bytes_per_stream"));
    assert!((full / collected - 1.0).abs() < 0.03, "{full} before, {collected} after");
    let phases = measured.run["trials"][0]["phases"].as_array().unwrap();
    assert!(phases.iter().any(|phase| phase["phase"] == "collected"));
}

/// HTTP/2 over TLS shares one connection, and a stream costs a fraction of one of its own.
#[test]
fn http2_streams_share_a_connection() {
    let measured =
        measure(&["--streams", "24", "--drop", "--http", "2", "--tls", "--no-heap", "--pace", "1s", "--repeats", "2"]);
    for trial in measured.run["trials"].as_array().unwrap() {
        let phases = trial["phases"].as_array().unwrap();
        let full = phases.iter().find(|phase| phase["phase"] == "full").unwrap();
        assert_eq!(full["plateau"]["streams"], trial["asked"]);
        assert_eq!(full["plateau"]["connections"], 1);
    }
    // Half of what a connection of its own takes (README).
    assert!(slope(&measured, "open_bytes_per_stream") < 10_240.0);
}

#[test]
fn every_file_is_there_and_report_makes_them_again() {
    let _turn = beside_others();
    let folder = tempfile::tempdir().unwrap();
    let probe = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_probe")).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let out = folder.path().to_str().unwrap();
    let text = probe(&["--streams", "4", "--chars", "500", "--pace", "1s", "--limit", "64MiB", "--out", out]);
    assert!(text.starts_with("One more retained stream costs "), "{text}");
    assert!(text.contains("One more dropped stream costs "), "{text}");
    assert!(text.contains("of 64 MiB") || text.contains("of 64.0 MiB"), "{text}");
    let latest = folder.path().join("latest");
    let names = [
        "cost.json",
        "samples.csv",
        "report.md",
        "rss-over-time.svg",
        "rss-over-time.png",
        "cost-line.svg",
        "cost-line.png",
    ];
    let derived = |name: &&str| fs::read(latest.join(name)).unwrap();
    let before: Vec<Vec<u8>> = names.iter().map(derived).collect();
    for name in ["run.json", "heap.json", "heap-at-1.json", "heap-drop.json", "heap-drop-at-1.json"] {
        assert!(latest.join(name).exists(), "{name}");
    }
    names.iter().for_each(|name| fs::remove_file(latest.join(name)).unwrap());
    assert_eq!(probe(&["report", latest.to_str().unwrap()]), text);
    assert_eq!(names.iter().map(derived).collect::<Vec<_>>(), before);
    no_partial_files(&latest);
}

fn no_partial_files(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.ends_with(".partial"), "{name}");
    }
}
