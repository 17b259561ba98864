//! What is used of every limit, by every workload and together.

use super::words::{bar, capacity, percent, used};
use crate::plan::{LimitUse, Plan, Resource};
use crate::report::page::{Block, Section, Table};

/// All utilisations, always.
pub fn section(plan: &Plan) -> Option<Section> {
    let several = plan.sizing.workloads.len() > 1;
    let mut heading = vec!["limit".to_owned()];
    if several {
        heading.extend(plan.inputs.workloads.iter().map(|workload| workload.name.clone()));
    }
    heading.extend(["used", "of", "share", "", "verdict"].map(str::to_owned));
    let mut table = Table::new(heading);
    plan.sizing.together.limits.iter().for_each(|limit| table.push(row(plan, limit, several)));
    if table.rows.is_empty() {
        let words = "No limit is known, so nothing can be judged: give --rpm, --tier with --model, or --limit.";
        return Section::of("Limits", vec![Block::words(words)]);
    }
    let mut blocks = vec![Block::Table(table)];
    if several {
        blocks.extend(base(plan).map(Block::words));
    }
    if plan.sizing.together.memory.is_none() {
        let words = "Memory is not among them: nothing says what a stream costs.";
        blocks.push(Block::words(words));
    }
    Section::of("Limits", blocks)
}

fn row(plan: &Plan, limit: &LimitUse, several: bool) -> Vec<String> {
    let mut cells = vec![limit.name()];
    if several {
        let none = || "-".to_owned();
        cells.extend(parts(plan, limit).workloads.into_iter().map(|part| part.unwrap_or_else(none)));
    }
    let binds = plan.binding().is_some_and(|binding| binding.is_of_same_limit(limit));
    let verdict = format!("{}{}", limit.verdict(), if binds { ", binds" } else { "" });
    cells.extend([used(limit), capacity(limit), share(limit), bar(limit.share().high), verdict]);
    cells
}

/// Of memory a part is no workload's.
fn base(plan: &Plan) -> Option<String> {
    let memory = plan.sizing.together.limits.iter().find(|limit| limit.resource == Resource::Memory)?;
    Some(format!("Of memory the base takes {}, once for all workloads.", parts(plan, memory).base))
}

/// [`crate::plan::Parts`] as people read them.
struct ShownParts {
    base: String,
    workloads: Vec<Option<String>>,
}

/// Parts in as many digits as the share that they add up to, and adding up to it as it is shown: what rounding leaves over goes to those
/// that lost most by it (the largest remainder).
fn parts(plan: &Plan, limit: &LimitUse) -> ShownParts {
    let parts = plan.sizing.parts(&plan.inputs, limit);
    let shown = percent(limit.share().likely);
    let decimals = shown.split_once('.').map_or(0, |(_, rest)| rest.chars().filter(char::is_ascii_digit).count());
    let unit = 10f64.powi(-(decimals as i32)) / 100.0;
    let exact: Vec<f64> =
        std::iter::once(parts.base).chain(parts.workloads.iter().flatten().copied()).map(|part| part / unit).collect();
    let mut whole: Vec<f64> = exact.iter().map(|part| part.floor()).collect();
    let left_over = (limit.share().likely / unit).round() - whole.iter().sum::<f64>();
    let mut by_loss: Vec<usize> = (0..exact.len()).collect();
    by_loss.sort_by(|a, b| (exact[*b] - whole[*b]).total_cmp(&(exact[*a] - whole[*a])));
    by_loss.iter().take(left_over.max(0.0) as usize).for_each(|index| whole[*index] += 1.0);
    let mut texts = whole.into_iter().map(|units| {
        let text = format!("{:.decimals$}", units * unit * 100.0);
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        format!("{text} %")
    });
    let base = texts.next().unwrap_or_default();
    ShownParts { base, workloads: parts.workloads.iter().map(|part| part.and_then(|_| texts.next())).collect() }
}

/// The share; where there is a band, that at its high end is what is judged.
pub fn share(limit: &LimitUse) -> String {
    let share = limit.share();
    let (likely, high) = (percent(share.likely), percent(share.high));
    if likely == high { likely } else { format!("{likely}, at most {high}") }
}
