//! What all workloads take together when one of them gives way to others: from sums, so that the others are not asked again. A plan of
//! thousands of workloads asks this for each of them.

use super::band::Band;
use super::inputs::Inputs;
use super::pool_name::PoolName;
use super::sizing::{Sizing, WorkloadSize, beyond_base, per_process};
use super::verdict::{LimitUse, Resource};
use super::workload::Workload;
use std::collections::HashMap;

/// A limit: what can run out, and the pool of models that share it.
type Key<'a> = (Resource, Option<&'a PoolName>);

/// Sums over the workloads of a plan.
pub struct Sums<'a> {
    inputs: &'a Inputs,
    sizing: &'a Sizing,
    /// Every limit that any workload takes of, once, in the order of workloads.
    limits: Vec<&'a LimitUse>,
    /// Of each limit of pools and of money: by how many it is used, and how much.
    used: HashMap<Key<'a>, Used>,
    /// Workloads in each pool.
    members: HashMap<&'a PoolName, usize>,
    /// Memory of one process beyond its base, of those workloads whose line is known, and how many are not.
    beyond: Band,
    without_line: usize,
    /// The two largest bases, with the workload that has the first.
    bases: (f64, usize, f64),
}

#[derive(Clone, Copy)]
struct Used {
    by: usize,
    amount: Band,
}

const UNUSED: Used = Used { by: 0, amount: Band::exact(0.0) };

/// Workloads that take the place of one, with their sizes.
pub type Instead<'p> = &'p [(Workload, WorkloadSize)];

impl<'a> Sums<'a> {
    /// Adds them up.
    pub fn of(inputs: &'a Inputs, sizing: &'a Sizing) -> Sums<'a> {
        let (mut limits, mut used): (Vec<&LimitUse>, HashMap<Key<'a>, Used>) = Default::default();
        let mut members: HashMap<&PoolName, usize> = HashMap::new();
        let (mut beyond, mut without_line) = (Band::exact(0.0), 0);
        let mut bases = (f64::NEG_INFINITY, 0, f64::NEG_INFINITY);
        for (index, (workload, size)) in inputs.workloads.iter().zip(&sizing.workloads).enumerate() {
            if let Some(pool) = &size.pool {
                *members.entry(pool).or_default() += 1;
            }
            for limit in &size.limits {
                let used = used.entry((limit.resource, limit.pool.as_ref())).or_insert_with(|| {
                    limits.push(limit);
                    UNUSED
                });
                (used.by, used.amount) = (used.by + 1, used.amount.plus(limit.used));
            }
            match (&workload.memory, beyond_base(inputs, workload, size.concurrency)) {
                (Some(line), Some(own)) => {
                    beyond = beyond.plus(own);
                    let base = line.at_text(workload.text_bytes).base;
                    bases = if base > bases.0 { (base, index, bases.0) } else { (bases.0, bases.1, bases.2.max(base)) };
                }
                _ => without_line += 1,
            }
        }
        Sums { inputs, sizing, limits, used, members, beyond, without_line, bases }
    }

    /// What all take of a limit when `parts` stand in the place of workload `index`; `None` if nothing does, or if it is not known.
    pub fn used_with(&self, limit: &LimitUse, index: usize, parts: Instead<'_>) -> Option<Band> {
        match limit.resource {
            Resource::Memory => self.memory_with(index, parts.iter().map(|(part, size)| (part, size.concurrency))),
            Resource::Streams => {
                let own = self.sizing.workloads[index].concurrency;
                let others = less(self.sizing.together.concurrency, own);
                let all = parts.iter().map(|(_, size)| size.concurrency).fold(others, Band::plus);
                Some(per_process(all, self.inputs.process.replicas))
            }
            Resource::Rpm
            | Resource::Itpm
            | Resource::Otpm
            | Resource::Tpm
            | Resource::Tpd
            | Resource::Concurrent
            | Resource::Spend => self.sum_with(limit, index, parts),
        }
    }

    /// The same for every limit, of which the one that binds.
    pub fn binding_with(&self, index: usize, parts: Instead<'_>) -> Option<LimitUse> {
        let new = parts.iter().flat_map(|(_, size)| &size.limits);
        let uses = self.limits.iter().copied().chain(new).filter_map(|limit| {
            let used = self.used_with(limit, index, parts)?;
            Some(LimitUse { used, ..limit.clone() })
        });
        uses.max_by(|a, b| a.share().high.total_cmp(&b.share().high))
    }

