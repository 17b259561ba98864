//! What the API allows, from dated tables: never a constant in code.

use super::allowance::Allowance;
use super::model::{closest, without_date};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use toml::value::Datetime;

const DATA: &str = include_str!("data/limits.toml");

/// The tables that come with the program.
static BOOK: LazyLock<LimitBook> =
    LazyLock::new(|| toml::from_str(DATA).expect("the embedded table of limits is read by a test"));

/// All tables of limits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitBook {
    /// One a source.
    #[serde(rename = "table")]
    pub tables: Vec<LimitTable>,
}

/// The limits of one source at one date.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitTable {
    /// What it is called where a tier is chosen, as in `legacy/tier-1`.
    pub key: String,
    /// What it is called in a sentence.
    pub name: String,
    /// Who says so.
    pub source: String,
    /// As of when; the first of the month where the day is not known.
    pub date: Datetime,
    /// What the source says and gives no number of.
    pub note: Option<String>,
    /// What else the source calls a tier.
    #[serde(default)]
    pub also: BTreeMap<String, Vec<String>>,
    /// The most that a tier may spend in a month, USD.
    #[serde(default)]
    pub spend_month_usd: BTreeMap<String, f64>,
    /// Requests that a tier may have in batches at once.
    #[serde(default)]
    pub batch_queue: BTreeMap<String, f64>,
    /// The most requests in one batch, where the source says another number than the API's documentation.
    pub batch_requests: Option<f64>,
    /// Models that share limits.
    #[serde(rename = "pool")]
    pub pools: Vec<Pool>,
}

/// Models that share limits, and the limits of every tier.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// What it is called.
    pub name: String,
    /// Its models; empty means any.
    pub models: Vec<String>,
    /// Whether each of its models has the limits for itself.
    #[serde(default)]
    pub each: bool,
    /// Tiers whose numbers no source states for this pool.
    #[serde(default)]
    pub inferred: Vec<String>,
    /// The limits of each tier.
    pub tiers: BTreeMap<String, Allowance>,
}

/// A tier of a table.
#[derive(Clone, Copy, Debug)]
pub struct Tier<'a> {
    /// The table.
    pub table: &'a LimitTable,
    /// Its name there.
    pub name: &'a str,
}

/// The row of a tier in one pool, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The table.
    pub table: &'a LimitTable,
    /// The pool.
    pub pool: &'a Pool,
    /// The limits.
    pub allowance: Allowance,
}

impl LimitTable {
    /// Its tiers, in the order of their names.
    pub fn tiers(&self) -> impl Iterator<Item = Tier<'_>> {
        let names: BTreeSet<&str> = self.pools.iter().flat_map(|pool| pool.tiers.keys()).map(String::as_str).collect();
        names.into_iter().map(|name| Tier { table: self, name })
    }
}

impl<'a> Tier<'a> {
    /// `legacy/tier-1`.
    pub fn full_name(self) -> String {
        format!("{}/{}", self.table.key, self.name)
    }

    /// The row of a model, with or without the date at its name's end.
    pub fn row(self, model: &str) -> Option<Row<'a>> {
        let name = without_date(model);
        let has = |pool: &&Pool| pool.models.is_empty() || pool.models.iter().any(|model| model == name);
        let pool = self.table.pools.iter().find(has)?;
        Some(Row { table: self.table, pool, allowance: *pool.tiers.get(self.name)? })
    }

    /// The most that it may spend in a month, USD.
    pub fn spend_month_usd(self) -> Option<f64> {
        self.table.spend_month_usd.get(self.name).copied()
    }

    /// Requests that it may have in batches at once.
    pub fn batch_queue(self) -> Option<f64> {
        self.table.batch_queue.get(self.name).copied()
    }

    /// Whether `other` is the same tier by another source.
    pub fn is_also(self, other: Tier<'_>) -> bool {
        self.table.key != other.table.key && self.name == other.name
    }

    /// Whether a source calls it so.
    pub fn goes_by(self, name: &str) -> bool {
        self.name == name || self.table.also.get(self.name).is_some_and(|also| also.iter().any(|also| also == name))
    }
}

impl Row<'_> {
    /// What the limits are shared by: the pool, or `model` alone.
    pub fn shared_by(&self, model: &str) -> String {
        if self.pool.each { without_date(model).to_owned() } else { self.pool.name.clone() }
    }
}

impl LimitBook {
    /// The tables that come with the program.
    pub fn embedded() -> &'static LimitBook {
        &BOOK
    }

    /// Every tier of every table.
    pub fn tiers(&self) -> impl Iterator<Item = Tier<'_>> {
        self.tables.iter().flat_map(LimitTable::tiers)
    }

    /// The tiers that `name` may mean, as `build` or `legacy/tier-1`: those of that very name or, where there are none, those that a
    /// source also calls so.
    pub fn tiers_named(&self, name: &str) -> Vec<Tier<'_>> {
        let (table, name) = name.split_once('/').map_or((None, name), |(table, name)| (Some(table), name));
        let in_table = || self.tiers().filter(|tier| table.is_none_or(|table| table == tier.table.key));
        let exact: Vec<Tier<'_>> = in_table().filter(|tier| tier.name == name).collect();
        if exact.is_empty() { in_table().filter(|tier| tier.goes_by(name)).collect() } else { exact }
    }

    /// The one tier of this name; `None` where it means none or several.
    pub fn tier(&self, name: &str) -> Option<Tier<'_>> {
        match self.tiers_named(name)[..] {
            [tier] => Some(tier),
            _ => None,
        }
    }

    /// The shortest name that means this tier and no other: `build`, but `legacy/tier-1`.
    pub fn short_name(&self, tier: Tier<'_>) -> String {
        if self.tiers_named(tier.name).len() == 1 { tier.name.to_owned() } else { tier.full_name() }
    }

    /// All models of all tables, once each.
    pub fn models(&self) -> Vec<&str> {
        let mut models: Vec<&str> = Vec::new();
        for model in self.tables.iter().flat_map(|table| &table.pools).flat_map(|pool| &pool.models) {
            if !models.contains(&model.as_str()) {
                models.push(model);
            }
        }
        models
    }

    /// Whether any table has this model, with or without the date at its name's end.
    pub fn has_model(&self, model: &str) -> bool {
        self.models().contains(&without_date(model))
    }

    /// The model that was probably meant.
    pub fn closest_model(&self, model: &str) -> Option<&str> {
        closest(without_date(model), self.models())
    }
}
