//! `plan.json`: what other programs read. Its JSON Schema comes from these types, is committed beside this file and shipped with the program.

mod filled;

use crate::plan::tidy;
use crate::plan::{Band, Change, Gate, Plan, PlanDoubt, Resource, Simulated, Verdict, WhatIf};
use serde::Serialize;

/// The name and version of the format.
pub const SCHEMA: &str = "stream-probe/plan/1";

/// The JSON Schema of a plan.
pub const JSON_SCHEMA: &str = include_str!("plan.schema.json");

/// The plan as JSON.
///
/// # Errors
/// When it cannot be written as JSON, which would be a mistake in this program.
pub fn json(plan: &Plan) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(&PlanJson::of(plan))? + "\n")
}

/// Rates are per second unless named per minute, times are seconds, memory is bytes, money is USD. A band holds what follows from all low, all likely and all high ends of the inputs. Within version 1 names do not change and are not taken away.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "A capacity plan for streams of an LLM API", extend("$id" = SCHEMA)))]
struct PlanJson<'a> {
    #[cfg_attr(test, schemars(extend("const" = SCHEMA)))]
    schema: &'static str,
    /// The day as of which tables of limits and prices are old or not.
    #[cfg_attr(test, schemars(extend("pattern" = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")))]
    date: String,
    /// The worst verdict on any limit; fits where no limit is known.
    verdict: Verdict,
    /// What was asked instead of what the plan's file says.
    what_if: &'a [WhatIf],
    #[cfg_attr(test, schemars(extend("minItems" = 1)))]
    workloads: Vec<WorkloadJson<'a>>,
    together: TogetherJson,
    /// For every limit that does not simply fit, the worst first, the single changes that help with it, the most helpful for the whole plan first.
    remedies: Vec<RemedyJson>,
    help: HelpJson,
    /// Workloads split over models by class of tasks.
    routes: Vec<RouteJson>,
    /// How the limit that binds answers to each input alone, the widest first.
    swings: Vec<SwingJson>,
    /// What other sources say of the tier that is planned with.
    contradictions: Vec<ContradictionJson<'a>>,
    /// Where changes and classes of tasks send workloads to other models.
    moves: Vec<MoveJson<'a>>,
    doubts: Vec<DoubtJson<'a>>,
    simulation: Option<&'a Simulated>,
}

/// One workload.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WorkloadJson<'a> {
    name: &'a str,
    model: Option<&'a str>,
    pool: Option<&'a str>,
    /// The day on which its model retires; null where no source says.
    retires: Option<String>,
    /// Requests a second, without retries and headroom.
    arrival_rate: Band,
    #[cfg_attr(test, schemars(range(min = 1)))]
    headroom: f64,
    /// arrival rate x (1 + retry share) x headroom.
    effective_arrival_rate: Band,
    /// Mean time for which a stream holds its slot, those that hang included.
    slot_seconds: Band,
    /// Streams open at once, over all replicas: effective arrival rate x slot time, rounded up.
    concurrency: Band,
    concurrency_if_all_hang: Option<Band>,
    rpm: Band,
    itpm: Option<Band>,
    otpm: Option<Band>,
    /// Input and output tokens together.
    tokens_per_minute: Option<Band>,
    /// The same a day, without headroom, over 24 hours where nothing says how many there are.
    tokens_per_day: Option<Band>,
    /// effective arrival rate x tolerable wait, over all replicas, rounded up.
    queue_depth: Option<Band>,
    /// What the gate of one replica is set to: the high ends over the replicas, rounded up.
    gate: Gate,
    /// One process with only these streams, base included; high is the upper 95 % bound.
    memory_bytes: Option<Band>,
    memory_line: Option<String>,
    /// What this workload takes by itself.
    limits: Vec<LimitJson>,
    /// The limit of which it takes the largest share.
    binding: Option<Resource>,
    /// The most streams that keep memory below 70 % of the limit, the other workloads as planned.
    #[cfg_attr(test, schemars(range(min = 0)))]
    concurrency_below_70_percent: Option<f64>,
    /// The largest arrival rate that each limit allows, the other workloads as planned.
    most_arrivals: Vec<MostJson<'a>>,
    usd: Option<UsdJson>,
}

/// What is used of one limit.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct LimitJson {
    limit: Resource,
    /// The models that share it, for limits of the API by model.
    pool: Option<String>,
    /// How much there is.
    #[cfg_attr(test, schemars(range(min = 0)))]
    capacity: f64,
    /// How much is used, likely.
    #[serde(rename = "use", serialize_with = "tidy")]
    #[cfg_attr(test, schemars(with = "f64"))]
    used: f64,
    #[serde(serialize_with = "tidy")]
    #[cfg_attr(test, schemars(with = "f64"))]
    use_low: f64,
    #[serde(serialize_with = "tidy")]
    #[cfg_attr(test, schemars(with = "f64"))]
    use_high: f64,
    /// use over capacity, 1 being all.
    #[serde(serialize_with = "tidy")]
    #[cfg_attr(test, schemars(with = "f64"))]
    share: f64,
    #[serde(serialize_with = "tidy")]
    #[cfg_attr(test, schemars(with = "f64"))]
    share_low: f64,
    /// What the verdict is about.
    #[serde(serialize_with = "tidy")]
    #[cfg_attr(test, schemars(with = "f64"))]
    share_high: f64,
    verdict: Verdict,
}

/// One limit.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MostJson<'a> {
    limit: Resource,
    pool: Option<&'a str>,
    #[cfg_attr(test, schemars(range(min = 0)))]
    rate_at_70_percent: f64,
    #[cfg_attr(test, schemars(range(min = 0)))]
    rate_at_limit: f64,
}

