//! What runtimes keep alive, from inside programs that are not changed: found within 2 %, whatever garbage there is.

use super::{look, source};
use crate::support::client_or_left_out;
use serde_json::Value;
use std::process::Command;
use tempfile::TempDir;

/// What is kept of a stream. V8 drops some 200 KiB of compiled code when it sees fit, which is to be little beside it.
const KEPT: f64 = 4_194_304.0;
/// Short streams: what is kept does not depend on them.
const SHORT: [&str; 9] = ["--streams", "2,8", "--drop", "--chars", "1000", "--pace", "1s", "--repeats", "2"];

/// What a program costs, and its run, that keeps four mebibytes a stream in a way.
fn kept(runtime: &str, program: &str, way: &str) -> Option<(Value, Value)> {
    let program = source(program);
    client_or_left_out(runtime).then(|| {
        let (cost, run) = look(&SHORT, &[runtime, program.to_str().unwrap(), way, "4194304"]);
        (cost["series"][0].clone(), run)
    })
}

/// What one more stream adds to what is alive by its text: connections are there before, and so is what a program loads for its first text.
fn found(run: &Value, way: &str) {
    let each = grown_each(run, [2, 8]);
    assert!((each / KEPT - 1.0).abs() <= 0.02, "{way}: {each} of {KEPT} bytes");
}

fn grown_each(run: &Value, rungs: [u64; 2]) -> f64 {
    let looks = run["looks"].as_array().unwrap();
    let with = |streams: u64| {
        let looks: Vec<&Value> = looks.iter().filter(|look| look["streams"] == streams).collect();
        assert!(looks.len() >= 3, "{looks:?}");
        let alive = |look: &Value, phase: &str| look[phase]["alive_bytes"].as_f64().unwrap();
        looks.iter().map(|look| alive(look, "full") - alive(look, "open")).sum::<f64>() / looks.len() as f64
    };
    (with(rungs[1]) - with(rungs[0])) / (rungs[1] - rungs[0]) as f64
}

/// The same of a program whose streams keep as much as each other in several ways: what one of several ways were wrong by counts a share of that.
fn found_in_all_ways(run: &Value, rungs: [u64; 2], ways: f64) {
    let each = grown_each(run, rungs);
    assert!((each / KEPT - 1.0).abs() <= 0.02 / ways, "{each} of {KEPT} bytes");
}

/// Measures a program that is compiled.
fn several(rungs: [u64; 2], command: &[&str]) -> (Value, Value) {
    let streams = format!("{},{}", rungs[0], rungs[1]);
    let short = ["--streams", &streams, "--drop", "--chars", "1000", "--pace", "1s", "--repeats", "2"];
    let (cost, run) = look(&short, command);
    (cost["series"][0].clone(), run)
}

/// `Kept.java` for any JVM; its folder. `None` where there is no Java.
fn java() -> Option<TempDir> {
    let compiled = client_or_left_out("javac").then(|| tempfile::tempdir().unwrap())?;
    let made = Command::new("javac").arg("-d").args([compiled.path(), &source("Kept.java")]).status().unwrap();
    assert!(made.success());
    Some(compiled)
}

/// `kept.go`, compiled with these flags for the linker; its file. `None` where there is no Go.
fn go(flags: &str, folder: &TempDir) -> Option<String> {
    let program = client_or_left_out("go").then(|| folder.path().join("kept"))?;
    let mut build = Command::new("go");
    build.args(["build", "-ldflags", flags, "-o"]).args([&program, &source("kept.go")]);
    let cache = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("go");
    assert!(build.env("GOCACHE", cache).env("GO111MODULE", "off").status().unwrap().success());
    Some(program.to_str().unwrap().to_owned())
}

fn ways(runtime: &str, program: &str, ways: &[&str]) {
    std::thread::scope(|scope| {
        for way in ways {
            scope.spawn(move || {
                let Some((series, run)) = kept(runtime, program, way) else { return };
                found(&run, way);
                let value = |name: &str| series[name]["value"].as_f64().unwrap();
                // With what a connection keeps.
                let alive = value("alive_bytes_per_stream");
                assert!(alive > 0.98 * KEPT && alive < 1.05 * KEPT, "{way}: {alive}");
                assert!(series["runtime_allowance_bytes"]["value"].is_number(), "{series}");
                // Of a stream's text nothing is kept but what is kept: 1,000 characters.
                let kept = value("kept_bytes_per_text_byte");
                assert!((kept / (KEPT / 1000.0) - 1.0).abs() < 0.02, "{way}: {kept}");
            });
        }
    });
}

