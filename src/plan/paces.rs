//! How fast models write, from dated tables: what another model makes of the length of a stream.

use super::band::Band;
use super::model::without_date;
use super::workload::Workload;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use toml::value::Datetime;

const DATA: &str = include_str!("data/paces.toml");

static BOOK: LazyLock<PaceBook> =
    LazyLock::new(|| toml::from_str(DATA).expect("the embedded table of paces is read by a test"));

/// All tables of paces.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaceBook {
    /// One a source.
    #[serde(rename = "table")]
    pub tables: Vec<PaceTable>,
}

/// What one source says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaceTable {
    /// What it is called.
    pub name: String,
    /// Who says so.
    pub source: String,
    /// As of when; the first of the month where the day is not known.
    pub date: Datetime,
    /// What was measured of single models.
    #[serde(default, rename = "model")]
    pub models: BTreeMap<String, Pace>,
    /// How many times as long as the fastest a family of models takes.
    #[serde(default)]
    pub times_as_slow: BTreeMap<String, Slowness>,
}

/// How fast one model writes.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// Time to the first token, seconds, where it is known.
    pub first_token_s: Option<f64>,
    /// Output tokens a second from then on.
    pub tokens_per_s: f64,
}

/// As a source says it: from so many times to so many times.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slowness {
    /// At least.
    pub low: f64,
    /// At most.
    pub high: f64,
}

/// What is known of paces.
#[derive(Clone, Debug)]
pub struct Paces {
    /// The tables.
    pub book: &'static PaceBook,
    /// The user's own, for single models.
    pub own: BTreeMap<String, Pace>,
}

/// How many times as long a stream lasts on another model.
#[derive(Clone, Debug, PartialEq)]
pub struct TimesAsLong {
    /// So many times; likely is the middle of what the source says.
    pub times: Band,
    /// Who says so, as one of the tables is called, or that it is the user's own word; empty where it is the same model.
    pub source: String,
}

/// What a source is called that is the plan itself.
const OWN: &str = "your own";

impl PaceBook {
    /// The tables that come with the program.
    pub fn embedded() -> &'static PaceBook {
        &BOOK
    }
}

impl Paces {
    /// How many times as long a stream of `output` tokens lasts on `to` as on `from`; `None` where no source knows both. Two versions
    /// of one family are no pair of which a source on families says anything.
    pub fn times_as_long(&self, from: &str, to: &str, output: Option<f64>) -> Option<TimesAsLong> {
        if without_date(from) == without_date(to) {
            return Some(TimesAsLong { times: Band::exact(1.0), source: String::new() });
        }
        self.measured(from, to, output).or_else(|| self.book.tables.iter().find_map(|table| table.by_family(from, to)))
    }

    /// The workload on another model: its streams last as much longer or shorter as its model is slower or faster, or as long as they
    /// do where no pace is known.
    pub fn moved(&self, workload: &Workload, model: &str) -> Workload {
        let known = workload.model.as_deref().and_then(|from| self.times_as_long(from, model, output_of(workload)));
        let moved = known.map_or_else(|| workload.clone(), |known| workload.lasting(known.times));
        Workload { model: Some(model.to_owned()), ..moved }
    }

    fn measured(&self, from: &str, to: &str, output: Option<f64>) -> Option<TimesAsLong> {
        let ((slow, source), (fast, other)) = (self.pace(from)?, self.pace(to)?);
        let seconds = |pace: Pace, both_known: bool| {
            let first = pace.first_token_s.filter(|_| both_known).unwrap_or(0.0);
            first + output.unwrap_or(1.0) / pace.tokens_per_s
        };
        // A first token that is known of one of them only says nothing about their ratio, and neither does one of a stream of no length.
        let both_known = output.is_some() && slow.first_token_s.is_some() && fast.first_token_s.is_some();
        let times = Band::exact(seconds(fast, both_known) / seconds(slow, both_known));
        let source = if source == other { source.to_owned() } else { format!("{source} and {other}") };
        times.likely.is_finite().then_some(TimesAsLong { times, source })
    }

    /// The pace of one model and who says so.
    fn pace(&self, model: &str) -> Option<(Pace, &str)> {
        let own = self.own.get(model).or_else(|| self.own.get(without_date(model))).map(|pace| (*pace, OWN));
        own.or_else(|| {
            let mut tables = self.book.tables.iter();
            tables.find_map(|table| Some((*table.models.get(without_date(model))?, table.name.as_str())))
        })
    }
}

impl PaceTable {
    fn by_family(&self, from: &str, to: &str) -> Option<TimesAsLong> {
        let family =
            |model: &str| model.split('-').find(|part| self.times_as_slow.contains_key(*part)).map(str::to_owned);
        let (from, to) = (family(from)?, family(to)?);
        if from == to {
            return None;
        }
        let (from, to) = (self.times_as_slow[&from], self.times_as_slow[&to]);
        let middle = |slowness: Slowness| f64::midpoint(slowness.low, slowness.high);
        let times = Band { low: to.low / from.high, likely: middle(to) / middle(from), high: to.high / from.low };
        Some(TimesAsLong { times, source: self.name.clone() })
    }
}

/// Output tokens of one request.
pub fn output_of(workload: &Workload) -> Option<f64> {
    workload.output.map(|tokens| tokens.count.likely)
}
