//! The answer in plain sentences.

use super::limits::share;
use super::words::{band, capacity, short};
use crate::plan::{Plan, Verdict};

/// One sentence a workload, one about what fits, one about what would help.
pub fn headlines(plan: &Plan) -> Vec<String> {
    let mut sentences: Vec<String> = what_if(plan).into_iter().collect();
    for (workload, size) in plan.inputs.workloads.iter().zip(&plan.sizing.workloads) {
        let queue = match size.queue_depth {
            Some(depth) if depth.high == 0.0 => ", no queue".to_owned(),
            Some(depth) => format!(", a queue of {}", band(depth, short)),
            None => String::new(),
        };
        sentences.push(format!(
            "{}: {} streams at once, {} requests a minute{queue}.",
            workload.name,
            band(size.concurrency, short),
            band(size.rpm, short)
        ));
    }
    sentences.push(verdict(plan));
    sentences.extend(super::help::sentence(plan));
    sentences
}

/// What was asked instead of what the plan's file says.
fn what_if(plan: &Plan) -> Option<String> {
    let asked: Vec<String> = plan.inputs.what_if.iter().map(crate::plan::WhatIf::text).collect();
    (!asked.is_empty()).then(|| format!("What if: {}.", asked.join(", ")))
}

fn verdict(plan: &Plan) -> String {
    let Some(binding) = plan.binding() else {
        return "No limit is known: nothing says whether it fits.".to_owned();
    };
    let says = match plan.verdict() {
        Verdict::Fits if plan.sizing.together.memory.is_none() => "It fits as far as is known, memory being left out",
        Verdict::Fits => "It fits",
        Verdict::Smells => "It smells",
        Verdict::DoesNotFit => "It does not fit",
    };
    format!("{says}: {} binds, {} of {}.", binding.name(), share(binding), capacity(binding))
}
