//! How sure the plan is: what it hangs on, what speaks against it, where limits and prices come from.

use super::doubts::doubt_text;
use super::words::{band, percent, short, tier_name};
use crate::plan::{Contradiction, Difference, Lifetime, Plan, Swing, Tier, TimesAsLong};
use crate::report::page::{Block, Section};
use crate::units::significant;

/// The input that matters most, and the doubts.
pub fn section(plan: &Plan) -> Option<Section> {
    let mut blocks: Vec<Block> =
        plan.swings.first().map(|swing| Block::words(hangs_on(plan, swing))).into_iter().collect();
    blocks.extend(plan.doubts.iter().map(|doubt| Block::item(format!("Doubt: {}", doubt_text(doubt)))));
    if plan.doubts.is_empty() {
        blocks.push(Block::words("No doubts."));
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

/// How long the models live.
fn lifetimes(plan: &Plan) -> Option<String> {
    let book = plan.inputs.account.models;
    let models = models(plan);
    let known =
        models.iter().map(|model| (model, book.lifetime(model))).filter(|(_, life)| *life != Lifetime::default());
    let mut lives: Vec<String> = known.map(|(model, life)| format!("{model} {life}")).collect();
    let unknown: Vec<&str> = models.into_iter().filter(|model| book.lifetime(model) == Lifetime::default()).collect();
    if !unknown.is_empty() {
        lives.push(format!("of {} it is not known when", unknown.join(", ")));
    }
    (!lives.is_empty()).then(|| format!("Retiring: {} ({}).", lives.join("; "), book.source))
}

/// Prices that another source than the table's states.
fn prices_from_elsewhere(plan: &Plan) -> Vec<String> {
    let source = |model: &str| plan.inputs.account.prices.entry(model)?.source.clone();
    let said = models(plan).into_iter().filter_map(|model| Some(format!("Price of {model}: {}.", source(model)?)));
    said.collect()
}

/// Tiers that their sources call as the table planned with calls its own, and that are others.
fn namesakes(plan: &Plan) -> Option<String> {
    let tier = plan.inputs.account.tier()?;
    let others = plan.inputs.account.book.tiers().filter(|other| other.name != tier.name && other.goes_by(tier.name));
    let others: Vec<String> = others.map(Tier::full_name).collect();
    (!others.is_empty()).then(|| format!("Others call other tiers {} as well: {}.", tier.name, others.join(", ")))
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
        blocks.push(Block::item(format!(
            "Limits: {} of the {}, {}, as of {}.{note}",
            tier_name(tier.name),
            table.name,
            table.source,
            table.date
        )));
    }
    blocks.extend(namesakes(plan).map(Block::item));
    blocks.extend(plan.contradictions.iter().map(|contradiction| Block::item(said_otherwise(contradiction))));
    if let Some(told) = &account.told {
        blocks.push(Block::item(format!("Limits of {}: from the response headers of the measured run.", told.model)));
    }
    if !account.own.is_empty() || !account.own_by_model.is_empty() {
        blocks.push(Block::item("Limits: your own, where you gave them."));
    }
    if !account.passed_over.is_empty() {
        blocks.push(Block::item(format!(
            "Passed over under [limits], because it limits nothing that is planned with: {}.",
            account.passed_over.join(", ")
        )));
    }
    if plan.money.workloads.iter().any(Option::is_some) {
        blocks.push(Block::item(format!("Prices: {}, as of {}.", account.prices.source, account.prices.date)));
    }
    let rest = prices_from_elsewhere(plan).into_iter().chain(lifetimes(plan)).chain(paces(plan));
    blocks.extend(rest.map(Block::item));
    Section::of("Sources", blocks)
}
