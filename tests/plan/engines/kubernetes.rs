//! `--emit kubernetes`.

use super::plans::{all, emitted, template};
use super::{checked, refuses};
use serde_json::{Value, json};

const SCHEMA: &str = include_str!("kubernetes.schema.json");
const CONTAINER: &str = "/spec/template/spec/containers/0";

/// Bytes of a quantity with one of the suffixes that are written.
fn bytes(quantity: &Value) -> f64 {
    let text = quantity.as_str().unwrap();
    let (number, factor) = match (text.strip_suffix("Mi"), text.strip_suffix('M')) {
        (Some(number), _) => (number, 1_048_576.0),
        (None, Some(number)) => (number, 1e6),
        (None, None) => panic!("{text}"),
    };
    number.parse::<f64>().unwrap() * factor
}

#[test]
fn every_manifest_meets_the_schema() {
    for plan in all() {
        let manifest = emitted(&plan, "kubernetes");
        checked(SCHEMA, &manifest).unwrap_or_else(|error| panic!("{error}\n{plan}\n{manifest:#}"));
        // The API refuses a selector that does not match the template, a variable's second definition is lost, and a request above its
        // limit is refused ('Resource Management for Pods and Containers').
        assert_eq!(manifest["spec"]["selector"]["matchLabels"], manifest["spec"]["template"]["metadata"]["labels"]);
        let container = manifest.pointer(CONTAINER).unwrap();
        let names: Vec<&Value> =
            container["env"].as_array().unwrap().iter().map(|variable| &variable["name"]).collect();
        assert!((1..names.len()).all(|at| !names[..at].contains(&names[at])), "{names:?}");
        if let Some(resources) = container.get("resources") {
            let (request, limit) = (bytes(&resources["requests"]["memory"]), bytes(&resources["limits"]["memory"]));
            assert!(0.0 < request && request <= limit, "{resources}");
        }
    }
}

/// The schema is one that says no.
#[test]
fn a_manifest_with_a_mistake_does_not() {
    let good = emitted(&template(), "kubernetes");
    let refused = |at: &str, put: Value| refuses(SCHEMA, &good, at, put);
    refused("/apiVersion", json!("apps/v2"));
    refused("/spec/replicas", json!("1"));
    refused("/spec/replica", json!(1));
    refused("/spec/selector", Value::Null);
    refused("/spec/template", Value::Null);
    refused("/metadata/name", json!("LLM streams"));
    refused("/spec/template/metadata/labels/app", json!("llm streams"));
    let of_container = |key: &str, put: Value| refused(&format!("{CONTAINER}/{key}"), put);
    of_container("name", Value::Null);
    of_container("enviroment", json!([]));
    of_container("resources/limits/memory", json!("512MiB"));
    of_container("resources/limits/memory", json!(512));
    of_container("resources/limits/memmory", json!("512Mi"));
    of_container("env/0/value", json!(59));
    of_container("env/0/name", json!("STREAM-CONCURRENCY"));
    of_container("env/0/name", Value::Null);
}
