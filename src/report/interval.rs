//! Estimates and bounds as people read them: value and interval in one unit, with the digits that they deserve.

use crate::cost::SeriesAnalysis;
use crate::fit::Estimate;
use crate::units::{Unit, decimal};
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

/// `0.192 MiB (95 %: 0.189 to 0.195)`: value and interval in one unit and with the same places.
pub fn with_interval(estimate: &Estimate) -> String {
    let unit = Unit::for_size(estimate.value);
    let shown = unit.number(estimate.value, digits(estimate));
    let places = shown.split_once('.').map_or(0, |(_, behind)| behind.len());
    let number = |bytes: f64| decimal(bytes / unit.factor(), places);
    format!("{shown} {} (95 %: {} to {})", unit.symbol(), number(estimate.low), number(estimate.high))
}

/// An estimated size, shown as people read it: `0.192 MiB (95 %: 0.189 to 0.195)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval(pub Estimate);

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&with_interval(&self.0))
    }
}

/// What all streams of a series need at most.
pub fn at_most(series: &SeriesAnalysis) -> String {
    Unit::Mebibyte.with_unit(series.fitted.needs_at_most(f64::from(series.fitted.streams_max)), 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_follows_the_interval() {
        let estimate = Estimate { value: 201_326.0, low: 198_180.0, high: 204_472.0 };
        assert_eq!(with_interval(&estimate), "0.192 MiB (95 %: 0.189 to 0.195)");
        let rough = Estimate { value: 201_326.0, low: 100_000.0, high: 302_000.0 };
        assert_eq!(with_interval(&rough), "0.19 MiB (95 %: 0.10 to 0.29)");
        let exact = Estimate { value: 2048.0, low: 2048.0, high: 2048.0 };
        assert_eq!(with_interval(&exact), "2.00 KiB (95 %: 2.00 to 2.00)");
    }
}
