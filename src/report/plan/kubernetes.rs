//! The plan as a Kubernetes Deployment: replicas, memory, and the gate's numbers as environment.

use super::headline::headlines;
use super::yaml::yaml;
use crate::plan::{Band, Plan};
use crate::units::MIB;
use serde_json::{Value, json};
use std::collections::HashMap;

/// The manifest, in YAML. Name and image are placeholders, and comments above it say what was planned.
pub fn kubernetes(plan: &Plan) -> String {
    let mut out: String = headlines(plan).iter().map(|line| format!("# {line}\n")).collect();
    out += "# The gate's numbers are those of one replica. Put your own name and image in.\n";
    out + &yaml(&deployment(plan))
}

fn deployment(plan: &Plan) -> Value {
    let labels = json!({ "app": NAME });
    let mut container = json!({ "name": NAME, "image": IMAGE });
    if let Some(resources) = resources(plan) {
        container["resources"] = resources;
    }
    container["env"] = Value::Array(environment(plan));
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": NAME, "labels": labels },
        "spec": {
            "replicas": plan.inputs.process.replicas,
            "selector": { "matchLabels": labels },
            "template": { "metadata": { "labels": labels }, "spec": { "containers": [container] } },
        },
    })
}

/// The name of everything in the manifest.
pub const NAME: &str = "llm-streams";
const IMAGE: &str = "your-registry/your-image:tag";

/// Requested is what one process needs at most, limited to what the plan says, or to what leaves it at 70 %.
fn resources(plan: &Plan) -> Option<Value> {
    let needed = plan.sizing.together.memory.map(|memory| quantity(memory.high));
    let given = plan.inputs.process.memory_limit.map(|limit| limit.as_f64());
    let limit = given.or(plan.inverse.container_bytes).map(quantity)?;
    // A request above the limit would not be admitted: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
    let fits = given.zip(plan.sizing.together.memory).is_none_or(|(given, memory)| memory.high <= given);
    let request = needed.filter(|_| fits).unwrap_or_else(|| limit.clone());
    Some(json!({ "requests": { "memory": request }, "limits": { "memory": limit } }))
}

/// Bytes as a Kubernetes quantity: whole mebibytes rounded up, unless the plan's own number is not one of those.
fn quantity(bytes: f64) -> String {
    let mebibytes = bytes / MIB;
    let is_decimal = mebibytes.fract() != 0.0 && bytes % 1e6 == 0.0;
    if is_decimal { format!("{}M", bytes / 1e6) } else { format!("{}Mi", mebibytes.ceil()) }
}

fn environment(plan: &Plan) -> Vec<Value> {
    let replicas = f64::from(plan.inputs.process.replicas);
    let names: Vec<String> = plan.inputs.workloads.iter().map(|workload| constant(&workload.name)).collect();
    let mut uses: HashMap<&str, usize> = HashMap::new();
    names.iter().for_each(|name| *uses.entry(name).or_default() += 1);
    let mut variables = Vec::new();
    for (index, (workload, size)) in plan.inputs.workloads.iter().zip(&plan.sizing.workloads).enumerate() {
        let is_unique = uses.get(names[index].as_str()) == Some(&1);
        let suffix = match names.len() {
            1 => String::new(),
            _ if is_unique => format!("_{}", names[index]),
            _ => format!("_{}", index + 1),
        };
        let mut add = |name: &str, value: f64| {
            variables.push(json!({ "name": format!("{name}{suffix}"), "value": format!("{value}") }));
        };
        // The high end: what was judged is what the gate lets in.
        let each = |number: Band| (number.high / replicas).ceil();
        add("STREAM_CONCURRENCY", each(size.concurrency));
        if let Some(depth) = size.queue_depth {
            add("STREAM_QUEUE_DEPTH", each(depth));
        }
        if let Some(timeout) = workload.timeout {
            add("STREAM_TIMEOUT_SECONDS", timeout);
        }
    }
    variables
}

/// A name as the end of an environment variable's.
fn constant(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}
