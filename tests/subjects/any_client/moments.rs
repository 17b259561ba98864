//! Memory that is there for a moment, or where a process's resident memory does not have it: found, or doubted by its name.

use super::{measure, source};
use crate::support::{cgroups_or_left_out, client_or_left_out};
use serde_json::Value;

pub(super) const SHORT: [&str; 9] =
    ["--streams", "2,6,12", "--drop", "--chars", "1000", "--pace", "1s", "--repeats", "2"];
pub(super) const MIB: f64 = 1_048_576.0;

/// What a program costs that takes so many bytes at such a moment; nothing where Python is not installed.
fn cost(when: &str, bytes: &str) -> Option<Value> {
    let program = source("moments.py");
    client_or_left_out("python3")
        .then(|| measure(&SHORT, &["python3", program.to_str().unwrap(), when, bytes]).0["series"][0].clone())
}

pub(super) fn value(series: &Value, name: &str) -> f64 {
    series[name]["value"].as_f64().unwrap()
}

pub(super) fn doubted(series: &Value, kind: &str) -> bool {
    series["doubts"].as_array().unwrap().iter().any(|doubt| doubt["kind"] == kind)
}

/// Within 3 %.
pub(super) fn found(bytes: f64, expected: f64, what: &str) {
    assert!((bytes / expected - 1.0).abs() <= 0.03, "{what}: {bytes} where {expected} are taken");
}

#[test]
fn memory_that_is_taken_when_streams_end() {
    let Some(series) = cost("end", "1048576") else { return };
    found(value(&series, "peak_at_end_bytes_per_stream") - value(&series, "per_stream_bytes"), MIB, "at the end");
    assert!(series["needs_at_most_bytes"].as_f64().unwrap() > 12.0 * MIB, "{series}");
    assert!(doubted(&series, "peaks-at-end"), "{series}");
}

/// What each stream holds for a moment at its end is held together where all end at once, and else by one of them at a time.
#[test]
fn memory_that_ends_apart_do_not_take_together() {
    if !client_or_left_out("python3") {
        return;
    }
    let options =
        ["--streams", "2,6", "--drop", "--chars", "1000", "--pace", "2s", "--repeats", "2", "--ends", "apart,together"];
    let program = source("moments.py");
    let (cost, run) = measure(&options, &["python3", program.to_str().unwrap(), "for-a-moment", "4194304"]);
    let series = &cost["series"][0];
    let full = value(series, "per_stream_bytes");
    found(value(series, "peak_at_end_bytes_per_stream") - full, 4.0 * MIB, "all at once");
    assert!((value(series, "peak_at_end_apart_bytes_per_stream") - full).abs() < 0.03 * 4.0 * MIB, "{series}");
    found(value(series, "peak_at_end_apart_base_bytes") - value(series, "base_bytes"), 4.0 * MIB, "one at a time");
    assert_eq!(run["trials"].as_array().unwrap().len(), 8);
    assert!(doubted(series, "peaks-at-end"), "{series}");
}

/// As much whatever the number of streams is in no slope, and in the bound.
#[test]
fn memory_that_is_taken_once_before_there_are_streams() {
    let Some(series) = cost("start", "104857600") else { return };
    let base = value(&series, "base_bytes");
    found(series["needs_at_most_bytes"].as_f64().unwrap(), base + 100.0 * MIB, "at the start");
    assert!(doubted(&series, "moment-above"), "{series}");
}

#[test]
fn memory_that_is_taken_between_two_events() {
    let Some(series) = cost("between", "33554432") else { return };
    let (base, needs) = (value(&series, "base_bytes"), series["needs_at_most_bytes"].as_f64().unwrap());
    found(needs, base + 32.0 * MIB, "between two events");
    assert!(doubted(&series, "moment-above"), "{series}");
}

