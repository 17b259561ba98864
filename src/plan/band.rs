//! A number with a low and a high end.

use serde::{Serialize, Serializer};

/// A number that is not known exactly: `low <= likely <= high`, in the unit of what it stands for.
///
/// Every formula of a plan rises with each of its inputs, so the low end of an answer is the answer for all low ends together, and
/// the high end the one for all high ends. That is wider than a 95 % interval would be, on the careful side, and needs no
/// assumption about which inputs vary together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Band {
    /// The least that it may be.
    #[serde(serialize_with = "tidy")]
    #[cfg_attr(test, schemars(with = "f64"))]
    pub low: f64,
    /// What to expect.
    #[serde(serialize_with = "tidy")]
    #[cfg_attr(test, schemars(with = "f64"))]
    pub likely: f64,
    /// The most that it may be.
    #[serde(serialize_with = "tidy")]
    #[cfg_attr(test, schemars(with = "f64"))]
    pub high: f64,
}

impl Band {
    /// A number that is known.
    pub const fn exact(value: f64) -> Band {
        Band { low: value, likely: value, high: value }
    }

    /// `f` of it, where `f` never falls.
    pub fn map(self, f: impl Fn(f64) -> f64) -> Band {
        Band { low: f(self.low), likely: f(self.likely), high: f(self.high) }
    }

    /// `f` of both, where `f` falls in neither.
    pub fn with(self, other: Band, f: impl Fn(f64, f64) -> f64) -> Band {
        Band { low: f(self.low, other.low), likely: f(self.likely, other.likely), high: f(self.high, other.high) }
    }

    /// Both together.
    pub fn plus(self, other: Band) -> Band {
        self.with(other, |a, b| a + b)
    }

    /// As many times, `factor` being 0 or more.
    pub fn times(self, factor: f64) -> Band {
        self.map(|value| value * factor)
    }

    /// Whether it is known exactly.
    pub fn is_exact(self) -> bool {
        self.low == self.high
    }

    /// The likely value alone, as if it were known.
    pub fn narrowed(self) -> Band {
        Band::exact(self.likely)
    }
}

/// Writes a number to 12 digits: 2.5 x 1.08 x 1.5 is 4.05, and only as doubles 4.050000000000001.
///
/// # Errors
/// Those of the serializer.
pub fn tidy<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(format!("{value:.11e}").parse().unwrap_or(*value))
}

impl std::iter::Sum for Band {
    fn sum<I: Iterator<Item = Band>>(bands: I) -> Band {
        bands.fold(Band::exact(0.0), Band::plus)
    }
}
