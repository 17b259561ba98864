//! The same work on other ways: every workload split over the models of its classes, each with a pool of its own.

use super::change::parts_of;
use super::inputs::Inputs;
use super::money::{Money, WorkloadCost};
use super::sizing::{Sizing, WorkloadSize};
use super::sums::Sums;
use super::verdict::LimitUse;
use super::workload::Workload;

/// A workload split by class of tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The workload.
    pub workload: String,
    /// One part a class.
    pub parts: Vec<RoutePart>,
    /// The limit that would bind then.
    pub binding: Option<LimitUse>,
    /// USD a day for all workloads then, if all prices are known.
    pub usd_per_day: Option<f64>,
}

/// One class of a workload on its model.
#[derive(Clone, Debug, PartialEq)]
pub struct RoutePart {
    /// `chat (simple)`.
    pub name: String,
    /// Its model.
    pub model: String,
    /// What it needs; `concurrency` is the size of its own gate.
    pub size: WorkloadSize,
    /// USD a day, if the price is known.
    pub usd_per_day: Option<f64>,
}

/// The split of every workload that says how its requests divide.
pub fn routes(inputs: &Inputs) -> Vec<Route> {
    let (sizing, money) = (Sizing::of(inputs), Money::of(inputs));
    let sums = Sums::of(inputs, &sizing);
    let money = Daily::of(money.workloads);
    (0..inputs.workloads.len()).filter_map(|index| route(inputs, &sums, &money, index)).collect()
}

/// USD a day of every workload, and the sum of those that are known.
struct Daily {
    each: Vec<Option<f64>>,
    known: f64,
    unknown: usize,
}

fn of_day(cost: &Option<WorkloadCost>) -> Option<f64> {
    cost.as_ref().map(|cost| cost.per_day.likely)
}

impl Daily {
    fn of(costs: Vec<Option<WorkloadCost>>) -> Daily {
        let each: Vec<Option<f64>> = costs.iter().map(of_day).collect();
        let unknown = each.iter().filter(|usd| usd.is_none()).count();
        Daily { known: each.iter().flatten().sum(), unknown, each }
    }

    /// All together with these in the place of one, if all are known.
    fn with(&self, index: usize, parts: &[Option<WorkloadCost>]) -> Option<f64> {
        let own = self.each[index];
        let parts = parts.iter().map(of_day).sum::<Option<f64>>()?;
        (self.unknown == usize::from(own.is_none())).then(|| self.known - own.unwrap_or(0.0) + parts)
    }
}

fn route(inputs: &Inputs, sums: &Sums<'_>, money: &Daily, index: usize) -> Option<Route> {
    let whole = &inputs.workloads[index];
    let sized = |part: Workload| {
        let pool = inputs.account.limits_of(part.model.as_deref());
        let size = WorkloadSize::of(inputs, &part, pool.as_ref());
        (part, size)
    };
    let parts: Vec<(Workload, WorkloadSize)> = parts_of(whole, inputs)?.into_iter().map(sized).collect();
    let costs: Vec<Option<WorkloadCost>> =
        parts.iter().map(|(part, _)| WorkloadCost::of(&inputs.account, part)).collect();
    let usd_per_day = money.with(index, &costs);
    let binding = sums.binding_with(index, &parts);
    let part = |((part, size), cost): ((Workload, WorkloadSize), Option<WorkloadCost>)| RoutePart {
        name: part.name,
        model: part.model.unwrap_or_default(),
        size,
        usd_per_day: of_day(&cost),
    };
    Some(Route {
        workload: whole.name.clone(),
        parts: parts.into_iter().zip(costs).map(part).collect(),
        binding,
        usd_per_day,
    })
}
