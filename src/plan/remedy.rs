//! Which change would help most, found by trying each.

use super::band::Band;
use super::change::Change;
use super::inputs::Inputs;
use super::inverse::replicas;
use super::money::{Money, USD_MONTH_DAYS};
use super::sizing::{Sizing, WorkloadSize};
use super::verdict::{LimitUse, Resource, Verdict};
use super::workload::Workload;
use crate::cost::SAFE_SHARE;
use crate::units::MIB;

/// Containers come in steps of this many bytes.
const MEMORY_STEP: f64 = 64.0 * MIB;
/// Workloads are changed one by one as long as no more than so many sizes are computed for it, and at least this many of them: those that
/// take most. Each change asks all of them again.
const SIZES_TRIED: usize = 2_000;
const LEAST_TRIED: usize = 3;
/// How often the share of the traffic that fits is halved towards: to a thousandth.
const HALVINGS: u32 = 10;

/// A limit that does not simply fit, and what was tried against it.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// The limit.
    pub limit: LimitUse,
    /// What was tried, the most helpful first.
    pub tried: Vec<Tried>,
}

/// What a change made of the limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// What was changed.
    pub change: Change,
    /// The share of the limit that is used afterwards, at the high end; `None` if nothing uses it any more.
    pub share: Option<f64>,
    /// The verdict on the limit afterwards.
    pub verdict: Verdict,
    /// The worst verdict on any limit afterwards.
    pub worst: Verdict,
    /// USD a day afterwards, where all is known.
    pub usd_per_day: Option<f64>,
}

/// Tries everything against every limit that smells or does not fit, the worst limit first.
pub fn remedies(inputs: &Inputs) -> Vec<Remedy> {
    let sizing = Sizing::of(inputs);
    let mut troubled: Vec<&LimitUse> =
        sizing.together.limits.iter().filter(|limit| limit.verdict() != Verdict::Fits).collect();
    troubled.sort_by(|a, b| b.share().high.total_cmp(&a.share().high));
    let remedy = |limit: &&LimitUse| Remedy { limit: (*limit).clone(), tried: tried_against(inputs, limit) };
    troubled.iter().map(remedy).collect()
}

fn tried_against(inputs: &Inputs, limit: &LimitUse) -> Vec<Tried> {
    let changes = changes_against(inputs, limit);
    let mut tried: Vec<Tried> = changes.into_iter().filter_map(|change| outcome(inputs, limit, change)).collect();
    // What helps comes first; among equals the one that leaves least in trouble, then the smaller share. The sort is stable: what
    // asks less of the user stays in front.
    tried.retain(|tried| tried.share.is_none_or(|share| share < limit.share().high * (1.0 - 1e-9)));
    tried.sort_by(|a, b| {
        let share = |tried: &Tried| tried.share.unwrap_or(0.0);
        // To let less in is no help but an admission, and comes after everything that helps as far.
        let less = |tried: &Tried| matches!(tried.change, Change::Less { .. });
        let order = (a.verdict, less(a), a.worst).cmp(&(b.verdict, less(b), b.worst));
        order.then(share(a).total_cmp(&share(b)))
    });
    tried
}

fn outcome(inputs: &Inputs, limit: &LimitUse, change: Change) -> Option<Tried> {
    let changed = change.applied(inputs)?;
    let sizing = Sizing::of(&changed);
    let mut after = same_limit(&sizing, limit).map(|after| after.share().high);
    if let (Change::Batches { workload }, Resource::Spend) = (&change, limit.resource) {
        // What goes into batches streams no more, and is still paid for.
        let month = batch_cost_per_day(inputs, workload)?.high * USD_MONTH_DAYS;
        after = Some(after.unwrap_or(0.0) + month / limit.capacity);
    }
    let verdict = after.map_or(Verdict::Fits, Verdict::of);
    let others = sizing.together.limits.iter().map(LimitUse::verdict).max().unwrap_or(Verdict::Fits);
    let usd_per_day = usd_per_day(inputs, &changed, &change);
    Some(Tried { share: after, verdict, worst: others.max(verdict), usd_per_day, change })
}

fn batch_cost_per_day(inputs: &Inputs, name: &str) -> Option<Band> {
    let at = inputs.workloads.iter().position(|workload| workload.name == name)?;
    Some(Money::of(inputs).workloads[at].as_ref()?.batch.per_day)
}

/// What everything costs a day after a change, what goes into batches included.
fn usd_per_day(inputs: &Inputs, changed: &Inputs, change: &Change) -> Option<f64> {
    let streamed = Money::of(changed).usd_per_day?.likely;
    let Change::Batches { workload } = change else { return Some(streamed) };
    Some(streamed + batch_cost_per_day(inputs, workload)?.likely)
}

