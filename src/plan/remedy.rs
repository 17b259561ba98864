//! Which changes would help, found by trying them on the whole plan.

use super::candidates::steps_against;
use super::change::Change;
use super::inputs::Inputs;
use super::money::Money;
use super::sizing::Sizing;
use super::verdict::{LimitUse, Verdict, binding};
use std::cmp::Ordering;

/// How often the share of the traffic that fits is halved towards: to a thousandth.
const HALVINGS: u32 = 10;
/// So many steps of a kind, the best of them, are tried together with a second one.
const FIRST_STEPS_OF_A_KIND: usize = 3;
/// Trying ends after so many sizes of a workload were computed, which is within a tenth of a second.
const MOST_SIZES: usize = 20_000;

/// What was tried where a limit smells or is not kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Help {
    /// The limits that do not simply fit, the worst first.
    pub troubled: Vec<LimitUse>,
    /// What was tried and helps with one of them at least, the most helpful first: by the verdict on the whole plan, then money, then
    /// what it asks.
    pub tried: Vec<Tried>,
    /// Whether there was more to try than is tried.
    pub is_cut_off: bool,
}

/// A change, or two, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// What was changed, in this order.
    pub changes: Vec<Change>,
    /// What is used of every limit afterwards.
    pub limits: Vec<LimitUse>,
    /// USD a day afterwards, where all is known.
    pub usd_per_day: Option<f64>,
}

impl Tried {
    /// The worst verdict on any limit afterwards.
    pub fn verdict(&self) -> Verdict {
        self.limits.iter().map(LimitUse::verdict).max().unwrap_or(Verdict::Fits)
    }

    /// Whether everything fits afterwards.
    pub fn all_fits(&self) -> bool {
        self.verdict() == Verdict::Fits
    }

    /// The limit that runs out first afterwards.
    pub fn binding(&self) -> Option<&LimitUse> {
        binding(&self.limits)
    }

    /// How many limits have this verdict afterwards.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.limits.iter().filter(|limit| limit.verdict() == verdict).count()
    }

    /// One limit afterwards; `None` if nothing uses it any more. Another tier may put the models into other pools; then the fullest of its
    /// kind counts.
    pub fn limit(&self, limit: &LimitUse) -> Option<&LimitUse> {
        let of_kind = || self.limits.iter().filter(|other| other.resource == limit.resource);
        let same = of_kind().find(|other| other.is_of_same_limit(limit));
        same.or_else(|| of_kind().max_by(|a, b| a.share().high.total_cmp(&b.share().high)))
    }

    /// What is to be done, as instructions.
    pub fn text(&self) -> String {
        self.steps().iter().map(|step| Change::text_of(step)).collect::<Vec<_>>().join(", and ")
    }

    /// The changes as steps: one change for several workloads is one step.
    pub fn steps(&self) -> Vec<&[Change]> {
        self.changes.chunk_by(Change::is_same_step).collect()
    }

    /// Whether it lets less in, which is no help but an admission.
    pub fn lets_less_in(&self) -> bool {
        self.changes.iter().any(|change| matches!(change, Change::Less { .. }))
    }

    /// How far it helps, the less the better: what is wrong with the whole plan afterwards.
    fn wrong(&self) -> (Verdict, bool, usize, usize) {
        (self.verdict(), self.lets_less_in(), self.count(Verdict::DoesNotFit), self.count(Verdict::Smells))
    }

    /// The most helpful first. Where a limit is still not kept, how far it is exceeded comes before money.
    fn order(&self, other: &Tried) -> Ordering {
        let excess = |tried: &Tried| {
            let share = tried.binding().map_or(0.0, |limit| limit.share().high);
            if tried.verdict() == Verdict::DoesNotFit { share } else { 0.0 }
        };
        let usd = |tried: &Tried| tried.usd_per_day.unwrap_or(f64::INFINITY);
        // Fewer steps ask less than more, and small ones less than large ones; sizes compare within a kind.
        let kinds = |tried: &Tried| tried.steps().iter().map(|step| step[0].size().0).sum::<u32>();
        let amount = |tried: &Tried| tried.changes.iter().map(|change| change.size().1).sum::<f64>();
        let asks = |tried: &Tried| (tried.steps().len(), kinds(tried), tried.changes.len());
        self.wrong()
            .cmp(&other.wrong())
            .then(excess(self).total_cmp(&excess(other)))
            .then(usd(self).total_cmp(&usd(other)))
            .then_with(|| asks(self).cmp(&asks(other)))
            .then_with(|| amount(self).total_cmp(&amount(other)))
    }
}

