//! The tables `[account]`, `[limits]`, `[prices]` and `[routes]`.

use super::document::{Entry, TomlTable};
use super::headers::is_passed_over;
use super::quantity::{COUNT, TIME, USD, one, words};
use crate::plan::allowance::{Allowance, LIMITS};
use crate::plan::inputs::Account;
use crate::plan::lifetimes::ModelBook;
use crate::plan::limits::{LimitBook, LimitTable, Tier};
use crate::plan::model::closest;
use crate::plan::paces::{Pace, PaceBook, Paces};
use crate::plan::prices::{Price, PriceBook};
use crate::plan::workload::{Class, Workload};
use std::collections::BTreeMap;

/// Reads what the API allows and costs; `None` if something in it is wrong.
pub fn read_account(top: &TomlTable<'_>) -> Option<Account> {
    let book = LimitBook::embedded();
    let table = top.table("account");
    let tier = table.as_ref().and_then(|table| table.get("tier", |entry| known_tier(book, entry)));
    let inference_us = table.as_ref().and_then(|table| table.get("inference_geo", in_us)).unwrap_or(false);
    if let Some(table) = &table {
        table.end(&["tier", "inference_geo"]);
    }
    let limits = top.table("limits").map(|table| table.in_any_case());
    let mut passed_over = Vec::new();
    let (own, own_by_model) = read_limits(limits.as_ref(), &mut passed_over);
    let own_prices = read_prices(top.table("prices").as_ref());
    let (prices, models) = (PriceBook::embedded(), ModelBook::embedded());
    Some(Account { tier, book, prices, models, inference_us, told: None, own, own_by_model, own_prices, passed_over })
}

/// As the API's parameter of that name.
fn in_us(entry: &Entry<'_>) -> Result<bool, String> {
    match words(entry)?.as_str() {
        "us" => Ok(true),
        "global" => Ok(false),
        other => Err(format!("'{other}' is not known: write \"us\" or \"global\"")),
    }
}

fn known_tier(book: &LimitBook, entry: &Entry<'_>) -> Result<String, String> {
    let named = words(entry)?.to_ascii_lowercase().replace([' ', '_'], "-").replace(['(', ')'], "");
    let tiers = book.tiers_named(&named);
    if let [tier] = tiers[..] {
        return Ok(book.short_name(tier));
    }
    if !tiers.is_empty() {
        let choices: Vec<String> = tiers.into_iter().map(Tier::full_name).collect();
        return Err(format!("'{named}' is several tiers: write one of {}", choices.join(", ")));
    }
    let known: Vec<String> = book.tiers().map(|tier| book.short_name(tier)).collect();
    let meant = did_you_mean(closest(&named, known.iter().map(String::as_str)));
    let of_table = |table: &LimitTable| {
        let names: Vec<&str> = table.tiers().map(|tier| tier.name).collect();
        format!("{}/{}", table.key, names.join(", "))
    };
    let tables: Vec<String> = book.tables.iter().map(of_table).collect();
    Err(format!(
        "there is no tier '{named}'{meant} There are {}; or write your own limits under [limits]",
        tables.join("; ")
    ))
}

/// How a sentence about what does not exist ends.
fn did_you_mean(meant: Option<&str>) -> String {
    meant.map_or_else(|| ".".to_owned(), |meant| format!("; did you mean {meant}?"))
}

fn read_limits(
    table: Option<&TomlTable<'_>>,
    passed_over: &mut Vec<String>,
) -> (Allowance, BTreeMap<String, Allowance>) {
    let mut is_other_header = |key: &str| {
        let is_other = is_passed_over(key);
        if is_other && !passed_over.iter().any(|known| known == key) {
            passed_over.push(key.to_owned());
        }
        is_other
    };
    let mut by_model = BTreeMap::new();
    let Some(table) = table else { return (Allowance::default(), by_model) };
    let own = read_allowance(table);
    for (key, entry) in table.rest() {
        if is_other_header(key) {
            continue;
        }
        let Some(of_model) = entry.as_table(&format!("limits of {key}, ")) else {
            let known = LIMITS.iter().flat_map(|limit| std::iter::once(limit.name).chain(limit.header));
            let meant = did_you_mean(closest(key, known));
            let names = LIMITS.map(|limit| limit.name).join(", ");
            entry.complain(format!("there is no such limit{meant} Write {names}, or [limits.\"MODEL\"] with them"));
            continue;
        };
        let of_model = of_model.in_any_case();
        by_model.insert(key.to_owned(), read_allowance(&of_model));
        let unknown = of_model.rest().into_iter().filter(|(key, _)| !is_other_header(key));
        let names = LIMITS.map(|limit| limit.name).join(", ");
        unknown.for_each(|(_, entry)| entry.complain(format!("there is no such limit: there are {names}")));
    }
    (own, by_model)
}