    /// Memory of one process when the streams of `parts` stand in the place of a workload's; `None` unless the cost of every stream is
    /// known.
    pub fn memory_with<'w>(&self, index: usize, parts: impl Iterator<Item = (&'w Workload, Band)>) -> Option<Band> {
        let own = &self.inputs.workloads[index];
        let own_beyond = beyond_base(self.inputs, own, self.sizing.workloads[index].concurrency);
        if self.without_line > usize::from(own_beyond.is_none()) {
            return None;
        }
        let mut beyond = own_beyond.map_or(self.beyond, |own| less(self.beyond, own));
        let mut base = if self.bases.1 == index { self.bases.2 } else { self.bases.0 };
        for (part, streams) in parts {
            base = base.max(part.memory.as_ref()?.at_text(part.text_bytes).base);
            beyond = beyond.plus(beyond_base(self.inputs, part, streams)?);
        }
        // Without any stream there is no process.
        base.is_finite().then(|| beyond.map(|bytes| (base.max(0.0) + bytes).max(0.0)))
    }

    /// A limit that is used in proportion. Each in its pool must say how much it takes; of money, each at all.
    fn sum_with(&self, limit: &LimitUse, index: usize, parts: Instead<'_>) -> Option<Band> {
        let own = &self.sizing.workloads[index];
        let key = (limit.resource, limit.pool.as_ref());
        let sharing = |size: &WorkloadSize| limit.pool.is_none() || size.pool == limit.pool;
        let count = |sizes: &mut dyn Iterator<Item = &WorkloadSize>| sizes.filter(|size| sharing(size)).count();
        let all = limit
            .pool
            .as_ref()
            .map_or(self.inputs.workloads.len(), |pool| self.members.get(pool).copied().unwrap_or_default());
        let members = all - usize::from(sharing(own)) + count(&mut parts.iter().map(|(_, size)| size));
        let Used { mut by, mut amount } = self.used.get(&key).copied().unwrap_or(UNUSED);
        let of = |size: &WorkloadSize| size.limits.iter().find(|own| own.is_of_same_limit(limit)).map(|own| own.used);
        if let Some(used) = of(own) {
            (by, amount) = (by - 1, less(amount, used));
        }
        for used in parts.iter().filter_map(|(_, size)| of(size)) {
            (by, amount) = (by + 1, amount.plus(used));
        }
        (members > 0 && by == members).then_some(amount)
    }
}

/// A sum without one of its parts.
fn less(sum: Band, part: Band) -> Band {
    Band { low: sum.low - part.low, likely: sum.likely - part.likely, high: sum.high - part.high }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::change::{Change, parts_of};
    use crate::plan::file::read;

    /// Workloads with and without tokens, models, memory and classes, in so many replicas.
    fn plan(replicas: u32, tokens_of_all: bool, with_memory: bool) -> Inputs {
        let mut text = format!(
            "[process]\nreplicas = {replicas}\nmemory_limit = \"64MiB\"\nmax_streams = 70\n[account]\ntier = \"start\"\n\
             [routes]\nsimple = \"claude-haiku-4-5\"\nmoderate = \"claude-sonnet-5\"\ncomplex = \"claude-opus-4-8\"\n"
        );
        if with_memory {
            text += "[memory]\nbase = \"10MiB +- 1MiB\"\nper_stream = \"120kB +- 10%\"\n";
        }
        let models = ["claude-opus-5", "claude-opus-4-8", "claude-sonnet-5", "claude-opus-4-8", "claude-haiku-4-5"];
        for (index, model) in models.iter().enumerate() {
            let arrival = 1.5 + index as f64;
            text += &format!(
                "[[workload]]\nname = \"w{index}\"\narrival = \"{arrival} +- 20%\"\nduration = 7.3\nmodel = \"{model}\"\n\
                 hours_a_day = 8\nclasses = {{ simple = 0.6, moderate = 0.3, complex = 0.1 }}\n"
            );
            if tokens_of_all || index != 1 {
                text += "input_tokens = 3000\noutput_tokens = 500\n";
            }
        }
        read(&text, None).unwrap_or_else(|error| panic!("{error}"))
    }

    fn sized(inputs: &Inputs, parts: Vec<Workload>) -> Vec<(Workload, WorkloadSize)> {
        let size =
            |part: &Workload| WorkloadSize::of(inputs, part, inputs.account.limits_of(part.model.as_deref()).as_ref());
        parts.into_iter().map(|part| (part.clone(), size(&part))).collect()
    }

    fn near(one: Band, other: Band) -> bool {
        let pairs = [(one.low, other.low), (one.likely, other.likely), (one.high, other.high)];
        pairs.iter().all(|(a, b)| (a - b).abs() <= 1e-9 * b.abs())
    }

    /// Every limit, after every change of one workload (grown, split, gone), is that of the changed plan sized anew.
    #[test]
    fn sums_give_what_sizing_all_anew_gives() {
        for (replicas, tokens, memory) in [(1, true, true), (3, true, true), (2, false, true), (1, false, false)] {
            let inputs = plan(replicas, tokens, memory);
            let sizing = Sizing::of(&inputs);
            let sums = Sums::of(&inputs, &sizing);
            for index in 0..inputs.workloads.len() {
                let whole = &inputs.workloads[index];
                let mut grown = whole.clone();
                grown.arrival = grown.arrival.times(2.7);
                for parts in [vec![grown], parts_of(whole, &inputs).unwrap(), Vec::new()] {
                    let mut changed = inputs.clone();
                    changed.workloads.splice(index..=index, parts.clone());
                    let anew = Sizing::of(&changed).together.limits;
                    let parts = sized(&inputs, parts);
                    for limit in &anew {
                        let used = sums.used_with(limit, index, &parts).unwrap_or_else(|| panic!("{limit:?}"));
                        assert!(near(used, limit.used), "{used:?} for {limit:?}");
                    }
                    for limit in sums.limits.iter().filter(|limit| !anew.iter().any(|new| new.is_of_same_limit(limit)))
                    {
                        assert_eq!(sums.used_with(limit, index, &parts), None, "{limit:?}");
                    }
                    let binding = sums.binding_with(index, &parts).unwrap();
                    let exact = crate::plan::verdict::binding(&anew).unwrap();
                    assert!(
                        binding.is_of_same_limit(exact) && near(binding.used, exact.used),
                        "{binding:?} for {exact:?}"
                    );
                }
            }
        }
    }

    /// A split as a change of the plan is the split of its parts.
    #[test]
    fn a_route_is_a_split() {
        let inputs = plan(1, true, true);
        let split = Change::Split { workload: "w2".to_owned() }.applied(&inputs).unwrap();
        let parts = parts_of(&inputs.workloads[2], &inputs).unwrap();
        assert_eq!(split.workloads[2..5], parts[..]);
    }
}
