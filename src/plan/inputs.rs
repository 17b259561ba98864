//! Everything that a plan is computed from.

use super::allowance::{Allowance, ToldLimits};
use super::lifetimes::ModelBook;
use super::limits::{LimitBook, Row, Tier};
use super::memory_line::MemoryLine;
use super::paces::Paces;
use super::pool_name::PoolName;
use super::prices::{Price, PriceBook};
use super::what_if::WhatIf;
use super::workload::{Class, Workload};
use crate::units::Bytes;
use std::collections::BTreeMap;

/// A plan as it was asked for, checked and complete. Cheap to copy and change: what would help is found by trying it.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The kinds of streams, at least one. They share the process, its container, and the account.
    pub workloads: Vec<Workload>,
    /// What goes as Message Batches instead of streams: it uses none of the limits a minute, and is paid for.
    pub batched: Vec<Workload>,
    /// The processes that hold them.
    pub process: Process,
    /// The account.
    pub account: Account,
    /// How fast models write.
    pub paces: Paces,
    /// Which model does which class of tasks.
    pub routes: BTreeMap<Class, String>,
    /// Everything that was measured, for trying other modes; empty without a measurement.
    pub measured: Vec<MemoryLine>,
    /// What was asked instead of what the plan's file says.
    pub what_if: Vec<WhatIf>,
}

/// Containers with one process each, all alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Process {
    /// The container's memory limit.
    pub memory_limit: Option<Bytes>,
    /// How many there are, at least 1; streams are spread evenly over them.
    pub replicas: u32,
    /// The most streams that one may hold, such as its client's pool.
    pub streams_max: Option<f64>,
}

/// What the API allows and what it costs.
#[derive(Clone, Debug)]
pub struct Account {
    /// The tier in [`LimitBook`], by a name that means no other, such as `build` or `legacy/tier-1`.
    pub tier: Option<String>,
    /// The tables.
    pub book: &'static LimitBook,
    /// Prices from the tables.
    pub prices: &'static PriceBook,
    /// The models that there are.
    pub models: &'static ModelBook,
    /// Whether inference is to stay in the US, which has a price.
    pub inference_us: bool,
    /// What an API told of its limits when it was behind measured streams.
    pub told: Option<ToldLimits>,
    /// The user's own limits for every model.
    pub own: Allowance,
    /// The user's own limits for single models.
    pub own_by_model: BTreeMap<String, Allowance>,
    /// The user's own prices for single models.
    pub own_prices: BTreeMap<String, Price>,
    /// Headers among the user's own limits that limit nothing.
    pub passed_over: Vec<String>,
}

/// The limits of a workload's model, and the name of the pool that shares them.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolLimits {
    /// Who share the limits.
    pub pool: PoolName,
    /// The limits.
    pub allowance: Allowance,
}

impl Account {
    /// The limits that hold for `model`; `None` where none is known. What the user says is right where it says something.
    pub fn limits_of(&self, model: Option<&str>) -> Option<PoolLimits> {
        let pool_of = |model: &str| Some(self.row(model)?.shared_by(model));
        let row = self.row(model.unwrap_or_default());
        let pool = pool_of(model.unwrap_or_default()).or_else(|| model.map(str::to_owned));
        // What is said of one model holds for all models of its pool.
        let is_meant = |named: &String| model == Some(named) || (pool.is_some() && pool_of(named) == pool);
        let mut allowance = row.map(|row| row.allowance).unwrap_or_default();
        if let Some(told) = self.told.as_ref().filter(|told| model.is_none() || is_meant(&told.model)) {
            allowance = allowance.overridden_by(told.allowance);
        }
        allowance = allowance.overridden_by(self.own);
        for (_, own) in self.own_by_model.iter().filter(|(named, _)| is_meant(named)) {
            allowance = allowance.overridden_by(*own);
        }
        (!allowance.is_empty()).then(|| PoolLimits { pool: pool.into(), allowance })
    }

    /// What a request of `prompt_tokens` to `model` costs.
    pub fn price_of(&self, model: &str, prompt_tokens: f64) -> Option<Price> {
        let listed = || {
            let price = self.prices.price(model, prompt_tokens)?;
            Some(if self.inference_us { price.times(self.prices.us_factor(model)) } else { price })
        };
        self.own_prices.get(model).copied().or_else(listed)
    }

    /// The most that the tier may spend in a month, USD.
    pub fn spend_month_usd(&self) -> Option<f64> {
        self.tier()?.spend_month_usd()
    }

    /// The tier that is planned with.
    pub fn tier(&self) -> Option<Tier<'static>> {
        self.book.tier(self.tier.as_deref()?)
    }

    /// What its table says of `model`.
    pub fn row(&self, model: &str) -> Option<Row<'static>> {
        self.tier()?.row(model)
    }
}

impl Inputs {
    /// The same with every band narrowed to its likely value.
    pub fn narrowed(&self) -> Inputs {
        let mut inputs = self.clone();
        for workload in &mut inputs.workloads {
            for band in [&mut workload.arrival, &mut workload.duration, &mut workload.retry, &mut workload.hung] {
                *band = band.narrowed();
            }
            for tokens in [&mut workload.input, &mut workload.output].into_iter().flatten() {
                tokens.count = tokens.count.narrowed();
            }
        }
        inputs
    }
}
