//! What runtimes keep alive, from inside programs that are not changed: found within 2 %, whatever garbage there is.

use super::{look, source};
use crate::support::client_or_left_out;
use serde_json::Value;

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
    let looks = run["looks"].as_array().unwrap();
    let with = |streams: u64| {
        let looks: Vec<&Value> = looks.iter().filter(|look| look["streams"] == streams).collect();
        assert_eq!(looks.len(), 2, "{way}: {looks:?}");
        let alive = |look: &Value, phase: &str| look[phase]["alive_bytes"].as_f64().unwrap();
        looks.iter().map(|look| alive(look, "full") - alive(look, "open")).sum::<f64>() / 2.0
    };
    let each = (with(8) - with(2)) / 6.0;
    assert!((each / KEPT - 1.0).abs() <= 0.02, "{way}: {each} of {KEPT} bytes");
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
