//! From the text of a plan to its inputs.

use super::account::{check_models, read_account, read_routes};
use super::document::{Complaints, Section};
use super::mistake::Mistakes;
use super::process::{Defaults, read_memory, read_process};
use super::workload::read_workload;
use crate::plan::inputs::Inputs;
use crate::plan::memory_line::MemoryLine;
use crate::plan::workload::Workload;
use std::collections::HashSet;
use toml::de::DeTable;

/// The sections of a plan.
const SECTIONS: [&str; 7] = ["workload", "process", "memory", "account", "limits", "prices", "routes"];

/// Reads a plan. `measured` is what a `cost.json` says, if there is one.
///
/// # Errors
/// All mistakes of the text, in the order of its lines.
pub fn read(text: &str, measured: Option<&[MemoryLine]>) -> Result<Inputs, Mistakes> {
    let complaints = Complaints::about(text);
    let (document, syntax) = DeTable::parse_recoverable(text);
    for error in &syntax {
        let at = error.span().map_or(0, |span| span.start);
        complaints.add(at, "", format!("this is not TOML: {}", error.message().replace('\n', "; ")));
    }
    // What could not be parsed is missing from the document; to complain of that too would mislead.
    let inputs = syntax.is_empty().then(|| {
        let top = Section::new(document.get_ref(), 0, "", &complaints);
        read_sections(&top, measured.unwrap_or_default())
    });
    drop(document);
    complaints.into_result(inputs.flatten())
}

fn read_sections(top: &Section<'_>, measured: &[MemoryLine]) -> Option<Inputs> {
    let process_section = top.section("process");
    let process = read_process(process_section.as_ref());
    let account = read_account(top);
    let routes = read_routes(top.section("routes").as_ref());
    let stated = read_memory(top.section("memory").as_ref());
    let defaults = Defaults::read(process_section.as_ref(), stated, measured);
    if let Some(section) = &process_section {
        section.end(&super::process::KEYS);
    }
    let sections = top.sections("workload");
    if sections.is_empty() && top.entry("workload").is_none() {
        top.complain("there is no workload: begin one with [[workload]] and give it arrival and duration");
    }
    let mut workloads: Vec<Workload> = Vec::new();
    let mut names: HashSet<String> = HashSet::new();
    for (index, section) in sections.iter().enumerate() {
        let Some(workload) = read_workload(section, index, &defaults, &routes) else { continue };
        if !names.insert(workload.name.clone()) {
            section.complain(format!("there are two workloads named '{}': give each a name of its own", workload.name));
        }
        workloads.push(workload);
    }
    if let Some(account) = &account {
        check_models(top, &sections, account, &workloads);
    }
    top.end(&SECTIONS);
    Some(Inputs { workloads, process: process?, account: account?, routes, measured: measured.to_vec() })
}
