//! One axis: from where to where it runs, and at which round numbers it is marked.

use super::number::fixed;

/// An axis in the units of its data.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) ticks: Vec<f64>,
    decimals: usize,
}

impl Axis {
    /// Runs exactly from `from` to `to`, marked at about `wanted` round numbers in between.
    pub(super) fn exact(from: f64, to: f64, wanted: usize) -> Self {
        let to = wider(from, to);
        Self::marked(from, to, step(to - from, wanted))
    }

    /// The same for things that are counted: never marked between whole numbers.
    pub(super) fn counting(from: f64, to: f64, wanted: usize) -> Self {
        let to = wider(from, to);
        Self::marked(from, to, step(to - from, wanted).max(1.0))
    }

    /// Holds `low` to `high` with air above. Starts at zero, unless that would leave what varies less than a third of
    /// the axis.
    pub(super) fn holding(low: f64, high: f64, wanted: usize) -> Self {
        let variation = high - low;
        let squeezed = variation > 0.0 && variation < high / 3.0;
        if low >= 0.0 && !squeezed {
            let to = if high > 0.0 { high } else { 1.0 };
            return Self::exact(0.0, to * 1.08, wanted);
        }
        // Steps too small to matter beside the whole are not blown up to fill the picture.
        let shown = variation.max(high.abs() * 0.01);
        let step = step(shown * 1.2, wanted);
        let foot = low - shown * 0.05;
        let from = if low > 0.0 { (foot / step).floor() * step } else { foot };
        Self::marked(from, high.max(low + shown) + shown * 0.1, step)
    }

    /// The same axis, up to `to`.
    pub(super) fn stretched(&self, to: f64) -> Self {
        Self::exact(self.from, to, self.ticks.len().max(4))
    }

    /// As far below zero as above it.
    pub(super) fn around_zero(largest: f64, wanted: usize) -> Self {
        let reach = if largest > 0.0 { largest * 1.15 } else { 1.0 };
        Self::exact(-reach, reach, wanted)
    }

    fn marked(from: f64, to: f64, step: f64) -> Self {
        let first = (from / step - 1e-9).ceil();
        let last = (to / step + 1e-9).floor();
        // The step is of the order of the span, so there are never many; the cap is for what rounding may do.
        let count = (last - first + 1.0).clamp(0.0, 100.0) as usize;
        let ticks = (0..count).map(|i| (first + i as f64) * step).collect();
        Self { from, to, ticks, decimals: (-(step.log10() + 1e-9).floor()).clamp(0.0, 9.0) as usize }
    }

    /// How a tick is written.
    pub(super) fn written(&self, tick: f64) -> String {
        fixed(tick, self.decimals)
    }

    /// Where `value` lies: 0 at the start of the axis, 1 at its end.
    pub(super) fn share(&self, value: f64) -> f64 {
        (value - self.from) / (self.to - self.from)
    }

    /// Whether the axis reaches `value`.
    pub(super) fn reaches(&self, value: f64) -> bool {
        (self.from..=self.to).contains(&value)
    }
}

/// The end of an axis that has a length even if its data has none.
fn wider(from: f64, to: f64) -> f64 {
    if to > from { to } else { from + from.abs().max(1.0) }
}

/// The step of 1, 2 or 5 times a power of ten that marks a span about `wanted` times.
fn step(span: f64, wanted: usize) -> f64 {
    let raw = span / wanted.max(1) as f64;
    let magnitude = 10_f64.powf(raw.log10().floor());
    let factor = match raw / magnitude {
        lead if lead < 1.414 => 1.0,
        lead if lead < 3.162 => 2.0,
        lead if lead < 7.071 => 5.0,
        _ => 10.0,
    };
    factor * magnitude
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(axis: &Axis) -> Vec<String> {
        axis.ticks.iter().map(|t| axis.written(*t)).collect()
    }

    #[test]
    fn ticks_are_round() {
        let axis = Axis::exact(0.0, 24.0, 6);
        assert_eq!(written(&axis), ["0", "5", "10", "15", "20"]);
        let axis = Axis::exact(0.0, 0.9, 6);
        assert_eq!(written(&axis), ["0.0", "0.2", "0.4", "0.6", "0.8"]);
        let axis = Axis::exact(0.0, 10_000.0, 5);
        assert_eq!(written(&axis)[1..3], ["2,000", "4,000"]);
    }

    #[test]
    fn counts_are_marked_at_whole_numbers() {
        let axis = Axis::counting(0.0, 3.0, 8);
        assert_eq!(written(&axis), ["0", "1", "2", "3"]);
    }

    #[test]
    fn starts_at_zero_while_the_variation_fills_a_third() {
        assert_eq!(Axis::holding(6.0, 11.0, 6).from, 0.0);
        let squeezed = Axis::holding(90.0, 105.0, 6);
        assert!(squeezed.from > 80.0 && squeezed.from <= 90.0);
        let filled = 15.0 / (squeezed.to - squeezed.from);
        assert!(filled > 1.0 / 3.0, "{filled}");
    }

    #[test]
    fn holds_what_does_not_vary_and_what_is_negative() {
        assert_eq!(Axis::holding(6.0, 6.0, 6).from, 0.0);
        assert!(Axis::holding(0.0, 0.0, 6).reaches(0.0));
        let negative = Axis::holding(-3.0, -3.0, 6);
        assert!(negative.reaches(-3.0) && negative.to > negative.from);
        let below = Axis::holding(-1.0, 10.0, 6);
        assert!(below.from <= -1.0 && below.to >= 10.0);
    }

    #[test]
    fn tiny_steps_on_a_large_base_stay_tiny() {
        let axis = Axis::holding(100.0, 100.001, 6);
        assert!(axis.to - axis.from > 0.9);
        let huge = Axis::holding(1e17, 1e17 + 16.0, 6);
        assert!(huge.ticks.len() < 20);
    }
}