impl Help {
    /// Tries every single change against every limit that does not simply fit; where none makes everything fit, pairs; and how much less
    /// would have to be let in.
    pub fn of(inputs: &Inputs) -> Help {
        let sizing = Sizing::of(inputs);
        let troubled = troubled(&sizing.together.limits);
        if troubled.is_empty() {
            return Help::default();
        }
        let mut trying = Trying { left: MOST_SIZES / inputs.workloads.len().max(1), is_cut_off: false };
        // First, so that however much else there is to try, this is known.
        let less = less(inputs).and_then(|less| trying.one(inputs, &[], &[less]));
        let mut tried = trying.all(inputs, &sizing, &troubled);
        let now = Tried { changes: Vec::new(), limits: sizing.together.limits, usd_per_day: None };
        let helps = |tried: &Tried| {
            let share = |before: &LimitUse| tried.limit(before).map_or(0.0, |after| after.share().high);
            let is_lower = |before: &LimitUse| share(before) < before.share().high * (1.0 - 1e-9);
            // What frees one limit and exceeds others by it is no help.
            tried.wrong() <= now.wrong() && troubled.iter().any(is_lower)
        };
        tried.retain(helps);
        tried.sort_by(Tried::order);
        if !tried.first().is_some_and(Tried::all_fits) {
            let mut pairs = trying.pairs(inputs, &tried);
            if pairs.iter().any(Tried::all_fits) {
                pairs.retain(Tried::all_fits);
            }
            tried.extend(pairs);
        }
        tried.extend(less);
        tried.sort_by(Tried::order);
        Help { troubled, tried, is_cut_off: trying.is_cut_off }
    }

    /// What helps most without letting less in.
    pub fn best(&self) -> Option<&Tried> {
        self.tried.iter().find(|tried| !tried.lets_less_in())
    }

    /// How much less would have to be let in so that everything fits, where that is possible.
    pub fn less(&self) -> Option<&Tried> {
        self.tried.iter().find(|tried| tried.lets_less_in())
    }
}

/// The limits that do not simply fit, the worst first.
fn troubled(limits: &[LimitUse]) -> Vec<LimitUse> {
    let mut troubled: Vec<LimitUse> = limits.iter().filter(|limit| limit.verdict() != Verdict::Fits).cloned().collect();
    troubled.sort_by(|a, b| b.share().high.total_cmp(&a.share().high));
    troubled
}

/// Counts what is tried, so that a plan of thousands of workloads ends soon too.
struct Trying {
    left: usize,
    is_cut_off: bool,
}

impl Trying {
    /// Every step against these limits.
    fn all(&mut self, inputs: &Inputs, sizing: &Sizing, troubled: &[LimitUse]) -> Vec<Tried> {
        let mut steps: Vec<Vec<Change>> = Vec::new();
        for step in troubled.iter().flat_map(|limit| steps_against(inputs, sizing, limit)) {
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
        steps.iter().filter_map(|step| self.one(inputs, &[], step)).collect()
    }

    /// The best steps of every kind, each with a second one against what is then left. What is no better than one of both alone is left
    /// out.
    fn pairs(&mut self, inputs: &Inputs, singles: &[Tried]) -> Vec<Tried> {
        let mut pairs: Vec<Tried> = Vec::new();
        let mut of_kind: Vec<u32> = Vec::new();
        for first in singles {
            let kind = first.changes[0].size().0;
            of_kind.push(kind);
            if of_kind.iter().filter(|other| **other == kind).count() > FIRST_STEPS_OF_A_KIND {
                continue;
            }
            let Some(changed) = applied(inputs, &first.changes) else { continue };
            let sizing = Sizing::of(&changed);
            let left = troubled(&sizing.together.limits);
            for second in left.iter().flat_map(|limit| steps_against(&changed, &sizing, limit)) {
                if second[0].replaces(&first.changes[0]) {
                    continue;
                }
                let alone = singles.iter().find(|single| single.changes == second);
                let Some(pair) = self.one(&changed, &first.changes, &second) else { continue };
                let is_known = pairs.iter().any(|other| is_permutation(&other.changes, &pair.changes));
                let is_better = |single: &Tried| pair.wrong() < single.wrong();
                if !is_known && is_better(first) && alone.is_none_or(is_better) {
                    pairs.push(pair);
                }
            }
        }
        pairs
    }

    /// One step on inputs that other changes made; `None` where it cannot be done, or enough was tried.
    fn one(&mut self, inputs: &Inputs, before: &[Change], step: &[Change]) -> Option<Tried> {
        if self.left == 0 {
            self.is_cut_off = true;
            return None;
        }
        let changed = applied(inputs, step)?;
        self.left -= 1;
        Some(Tried {
            changes: [before, step].concat(),
            limits: Sizing::of(&changed).together.limits,
            usd_per_day: Money::of(&changed).usd_per_day.map(|usd| usd.likely),
        })
    }
}

fn is_permutation(a: &[Change], b: &[Change]) -> bool {
    a.len() == b.len() && a.iter().all(|change| b.contains(change))
}

fn applied(inputs: &Inputs, changes: &[Change]) -> Option<Inputs> {
    let mut changed = inputs.clone();
    for change in changes {
        changed = change.applied(&changed)?;
    }
    Some(changed)
}

/// The largest share of the traffic with which everything fits; `None` where nothing would.
fn less(inputs: &Inputs) -> Option<Change> {
    let sizing = |share: f64| Some(Sizing::of(&Change::Less { share, streams: 0.0 }.applied(inputs)?));
    let fits = |sizing: &Sizing| sizing.together.limits.iter().all(|limit| limit.verdict() == Verdict::Fits);
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if fits(&sizing(middle)?) { low = middle } else { high = middle }
    }
    let streams = sizing(low)?.together.concurrency.high;
    (low > 0.0).then_some(Change::Less { share: low, streams })
}