fn read_allowance(table: &TomlTable<'_>) -> Allowance {
    let mut own = Allowance::default();
    for limit in LIMITS {
        let named = table.get(limit.name, one(COUNT));
        let sent = limit.header.and_then(|header| table.get(header, one(COUNT)));
        if let (Some(named), Some(sent), Some(header)) = (named, sent, limit.header)
            && named != sent
        {
            table.complain(format!("{} is {named} and {header} is {sent}: keep one of them", limit.name));
        }
        *(limit.place)(&mut own) = named.or(sent);
    }
    own.without_sum()
}

fn read_prices(table: Option<&TomlTable<'_>>) -> BTreeMap<String, Price> {
    let mut prices = BTreeMap::new();
    for (model, entry) in table.map(TomlTable::rest).unwrap_or_default() {
        let Some(table) = entry.table(&format!("prices of {model}, ")) else { continue };
        let (input, output) = (table.get("input", one(USD)), table.get("output", one(USD)));
        for key in ["input", "output"] {
            if table.entry(key).is_none() {
                table.complain(format!("{key} is missing: USD for a million tokens"));
            }
        }
        let cache_read = table.get("cache_read", one(USD)).or(input);
        table.end(&["input", "output", "cache_read"]);
        if let (Some(input), Some(output), Some(cache_read)) = (input, output, cache_read) {
            prices.insert(model.to_owned(), Price { input, cache_read, output });
        }
    }
    prices
}

/// Reads `[pace]`: how fast single models write.
pub fn read_paces(table: Option<&TomlTable<'_>>) -> Paces {
    let mut own = BTreeMap::new();
    for (model, entry) in table.map(TomlTable::rest).unwrap_or_default() {
        let Some(table) = entry.table(&format!("pace of {model}, ")) else { continue };
        let tokens_per_s = table.get("tokens_per_s", one(COUNT));
        if table.entry("tokens_per_s").is_none() {
            table.complain("tokens_per_s is missing: output tokens a second, such as 79");
        }
        let first_token_s = table.get("first_token", one(TIME));
        table.end(&["tokens_per_s", "first_token"]);
        if let Some(tokens_per_s) = tokens_per_s {
            own.insert(model.to_owned(), Pace { first_token_s, tokens_per_s });
        }
    }
    Paces { book: PaceBook::embedded(), own }
}

/// Reads `[routes]`: a model for each class of tasks.
pub fn read_routes(table: Option<&TomlTable<'_>>) -> BTreeMap<Class, String> {
    let Some(table) = table else { return BTreeMap::new() };
    let routes = Class::ALL.into_iter().filter_map(|class| Some((class, table.get(class.name(), words)?)));
    let routes = routes.collect();
    table.end(&Class::ALL.map(Class::name));
    routes
}

/// What can only be said when account and workloads are both known.
pub fn check_models(top: &TomlTable<'_>, tables: &[TomlTable<'_>], account: &Account, workloads: &[Workload]) {
    // Limits of the plan's own hold whatever the model.
    let judged = if account.own.is_empty() { tables } else { &[] };
    for table in judged {
        match (table.entry("model"), account.tier.as_deref()) {
            (Some(entry), tier) => check_model(top, &entry, account, tier),
            (None, Some(tier)) if table.entry("class").is_none() && account.row("").is_none() => {
                table.complain(format!(
                    "the limits of tier {tier} are by model: give it a model, such as claude-sonnet-5"
                ));
            }
            (None, _) => {}
        }
    }
    one_model_for_own_limits(top, account, workloads);
}

/// A model without limits in the account's tier or, where that tier is itself a mistake, in any.
fn check_model(top: &TomlTable<'_>, entry: &Entry<'_>, account: &Account, tier: Option<&str>) {
    let Ok(model) = words(entry) else { return };
    let asked_for_a_tier = || top.table("account").is_some_and(|table| table.entry("tier").is_some());
    let (limits, known) = match tier {
        Some(tier) => (format!("the limits of tier {tier}"), account.row(&model).is_some()),
        None if asked_for_a_tier() => ("the limits of every tier".to_owned(), account.book.has_model(&model)),
        None => return,
    };
    if known || account.own_by_model.contains_key(&model) {
        return;
    }
    if account.models.has(&model) {
        // The model is right, and its neighbours are not meant.
        entry.complain(format!("no source says {limits} for '{model}': write [limits.\"{model}\"]"));
        return;
    }
    let meant = did_you_mean(account.book.closest_model(&model).filter(|meant| *meant != model));
    entry.complain(format!("{limits} have no model '{model}'{meant} Or write [limits.\"{model}\"]"));
}

/// Limits that name no model are those of one pool.
fn one_model_for_own_limits(top: &TomlTable<'_>, account: &Account, workloads: &[Workload]) {
    let pools = workloads.iter().filter_map(|workload| account.limits_of(workload.model.as_deref()));
    let mut pools: Vec<String> = pools.map(|pool| pool.pool.to_string()).collect();
    pools.sort_unstable();
    pools.dedup();
    if let (false, 2.., Some(entry)) = (account.own.is_empty(), pools.len(), top.entry("limits")) {
        entry.complain(format!(
            "the workloads use {}, each with limits of its own: write [limits.\"MODEL\"] for each",
            pools.join(" and ")
        ));
    }
}
