//! What other sources say of the same tier that is planned with, and what they would make of the plan.

use super::allowance::LIMITS;
use super::inputs::Inputs;
use super::limits::Tier;
use super::pool_name::PoolName;
use super::sizing::Sizing;
use super::verdict::{LimitUse, Resource, Verdict, binding};

/// Another source that gives the same tier other numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Contradiction {
    /// The pool that is planned with.
    pub pool: PoolName,
    /// The tier that is planned with.
    pub tier: String,
    /// The other source's, as `legacy/tier-1`.
    pub other: String,
    /// Where the numbers differ.
    pub differences: Vec<Difference>,
    /// The largest arrival rate by the other source, as a share of that by the source planned with; `None` where one of them limits
    /// nothing that is used.
    pub arrivals: Option<f64>,
    /// The verdict on the limits of the pool by the source planned with.
    pub verdict: Verdict,
    /// The same by the other source.
    pub other_verdict: Verdict,
}

/// A number on which two sources do not agree. `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// What is limited.
    pub resource: Resource,
    /// By the source planned with.
    pub here: Option<f64>,
    /// By the other.
    pub there: Option<f64>,
}

impl Contradiction {
    /// Whether the answer would be another.
    pub fn changes_verdict(&self) -> bool {
        self.verdict != self.other_verdict
    }
}

/// All contradictions about the tier, a pool after the other. What the user or an API said of the account's own limits is no source's
/// word, and nobody contradicts it.
pub fn contradictions(inputs: &Inputs, sizing: &Sizing) -> Vec<Contradiction> {
    let Some(tier) = inputs.account.tier() else { return Vec::new() };
    let others = inputs.account.book.tiers().filter(|other| other.is_also(tier));
    let found = others.flat_map(|other| by(inputs, sizing, tier, other));
    let mut found: Vec<Contradiction> = found.collect();
    // The sort is stable: sources stay in the order of the tables.
    found.sort_by(|a, b| a.pool.cmp(&b.pool));
    found
}

/// What one other tier says otherwise.
fn by(inputs: &Inputs, sizing: &Sizing, tier: Tier<'_>, other: Tier<'_>) -> Vec<Contradiction> {
    let mut changed = inputs.clone();
    changed.account.tier = Some(other.full_name());
    let other_sizing = Sizing::of(&changed);
    let mut found: Vec<Contradiction> = Vec::new();
    for (index, workload) in inputs.workloads.iter().enumerate() {
        let model = workload.model.as_deref();
        // A source that does not have the model says nothing of it.
        if other.row(model.unwrap_or_default()).is_none() {
            continue;
        }
        let (Some(here), Some(there)) = (inputs.account.limits_of(model), changed.account.limits_of(model)) else {
            continue;
        };
        if found.iter().any(|contradiction| contradiction.pool == here.pool) {
            continue;
        }
        let differences = LIMITS.iter().map(|limit| Difference {
            resource: limit.resource,
            here: limit.of(here.allowance),
            there: limit.of(there.allowance),
        });
        let differences: Vec<Difference> = differences.filter(|both| both.here != both.there).collect();
        if differences.is_empty() {
            continue;
        }
        let share = |sizing: &Sizing| tightest(sizing, sizing.workloads[index].pool.as_ref());
        let (share, other_share) = (share(sizing), share(&other_sizing));
        let verdict = |share: Option<f64>| share.map_or(Verdict::Fits, Verdict::of);
        found.push(Contradiction {
            pool: here.pool,
            tier: inputs.account.book.short_name(tier),
            other: other.full_name(),
            differences,
            // Every limit of a pool is used in proportion to what arrives.
            arrivals: share.zip(other_share).map(|(share, other)| share / other),
            verdict: verdict(share),
            other_verdict: verdict(other_share),
        });
    }
    found
}

/// The largest share of any limit of a pool.
fn tightest(sizing: &Sizing, pool: Option<&PoolName>) -> Option<f64> {
    let of_pool: Vec<LimitUse> =
        sizing.together.limits.iter().filter(|limit| limit.pool.as_ref() == pool).cloned().collect();
    Some(binding(&of_pool)?.share().high)
}
