//! Everything that could help against one limit, as steps to try. A step is one change, or one change for several workloads.

use super::change::Change;
use super::inputs::Inputs;
use super::inverse::replicas;
use super::limits::Tier;
use super::paces::output_of;
use super::pool_name::PoolName;
use super::sizing::Sizing;
use super::verdict::{LimitUse, Resource};
use super::workload::Workload;
use crate::cost::SAFE_SHARE;
use crate::units::MIB;

/// Containers come in steps of this many bytes.
const MEMORY_STEP: f64 = 64.0 * MIB;
/// Of the workloads in a pool, so many are sent to another model each by itself: those that take the most of the limit.
const MOST_BY_THEMSELVES: usize = 4;

/// Steps against one limit of a plan that was sized.
pub fn steps_against(inputs: &Inputs, sizing: &Sizing, limit: &LimitUse) -> Vec<Vec<Change>> {
    let mut steps: Vec<Vec<Change>> = Vec::new();
    match limit.resource {
        Resource::Memory => {
            steps.push(vec![Change::Drop]);
            let needed = (limit.used.high / SAFE_SHARE / MEMORY_STEP).ceil() * MEMORY_STEP;
            steps.push(vec![Change::Memory { bytes: needed as u64 }]);
            steps.extend(replicas(inputs).map(|replicas| vec![Change::Replicas { replicas }]));
        }
        Resource::Streams => {
            let replicas = limit.share().high / SAFE_SHARE * f64::from(inputs.process.replicas);
            steps.push(vec![Change::Replicas { replicas: replicas.ceil() as u32 }]);
        }
        Resource::Rpm
        | Resource::Itpm
        | Resource::Otpm
        | Resource::Tpm
        | Resource::Tpd
        | Resource::Concurrent
        | Resource::Spend => {
            steps.extend(other_tiers(inputs));
            steps.extend(other_models(inputs, sizing, limit));
            let split = inputs.workloads.iter().filter(|workload| !workload.classes.is_empty());
            let split = split.map(|workload| Change::Split { workload: workload.name.clone() });
            steps.extend(each_and_all(split.collect()));
        }
    }
    // What these limit is how many streams are open at once.
    if matches!(limit.resource, Resource::Memory | Resource::Streams | Resource::Concurrent) {
        steps.extend(faster_models(inputs));
    }
    let batches = inputs.workloads.iter().filter(|workload| workload.batch);
    let batches = batches.map(|workload| Change::Batches { workload: workload.name.clone() });
    steps.extend(each_and_all(batches.collect()));
    steps
}

/// Every change by itself, and where there are several, all of them together.
fn each_and_all(changes: Vec<Change>) -> Vec<Vec<Change>> {
    let each = changes.iter().take(MOST_BY_THEMSELVES).map(|change| vec![change.clone()]);
    let mut steps: Vec<Vec<Change>> = each.collect();
    if changes.len() > 1 {
        steps.push(changes);
    }
    steps
}

/// The other tiers of the same table, the smallest first: another table is another account's.
fn other_tiers(inputs: &Inputs) -> Vec<Vec<Change>> {
    let account = &inputs.account;
    let Some(now) = account.tier() else { return Vec::new() };
    let requests =
        |tier: &Tier<'_>| now.table.pools.iter().filter_map(|pool| pool.tiers.get(tier.name)?.rpm).sum::<f64>();
    let mut others: Vec<Tier<'_>> = now.table.tiers().filter(|tier| tier.name != now.name).collect();
    others.sort_by(|a, b| requests(a).total_cmp(&requests(b)));
    others.into_iter().map(|tier| vec![Change::Tier { tier: account.book.short_name(tier) }]).collect()
}

/// Another model for these workloads.
fn sent_to<'w>(model: &str, workloads: impl Iterator<Item = &'w Workload>) -> Vec<Vec<Change>> {
    let to = |workload: &Workload| Change::Model { workload: workload.name.clone(), model: model.to_owned() };
    each_and_all(workloads.map(to).collect())
}

/// The first model of every other pool, for the workloads in this one: each by itself, and all of them.
fn other_models(inputs: &Inputs, sizing: &Sizing, limit: &LimitUse) -> Vec<Vec<Change>> {
    let account = &inputs.account;
    let Some(table) = account.tier().map(|tier| tier.table) else { return Vec::new() };
    let own_use = |index: usize| {
        let own = sizing.workloads[index].limits.iter().find(|own| own.is_of_same_limit(limit));
        own.map_or(0.0, |own| own.used.high)
    };
    let mut in_pool: Vec<usize> = (0..inputs.workloads.len())
        .filter(|index| sizing.workloads[*index].pool.is_some() && sizing.workloads[*index].pool == limit.pool)
        .collect();
    in_pool.sort_by(|a, b| own_use(*b).total_cmp(&own_use(*a)));
    let others =
        table.pools.iter().filter(|pool| Some(pool.name.as_str()) != limit.pool.as_ref().and_then(PoolName::name));
    let steps = others
        .filter_map(|pool| pool.models.first())
        .flat_map(|model| sent_to(model, in_pool.iter().map(|index| &inputs.workloads[*index])));
    steps.collect()
}

/// The first model of every pool, for the workloads whose streams last for a shorter time there by what a source says of its pace: fewer are
/// open at once then.
fn faster_models(inputs: &Inputs) -> Vec<Vec<Change>> {
    let Some(table) = inputs.account.tier().map(|tier| tier.table) else { return Vec::new() };
    let steps = table.pools.iter().filter_map(|pool| pool.models.first()).flat_map(|model| {
        let is_faster = |workload: &&Workload| {
            let from = workload.model.as_deref();
            let lasts = from.and_then(|from| inputs.paces.times_as_long(from, model, output_of(workload)));
            lasts.is_some_and(|lasts| lasts.times.high < 1.0)
        };
        sent_to(model, inputs.workloads.iter().filter(is_faster))
    });
    steps.collect()
}