/// What it costs, retries included.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct UsdJson {
    per_hour: Band,
    per_day: Band,
    #[cfg_attr(test, schemars(range(min = 0)))]
    hours_a_day: f64,
    per_1000_requests: Band,
    batch_per_day: Band,
    batches_per_day: Band,
    #[cfg_attr(test, schemars(range(min = 0)))]
    batch_queue_share: Option<f64>,
}

/// All workloads in one process and one account.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TogetherJson {
    #[cfg_attr(test, schemars(range(min = 1)))]
    replicas: u32,
    memory_limit_bytes: Option<u64>,
    concurrency: Band,
    /// One of the processes with the streams of all workloads, its base counted once.
    memory_bytes: Option<Band>,
    memory_bytes_if_all_hang: Option<Band>,
    limits: Vec<LimitJson>,
    binding: Option<Resource>,
    binding_pool: Option<String>,
    /// The limit at which one container is filled to 70 %.
    #[cfg_attr(test, schemars(range(min = 0)))]
    container_bytes_needed: Option<f64>,
    /// The fewest containers of the given limit that are filled to 70 % at most; null without a limit, or where no number is enough.
    replicas_needed: Option<u32>,
    usd_per_hour: Option<Band>,
    usd_per_day: Option<Band>,
}

/// One limit and what helps.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RemedyJson {
    limit: Resource,
    pool: Option<String>,
    share: f64,
    tried: Vec<TriedJson>,
}

/// One change.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TriedJson {
    change: Change,
    text: String,
    /// Of the limit afterwards; null where nothing uses it any more.
    share: Option<f64>,
    verdict: Verdict,
    /// The worst on any limit afterwards.
    worst_verdict: Verdict,
    usd_per_day: Option<f64>,
}

/// What was tried on the whole plan where a limit does not simply fit.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct HelpJson {
    /// Whether one change, other than to let less in, makes everything fit. One change for several workloads is one change.
    single_change_suffices: bool,
    /// Whether there was more to try than is tried.
    is_cut_off: bool,
    /// The most helpful first: by the verdict on the whole plan, then money, then how much is to be changed. Pairs are tried where no single change makes everything fit.
    tried: Vec<HelpTriedJson>,
}

/// A change, or several together.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct HelpTriedJson {
    #[cfg_attr(test, schemars(extend("minItems" = 1)))]
    changes: Vec<Change>,
    text: String,
    /// The worst on any limit afterwards.
    verdict: Verdict,
    limits_not_fitting: usize,
    limits_smelling: usize,
    /// The limit that runs out first afterwards; null where none is used.
    binding: Option<Resource>,
    binding_pool: Option<String>,
    binding_share: Option<f64>,
    usd_per_day: Option<f64>,
}

/// A workload split.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RouteJson {
    workload: String,
    parts: Vec<PartJson>,
    binding: Option<Resource>,
    binding_pool: Option<String>,
    binding_share: Option<f64>,
    usd_per_day: Option<f64>,
}

/// One class of tasks on its model.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct PartJson {
    name: String,
    model: String,
    /// Mean time for which a stream holds its slot on this model.
    slot_seconds: Band,
    /// The size of its own gate.
    concurrency: Band,
    rpm: Band,
    limits: Vec<LimitJson>,
    usd_per_day: Option<f64>,
}

/// The share of the limit that binds, with one input at its ends.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SwingJson {
    workload: Option<String>,
    input: &'static str,
    share_low: f64,
    share_high: f64,
    /// Whether the interval was given, or 10 % to either side was tried.
    given: bool,
}

/// Another source that gives the same tier other numbers.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ContradictionJson<'a> {
    pool: Option<&'a str>,
    /// The tier that is planned with.
    tier: &'a str,
    /// The tier of the other source.
    other_tier: &'a str,
    #[cfg_attr(test, schemars(extend("minItems" = 1)))]
    differences: Vec<DifferenceJson>,
    /// The largest arrival rate by the other source over that by the source planned with; null where one of them limits nothing that is used.
    arrival_factor: Option<f64>,
    /// On the limits of the pool.
    verdict: Verdict,
    /// The same by the other source.
    other_verdict: Verdict,
}

/// A workload on another model.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MoveJson<'a> {
    workload: &'a str,
    /// The model that its duration is for.
    model: Option<&'a str>,
    other_model: &'a str,
    /// Whether one of its classes goes there, or a change was tried.
    by_class: bool,
    /// Its streams last so many times as long there; null where no source says, and then they last as long as they do.
    times_as_long: Option<Band>,
    source: Option<&'a str>,
}

/// Numbers that differ; null is no limit.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DifferenceJson {
    limit: Resource,
    here: Option<f64>,
    there: Option<f64>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DoubtJson<'a> {
    #[serde(flatten)]
    doubt: &'a PlanDoubt,
    /// One sentence with the cure.
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::schema;

    fn shipped() -> String {
        serde_json::to_string_pretty(&schema::of::<PlanJson<'static>>()).unwrap() + "\n"
    }

    /// The schema that is shipped is that of the types. [`write_the_schema_of_plans`] writes it again.
    #[test]
    fn the_schema_is_that_of_the_types() {
        assert_eq!(JSON_SCHEMA, shipped(), "write it again: cargo test --lib write_the_schema_of_plans -- --ignored");
    }

    #[test]
    #[ignore = "writes the snapshot"]
    fn write_the_schema_of_plans() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/report/plan/plan.schema.json"), shipped()).unwrap();
    }
}
