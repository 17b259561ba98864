//! What can be changed about a plan, one thing at a time.

use super::inputs::Inputs;
use super::workload::Workload;
use crate::units::{Bytes, significant};
use serde::Serialize;

/// A change. Its order is by what it asks of the user: the first leaves everything as it is but for how text is handled.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
            Change::Batches { workload } => changed.workloads.retain(|other| other.name != *workload),
            Change::Model { workload, model } => {
                changed.workloads.iter_mut().find(|other| other.name == *workload)?.model = Some(model.clone());
            }
            Change::Split { workload } => split(&mut changed, workload)?,
            Change::Tier { tier } => changed.account.tier = Some(tier.clone()),
            Change::Less { share, .. } => {
                changed.workloads.iter_mut().for_each(|workload| workload.arrival = workload.arrival.times(*share));
            }
        }
        Some(changed)
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

/// Gives every workload the line of the same client in drop mode.
fn drop_all(inputs: &mut Inputs) -> Option<()> {
    let mut any = false;
    for workload in &mut inputs.workloads {
        let Some(line) = &workload.memory else { continue };
        let dropping = inputs.measured.iter().find(|other| other.client == line.client && other.mode == "drop");
        if let Some(dropping) = dropping.filter(|_| line.mode != "drop") {
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
        let model = inputs.routes.get(class)?.clone();
        let mut part = whole.clone();
        part.name = format!("{} ({class})", whole.name);
        part.arrival = whole.arrival.times(*share);
        part.model = Some(model);
        part.classes = Vec::new();
        Some(part)
    };
    let parts: Option<Vec<Workload>> = whole.classes.iter().filter(|(_, share)| *share > 0.0).map(part).collect();
    parts.filter(|parts| !parts.is_empty())
}
