//! How sure the plan is: what it hangs on, what speaks against it, where limits and prices come from.

use super::section::{Block, Section};
use super::words::{band, percent, short, tier_name};
use crate::plan::{Contradiction, Difference, Plan, Swing, TimesAsLong};
use crate::units::significant;

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

/// What another source would make of it.
fn said_otherwise(contradiction: &Contradiction) -> String {
    let number = |limit: Option<f64>, none: &str| limit.map_or_else(|| none.to_owned(), short);
    let difference = |Difference { resource, here, there }: &Difference| {
        format!("{} {} ({} here)", resource.name(), number(*there, "without limit"), number(*here, "none"))
    };
    let differences: Vec<String> = contradiction.differences.iter().map(difference).collect();
    let rate = contradiction.arrivals.map_or_else(String::new, |share| {
        format!("; the largest arrival rate would be {} of the one here", percent(share))
    });
    let verdict = match contradiction.other_verdict {
        other if other == contradiction.verdict => String::new(),
        other => format!(", and it {other}"),
    };
    let Contradiction { pool, other, .. } = contradiction;
    format!("{other} says otherwise of {pool}: {}{rate}{verdict}.", differences.join("; "))
}

/// The models that are planned with, once each.
fn models(plan: &Plan) -> Vec<&str> {
    let planned = plan.inputs.workloads.iter().filter_map(|workload| workload.model.as_deref());
    let routed = plan.moves.iter().filter(|other| other.by_class).map(|other| other.to.as_str());
    let mut models: Vec<&str> = Vec::new();
    planned.chain(routed).for_each(|model| {
        if !models.contains(&model) {
            models.push(model)
        }
    });
    models
}

/// How long it lives, and where its price comes from if that is another source.
fn about_model(plan: &Plan, model: &str) -> Vec<String> {
    let book = plan.inputs.account.models;
    let lives = format!("{model}: {} ({}, as of {}).", book.lifetime(model), book.source, book.date);
    let price = plan.inputs.account.prices.entry(model).and_then(|entry| entry.source.as_ref());
    std::iter::once(lives).chain(price.map(|source| format!("Price of {model}: {source}."))).collect()
}

/// How long streams last on other models, and who says so.
fn paces(plan: &Plan) -> Vec<String> {
    let known = plan.moves.iter().filter_map(|other| Some((other, other.lasts.as_ref()?)));
    let said = known.filter(|(_, lasts)| !lasts.source.is_empty()).map(|(other, TimesAsLong { times, source })| {
        let tables = &plan.inputs.paces.book.tables;
        let date = tables.iter().find(|table| table.name == *source).map(|table| format!(", as of {}", table.date));
        let times = band(*times, |times| significant(times, 2));
        let from = other.from.as_deref().unwrap_or_default();
        format!(
            "Pace: on {} streams of {} last {times} times as long as on {from} ({source}{}).",
            other.to,
            other.workload,
            date.unwrap_or_default()
        )
    });
    said.collect()
}

/// Where limits and prices come from.
pub fn sources(plan: &Plan) -> Option<Section> {
    let account = &plan.inputs.account;
    let mut blocks = Vec::new();
    if let Some(tier) = account.tier() {
        let table = tier.table;
        let note = table.note.iter().map(|note| format!(" {note}")).collect::<String>();
        blocks.push(Block::Item(format!(
            "Limits: {} of the {}, {}, as of {}.{note}",
            tier_name(tier.name),
            table.name,
            table.source,
            table.date
        )));
    }
    blocks.extend(plan.contradictions.iter().map(|contradiction| Block::Item(said_otherwise(contradiction))));
    if let Some(told) = &account.told {
        blocks.push(Block::Item(format!("Limits of {}: from the response headers of the measured run.", told.model)));
    }
    if !account.own.is_empty() || !account.own_by_model.is_empty() {
        blocks.push(Block::Item("Limits: your own, where you gave them.".to_owned()));
    }
    if plan.money.workloads.iter().any(Option::is_some) {
        blocks.push(Block::Item(format!("Prices: {}, as of {}.", account.prices.source, account.prices.date)));
    }
    blocks.extend(models(plan).into_iter().flat_map(|model| about_model(plan, model)).map(Block::Item));
    blocks.extend(paces(plan).into_iter().map(Block::Item));
    Section::of("Sources", blocks)
}
