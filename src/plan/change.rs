//! What can be changed about a plan, one thing at a time.

use super::inputs::Inputs;
use super::workload::Workload;
use crate::scenario::Mode;
use crate::units::{Bytes, significant};
use serde::Serialize;

/// A change.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Change {
    /// Process text and drop it instead of keeping it.
    Drop,
    /// A container with this memory limit.
    Memory {
        /// Its limit.
        bytes: u64,
    },
    /// So many containers.
    Replicas {
        /// How many.
        replicas: u32,
    },
    /// Send a workload as Message Batches.
    Batches {
        /// Its name.
        workload: String,
    },
    /// Send a workload to another model.
    Model {
        /// Its name.
        workload: String,
        /// The model.
        model: String,
    },
    /// Split a workload over the models of its classes of tasks.
    Split {
        /// Its name.
        workload: String,
    },
    /// Another tier.
    Tier {
        /// Which.
        tier: String,
    },
    /// Let only this share of everything in at once; the rest waits or is refused.
    Less {
        /// The share.
        share: f64,
        /// The streams that this takes at once.
        streams: f64,
    },
}

impl Change {
    /// The inputs with this changed; `None` where it cannot be.
    pub fn applied(&self, inputs: &Inputs) -> Option<Inputs> {
        let mut changed = inputs.clone();
        match self {
            Change::Drop => drop_all(&mut changed)?,
            Change::Memory { bytes } => changed.process.memory_limit = Some(Bytes(*bytes)),
            Change::Replicas { replicas } => changed.process.replicas = *replicas,
            Change::Batches { workload } => {
                let at = changed.workloads.iter().position(|other| other.name == *workload)?;
                let batched = changed.workloads.remove(at);
                changed.batched.push(batched);
            }
            Change::Model { workload, model } => {
                let there = changed.workloads.iter_mut().find(|other| other.name == *workload)?;
                *there = inputs.paces.moved(there, model);
                // Streams that are given up before their mean length are no help.
                (!there.outlasts_timeout()).then_some(())?;
            }
            Change::Split { workload } => split(&mut changed, workload)?,
            Change::Tier { tier } => changed.account.tier = Some(tier.clone()),
            Change::Less { share, .. } => {
                changed.workloads.iter_mut().for_each(|workload| workload.arrival = workload.arrival.times(*share));
            }
        }
        Some(changed)
    }

    /// What it asks of the user: first the kind, of which the least leaves everything as it is but for how text is handled, then how much
    /// of it.
    pub fn size(&self) -> (u32, f64) {
        match self {
            Change::Drop => (0, 0.0),
            Change::Memory { bytes } => (1, Bytes(*bytes).as_f64()),
            Change::Replicas { replicas } => (2, f64::from(*replicas)),
            Change::Batches { .. } => (3, 0.0),
            Change::Model { .. } => (4, 0.0),
            Change::Split { .. } => (5, 0.0),
            Change::Tier { .. } => (6, 0.0),
            Change::Less { .. } => (7, 0.0),
        }
    }

    /// The workload that it is about, if it is about one.
    fn workload(&self) -> Option<&str> {
        match self {
            Change::Batches { workload } | Change::Model { workload, .. } | Change::Split { workload } => {
                Some(workload)
            }
            Change::Drop
            | Change::Memory { .. }
            | Change::Replicas { .. }
            | Change::Tier { .. }
            | Change::Less { .. } => None,
        }
    }

    /// What is chosen, where the same change could choose another: the model, the tier.
    pub fn choice(&self) -> Option<&str> {
        match self {
            Change::Model { model, .. } => Some(model),
            Change::Tier { tier } => Some(tier),
            _ => None,
        }
    }

    /// The same change with what the other chooses; `None` where they are of different kinds, or choose nothing.
    pub fn with_choice_of(&self, other: &Change) -> Option<Change> {
        match (self, other) {
            (Change::Model { workload, .. }, Change::Model { model, .. }) => {
                Some(Change::Model { workload: workload.clone(), model: model.clone() })
            }
            (Change::Tier { .. }, Change::Tier { tier }) => Some(Change::Tier { tier: tier.clone() }),
            _ => None,
        }
    }

