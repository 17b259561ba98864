//! What would help where a limit is not kept.

use super::section::{Block, Section};
use super::words::{percent, usd};
use crate::plan::{Plan, Tried, Verdict};
use crate::report::table::Table;

/// Shown for every limit; all of them are in the JSON.
const SHOWN: usize = 5;

/// One table for every limit that smells or does not fit.
pub fn section(plan: &Plan) -> Option<Section> {
    let mut blocks = Vec::new();
    for remedy in &plan.remedies {
        let now = percent(remedy.limit.share().high);
        blocks.push(Block::Words(match remedy.tried.first() {
            None => format!("Nothing that was tried helps with {} ({now}).", remedy.limit.name()),
            Some(_) => {
                format!("Against {} ({now}), each change tried by itself, the most helpful first:", remedy.limit.name())
            }
        }));
        if remedy.tried.is_empty() {
            continue;
        }
        let heading = ["change", "share then", "verdict", "others", "a day"].map(str::to_owned).to_vec();
        let rows = remedy.tried.iter().take(SHOWN).map(row);
        blocks.push(Block::Table(Table(std::iter::once(heading).chain(rows).collect())));
    }
    Section::of("What would help", blocks)
}

fn row(tried: &Tried) -> Vec<String> {
    vec![
        tried.change.text(),
        tried.share.map_or_else(|| "none left".to_owned(), percent),
        tried.verdict.to_string(),
        if tried.worst == Verdict::Fits { "all fit".to_owned() } else { format!("the worst {}", tried.worst) },
        tried.usd_per_day.map_or_else(String::new, usd),
    ]
}
