//! How long models live, from a dated table.

use super::model::without_date;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;
use toml::value::Datetime;

const DATA: &str = include_str!("data/models.toml");

static BOOK: LazyLock<ModelBook> =
    LazyLock::new(|| toml::from_str(DATA).expect("the embedded table of models is read by a test"));

/// The models that a source knows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelBook {
    /// Who says so.
    pub source: String,
    /// As of when; the first of the month where the day is not known.
    pub date: Datetime,
    /// What is known of each.
    #[serde(rename = "model")]
    pub models: BTreeMap<String, Lifetime>,
}

/// When a model retires, as far as a source says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lifetime {
    /// The day from which on it answers no more.
    pub retires: Option<Datetime>,
    /// The day before which it will not retire.
    pub retires_not_before: Option<Datetime>,
}

impl ModelBook {
    /// The table that comes with the program.
    pub fn embedded() -> &'static ModelBook {
        &BOOK
    }

    /// What is known of a model, with or without the date at its name's end: nothing, where the table does not have it.
    pub fn lifetime(&self, model: &str) -> Lifetime {
        self.models.get(without_date(model)).copied().unwrap_or_default()
    }

    /// Whether the table has it.
    pub fn has(&self, model: &str) -> bool {
        self.models.contains_key(without_date(model))
    }
}

impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.retires, self.retires_not_before) {
            (Some(day), _) => write!(f, "on {day}"),
            (None, Some(day)) => write!(f, "no sooner than {day}, it is not known when"),
            (None, None) => f.write_str("it is not known when"),
        }
    }
}