#[test]
fn memory_that_one_of_four_processes_takes_for_a_moment() {
    let Some(series) = cost("one-of-four", "104857600") else { return };
    // Four processes share most of their pages, and one stream more is a connection in one of them.
    let plateau = value(&series, "base_bytes") + 12.0 * value(&series, "per_stream_bytes");
    found(series["needs_at_most_bytes"].as_f64().unwrap(), plateau + 100.0 * MIB, "in one of four processes");
    assert!(doubted(&series, "moment-above"), "{series}");
}

/// A child that has gone was seen by samples if it was there for one of them, and by its cgroup at any rate.
#[test]
fn memory_of_a_child_that_has_gone() {
    if !cgroups_or_left_out() {
        return;
    }
    let Some(series) = cost("child", "33554432") else { return };
    let needs = series["needs_at_most_bytes"].as_f64().unwrap();
    assert!(needs > value(&series, "container_base_bytes") + 0.97 * 32.0 * MIB, "{needs}: {series}");
}

/// Twelve forks that share all of their parent's memory for a moment are no thirteen times as much: the kernel's account knows.
#[test]
fn memory_that_forks_share_between_plateaus() {
    if !cgroups_or_left_out() {
        return;
    }
    let Some(series) = cost("forks", "67108864") else { return };
    let plateau = value(&series, "base_bytes") + 12.0 * value(&series, "per_stream_bytes");
    let needs = series["needs_at_most_bytes"].as_f64().unwrap();
    assert!(plateau > 64.0 * MIB && needs < plateau + 32.0 * MIB, "{needs}: {series}");
}

/// The kernel takes it back before it kills.
#[test]
fn memory_that_was_given_back_and_nobody_has_taken() {
    if !cgroups_or_left_out() {
        return;
    }
    let Some(series) = cost("given-back", "4194304") else { return };
    found(value(&series, "per_stream_bytes") - value(&series, "open_bytes_per_stream"), 4.0 * MIB, "given back");
    assert!(value(&series, "container_bytes_per_stream") < 0.1 * MIB, "{series}");
    assert!(series["needs_at_most_bytes"].as_f64().unwrap() > 48.0 * MIB, "{series}");
    assert!(doubted(&series, "lazily-freed"), "{series}");
}

#[test]
fn streams_of_a_daemon() {
    let Some(series) = cost("daemon", "1048576") else { return };
    found(value(&series, "per_stream_bytes") - value(&series, "open_bytes_per_stream"), MIB, "in a daemon");
}

/// The charge leads, and says why.
#[test]
fn files_in_memory_and_pipes() {
    if !cgroups_or_left_out() {
        return;
    }
    std::thread::scope(|scope| {
        scope.spawn(|| charged_beyond("file", MIB));
        charged_beyond("pipe", 65_536.0);
    });
}

/// Version 1 charges pipes, and no buffers of TCP.
#[test]
fn connections_to_itself_are_charged_or_doubted() {
    if !cgroups_or_left_out() {
        return;
    }
    let Some(series) = cost("own-connection", "1048576") else { return };
    let is_charged = series["container_source"] == "cgroup-v2";
    assert_eq!(doubted(&series, "own-tcp-unseen"), !is_charged, "{series}");
}

fn charged_beyond(when: &str, expected: f64) {
    let Some(series) = cost(when, "1048576") else { return };
    let charged = value(&series, "container_bytes_per_stream") - value(&series, "per_stream_bytes");
    // A pipe's pages come with their own table, and a connection with the kernel's structures: some KiB more.
    assert!(charged > 0.97 * expected && charged < 1.03 * expected + 24_576.0, "{when}: {charged} beyond RSS");
    if when == "file" {
        let doubt = series["doubts"].as_array().unwrap().iter().find(|doubt| doubt["kind"] == "charge-above");
        assert_eq!(series["leading"], "container", "{series}");
        assert_eq!(doubt.unwrap()["part"], "memory-files", "{series}");
    }
    assert!(
        series["needs_at_most_bytes"].as_f64().unwrap() >= value(&series, "container_base_bytes") + 12.0 * expected
    );
}
