//! The types of `plan.json`, filled from a plan.

use super::{
    ContradictionJson, DifferenceJson, DoubtJson, HelpJson, HelpTriedJson, LimitJson, MostJson, MoveJson, PartJson,
    PlanJson, RemedyJson, RouteJson, SCHEMA, SwingJson, TogetherJson, TriedJson, UsdJson, WorkloadJson,
};
use crate::plan::{
    Contradiction, Difference, Gate, Help, Hung, LimitUse, Move, Plan, PoolName, Swing, Tried, Verdict, Workload,
    WorkloadCost, WorkloadSize,
};
use crate::report::plan::doubts::doubt_text;

impl<'a> PlanJson<'a> {
    pub(super) fn of(plan: &'a Plan) -> PlanJson<'a> {
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
            doubts: plan.doubts.iter().map(|doubt| DoubtJson { doubt, text: doubt_text(doubt) }).collect(),
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
            pool: size.pool.as_ref().and_then(PoolName::name),
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
                    pool: most.pool.as_ref().and_then(PoolName::name),
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
    limit.pool.as_ref().and_then(PoolName::name).map(str::to_owned)
}

impl UsdJson {
    fn of(cost: &WorkloadCost) -> UsdJson {
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
        let part = |part: &crate::plan::RoutePart| PartJson {
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
            pool: contradiction.pool.name(),
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