#[test]
fn in_node() {
    ways("node", "kept.mjs", &["buffer", "untouched", "strings", "map"]);
}

#[test]
fn in_python() {
    ways("python3", "kept.py", &["buffer", "strings", "map"]);
}

/// The process that holds the streams is none that was started, and tells all the same.
#[test]
fn in_a_process_that_was_forked() {
    ways("python3", "kept.py", &["forked"]);
}

/// What is asked for has to collect where the program may not (`System.gc()` does nothing here), and direct buffers are outside the heap.
#[test]
fn in_a_jvm() {
    let Some(compiled) = java() else { return };
    let folder = compiled.path().to_str().unwrap();
    let (series, run) = several([3, 9], &["java", "-XX:+DisableExplicitGC", "-cp", folder, "Kept", "4194304"]);
    found_in_all_ways(&run, [3, 9], 3.0);
    assert!(run["looks"].as_array().unwrap().iter().all(|look| look["runtime"] == "jvm"), "{}", run["looks"]);
    // A quarter is outside of the heap, and with it what the JVM itself has for a stream; of the other three nothing is.
    let outside = &series["outside_heap_bytes_per_stream"];
    assert!(
        outside["low"].as_f64().unwrap() < KEPT / 2.0 && outside["high"].as_f64().unwrap() > KEPT / 4.0,
        "{outside}"
    );
}

/// Two of them below a shell, whose collectors have their heaps in other ways.
#[test]
fn in_a_tree_of_two_jvms() {
    let Some(compiled) = java() else { return };
    let script = r#"export PROBE_STREAMS=$((PROBE_STREAMS / 2)); tee >(exec java -XX:+UseZGC -cp "$0" Kept 4194304) |
        java -XX:+UseSerialGC -cp "$0" Kept 4194304"#;
    let (_, run) = several([6, 12], &["bash", "-c", script, compiled.path().to_str().unwrap()]);
    found_in_all_ways(&run, [6, 12], 3.0);
    assert!(run["looks"].as_array().unwrap().iter().all(|look| look["processes"] == 2), "{}", run["looks"]);
}

#[test]
fn in_go() {
    let folder = tempfile::tempdir().unwrap();
    let Some(program) = go("", &folder) else { return };
    let (_, run) = several([4, 8], &[&program, "4194304"]);
    found_in_all_ways(&run, [4, 8], 4.0);
}

/// Streams that are held by a program which tells nothing, below one that does.
#[test]
fn in_a_tree_whose_holder_does_not_tell() {
    let folder = tempfile::tempdir().unwrap();
    let Some(program) = go("-s -w", &folder) else { return };
    let (cost, run) =
        look(&SHORT, &["python3", "-c", "import subprocess, sys; subprocess.run(sys.argv[1:])", &program, "4194304"]);
    assert!(run.get("looks").is_none(), "{}", run["looks"]);
    assert!(cost["series"][0]["alive_bytes_per_stream"].is_null(), "{cost}");
}

/// A program without such a runtime tells nothing, and nothing is said of it.
#[test]
fn in_no_runtime_that_tells() {
    if !client_or_left_out("python3") {
        return;
    }
    let program = source("kept.py");
    let (cost, run) = look(&SHORT, &["python3", "-I", "-c", ISOLATED, program.to_str().unwrap(), "buffer", "4194304"]);
    assert!(run.get("looks").is_none(), "{}", run["looks"]);
    let series = &cost["series"][0];
    assert!(series["alive_bytes_per_stream"].is_null() && series["runtime_allowance_bytes"].is_null(), "{series}");
}

/// A program whose streams are held by others, in which nobody looks: what its own runtime has says nothing of a stream.
#[test]
fn in_a_process_that_holds_none() {
    if !client_or_left_out("python3") || !client_or_left_out("curl") {
        return;
    }
    let (cost, run) =
        look(&SHORT, &["python3", "-c", "import subprocess; subprocess.run(['sh', 'probes/curl/main.sh'])"]);
    assert!(run.get("looks").is_none(), "{}", run["looks"]);
    let series = &cost["series"][0];
    assert!(
        series["alive_bytes_per_stream"].is_null() && series["outside_heap_bytes_per_stream"].is_null(),
        "{series}"
    );
}

/// Python that reads none of its variables runs the file behind it, which finds its sibling.
const ISOLATED: &str = "import sys, runpy, os; sys.argv = sys.argv[1:]; sys.path.insert(0, os.path.dirname(sys.argv[0])); runpy.run_path(sys.argv[0])";
