//! `plan.json`: what other programs read. Its JSON Schema stands beside this file and is shipped with the program.

use crate::plan::tidy;
use crate::plan::{
    Band, Change, Contradiction, Cost, Difference, Gate, Help, Hung, LimitUse, Move, Plan, PlanDoubt, Resource,
    Simulated, Swing, Tried, Verdict, WhatIf, Workload, WorkloadSize,
};
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

#[derive(Serialize)]
struct PlanJson<'a> {
    schema: &'static str,
    date: String,
    verdict: Verdict,
    what_if: &'a [WhatIf],
    workloads: Vec<WorkloadJson<'a>>,
    together: TogetherJson,
    remedies: Vec<RemedyJson>,
    help: HelpJson,
    routes: Vec<RouteJson>,
    swings: Vec<SwingJson>,
    contradictions: Vec<ContradictionJson<'a>>,
    moves: Vec<MoveJson<'a>>,
    doubts: Vec<DoubtJson<'a>>,
    simulation: Option<&'a Simulated>,
}

#[derive(Serialize)]
struct WorkloadJson<'a> {
    name: &'a str,
    model: Option<&'a str>,
    pool: Option<&'a str>,
    retires: Option<String>,
    arrival_rate: Band,
    headroom: f64,
    effective_arrival_rate: Band,
    slot_seconds: Band,
    concurrency: Band,
    concurrency_if_all_hang: Option<Band>,
    rpm: Band,
    itpm: Option<Band>,
    otpm: Option<Band>,
    tokens_per_minute: Option<Band>,
    tokens_per_day: Option<Band>,
    queue_depth: Option<Band>,
    gate: Gate,
    memory_bytes: Option<Band>,
    memory_line: Option<String>,
    limits: Vec<LimitJson>,
    binding: Option<Resource>,
    concurrency_below_70_percent: Option<f64>,
    most_arrivals: Vec<MostJson<'a>>,
    usd: Option<UsdJson>,
}

#[derive(Serialize)]
struct LimitJson {
    limit: Resource,
    pool: Option<String>,
    capacity: f64,
    #[serde(rename = "use", serialize_with = "tidy")]
    used: f64,
    #[serde(serialize_with = "tidy")]
    use_low: f64,
    #[serde(serialize_with = "tidy")]
    use_high: f64,
    #[serde(serialize_with = "tidy")]
    share: f64,
    #[serde(serialize_with = "tidy")]
    share_low: f64,
    #[serde(serialize_with = "tidy")]
    share_high: f64,
    verdict: Verdict,
}

#[derive(Serialize)]
struct MostJson<'a> {
    limit: Resource,
    pool: Option<&'a str>,
    rate_at_70_percent: f64,
    rate_at_limit: f64,
}

#[derive(Serialize)]
struct UsdJson {
    per_hour: Band,
    per_day: Band,
    hours_a_day: f64,
    per_1000_requests: Band,
    batch_per_day: Band,
    batches_per_day: Band,
    batch_queue_share: Option<f64>,
}

#[derive(Serialize)]
struct TogetherJson {
    replicas: u32,
    memory_limit_bytes: Option<u64>,
    concurrency: Band,
    memory_bytes: Option<Band>,
    memory_bytes_if_all_hang: Option<Band>,
    limits: Vec<LimitJson>,
    binding: Option<Resource>,
    binding_pool: Option<String>,
    container_bytes_needed: Option<f64>,
    replicas_needed: Option<u32>,
    usd_per_hour: Option<Band>,
    usd_per_day: Option<Band>,
}

#[derive(Serialize)]
struct RemedyJson {
    limit: Resource,
    pool: Option<String>,
    share: f64,
    tried: Vec<TriedJson>,
}

#[derive(Serialize)]
struct TriedJson {
    change: Change,
    text: String,
    share: Option<f64>,
    verdict: Verdict,
    worst_verdict: Verdict,
    usd_per_day: Option<f64>,
}

#[derive(Serialize)]
struct HelpJson {
    single_change_suffices: bool,
    is_cut_off: bool,
    tried: Vec<HelpTriedJson>,
}

#[derive(Serialize)]
struct HelpTriedJson {
    changes: Vec<Change>,
    text: String,
    verdict: Verdict,
    limits_not_fitting: usize,
    limits_smelling: usize,
    binding: Option<Resource>,
    binding_pool: Option<String>,
    binding_share: Option<f64>,
    usd_per_day: Option<f64>,
}

#[derive(Serialize)]
struct RouteJson {
    workload: String,
    parts: Vec<PartJson>,
    binding: Option<Resource>,
    binding_pool: Option<String>,
    binding_share: Option<f64>,
    usd_per_day: Option<f64>,
}

#[derive(Serialize)]
struct PartJson {
    name: String,
    model: String,
    slot_seconds: Band,
    concurrency: Band,
    rpm: Band,
    limits: Vec<LimitJson>,
    usd_per_day: Option<f64>,
}

