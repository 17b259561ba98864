//! Estimates and bounds as people read them: value and interval in one unit, with the digits that they deserve.

use crate::cost::SeriesAnalysis;
use crate::fit::Estimate;
use crate::units::{Unit, decimal, significant};
use std::fmt;

/// Digits that an estimate deserves: as many as leave two to half its interval, at least 2 and at most 4.
pub fn digits(estimate: &Estimate) -> u32 {
    let relative = estimate.relative_half_width();
    if relative <= 0.0 || !relative.is_finite() {
        return 3;
    }
    // A half-width of 1 % is two digits behind the first: 1 - log10(0.01) = 3.
    (1.0 - relative.log10()).round().clamp(2.0, 4.0) as u32
}

/// An estimate in digits: `0.192 MiB (95 %: 0.189 to 0.195)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Digits {
    value: String,
    low: String,
    high: String,
    unit: Option<&'static str>,
}

impl Digits {
    /// A size: value and interval in one unit and with the same places.
    pub fn of_size(estimate: &Estimate) -> Digits {
        let unit = Unit::for_size(estimate.value);
        let value = unit.number(estimate.value, digits(estimate));
        let places = value.split_once('.').map_or(0, |(_, behind)| behind.len());
        let number = |bytes: f64| decimal(bytes / unit.factor(), places);
        Digits { low: number(estimate.low), high: number(estimate.high), value, unit: Some(unit.symbol()) }
    }

    /// A number with so many digits, whose unit is said elsewhere.
    pub fn of_number(estimate: &Estimate, digits: u32) -> Digits {
        let number = |value: f64| significant(value, digits);
        Digits { value: number(estimate.value), low: number(estimate.low), high: number(estimate.high), unit: None }
    }

    /// `0.192 MiB`.
    pub fn value(&self) -> String {
        let unit = self.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
        format!("{}{unit}", self.value)
    }

    /// `0.192 MiB (0.189 to 0.195)`, where something else says how sure it is.
    pub fn briefly(&self) -> String {
        format!("{} ({} to {})", self.value(), self.low, self.high)
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (95 %: {} to {})", self.value(), self.low, self.high)
    }
}

/// An estimated size, shown as people read it: `0.192 MiB (95 %: 0.189 to 0.195)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EstimatedSize(pub Estimate);

impl fmt::Display for EstimatedSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Digits::of_size(&self.0).fmt(f)
    }
}

/// What all streams of a series need at most.
pub fn at_most(series: &SeriesAnalysis) -> String {
    Unit::Mebibyte.with_unit(series.fitted.needs_at_most(f64::from(series.fitted.streams_told)), 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_follows_the_interval() {
        let shown = |value, low, high| Digits::of_size(&Estimate { value, low, high });
        let close = shown(201_326.0, 198_180.0, 204_472.0);
        assert_eq!(close.to_string(), "0.192 MiB (95 %: 0.189 to 0.195)");
        assert_eq!([close.briefly(), close.value()], ["0.192 MiB (0.189 to 0.195)", "0.192 MiB"]);
        assert_eq!(shown(201_326.0, 100_000.0, 302_000.0).to_string(), "0.19 MiB (95 %: 0.10 to 0.29)");
        assert_eq!(shown(2048.0, 2048.0, 2048.0).to_string(), "2.00 KiB (95 %: 2.00 to 2.00)");
        let number = Digits::of_number(&Estimate { value: 3.386, low: 3.36, high: 3.418 }, 3);
        assert_eq!(number.to_string(), "3.39 (95 %: 3.36 to 3.42)");
    }
}
