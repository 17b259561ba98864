//! The same moments and places where nobody may make cgroups, as an ordinary user: found, or doubted by name.

use super::moments::{MIB, SHORT, doubted, found, value};
use super::source;
use crate::support::{beside_others, client_or_left_out, cost_schema, ordinary_user, output_or_left_out};
use serde_json::Value;
use std::fs;

/// What an ordinary user finds that a program costs which takes so many bytes at such a moment; nothing where there is none, or no Python.
fn cost(when: &str, bytes: &str) -> Option<Value> {
    if !client_or_left_out("python3") {
        return None;
    }
    let _turn = beside_others();
    let (mut probe, folder) = ordinary_user()?;
    let place = |name: &str| folder.path().join(name);
    for name in ["moments.py", "api.py"] {
        fs::copy(source(name), place(name)).unwrap();
    }
    probe.args(SHORT).args(["--quiet", "--json"]).arg("--out").arg(place("runs"));
    probe.args(["--", "python3"]).arg(place("moments.py")).args([when, bytes]);
    let output = output_or_left_out(&mut probe)?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let cost: Value = serde_json::from_slice(&output.stdout).unwrap();
    cost_schema::check(&cost);
    let series = cost["series"][0].clone();
    assert_eq!(series["container_source"], "estimated", "nobody may make no cgroup: {series}");
    Some(series)
}

fn needs(series: &Value) -> f64 {
    series["needs_at_most_bytes"].as_f64().unwrap()
}

#[test]
fn when_streams_end() {
    let Some(series) = cost("end", "1048576") else { return };
    found(value(&series, "peak_at_end_bytes_per_stream") - value(&series, "per_stream_bytes"), MIB, "at the end");
    assert!(doubted(&series, "peaks-at-end"), "{series}");
}

#[test]
fn once_before_there_are_streams() {
    let Some(series) = cost("start", "104857600") else { return };
    found(needs(&series), value(&series, "base_bytes") + 100.0 * MIB, "at the start");
    assert!(doubted(&series, "moment-above"), "{series}");
}

#[test]
fn between_two_events() {
    let Some(series) = cost("between", "33554432") else { return };
    found(needs(&series), value(&series, "base_bytes") + 32.0 * MIB, "between two events");
    assert!(doubted(&series, "moment-above"), "{series}");
}

/// A sample may meet it or not.
#[test]
fn in_a_child_that_has_gone() {
    let Some(series) = cost("child", "33554432") else { return };
    if needs(&series) < value(&series, "base_bytes") + 0.97 * 32.0 * MIB {
        assert!(doubted(&series, "ended-unseen"), "{series}");
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
    let beside = value(&series, "container_bytes_per_stream") - value(&series, "per_stream_bytes");
    assert!((0.97 * MIB..1.03 * MIB + 24_576.0).contains(&beside), "{beside}: {series}");
    assert!(doubted(&series, "memory-files-unseen"), "{series}");
}

/// A look met them, or the machine rose.
#[test]
fn in_files_in_memory_that_are_gone_by_the_plateau() {
    let Some(series) = cost("file-for-a-moment", "1048576") else { return };
    let without = value(&series, "container_base_bytes") + 12.0 * value(&series, "container_bytes_per_stream");
    assert!(needs(&series) > without + 0.97 * 12.0 * MIB, "{series}");
    assert!(doubted(&series, "memory-files-for-a-moment"), "{series}");
}

#[test]
fn in_pipes() {
    let Some(series) = cost("pipe", "1048576") else { return };
    assert!(doubted(&series, "channels-unseen"), "{series}");
}

#[test]
fn in_a_daemon_that_holds_no_stream() {
    let Some(series) = cost("holder", "1048576") else { return };
    found(value(&series, "per_stream_bytes") - value(&series, "open_bytes_per_stream"), MIB, "in another process");
}

/// The kernel tells nothing of a process's memory in the folder of a first thread that has left.
#[test]
fn in_a_process_whose_first_thread_has_left() {
    let Some(series) = cost("first-thread-gone", "1048576") else { return };
    found(value(&series, "per_stream_bytes") - value(&series, "open_bytes_per_stream"), MIB, "without a first thread");
    assert!(!doubted(&series, "nothing-resident"), "{series}");
}

#[test]
fn in_connections_to_itself() {
    let Some(series) = cost("own-connection", "1048576") else { return };
    assert!(doubted(&series, "own-tcp-unseen"), "{series}");
}