    /// Whether both are one thing to do, for two workloads.
    pub fn is_same_step(&self, other: &Change) -> bool {
        let is_of_workloads = self.workload().is_some() && self.workload() != other.workload();
        is_of_workloads && self.size().0 == other.size().0 && self.choice() == other.choice()
    }

    /// Whether nothing would be left of the other change after this one, or both are one step.
    pub fn replaces(&self, other: &Change) -> bool {
        self.size().0 == other.size().0 && (self.workload() == other.workload() || self.is_same_step(other))
    }

    /// Changes that are one step, as an instruction.
    pub fn text_of(step: &[Change]) -> String {
        let workloads: Vec<&str> = step.iter().filter_map(Change::workload).collect();
        match (step, listed(&workloads)) {
            ([], _) => String::new(),
            ([Change::Model { model, .. }, _, ..], workloads) => format!("send {workloads} to {model}"),
            ([Change::Batches { .. }, _, ..], workloads) => format!("send {workloads} as Message Batches"),
            ([Change::Split { .. }, _, ..], workloads) => format!("split {workloads} over the models of their classes"),
            ([change, ..], _) => change.text(),
        }
    }

    /// As an instruction.
    pub fn text(&self) -> String {
        match self {
            Change::Drop => "process and drop instead of retaining".to_owned(),
            Change::Memory { bytes } => format!("a memory limit of {}", Bytes(*bytes)),
            Change::Replicas { replicas } => format!("{replicas} replicas"),
            Change::Batches { workload } => format!("send {workload} as Message Batches"),
            Change::Model { workload, model } => format!("send {workload} to {model}"),
            Change::Split { workload } => format!("split {workload} over the models of its classes"),
            Change::Tier { tier } => format!("another tier: {tier}"),
            Change::Less { share, streams } => {
                let share = significant(share * 100.0, 2);
                format!(
                    "at most {streams:.0} streams at once, for {share} % of the traffic; the rest waits or is refused"
                )
            }
        }
    }
}

/// More workloads than this are counted and not named.
const NAMED: usize = 4;

/// `a, b and c`; `a, b, c and 7 more`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [names @ .., last] if names.len() < NAMED => format!("{} and {last}", names.join(", ")),
        names => format!("{} and {} more", names[..NAMED - 1].join(", "), names.len() + 1 - NAMED),
    }
}

/// Gives every workload the line of the same client in drop mode.
fn drop_all(inputs: &mut Inputs) -> Option<()> {
    let mut any = false;
    for workload in &mut inputs.workloads {
        let Some(line) = &workload.memory else { continue };
        let dropping =
            inputs.measured.iter().find(|other| other.client == line.client && other.mode == Some(Mode::Drop));
        if let Some(dropping) = dropping.filter(|_| line.mode != Some(Mode::Drop)) {
            workload.memory = Some(dropping.clone());
            any = true;
        }
    }
    any.then_some(())
}

/// Replaces a workload by one for each class of its tasks, each with its model.
fn split(inputs: &mut Inputs, name: &str) -> Option<()> {
    let at = inputs.workloads.iter().position(|workload| workload.name == name)?;
    let whole = inputs.workloads.remove(at);
    let parts = parts_of(&whole, inputs)?;
    inputs.workloads.splice(at..at, parts);
    Some(())
}

/// One workload for each class; `None` where a workload is not split, or a class goes nowhere.
pub(super) fn parts_of(whole: &Workload, inputs: &Inputs) -> Option<Vec<Workload>> {
    let part = |(class, share): &(super::workload::Class, f64)| {
        let mut part = inputs.paces.moved(whole, inputs.routes.get(class)?);
        part.name = format!("{} ({class})", whole.name);
        part.arrival = whole.arrival.times(*share);
        part.classes = Vec::new();
        Some(part)
    };
    let parts: Option<Vec<Workload>> = whole.classes.iter().filter(|(_, share)| *share > 0.0).map(part).collect();
    parts.filter(|parts| !parts.is_empty())
}
