//! The official SDKs, unmodified, against the simulator, through the programs in `probes/`. Where they are not installed, what is left out is
//! said; with `PROBE_TEST_CLIENTS=required` that is a failure.

use crate::support::is_required;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use stream_probe::scenario::{Flush, Pace, Scenario, Shape, StreamSpec};
use stream_probe::simulator::{Conduct, Script, Simulator, SimulatorConfig};
use stream_probe::wire::dialect::Dialect;

const CHARS: u32 = 4_000;

/// The interpreter and the conformance program of each SDK.
fn sdks() -> Vec<(&'static str, PathBuf, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("probes");
    let all = [
        ("Node", PathBuf::from("node"), root.join("node-sdk/node_modules"), root.join("node-sdk/conformance.mjs")),
        (
            "Python",
            root.join("python-sdk/.venv/bin/python"),
            root.join("python-sdk/.venv/bin/python"),
            root.join("python-sdk/conformance.py"),
        ),
    ];
    let required = is_required("PROBE_TEST_CLIENTS");
    let mut here = Vec::new();
    for (name, interpreter, installed, program) in all {
        let runs = installed.exists() && Command::new(&interpreter).arg("--version").output().is_ok();
        assert!(runs || !required, "the {name} SDK is required and not installed; probe clients says how");
        if runs {
            here.push((name, interpreter, program));
        } else {
            println!("left out: the {name} SDK is not installed");
        }
    }
    here
}

/// What each SDK saw of `case` with streams of this shape.
fn seen(shape: Shape, case: &str) -> Vec<(&'static str, Value)> {
    let sdks = sdks();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _inside = runtime.enter();
    let spec = StreamSpec { shape, chars: CHARS, delta_chars: None };
    let simulator = Simulator::start(SimulatorConfig {
        listen: vec!["127.0.0.1:0".parse().unwrap()],
        source: Script::new(&spec, 1).into(),
        pace: Pace::Seconds(0.2),
        conduct: Conduct::Free,
        http: None,
        http2_streams: Scenario::HTTP2_STREAMS,
        compression: Some(Flush::EachEvent),
        authority: None,
    });
    let url = simulator.as_ref().unwrap().base_urls().remove(0);
    let run = |(name, interpreter, program): &(&'static str, PathBuf, PathBuf)| {
        let output = Command::new(interpreter)
            .arg(program)
            .arg(case)
            .env("ANTHROPIC_BASE_URL", &url)
            .env("ANTHROPIC_API_KEY", "simulated")
            .env("NO_PROXY", "127.0.0.1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}, {case}: {said}{complaint}");
        (*name, serde_json::from_str(said.trim()).unwrap_or_else(|error| panic!("{name}, {case}: {error}: {said}")))
    };
    let seen = sdks.iter().map(run).collect();
    // Both ask for compressed streams by themselves.
    let facts = simulator.as_ref().unwrap().facts();
    assert_eq!(facts.spoken.unwrap().gzip, facts.opened, "{case}");
    seen
}

#[test]
fn streams_of_text_complete_raw_and_through_the_helper() {
    for (name, saw) in seen(Shape::LongForm, "text") {
        assert_eq!(saw["text_chars"], CHARS, "{name}: {saw}");
        assert_eq!(saw["stop_reason"], "end_turn", "{name}: {saw}");
    }
}

#[test]
fn thinking_comes_apart_from_text() {
    for (name, saw) in seen(Shape::Thinking, "thinking") {
        let (thought, said) = (saw["thinking_chars"].as_u64().unwrap(), saw["text_chars"].as_u64().unwrap());
        assert_eq!(thought + said, u64::from(CHARS), "{name}: {saw}");
        assert!(thought > said && said > 0, "{name}: {saw}");
    }
}

#[test]
fn tool_calls_are_put_together() {
    for (name, saw) in seen(Shape::ToolUse, "tool-use") {
        assert_eq!(saw["stop_reason"], "tool_use", "{name}: {saw}");
        assert_ne!(saw["tools"], 0, "{name}: {saw}");
    }
}

#[test]
fn an_error_body_is_understood() {
    for (name, saw) in seen(Shape::Chat, "error") {
        assert_eq!(saw["status"], 429, "{name}: {saw}");
        assert_eq!(saw["error_type"], "rate_limit_error", "{name}: {saw}");
    }
}

#[test]
fn an_error_in_mid_stream_is_understood() {
    for (name, saw) in seen(Shape::LongForm, "mid-stream-error") {
        assert_eq!(saw["error_type"], "overloaded_error", "{name}: {saw}");
        assert!(saw["text_chars"].as_u64().unwrap() > 0, "{name}: text came before it: {saw}");
    }
}

/// Their beta calls go to the same path with a query, and models are there to be listed.
#[test]
fn beta_calls_and_models() {
    for (name, saw) in seen(Shape::LongForm, "beta") {
        assert_eq!(saw["text_chars"], CHARS, "{name}: {saw}");
    }
    for (name, saw) in seen(Shape::Chat, "models") {
        assert_eq!(saw["model"], Dialect::DEFAULT.model(), "{name}: {saw}");
    }
}

#[test]
fn whole_messages_and_counts() {
    for (name, saw) in seen(Shape::LongForm, "whole") {
        assert_eq!(saw["text_chars"], CHARS, "{name}: {saw}");
    }
    assert!(seen(Shape::LongForm, "count").iter().all(|(_, saw)| saw["case"] == "count"));
}
