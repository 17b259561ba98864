//! Plans of every shape that configuration depends on.

use serde_json::Value;
use std::process::Command;

/// Runs `probe plan` with a plan's text and prints it for an engine.
pub fn emitted(plan: &str, engine: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.toml");
    std::fs::write(&path, plan).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_probe"))
        .arg("plan")
        .arg(&path)
        .args(["--simulate", "0", "--emit", engine])
        .output()
        .unwrap();
    assert!(output.status.success(), "{plan}\n{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The plan that `probe plan init` prints.
pub fn template() -> String {
    String::from_utf8(Command::new(env!("CARGO_BIN_EXE_probe")).args(["plan", "init"]).output().unwrap().stdout)
        .unwrap()
}

/// Names that mean something to YAML, to PromQL, to a template or to a shell.
pub const NAMES: [&str; 8] = ["no", "a \"b\" \\ {c}", "ä: - #", "a-b", "a b", "{{ .Boom }}", "{{{{ range", "1e3"];

/// A workload with a timeout and a queue, or with neither.
pub fn workload(name: &str, whole: bool) -> String {
    let more = if whole { "wait = 9\ntimeout = 0.5\n" } else { "" };
    format!("[[workload]]\nname = {}\narrival = 1\nduration = 0.25\n{more}", Value::from(name))
}

/// All of them: with and without memory, with a limit and without, in binary and in decimal units, too little, of several replicas.
pub fn all() -> Vec<String> {
    let memory = "[memory]\nbase = \"90MiB\"\nper_stream = \"0.7MiB\"\n";
    let mut plans = vec![template(), workload("w", false), workload("w", true) + memory];
    for process in [
        "memory_limit = \"512MiB\"",
        "memory_limit = \"512MB\"",
        "memory_limit = \"1.5GiB\"",
        "memory_limit = 123456789",
        "memory_limit = \"40MiB\"",
        "memory_limit = \"512MiB\"\nreplicas = 1000000",
    ] {
        plans.push(format!("{}[process]\n{process}\n{memory}", workload("w", true)));
    }
    plans.push(NAMES.map(|name| workload(name, true)).concat());
    plans
}
