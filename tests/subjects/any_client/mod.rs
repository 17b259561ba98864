//! Any program as subject: programs of known cost, alone and as trees of processes, and programs that do not do what they should.

mod alive;
mod faults;
mod known_cost;
mod leaks;
mod moments;
mod ordinary;
mod prompts;

use crate::support::{Turn, beside_others, cost_schema, waiting};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU16, Ordering};

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/subjects/any_client").join(name)
}

/// A port that nobody listens at.
fn free_port() -> String {
    // One that the kernel hands out is another test's connection by the time at which the server wants it: these it hands to nobody
    // (net.ipv4.ip_local_port_range begins with 32768).
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 12_000 + (std::process::id() % 180) as u16 * 100;
    let mut ports = (0..100).map(|_| first + NEXT.fetch_add(1, Ordering::Relaxed) % 100);
    ports.find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap().to_string()
}

/// Runs `probe` with these arguments, in a folder of its own.
fn probe(arguments: &[&str], command: &[&str], folder: &Path) -> Output {
    let mut probe = Command::new(env!("CARGO_BIN_EXE_probe"));
    probe.args(arguments).args(["--quiet", "--out"]).arg(folder);
    if !command.is_empty() {
        probe.arg("--").args(command);
    }
    probe.output().unwrap()
}

/// Measures a command and gives its cost and its run.
fn measure(arguments: &[&str], command: &[&str]) -> (Value, Value) {
    measured(beside_others(), &[arguments, &["--no-heap"]].concat(), command)
}

/// The same with a look into its runtime's heap, which takes more processes.
fn look(arguments: &[&str], command: &[&str]) -> (Value, Value) {
    measured(beside_others(), arguments, command)
}

/// The same where no number is asserted.
fn tell(arguments: &[&str], command: &[&str]) -> (Value, Value) {
    measured(waiting(), &[arguments, &["--no-heap"]].concat(), command)
}

fn measured(_turn: Turn, arguments: &[&str], command: &[&str]) -> (Value, Value) {
    let folder = tempfile::tempdir().unwrap();
    let output = probe(&[arguments, &["--json"]].concat(), command, folder.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let cost = serde_json::from_slice(&output.stdout).unwrap();
    cost_schema::check(&cost);
    let run = fs::read(folder.path().join("latest/run.json")).unwrap();
    (cost, serde_json::from_slice(&run).unwrap())
}