#[derive(Serialize)]
struct SwingJson {
    workload: Option<String>,
    input: &'static str,
    share_low: f64,
    share_high: f64,
    given: bool,
}

#[derive(Serialize)]
struct ContradictionJson<'a> {
    pool: &'a str,
    tier: &'a str,
    other_tier: &'a str,
    differences: Vec<DifferenceJson>,
    arrival_factor: Option<f64>,
    verdict: Verdict,
    other_verdict: Verdict,
}

#[derive(Serialize)]
struct MoveJson<'a> {
    workload: &'a str,
    model: Option<&'a str>,
    other_model: &'a str,
    by_class: bool,
    times_as_long: Option<Band>,
    source: Option<&'a str>,
}

#[derive(Serialize)]
struct DifferenceJson {
    limit: Resource,
    here: Option<f64>,
    there: Option<f64>,
}

#[derive(Serialize)]
struct DoubtJson<'a> {
    #[serde(flatten)]
    doubt: &'a PlanDoubt,
    text: String,
}

impl<'a> PlanJson<'a> {
    fn of(plan: &'a Plan) -> PlanJson<'a> {
        let workloads = plan.inputs.workloads.iter().enumerate();
        PlanJson {
            schema: SCHEMA,
            date: plan.today.to_string(),
            verdict: plan.verdict(),
            what_if: &plan.inputs.what_if,
            workloads: workloads.map(|(index, workload)| WorkloadJson::of(plan, index, workload)).collect(),
            together: TogetherJson::of(plan),
            remedies: plan.help.troubled.iter().map(|limit| RemedyJson::of(limit, &plan.help)).collect(),
            help: HelpJson::of(&plan.help),
            routes: plan.routes.iter().map(RouteJson::of).collect(),
            swings: plan.swings.iter().map(SwingJson::of).collect(),
            moves: plan.moves.iter().map(MoveJson::of).collect(),
            contradictions: plan.contradictions.iter().map(ContradictionJson::of).collect(),
            doubts: plan.doubts.iter().map(|doubt| DoubtJson { doubt, text: doubt.text() }).collect(),
            simulation: plan.simulated.as_ref(),
        }
    }
}

impl<'a> WorkloadJson<'a> {
    fn of(plan: &'a Plan, index: usize, workload: &'a Workload) -> WorkloadJson<'a> {
        let size: &WorkloadSize = &plan.sizing.workloads[index];
        let room = &plan.inverse.workloads[index];
        WorkloadJson {
            name: &workload.name,
            model: workload.model.as_deref(),
            pool: size.pool.as_deref().filter(|pool| !pool.is_empty()),
            retires: workload
                .model
                .as_deref()
                .and_then(|model| Some(plan.inputs.account.models.lifetime(model).retires?.to_string())),
            arrival_rate: workload.arrival,
            headroom: workload.headroom.factor(),
            effective_arrival_rate: size.effective_rate,
            slot_seconds: size.slot_time,
            concurrency: size.concurrency,
            concurrency_if_all_hang: size.all_hung.map(|Hung { concurrency, .. }| concurrency),
            rpm: size.rpm,
            itpm: size.itpm,
            otpm: size.otpm,
            tokens_per_minute: size.tpm(),
            tokens_per_day: size.tpd,
            queue_depth: size.queue_depth,
            gate: Gate::of(size, plan.inputs.process.replicas),
            memory_bytes: size.memory,
            memory_line: workload.memory.as_ref().map(crate::plan::MemoryLine::name),
            limits: size.limits.iter().map(LimitJson::of).collect(),
            binding: size.binding().map(|limit| limit.resource),
            concurrency_below_70_percent: room.concurrency_below_safe,
            most_arrivals: room
                .arrivals
                .iter()
                .map(|most| MostJson {
                    limit: most.resource,
                    pool: most.pool.as_deref().filter(|pool| !pool.is_empty()),
                    rate_at_70_percent: most.at_safe,
                    rate_at_limit: most.at_limit,
                })
                .collect(),
            usd: plan.money.workloads[index].as_ref().map(UsdJson::of),
        }
    }
}

impl LimitJson {
    fn of(limit: &LimitUse) -> LimitJson {
        let share = limit.share();
        LimitJson {
            limit: limit.resource,
            pool: named_pool(limit),
            capacity: limit.capacity,
            used: limit.used.likely,
            use_low: limit.used.low,
            use_high: limit.used.high,
            share: share.likely,
            share_low: share.low,
            share_high: share.high,
            verdict: limit.verdict(),
        }
    }
}

fn named_pool(limit: &LimitUse) -> Option<String> {
    limit.pool.clone().filter(|pool| !pool.is_empty())
}

impl UsdJson {
    fn of(cost: &Cost) -> UsdJson {
        UsdJson {
            per_hour: cost.per_hour,
            per_day: cost.per_day,
            hours_a_day: cost.hours_a_day,
            per_1000_requests: cost.per_1000_requests,
            batch_per_day: cost.batch.per_day,
            batches_per_day: cost.batch.batches_per_day,
            batch_queue_share: cost.batch.queue_share,
        }
    }
}

