//! What the API allows a pool of models: the kinds of limits that there are, and their numbers.

use super::verdict::Resource;
use crate::wire::answer::LimitHeaders;
use crate::wire::dialect::Dialect;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a pool may use; `None` where nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// Requests a minute.
    pub rpm: Option<f64>,
    /// Input tokens a minute.
    pub itpm: Option<f64>,
    /// Output tokens a minute.
    pub otpm: Option<f64>,
    /// Input and output tokens together a minute.
    pub tpm: Option<f64>,
    /// Input and output tokens together a day.
    pub tpd: Option<f64>,
    /// Requests that are open at once.
    pub concurrent: Option<f64>,
}

/// What an API told of an account's limits.
#[derive(Clone, Debug, PartialEq)]
pub struct ToldLimits {
    /// For which model.
    pub model: String,
    /// What it may use.
    pub allowance: Allowance,
}

/// A kind of limit.
#[derive(Clone, Copy, Debug)]
pub struct LimitKind {
    /// What it is a limit of.
    pub resource: Resource,
    /// Its name in a plan.
    pub name: &'static str,
    /// Its name in a response's headers, by the API's documentation on rate limits; `None` where no header tells it.
    pub header: Option<&'static str>,
    /// Where it is kept.
    pub place: fn(&mut Allowance) -> &mut Option<f64>,
}

/// How the API's headers name them.
const HEADERS: LimitHeaders = Dialect::DEFAULT.limit_headers();

/// The limits that there are.
pub const LIMITS: [LimitKind; 6] = [
    LimitKind { resource: Resource::Rpm, name: "rpm", header: Some(HEADERS.requests), place: |own| &mut own.rpm },
    LimitKind {
        resource: Resource::Itpm,
        name: "itpm",
        header: Some(HEADERS.input_tokens),
        place: |own| &mut own.itpm,
    },
    LimitKind {
        resource: Resource::Otpm,
        name: "otpm",
        header: Some(HEADERS.output_tokens),
        place: |own| &mut own.otpm,
    },
    LimitKind { resource: Resource::Tpm, name: "tpm", header: Some(HEADERS.tokens), place: |own| &mut own.tpm },
    LimitKind { resource: Resource::Tpd, name: "tpd", header: None, place: |own| &mut own.tpd },
    LimitKind { resource: Resource::Concurrent, name: "concurrent", header: None, place: |own| &mut own.concurrent },
];

impl LimitKind {
    /// Its number in an allowance.
    pub fn of(&self, mut allowance: Allowance) -> Option<f64> {
        *(self.place)(&mut allowance)
    }
}

impl Allowance {
    /// As a response's headers say; what is no number is passed over.
    pub fn of_headers(headers: &BTreeMap<String, String>) -> Allowance {
        let mut told = Allowance::default();
        for limit in LIMITS {
            let value = limit.header.and_then(|header| headers.get(header)?.parse().ok());
            *(limit.place)(&mut told) = value.filter(|limit| *limit > 0.0);
        }
        told.without_sum()
    }

    /// Without tokens together where they are the sum of input and output tokens: that is what the header says where no workspace has
    /// a limit of its own, and it never binds before one of its parts.
    pub fn without_sum(self) -> Allowance {
        let sum = self.itpm.zip(self.otpm).map(|(input, output)| input + output);
        Allowance { tpm: self.tpm.filter(|together| Some(*together) != sum), ..self }
    }

    /// Where `other` says something, it is right.
    pub fn overridden_by(mut self, other: Allowance) -> Allowance {
        for limit in LIMITS {
            let place = (limit.place)(&mut self);
            *place = limit.of(other).or(*place);
        }
        self
    }

    /// Whether it says nothing.
    pub fn is_empty(self) -> bool {
        self == Allowance::default()
    }
}
