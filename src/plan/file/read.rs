//! From the text of a plan to its inputs.

use super::account::{check_models, read_account, read_paces, read_routes};
use super::document::{Complaints, TomlTable};
use super::headers;
use super::mistake::Mistakes;
use super::process::{Defaults, read_memory, read_process};
use super::workload::read_workload;
use crate::plan::inputs::Inputs;
use crate::plan::memory_line::MemoryLine;
use crate::plan::what_if::WhatIf;
use crate::plan::workload::Workload;
use std::collections::HashSet;
use toml::Spanned;
use toml::de::DeTable;

const WORKLOAD: &str = "workload";
/// The tables of a plan.
const TABLES: [&str; 8] = [WORKLOAD, "process", "memory", "account", "limits", "prices", "pace", "routes"];

/// The mistakes of a plan's file, and of what was asked instead of what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BothMistakes {
    /// Those of the file.
    pub file: Mistakes,
    /// Those of what was asked over it.
    pub over: Mistakes,
}

/// Reads a plan. `measured` is what a `cost.json` says, if there is one.
///
/// # Errors
/// All mistakes of the text, in the order of its lines.
pub fn read(text: &str, measured: Option<&[MemoryLine]>) -> Result<Inputs, Mistakes> {
    read_over(text, "", measured).map_err(|mistakes| mistakes.file)
}

/// Reads a plan with some of its values replaced: `over` has the tables of a plan, and what stands in its `[workload]` holds for all.
///
/// # Errors
/// All mistakes of both texts, each in the order of its lines.
pub fn read_over(text: &str, over: &str, measured: Option<&[MemoryLine]>) -> Result<Inputs, BothMistakes> {
    // Only what is no TOML is looked at for headers, so that nothing that is can be mistaken for one.
    let pasted = if DeTable::parse(text).is_err() { headers::as_toml(text) } else { None };
    let text = pasted.as_deref().unwrap_or(text);
    let complaints = (Complaints::about(text), Complaints::about(over));
    let documents = (parsed(text, &complaints.0), parsed(over, &complaints.1));
    // What could not be parsed is missing from the document; to complain of that too would mislead.
    let inputs = if let (Some(document), Some(over)) = (&documents.0, &documents.1) {
        let top = TomlTable::new(document.get_ref(), 0, "", &complaints.0);
        let over = TomlTable::new(over.get_ref(), 0, "", &complaints.1);
        let what_if = what_if(&top, &over);
        read_tables(&top.under(over), measured.unwrap_or_default()).map(|inputs| Inputs { what_if, ..inputs })
    } else {
        None
    };
    drop(documents);
    let mistakes = BothMistakes { file: complaints.0.into_mistakes(), over: complaints.1.into_mistakes() };
    match inputs {
        Some(inputs) if mistakes.file.0.is_empty() && mistakes.over.0.is_empty() => Ok(inputs),
        _ => Err(mistakes),
    }
}

fn parsed<'t>(text: &'t str, complaints: &Complaints<'t>) -> Option<Spanned<DeTable<'t>>> {
    let (document, syntax) = DeTable::parse_recoverable(text);
    for error in &syntax {
        let at = error.span().map_or(0, |span| span.start);
        complaints.add(at, "", format!("this is not TOML: {}", error.message().replace('\n', "; ")));
    }
    syntax.is_empty().then_some(document)
}

/// What `over` replaces, and by what.
fn what_if(top: &TomlTable<'_>, over: &TomlTable<'_>) -> Vec<WhatIf> {
    let mut all = Vec::new();
    for name in over.keys() {
        let Some(over) = over.table(name) else { continue };
        let of_file = if name == WORKLOAD { top.tables(name) } else { top.table(name).into_iter().collect() };
        for key in over.keys() {
            let mut instead: Vec<String> = of_file.iter().filter_map(|table| table.as_written(key)).collect();
            instead.dedup();
            let value = over.as_written(key).unwrap_or_default();
            let instead = (!instead.is_empty()).then(|| instead.join(" and "));
            all.push(WhatIf { key: key.to_owned(), value, instead });
        }
    }
    all
}

fn read_tables(top: &TomlTable<'_>, measured: &[MemoryLine]) -> Option<Inputs> {
    let process_table = top.table("process");
    let process = read_process(process_table.as_ref());
    let account = read_account(top);
    let paces = read_paces(top.table("pace").as_ref());
    let routes = read_routes(top.table("routes").as_ref());
    let stated = read_memory(top.table("memory").as_ref());
    let defaults = Defaults::read(process_table.as_ref(), stated, measured);
    if let Some(table) = &process_table {
        table.end(&super::process::KEYS);
    }
    let tables = top.tables("workload");
    if tables.is_empty() && top.entry("workload").is_none() {
        top.complain("there is no workload: begin one with [[workload]] and give it arrival and duration");
    }
    let mut workloads: Vec<Workload> = Vec::new();
    let mut names: HashSet<String> = HashSet::new();
    for (index, table) in tables.iter().enumerate() {
        let Some(workload) = read_workload(table, index, &defaults, &routes) else { continue };
        if !names.insert(workload.name.clone()) {
            table.complain(format!("there are two workloads named '{}': give each a name of its own", workload.name));
        }
        workloads.push(workload);
    }
    if let Some(account) = &account {
        check_models(top, &tables, account, &workloads);
    }
    top.end(&TABLES);
    Some(Inputs {
        workloads,
        batched: Vec::new(),
        process: process?,
        account: account?,
        paces,
        routes,
        measured: measured.to_vec(),
        what_if: Vec::new(),
    })
}
