//! What the API allows, from dated tables: never a constant in code.

use super::model::{closest, without_date};
use serde::Deserialize;
use std::collections::BTreeMap;
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
    /// What it is called.
    pub name: String,
    /// Who says so.
    pub source: String,
    /// As of when.
    pub date: Datetime,
    /// The most that a tier may spend in a month, USD.
    #[serde(default)]
    pub spend_month_usd: BTreeMap<String, f64>,
    /// Requests that a tier may have in batches at once.
    #[serde(default)]
    pub batch_queue: BTreeMap<String, f64>,
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
    /// Tiers whose numbers no source states for this pool.
    #[serde(default)]
    pub inferred: Vec<String>,
    /// The limits of each tier.
    pub tiers: BTreeMap<String, Allowance>,
}

/// What a pool may use a minute; `None` where nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// Requests.
    pub rpm: Option<f64>,
    /// Input tokens.
    pub itpm: Option<f64>,
    /// Output tokens.
    pub otpm: Option<f64>,
}

/// What an API told of an account's limits.
#[derive(Clone, Debug, PartialEq)]
pub struct ToldLimits {
    /// For which model.
    pub model: String,
    /// What it may use.
    pub allowance: Allowance,
}

/// A limit: its name in a plan, its name in a response's headers, where it is kept.
pub type Limit = (&'static str, &'static str, fn(&mut Allowance) -> &mut Option<f64>);

/// The limits that there are, by the names of the API's documentation on rate limits.
pub const LIMITS: [Limit; 3] = [
    ("rpm", "anthropic-ratelimit-requests-limit", |own| &mut own.rpm),
    ("itpm", "anthropic-ratelimit-input-tokens-limit", |own| &mut own.itpm),
    ("otpm", "anthropic-ratelimit-output-tokens-limit", |own| &mut own.otpm),
];

impl Allowance {
    /// As a response's headers say; what is no number is passed over.
    pub fn of_headers(headers: &BTreeMap<String, String>) -> Allowance {
        let mut told = Allowance::default();
        for (_, header, place) in LIMITS {
            *place(&mut told) = headers.get(header).and_then(|value| value.parse().ok()).filter(|limit| *limit > 0.0);
        }
        told
    }

    /// Where `other` says something, it is right.
    pub fn overridden_by(self, other: Allowance) -> Allowance {
        Allowance { rpm: other.rpm.or(self.rpm), itpm: other.itpm.or(self.itpm), otpm: other.otpm.or(self.otpm) }
    }

    /// Whether it says nothing.
    pub fn is_empty(self) -> bool {
        self == Allowance::default()
    }
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

impl LimitBook {
    /// The tables that come with the program.
    pub fn embedded() -> &'static LimitBook {
        &BOOK
    }

    /// All tiers, in the order of the tables and of their names.
    pub fn tiers(&self) -> Vec<&str> {
        let mut tiers: Vec<&str> = Vec::new();
        for tier in self.tables.iter().flat_map(|table| &table.pools).flat_map(|pool| pool.tiers.keys()) {
            if !tiers.contains(&tier.as_str()) {
                tiers.push(tier);
            }
        }
        tiers
    }

    /// The table that knows this tier.
    pub fn table_of(&self, tier: &str) -> Option<&LimitTable> {
        self.tables.iter().find(|table| table.pools.iter().any(|pool| pool.tiers.contains_key(tier)))
    }

    /// The row of a model, with or without the date at its name's end, in a tier.
    pub fn row(&self, tier: &str, model: &str) -> Option<Row<'_>> {
        let table = self.table_of(tier)?;
        let name = without_date(model);
        let pool = table.pools.iter().find(|pool| pool.models.is_empty() || pool.models.iter().any(|m| m == name))?;
        Some(Row { table, pool, allowance: *pool.tiers.get(tier)? })
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
