//! `cost.json` against the JSON Schema that the program prints, and against the names that other programs rely on.

use serde_json::Value;
use std::process::Command;

/// Names that must not change from version to version.
const NAMES: [&str; 15] = [
    "mode",
    "base_bytes",
    "per_stream_bytes",
    "anonymous_bytes_per_stream",
    "open_bytes_per_stream",
    "released_bytes_per_stream",
    "socket_bytes_per_stream",
    "kept_bytes_per_text_byte",
    "cpu_seconds_per_1000_events",
    "r_squared",
    "trials",
    "streams_max",
    "residual_bytes",
    "doubts",
    "limit",
];

/// Panics unless `cost` is valid.
pub fn check(cost: &Value) {
    let printed = Command::new(env!("CARGO_BIN_EXE_probe")).arg("schema").output().unwrap();
    let schema: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("cost.schema.json", schema).unwrap();
    let mut schemas = boon::Schemas::new();
    let compiled = compiler.compile("cost.schema.json", &mut schemas).unwrap();
    if let Err(error) = schemas.validate(cost, compiled) {
        panic!("cost.json does not meet its schema: {error:#}");
    }
    assert_eq!(cost["schema"], "stream-probe/cost/3");
    for name in ["clients", "environment", "streams", "series"] {
        assert!(!cost[name].is_null(), "{name}");
    }
    for name in ["chars", "deltas", "http", "tls", "shape"] {
        assert!(!cost["streams"][0][name].is_null(), "streams.{name}");
    }
    for series in cost["series"].as_array().unwrap() {
        NAMES.iter().for_each(|name| assert!(series.get(name).is_some(), "{name}"));
    }
}
