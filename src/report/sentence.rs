//! The answer in plain sentences.

use crate::cost::{Analysis, Fits, ModeAnalysis, SAFE_SHARE};
use crate::fit::Estimate;
use crate::run::Run;
use crate::units::{Bytes, Unit, grouped};

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
    let number = |bytes: f64| format!("{:.places$}", bytes / unit.factor());
    format!("{shown} {} (95 %: {} to {})", unit.symbol(), number(estimate.low), number(estimate.high))
}

/// The sentence of one mode.
pub fn headline(mode: &ModeAnalysis) -> String {
    let top = f64::from(mode.streams_max);
    let most = mode.needs_at_most(top);
    format!(
        "One more {} stream costs {} on a base of {}. {} streams need at most {}.",
        mode.mode.adjective(),
        with_interval(&mode.full.slope),
        Unit::Mebibyte.with_unit(mode.full.intercept.value, 2),
        grouped(u64::from(mode.streams_max)),
        Unit::Mebibyte.with_unit(most, 3),
    )
}

/// The sentences of a run: one a mode, and one about the limit where there is one.
pub fn headlines(run: &Run, analysis: &Analysis) -> Vec<String> {
    let mut sentences = Vec::new();
    for mode in &analysis.modes {
        sentences.push(headline(mode));
        if let (Some(limit), Some(fits)) = (run.scenario.limit, mode.fits) {
            sentences.push(fitting(mode, limit, &fits));
        }
    }
    sentences
}

fn fitting(mode: &ModeAnalysis, limit: Bytes, fits: &Fits) -> String {
    let share = SAFE_SHARE * 100.0;
    match fits.streams {
        None | Some(0) => format!("No {} stream fits below {share:.0} % of {limit}.", mode.mode.adjective()),
        Some(u64::MAX) => format!(
            "Any number of {} streams fits into {limit}, as far as resident memory goes.",
            mode.mode.adjective()
        ),
        Some(streams) => {
            format!("{} {} streams fit below {share:.0} % of {limit}.", grouped(streams), mode.mode.adjective())
        }
    }
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