/// The limit after a change. Another tier may put the models into other pools; then the fullest of its kind counts.
fn same_limit<'a>(sizing: &'a Sizing, limit: &LimitUse) -> Option<&'a LimitUse> {
    let of_kind = || sizing.together.limits.iter().filter(|other| other.resource == limit.resource);
    let same = of_kind().find(|other| other.is_of_same_limit(limit));
    same.or_else(|| of_kind().max_by(|a, b| a.share().high.total_cmp(&b.share().high)))
}

/// Everything that could help against one limit.
fn changes_against(inputs: &Inputs, limit: &LimitUse) -> Vec<Change> {
    let mut changes = Vec::new();
    match limit.resource {
        Resource::Memory => {
            changes.push(Change::Drop);
            let needed = (limit.used.high / SAFE_SHARE / MEMORY_STEP).ceil() * MEMORY_STEP;
            changes.push(Change::Memory { bytes: needed as u64 });
            changes.extend(replicas(inputs).map(|replicas| Change::Replicas { replicas }));
        }
        Resource::Streams => {
            let replicas = limit.share().high / SAFE_SHARE * f64::from(inputs.process.replicas);
            changes.push(Change::Replicas { replicas: replicas.ceil() as u32 });
        }
        Resource::Rpm | Resource::Itpm | Resource::Otpm | Resource::Spend => {
            changes.extend(other_tiers(inputs));
            changes.extend(other_models(inputs, limit));
            let split = heaviest(inputs, limit).into_iter().filter(|workload| !workload.classes.is_empty());
            changes.extend(split.map(|workload| Change::Split { workload: workload.name.clone() }));
        }
    }
    let batches = heaviest(inputs, limit).into_iter().filter(|workload| workload.batch);
    changes.extend(batches.map(|workload| Change::Batches { workload: workload.name.clone() }));
    changes.extend(less(inputs, limit));
    changes
}

/// The workloads that are changed one by one: all, or of very many those that take most of the limit.
fn heaviest<'a>(inputs: &'a Inputs, limit: &LimitUse) -> Vec<&'a Workload> {
    let mut all: Vec<&Workload> = inputs.workloads.iter().collect();
    let tried = (SIZES_TRIED / all.len().max(1)).max(LEAST_TRIED);
    if all.len() > tried {
        let share = |size: &WorkloadSize| {
            size.limits.iter().find(|own| own.is_of_same_limit(limit)).map_or(0.0, |own| own.share().high)
        };
        let mut taken: Vec<(f64, &Workload)> = Sizing::of(inputs).workloads.iter().map(share).zip(all).collect();
        taken.sort_by(|a, b| b.0.total_cmp(&a.0));
        all = taken.into_iter().take(tried).map(|(_, workload)| workload).collect();
    }
    all
}

/// The other tiers of the same table: another table is another account's.
fn other_tiers(inputs: &Inputs) -> Vec<Change> {
    let account = &inputs.account;
    let Some(now) = account.tier.as_deref() else { return Vec::new() };
    let Some(table) = account.book.table_of(now) else { return Vec::new() };
    let mut tiers: Vec<&String> = table.pools.iter().flat_map(|pool| pool.tiers.keys()).collect();
    tiers.sort();
    tiers.dedup();
    tiers.into_iter().filter(|tier| *tier != now).map(|tier| Change::Tier { tier: tier.clone() }).collect()
}

/// The first model of every other pool, for every workload in this one.
fn other_models(inputs: &Inputs, limit: &LimitUse) -> Vec<Change> {
    let account = &inputs.account;
    let Some(table) = account.tier.as_deref().and_then(|tier| account.book.table_of(tier)) else { return Vec::new() };
    let in_pool = heaviest(inputs, limit).into_iter().filter(|workload| {
        account.limits_of(workload.model.as_deref()).is_some_and(|pool| Some(pool.pool) == limit.pool)
    });
    let others = || table.pools.iter().filter(|pool| Some(&pool.name) != limit.pool.as_ref());
    let to = |workload: &str, model: &String| Change::Model { workload: workload.to_owned(), model: model.clone() };
    in_pool.flat_map(|workload| others().filter_map(|pool| Some(to(&workload.name, pool.models.first()?)))).collect()
}

/// The largest share of the traffic with which the limit fits.
fn less(inputs: &Inputs, limit: &LimitUse) -> Option<Change> {
    let sizing = |share: f64| Some(Sizing::of(&Change::Less { share, streams: 0.0 }.applied(inputs)?));
    let fits = |share: f64| same_limit(&sizing(share)?, limit).map(|after| after.verdict() == Verdict::Fits);
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if fits(middle)? { low = middle } else { high = middle }
    }
    let streams = sizing(low)?.together.concurrency.high;
    (low > 0.0).then_some(Change::Less { share: low, streams })
}
