//! One limit, what is used of it, and whether that is well.

use super::band::Band;
use super::pool_name::PoolName;
use crate::cost::SAFE_SHARE;
use serde::Serialize;
use std::fmt;

/// What can run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Resource {
    /// Memory of one container, bytes.
    Memory,
    /// Streams that one process may hold, such as a client's pool.
    Streams,
    /// Requests a minute.
    Rpm,
    /// Input tokens a minute.
    Itpm,
    /// Output tokens a minute.
    Otpm,
    /// Input and output tokens together a minute.
    Tpm,
    /// Input and output tokens together a day.
    Tpd,
    /// Requests that are open at once.
    Concurrent,
    /// Money a month, USD.
    Spend,
}

impl Resource {
    /// As people read it.
    pub fn name(self) -> &'static str {
        match self {
            Resource::Memory => "memory",
            Resource::Streams => "streams in a process",
            Resource::Rpm => "requests a minute",
            Resource::Itpm => "input tokens a minute",
            Resource::Otpm => "output tokens a minute",
            Resource::Tpm => "tokens a minute",
            Resource::Tpd => "tokens a day",
            Resource::Concurrent => "requests at once",
            Resource::Spend => "USD a month",
        }
    }
}

/// Whether a limit is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// At most 70 % is used.
    Fits,
    /// More than 70 %: what comes in bursts will be more than all of it.
    Smells,
    /// More than all of it.
    DoesNotFit,
}

impl Verdict {
    /// The verdict on a share of a limit, 1 being all of it.
    pub fn of(share: f64) -> Verdict {
        // A share that was chosen to be 70 % exactly must not fail by the last bit.
        let rounding = 1.0 + 1e-9;
        if share <= SAFE_SHARE * rounding {
            Verdict::Fits
        } else if share <= rounding {
            Verdict::Smells
        } else {
            Verdict::DoesNotFit
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Fits => "fits",
            Verdict::Smells => "smells",
            Verdict::DoesNotFit => "does not fit",
        })
    }
}

/// What is used of one limit.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitUse {
    /// What can run out.
    pub resource: Resource,
    /// The pool of models that share it, where it is one of the API's.
    pub pool: Option<PoolName>,
    /// How much is used, in the resource's unit.
    pub used: Band,
    /// How much there is.
    pub capacity: f64,
}

impl LimitUse {
    /// The share that is used, 1 being all.
    pub fn share(&self) -> Band {
        self.used.times(1.0 / self.capacity)
    }

    /// Judged at the high end: a plan promises what holds when things go badly.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(self.share().high)
    }

    /// Whether both are uses of the same limit.
    pub fn is_of_same_limit(&self, other: &LimitUse) -> bool {
        self.resource == other.resource && self.pool == other.pool
    }

    /// `requests a minute (Opus 4.x)`.
    pub fn name(&self) -> String {
        named(self.resource, self.pool.as_ref())
    }
}

/// `requests a minute (Opus 4.x)`.
pub fn named(resource: Resource, pool: Option<&PoolName>) -> String {
    match pool.and_then(PoolName::name) {
        Some(pool) => format!("{} ({pool})", resource.name()),
        None => resource.name().to_owned(),
    }
}

/// The use with the largest share, which is what runs out first.
pub fn binding(limits: &[LimitUse]) -> Option<&LimitUse> {
    limits.iter().max_by(|a, b| a.share().high.total_cmp(&b.share().high))
}
