//! Where an answer sends a workload to another model, and what is known of the pace there.

use super::change::Change;
use super::inputs::Inputs;
use super::paces::{TimesAsLong, output_of};
use super::remedy::Help;
use super::workload::Workload;

/// A workload on another model, by its classes of tasks or as a change that was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// The workload.
    pub workload: String,
    /// The model that its duration was given for, if it was said.
    pub from: Option<String>,
    /// The other model.
    pub to: String,
    /// Whether it is one of its classes that goes there.
    pub by_class: bool,
    /// How many times as long its streams last there; `None` where no source says.
    pub lasts: Option<TimesAsLong>,
}

/// All of them, once each.
pub fn moves(inputs: &Inputs, help: &Help) -> Vec<Move> {
    let by_class = inputs.workloads.iter().flat_map(|workload| {
        let classes = workload.classes.iter().filter(|(_, share)| *share > 0.0);
        classes.filter_map(|(class, _)| Some(to(inputs, workload, inputs.routes.get(class)?, true)))
    });
    let tried = help.tried.iter().flat_map(|tried| &tried.changes).filter_map(|change| match change {
        Change::Model { workload, model } => {
            let workload = inputs.workloads.iter().find(|other| other.name == *workload)?;
            Some(to(inputs, workload, model, false))
        }
        _ => None,
    });
    let mut moves: Vec<Move> = Vec::new();
    for found in by_class.chain(tried) {
        if !moves.iter().any(|other| other.workload == found.workload && other.to == found.to) {
            moves.push(found);
        }
    }
    moves
}

fn to(inputs: &Inputs, workload: &Workload, model: &str, by_class: bool) -> Move {
    let from = workload.model.clone();
    let lasts = from.as_deref().and_then(|from| inputs.paces.times_as_long(from, model, output_of(workload)));
    Move { workload: workload.name.clone(), from, to: model.to_owned(), by_class, lasts }
}
