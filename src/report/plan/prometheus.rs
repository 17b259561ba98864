//! The plan as Prometheus alert rules: memory, refused requests, retries, the queue.

use super::gate;
use super::headline::headlines;
use super::kubernetes::NAME;
use super::words::short;
use super::yaml::{comment, yaml};
use crate::cost::SAFE_SHARE;
use crate::plan::{Gate, Plan};
use serde_json::{Value, json};

/// More refused requests than this share, and the account is too small or the retries too eager.
const REFUSED_SHARE: f64 = 0.1;
/// More time lost in retries than this within [`WINDOW`], seconds.
const RETRY_SECONDS: f64 = 60.0;
/// Over which rates are taken.
const WINDOW: &str = "5m";

const METRICS: &str = "\
# Memory comes from cAdvisor (container_memory_working_set_bytes). The program itself has to export the others:
#   llm_requests_total{status}         requests sent, retries included, by HTTP status
#   llm_retry_delay_seconds_total      time waited before retries
#   llm_gate_queued{workload}          requests that wait at the gate of this replica now
";

/// The rules, in YAML, with comments above that say what was planned and which metrics they read.
pub fn prometheus(plan: &Plan) -> String {
    let planned: String = headlines(plan).iter().map(|line| comment(line)).collect();
    let mut rules = vec![refused(), retries()];
    rules.extend(memory(plan));
    rules.extend(queues(plan));
    let gates: String = gate::remarks(plan).iter().map(|line| comment(line)).collect();
    planned + &gates + METRICS + &yaml(&json!({ "groups": [{ "name": NAME, "rules": rules }] }))
}

fn rule(name: &str, expression: String, lasting: &str, summary: String) -> Value {
    json!({
        "alert": name,
        "expr": expression,
        "for": lasting,
        "labels": { "severity": "warning" },
        "annotations": { "summary": summary },
    })
}

fn memory(plan: &Plan) -> Option<Value> {
    let limit = plan.inputs.process.memory_limit?.as_f64();
    Some(rule(
        "StreamMemoryAboveSafe",
        format!("container_memory_working_set_bytes{{container=\"{NAME}\"}} > {}", (limit * SAFE_SHARE).round()),
        "1m",
        format!("Memory is above 70 % of {}: fewer streams, or a larger container.", short_bytes(limit)),
    ))
}

fn short_bytes(bytes: f64) -> String {
    crate::units::Bytes(bytes as u64).to_string()
}

fn refused() -> Value {
    let all = format!("sum(rate(llm_requests_total[{WINDOW}]))");
    let refused = format!("sum(rate(llm_requests_total{{status=\"429\"}}[{WINDOW}]))");
    rule(
        "StreamsRateLimited",
        format!("{refused} / {all} > {REFUSED_SHARE}"),
        WINDOW,
        "More than 10 % of the requests are refused with 429: the plan's arrivals or the tier are wrong.".to_owned(),
    )
}

fn retries() -> Value {
    rule(
        "StreamRetryDelay",
        format!("sum(increase(llm_retry_delay_seconds_total[{WINDOW}])) > {RETRY_SECONDS}"),
        "0m",
        format!("More than {RETRY_SECONDS} s were waited for retries within {WINDOW}."),
    )
}

/// One rule a workload whose queue was planned, and has places; the depth is one replica's.
fn queues(plan: &Plan) -> Vec<Value> {
    let all = plan.inputs.workloads.iter().zip(&plan.sizing.workloads);
    let queue = all.filter_map(|(workload, size)| {
        let depth = Gate::of(size, plan.inputs.process.replicas).queue_depth.filter(|depth| *depth > 0.0)?;
        // A label's value is quoted as in Go, which JSON's quotes agree with for printable text.
        let name = Value::from(workload.name.as_str());
        let mut rule = rule(
            "StreamQueueFilling",
            format!("llm_gate_queued{{workload={name}}} > {}", (depth * SAFE_SHARE).floor()),
            "1m",
            format!(
                "The queue of {} in one replica is more than 70 % full ({} may wait): requests will be refused.",
                literal(&workload.name),
                short(depth)
            ),
        );
        rule["labels"]["workload"] = Value::from(literal(&workload.name));
        Some(rule)
    });
    queue.collect()
}

/// A text that a label or an annotation shows as it is. Both are templates of Go's text/template, in which two braces begin an action and
/// a string constant prints itself: <https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/#templating>
fn literal(text: &str) -> String {
    text.replace("{{", "{{\"{{\"}}")
}