impl TogetherJson {
    fn of(plan: &Plan) -> TogetherJson {
        let together = &plan.sizing.together;
        TogetherJson {
            replicas: plan.inputs.process.replicas,
            memory_limit_bytes: plan.inputs.process.memory_limit.map(|limit| limit.0),
            concurrency: together.concurrency,
            memory_bytes: together.memory,
            memory_bytes_if_all_hang: together.memory_all_hung,
            limits: together.limits.iter().map(LimitJson::of).collect(),
            binding: plan.binding().map(|limit| limit.resource),
            binding_pool: plan.binding().and_then(named_pool),
            container_bytes_needed: plan.inverse.container_bytes,
            replicas_needed: plan.inverse.replicas,
            usd_per_hour: plan.money.usd_per_hour,
            usd_per_day: plan.money.usd_per_day,
        }
    }
}

impl RemedyJson {
    /// The single changes that help with one limit.
    fn of(limit: &LimitUse, help: &Help) -> RemedyJson {
        let share = limit.share().high;
        let tried = help.tried.iter().filter_map(|tried| {
            let [change] = &tried.changes[..] else { return None };
            let after = tried.limit(limit);
            let then = after.map(|after| after.share().high);
            then.is_none_or(|then| then < share * (1.0 - 1e-9)).then(|| TriedJson {
                change: change.clone(),
                text: tried.text(),
                share: then,
                verdict: after.map_or(Verdict::Fits, LimitUse::verdict),
                worst_verdict: tried.verdict(),
                usd_per_day: tried.usd_per_day,
            })
        });
        RemedyJson { limit: limit.resource, pool: named_pool(limit), share, tried: tried.collect() }
    }
}

impl HelpJson {
    fn of(help: &Help) -> HelpJson {
        let suffices = |best: &Tried| best.all_fits() && best.steps().len() == 1;
        HelpJson {
            single_change_suffices: help.best().is_some_and(suffices),
            is_cut_off: help.is_cut_off,
            tried: help.tried.iter().map(HelpTriedJson::of).collect(),
        }
    }
}

impl HelpTriedJson {
    fn of(tried: &Tried) -> HelpTriedJson {
        let binding = tried.binding();
        HelpTriedJson {
            changes: tried.changes.clone(),
            text: tried.text(),
            verdict: tried.verdict(),
            limits_not_fitting: tried.count(Verdict::DoesNotFit),
            limits_smelling: tried.count(Verdict::Smells),
            binding: binding.map(|limit| limit.resource),
            binding_pool: binding.and_then(named_pool),
            binding_share: binding.map(|limit| limit.share().high),
            usd_per_day: tried.usd_per_day,
        }
    }
}

impl RouteJson {
    fn of(route: &crate::plan::Route) -> RouteJson {
        let part = |part: &crate::plan::Part| PartJson {
            name: part.name.clone(),
            model: part.model.clone(),
            slot_seconds: part.size.slot_time,
            concurrency: part.size.concurrency,
            rpm: part.size.rpm,
            limits: part.size.limits.iter().map(LimitJson::of).collect(),
            usd_per_day: part.usd_per_day,
        };
        RouteJson {
            workload: route.workload.clone(),
            parts: route.parts.iter().map(part).collect(),
            binding: route.binding.as_ref().map(|limit| limit.resource),
            binding_pool: route.binding.as_ref().and_then(named_pool),
            binding_share: route.binding.as_ref().map(|limit| limit.share().high),
            usd_per_day: route.usd_per_day,
        }
    }
}

impl<'a> MoveJson<'a> {
    fn of(other: &'a Move) -> MoveJson<'a> {
        MoveJson {
            workload: &other.workload,
            model: other.from.as_deref(),
            other_model: &other.to,
            by_class: other.by_class,
            times_as_long: other.lasts.as_ref().map(|lasts| lasts.times),
            source: other.lasts.as_ref().map(|lasts| lasts.source.as_str()).filter(|source| !source.is_empty()),
        }
    }
}

impl<'a> ContradictionJson<'a> {
    fn of(contradiction: &'a Contradiction) -> ContradictionJson<'a> {
        let difference =
            |both: &Difference| DifferenceJson { limit: both.resource, here: both.here, there: both.there };
        ContradictionJson {
            pool: &contradiction.pool,
            tier: &contradiction.tier,
            other_tier: &contradiction.other,
            differences: contradiction.differences.iter().map(difference).collect(),
            arrival_factor: contradiction.arrivals,
            verdict: contradiction.verdict,
            other_verdict: contradiction.other_verdict,
        }
    }
}

impl SwingJson {
    fn of(swing: &Swing) -> SwingJson {
        SwingJson {
            workload: swing.workload.clone(),
            input: swing.input,
            share_low: swing.low,
            share_high: swing.high,
            given: swing.given,
        }
    }
}
