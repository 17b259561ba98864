//! The same work on other ways: every workload split over the models of its classes, each with a pool of its own.

use super::change::Change;
use super::inputs::Inputs;
use super::money::Money;
use super::sizing::{Sizing, WorkloadSize};
use super::verdict::LimitUse;

/// A workload split by class of tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The workload.
    pub workload: String,
    /// One part a class.
    pub parts: Vec<Part>,
    /// The limit that would bind then.
    pub binding: Option<LimitUse>,
    /// USD a day for all workloads then, if all prices are known.
    pub usd_per_day: Option<f64>,
}

/// One class of a workload on its model.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
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
    inputs.workloads.iter().filter_map(|workload| route(inputs, &workload.name)).collect()
}

fn route(inputs: &Inputs, name: &str) -> Option<Route> {
    let split = Change::Split { workload: name.to_owned() }.applied(inputs)?;
    let (sizing, money) = (Sizing::of(&split), Money::of(&split));
    let all = split.workloads.iter().zip(&sizing.workloads).zip(&money.workloads);
    let parts = all.filter(|((part, _), _)| inputs.workloads.iter().all(|other| other.name != part.name));
    let part =
        |((part, size), cost): ((&super::workload::Workload, &WorkloadSize), &Option<super::money::Cost>)| Part {
            name: part.name.clone(),
            model: part.model.clone().unwrap_or_default(),
            size: size.clone(),
            usd_per_day: cost.as_ref().map(|cost| cost.per_day.likely),
        };
    Some(Route {
        workload: name.to_owned(),
        parts: parts.map(part).collect(),
        binding: sizing.binding().cloned(),
        usd_per_day: money.usd_per_day.map(|usd| usd.likely),
    })
}
