//! What is used of every limit, by every workload and together.

use super::section::{Block, Section};
use super::words::{bar, capacity, percent, used};
use crate::plan::{LimitUse, Plan};
use crate::report::table::Table;

/// All utilisations, always.
pub fn section(plan: &Plan) -> Option<Section> {
    let several = plan.sizing.workloads.len() > 1;
    let mut heading = vec!["limit".to_owned()];
    if several {
        heading.extend(plan.inputs.workloads.iter().map(|workload| workload.name.clone()));
    }
    heading.extend(["used", "of", "share", "", "verdict"].map(str::to_owned));
    let mut rows = vec![heading];
    rows.extend(plan.sizing.together.limits.iter().map(|limit| row(plan, limit, several)));
    if rows.len() == 1 {
        let words = "No limit is known, so nothing can be judged: give --rpm, --tier with --model, or --limit.";
        return Section::of("Limits", vec![Block::Words(words.to_owned())]);
    }
    let mut blocks = vec![Block::Table(Table(rows))];
    if plan.sizing.together.memory.is_none() {
        let words = "Memory is not among them: nothing says what a stream costs.";
        blocks.push(Block::Words(words.to_owned()));
    }
    Section::of("Limits", blocks)
}

fn row(plan: &Plan, limit: &LimitUse, several: bool) -> Vec<String> {
    let mut cells = vec![limit.name()];
    if several {
        let own = plan.sizing.workloads.iter().map(|size| {
            let own = size.limits.iter().find(|own| own.is_of_same_limit(limit));
            own.map_or_else(|| "-".to_owned(), |own| percent(own.share().likely))
        });
        cells.extend(own);
    }
    let binds = plan.binding().is_some_and(|binding| binding.is_of_same_limit(limit));
    let verdict = format!("{}{}", limit.verdict(), if binds { ", binds" } else { "" });
    cells.extend([used(limit), capacity(limit), share(limit), bar(limit.share().high), verdict]);
    cells
}

/// The share; where there is a band, that at its high end is what is judged.
pub fn share(limit: &LimitUse) -> String {
    let share = limit.share();
    let (likely, high) = (percent(share.likely), percent(share.high));
    if likely == high { likely } else { format!("{likely}, at most {high}") }
}
