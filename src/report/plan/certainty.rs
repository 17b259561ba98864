//! How sure the plan is: what it hangs on, what speaks against it, where limits and prices come from.

use super::section::{Block, Section};
use super::words::{percent, tier_name};
use crate::plan::{Plan, Swing};

/// The input that matters most, and the doubts.
pub fn section(plan: &Plan) -> Option<Section> {
    let mut blocks: Vec<Block> =
        plan.swings.first().map(|swing| Block::Words(hangs_on(plan, swing))).into_iter().collect();
    blocks.extend(plan.doubts.iter().map(|doubt| Block::Item(format!("Doubt: {}", doubt.text()))));
    if plan.doubts.is_empty() {
        blocks.push(Block::Words("No doubts.".to_owned()));
    }
    Section::of("How sure it is", blocks)
}

fn hangs_on(plan: &Plan, swing: &Swing) -> String {
    let whose = match &swing.workload {
        Some(name) => format!("the {} of {name}", swing.input),
        None => format!("the {}", swing.input),
    };
    let limit = plan.binding().map(crate::plan::LimitUse::name).unwrap_or_default();
    let (low, high) = (percent(swing.low), percent(swing.high));
    if swing.given {
        return format!(
            "It hangs most on {whose}: from end to end of its interval the share of {limit} goes from {low} to {high}."
        );
    }
    format!(
        "It hangs most on {whose}: 10 % less or more of it, and the share of {limit} is {low} or {high}. No input has an interval."
    )
}

/// Where limits and prices come from.
pub fn sources(plan: &Plan) -> Option<Section> {
    let account = &plan.inputs.account;
    let mut blocks = Vec::new();
    if let Some((tier, table)) = account.tier.as_deref().and_then(|tier| Some((tier, account.book.table_of(tier)?))) {
        blocks.push(Block::Item(format!(
            "Limits: {} of the {}, {}, as of {}.",
            tier_name(tier),
            table.name,
            table.source,
            table.date
        )));
    }
    if let Some(told) = &account.told {
        blocks.push(Block::Item(format!("Limits of {}: from the response headers of the measured run.", told.model)));
    }
    if !account.own.is_empty() || !account.own_by_model.is_empty() {
        blocks.push(Block::Item("Limits: your own, where you gave them.".to_owned()));
    }
    if !account.passed_over.is_empty() {
        blocks.push(Block::Item(format!(
            "Passed over under [limits], because it limits nothing that is planned with: {}.",
            account.passed_over.join(", ")
        )));
    }
    if plan.money.workloads.iter().any(Option::is_some) {
        blocks.push(Block::Item(format!("Prices: {}, as of {}.", account.prices.source, account.prices.date)));
    }
    Section::of("Sources", blocks)
}
