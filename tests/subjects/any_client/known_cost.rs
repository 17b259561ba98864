//! Programs that keep a known number of bytes for each stream are found to cost that.

use super::{measure, source};
use crate::support::client_or_left_out;
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

/// Short streams, in drop mode: what is kept does not depend on the mode here.
const SHORT: [&str; 9] = ["--streams", "2,16", "--drop", "--chars", "1000", "--pace", "1s", "--repeats", "2"];

/// Bytes that a stream adds between *open* and *full*, where the kept memory is taken: connections and processes are there before.
fn grown(cost: &Value) -> f64 {
    let slope = |name: &str| cost["series"][0][name]["value"].as_f64().unwrap();
    slope("per_stream_bytes") - slope("open_bytes_per_stream")
}

fn compiled() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("known");
    let compiled = Command::new("cc").arg("-O1").arg("-o").arg(&program).arg(source("known.c")).status().unwrap();
    assert!(compiled.success());
    (folder, program)
}

/// Within 2 %: the whole of what is asked for, beside what the program needs to know of one stream more (a page of stack or table now
/// and then).
fn found(cost: &Value, bytes: f64, name: &str) {
    let grown = grown(cost);
    assert!((grown / bytes - 1.0).abs() <= 0.02, "{name}: {grown} bytes a stream where {bytes} are kept");
}

/// 64 KiB and a mebibyte, side by side.
fn of_both_sizes(found: impl Fn(&str) + Sync) {
    std::thread::scope(|scope| {
        for bytes in ["65536", "1048576"] {
            let found = &found;
            scope.spawn(move || found(bytes));
        }
    });
}

fn processes(run: &Value) -> Vec<(u64, u64)> {
    let of_trial = |trial: &Value| {
        let phases = trial["phases"].as_array().unwrap();
        let full = phases.iter().find(|phase| phase["phase"] == "full").unwrap();
        (trial["asked"].as_u64().unwrap(), full["plateau"]["processes"].as_u64().unwrap())
    };
    run["trials"].as_array().unwrap().iter().map(of_trial).collect()
}

#[test]
fn c_alone() {
    let (_folder, program) = compiled();
    of_both_sizes(|bytes| {
        let (cost, _) = measure(&SHORT, &[program.to_str().unwrap(), bytes, "alone"]);
        found(&cost, bytes.parse().unwrap(), "C alone");
    });
}

#[test]
fn c_as_a_tree_behind_a_shell() {
    let (_folder, program) = compiled();
    of_both_sizes(|bytes| {
        let command = format!("{} {bytes} tree; true", program.display());
        let (cost, run) = measure(&SHORT, &["sh", "-c", &command]);
        found(&cost, bytes.parse().unwrap(), "C as a tree");
        for (asked, processes) in processes(&run) {
            assert_eq!(processes, asked + 2, "a shell, the program, and one process for each stream");
        }
    });
}

#[test]
fn python_alone() {
    if !client_or_left_out("python3") {
        return;
    }
    of_both_sizes(|bytes| {
        let (cost, _) = measure(&SHORT, &["python3", source("known.py").to_str().unwrap(), bytes, "alone"]);
        found(&cost, bytes.parse().unwrap(), "Python alone");
    });
}

#[test]
fn python_as_a_tree() {
    if !client_or_left_out("python3") {
        return;
    }
    of_both_sizes(|bytes| {
        let (cost, _) = measure(&SHORT, &["python3", source("known.py").to_str().unwrap(), bytes, "tree"]);
        found(&cost, bytes.parse().unwrap(), "Python as a tree");
    });
}
