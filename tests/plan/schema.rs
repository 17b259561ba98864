//! A plan's JSON against the JSON Schema that the program prints, and against the names that other programs rely on.

use serde_json::{Value, json};
use std::process::Command;

/// Names of a workload that must not change within version 1.
const NAMES: [&str; 10] = [
    "name",
    "effective_arrival_rate",
    "concurrency",
    "rpm",
    "itpm",
    "otpm",
    "queue_depth",
    "memory_bytes",
    "limits",
    "binding",
];

/// Panics unless `plan` is valid.
pub fn check(plan: &Value) {
    let printed = Command::new(env!("CARGO_BIN_EXE_probe")).args(["plan", "schema"]).output().unwrap();
    let schema: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("plan.schema.json", schema).unwrap();
    let mut schemas = boon::Schemas::new();
    let compiled = compiler.compile("plan.schema.json", &mut schemas).unwrap();
    if let Err(error) = schemas.validate(plan, compiled) {
        panic!("the plan's JSON does not meet its schema: {error:#}");
    }
    for (place, wrong) in [
        ("", json!({ "more": 1 })),
        ("", json!({ "schema": "stream-probe/plan/2" })),
        ("", json!({ "date": "today" })),
        ("", json!({ "workloads": [] })),
        ("/workloads/0", json!({ "more": 1 })),
        ("/workloads/0", json!({ "headroom": 0.5 })),
        ("/workloads/0/concurrency", json!({ "more": 1 })),
        ("/workloads/0/gate", json!({ "streams": -1 })),
        ("/together", json!({ "replicas": 0 })),
        ("/help", json!({ "tried": [{}] })),
    ] {
        let mut other = plan.clone();
        other.pointer_mut(place).unwrap().as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        assert!(schemas.validate(&other, compiled).is_err(), "{place}: {wrong}");
    }
    for gone in plan["workloads"][0].as_object().unwrap().keys() {
        let mut other = plan.clone();
        other["workloads"][0].as_object_mut().unwrap().shift_remove(gone).unwrap();
        assert!(schemas.validate(&other, compiled).is_err(), "without {gone}");
    }
    for workload in plan["workloads"].as_array().unwrap() {
        NAMES.iter().for_each(|name| assert!(workload.get(name).is_some(), "{name}"));
        for limit in workload["limits"].as_array().unwrap() {
            ["limit", "use", "share", "verdict"].iter().for_each(|name| assert!(limit.get(name).is_some(), "{name}"));
        }
    }
}
