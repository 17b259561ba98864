//! `--emit prometheus`.

use super::plans::{NAMES, all, emitted, template, workload};
use super::{checked, refuses};
use serde_json::{Value, json};

const SCHEMA: &str = include_str!("prometheus.schema.json");
/// What a template prints as two braces (Go, package text/template: a string constant is a pipeline).
const BRACES: &str = "{{\"{{\"}}";

fn rules(file: &Value) -> &Vec<Value> {
    file["groups"][0]["rules"].as_array().unwrap()
}

#[test]
fn every_file_meets_the_schema() {
    for plan in all() {
        let file = emitted(&plan, "prometheus");
        checked(SCHEMA, &file).unwrap_or_else(|error| panic!("{error}\n{plan}\n{file:#}"));
        assert_eq!(file["groups"].as_array().unwrap().len(), 1, "names of groups are unique in a file");
        let same = |a: &Value, b: &Value| (&a["alert"], &a["labels"]) == (&b["alert"], &b["labels"]);
        let rules = rules(&file);
        assert!((1..rules.len()).all(|at| !rules[..at].iter().any(|rule| same(rule, &rules[at]))), "{file:#}");
    }
}

/// Prometheus expands labels and annotations as templates, and does not load a file in which one cannot be read. A workload's name is
/// no template, whatever is in it.
#[test]
fn names_are_no_templates() {
    let file = emitted(&NAMES.map(|name| workload(name, true)).concat(), "prometheus");
    let queues: Vec<&Value> = rules(&file).iter().filter(|rule| rule["alert"] == "StreamQueueFilling").collect();
    assert_eq!(queues.len(), NAMES.len());
    let expanded = |text: &Value| {
        let parts: Vec<&str> = text.as_str().unwrap().split(BRACES).collect();
        assert!(parts.iter().all(|part| !part.contains("{{")), "{text} would be expanded");
        parts.join("{{")
    };
    for (rule, name) in queues.into_iter().zip(NAMES) {
        assert_eq!(expanded(&rule["labels"]["workload"]), name);
        assert!(
            expanded(&rule["annotations"]["summary"]).contains(&format!("The queue of {name} in one replica is")),
            "{rule}"
        );
        let expression = rule["expr"].as_str().unwrap();
        assert!(
            expression.contains(&format!("{{workload={}}}", Value::from(name))),
            "an expression is no template: {rule}"
        );
    }
}

/// The schema is one that says no.
#[test]
fn a_file_with_a_mistake_does_not() {
    let good = emitted(&template(), "prometheus");
    let refused = |at: &str, put: Value| refuses(SCHEMA, &good, at, put);
    refused("/group", json!([]));
    refused("/groups/0/name", Value::Null);
    let of_rule = |key: &str, put: Value| refused(&format!("/groups/0/rules/0/{key}"), put);
    of_rule("expr", Value::Null);
    of_rule("alert", Value::Null);
    of_rule("record", json!("a"));
    of_rule("for", json!("5 minutes"));
    of_rule("for", json!(5));
    of_rule("labels/severity", json!(1));
    of_rule("labels/my-label", json!("a"));
    of_rule("annotations/summary", json!(["a"]));
}
