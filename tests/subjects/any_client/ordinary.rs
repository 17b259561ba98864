//! The same moments and places where nobody may make cgroups, as an ordinary user: found, or doubted by name.

use super::source;
use crate::support::{beside_others, client_or_left_out, cost_schema};
use serde_json::Value;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::Command;

const MIB: f64 = 1_048_576.0;
/// The user and group that own nothing.
const NOBODY: u32 = 65_534;

/// What `nobody` finds that a program costs which takes so many bytes at such a moment; nothing where this user may not become another.
fn cost(when: &str, bytes: &str) -> Option<Value> {
    if !client_or_left_out("python3") {
        return None;
    }
    let _turn = beside_others();
    let folder = tempfile::tempdir().unwrap();
    // A place that nobody can read and write, which the folder of the build may not be.
    let place = |name: &str| folder.path().join(name);
    fs::copy(env!("CARGO_BIN_EXE_probe"), place("probe")).unwrap();
    fs::copy(source("moments.py"), place("moments.py")).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let mut probe = Command::new(place("probe"));
    probe.args([
        "--streams",
        "2,6,12",
        "--drop",
        "--chars",
        "1000",
        "--pace",
        "1s",
        "--repeats",
        "2",
        "--quiet",
        "--json",
    ]);
    probe.arg("--out").arg(place("runs")).args(["--", "python3"]).arg(place("moments.py")).args([when, bytes]);
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        println!("left out: only root becomes an ordinary user");
        return None;
    }
    let output = match probe.uid(NOBODY).gid(NOBODY).output() {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            println!("left out: this root may not become another user, or the folder for temporary files is its own");
            return None;
        }
        other => other.unwrap(),
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let cost: Value = serde_json::from_slice(&output.stdout).unwrap();
    cost_schema::check(&cost);
    let series = cost["series"][0].clone();
    assert_eq!(series["container_source"], "estimated", "nobody may make no cgroup: {series}");
    Some(series)
}

fn value(series: &Value, name: &str) -> f64 {
    series[name]["value"].as_f64().unwrap()
}

fn doubted(series: &Value, kind: &str) {
    assert!(series["doubts"].as_array().unwrap().iter().any(|doubt| doubt["kind"] == kind), "{kind}: {series}");
}

/// Within 3 %.
fn found(bytes: f64, expected: f64, what: &str) {
    assert!((bytes / expected - 1.0).abs() <= 0.03, "{what}: {bytes} where {expected} are taken");
}

fn needs(series: &Value) -> f64 {
    series["needs_at_most_bytes"].as_f64().unwrap()
}

#[test]
fn when_streams_end() {
    let Some(series) = cost("end", "1048576") else { return };
    found(value(&series, "peak_at_end_bytes_per_stream") - value(&series, "per_stream_bytes"), MIB, "at the end");
    doubted(&series, "peaks-at-end");
}

#[test]
fn once_before_there_are_streams() {
    let Some(series) = cost("start", "104857600") else { return };
    found(needs(&series), value(&series, "base_bytes") + 100.0 * MIB, "at the start");
    doubted(&series, "moment-above");
}

#[test]
fn between_two_events() {
    let Some(series) = cost("between", "33554432") else { return };
    found(needs(&series), value(&series, "base_bytes") + 32.0 * MIB, "between two events");
    doubted(&series, "moment-above");
}

/// A sample may meet it or not.
#[test]
fn in_a_child_that_has_gone() {
    let Some(series) = cost("child", "33554432") else { return };
    if needs(&series) < value(&series, "base_bytes") + 0.97 * 32.0 * MIB {
        doubted(&series, "ended-unseen");
    }
}

#[test]
fn in_a_daemon() {
    let Some(series) = cost("daemon", "1048576") else { return };
    found(value(&series, "per_stream_bytes") - value(&series, "open_bytes_per_stream"), MIB, "in a daemon");
}

#[test]
fn in_files_in_memory() {
    let Some(series) = cost("file", "1048576") else { return };
    doubted(&series, "memory-files-unseen");
}

#[test]
fn in_pipes() {
    let Some(series) = cost("pipe", "1048576") else { return };
    doubted(&series, "channels-unseen");
}
