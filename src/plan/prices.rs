//! What tokens cost, from a dated table.

use super::model::without_date;
use serde::Deserialize;
use std::sync::LazyLock;
use toml::value::Datetime;

const DATA: &str = include_str!("data/prices.toml");

static BOOK: LazyLock<PriceBook> =
    LazyLock::new(|| toml::from_str(DATA).expect("the embedded table of prices is read by a test"));

/// List prices at one date.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceBook {
    /// Who says so.
    pub source: String,
    /// As of when.
    pub date: Datetime,
    /// What Message Batches cost, as a share of the list price.
    pub batch_share: f64,
    /// What everything costs where inference is to stay in the US, as a multiple of the list price.
    pub us_factor: f64,
    /// Prices of models.
    #[serde(rename = "model")]
    pub models: Vec<ModelPrice>,
}

/// Prices that several models may have.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelPrice {
    /// The models.
    pub names: Vec<String>,
    /// An input token, USD per million.
    pub input: f64,
    /// An input token that is read from the cache; `None` where no source says.
    pub cache_read: Option<f64>,
    /// An output token.
    pub output: f64,
    /// What long prompts cost.
    pub above: Option<LongPrompt>,
    /// Whether they cost the same where inference is to stay in the US.
    #[serde(default)]
    pub same_in_us: bool,
    /// Who says so, where it is not the source of the table.
    pub source: Option<String>,
}

/// The prices of a whole request whose prompt is longer than so much.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongPrompt {
    /// Longer than this, in tokens.
    pub prompt_tokens: f64,
    /// An input token, USD per million.
    pub input: f64,
    /// An input token that is read from the cache.
    pub cache_read: f64,
    /// An output token.
    pub output: f64,
}

/// What tokens of one request cost, USD per million.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// An input token.
    pub input: f64,
    /// An input token that is read from the cache.
    pub cache_read: f64,
    /// An output token.
    pub output: f64,
}

impl Price {
    /// So many times as much.
    pub fn times(self, factor: f64) -> Price {
        Price { input: self.input * factor, cache_read: self.cache_read * factor, output: self.output * factor }
    }

    /// USD for one request of so many tokens, `cached` being the share of the input that is read from the cache.
    pub fn of_request(self, input: f64, cached: f64, output: f64) -> f64 {
        let input_price = self.input * (1.0 - cached) + self.cache_read * cached;
        (input * input_price + output * self.output) / 1e6
    }
}

impl PriceBook {
    /// The table that comes with the program.
    pub fn embedded() -> &'static PriceBook {
        &BOOK
    }

    /// What a request of `prompt_tokens` costs on a model.
    pub fn price(&self, model: &str, prompt_tokens: f64) -> Option<Price> {
        let entry = self.entry(model)?;
        Some(match entry.above {
            Some(long) if prompt_tokens > long.prompt_tokens => {
                Price { input: long.input, cache_read: long.cache_read, output: long.output }
            }
            // Where nobody says what the cache costs, it saves nothing.
            _ => {
                Price { input: entry.input, cache_read: entry.cache_read.unwrap_or(entry.input), output: entry.output }
            }
        })
    }

    /// The prices of a model, with or without the date at its name's end.
    pub fn entry(&self, model: &str) -> Option<&ModelPrice> {
        let name = without_date(model);
        self.models.iter().find(|entry| entry.names.iter().any(|n| n == name))
    }

    /// What a model costs where inference is to stay in the US, as a multiple of its list price.
    pub fn us_factor(&self, model: &str) -> f64 {
        if self.entry(model).is_some_and(|entry| entry.same_in_us) { 1.0 } else { self.us_factor }
    }
}
