//! A value and how surely it is known, along a level axis: a dot on a bar, and an arrowhead where the bar is cut off.

use super::error::{ChartError, drawable};
use super::number::MIB;
use super::palette::{Ink, PAPER, mixed};
use super::panel::Panel;
use super::sketch::{Sketch, Stroke, Xy};

/// A number of bytes and its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EstimateBytes {
    /// The number itself, in bytes.
    pub value: f64,
    /// The low end of the interval, in bytes.
    pub low: f64,
    /// The high end of the interval, in bytes.
    pub high: f64,
}

/// How far an arrowhead reaches beyond the panel.
pub(super) const ARROW: f64 = 7.0;
const HALF_ARROW: f64 = 4.0;

impl EstimateBytes {
    pub(super) fn check(&self) -> Result<(), ChartError> {
        drawable("a number of bytes", [self.value, self.low, self.high])
    }

    /// Whether a part of it lies outside the panel, whose level axis is in MiB.
    pub(super) fn is_cut(&self, panel: &Panel) -> bool {
        let (from, to) = self.ends();
        from < panel.x.from || to > panel.x.to
    }

    /// Draws it at the height `y` of the panel, whose level axis is in MiB. A value outside the panel has no dot, and
    /// what is cut off an arrowhead in its place.
    pub(super) fn draw(&self, sketch: &mut Sketch, panel: &Panel, y: f64, ink: Ink) {
        let (from, to) = self.ends();
        let at = |mib: f64| (panel.at((mib.clamp(panel.x.from, panel.x.to), panel.y.from)).0, y);
        if to >= panel.x.from && from <= panel.x.to {
            draw_bar(sketch, at(from), at(to), ink);
        }
        let cuts = [(from < panel.x.from, panel.left, -ARROW), (to > panel.x.to, panel.right, ARROW)];
        for (_, edge, reach) in cuts.into_iter().filter(|cut| cut.0) {
            sketch.area(vec![(edge, y - HALF_ARROW), (edge + reach, y), (edge, y + HALF_ARROW)], ink, 1.0);
        }
        let value = self.value / MIB;
        if panel.x.reaches(value) {
            draw_dot(sketch, at(value), ink);
        }
    }

    /// From where to where it reaches, in MiB. The value is part of it even where an interval does not hold its value.
    fn ends(&self) -> (f64, f64) {
        (self.low.min(self.value) / MIB, self.high.max(self.value) / MIB)
    }
}

/// The bar of an interval.
pub(super) fn draw_bar(sketch: &mut Sketch, from: Xy, to: Xy, ink: Ink) {
    sketch.line(vec![from, to], Stroke::new(mixed(ink, PAPER, 0.35), 3.0));
}

/// The dot of a value.
pub(super) fn draw_dot(sketch: &mut Sketch, middle: Xy, ink: Ink) {
    sketch.dot(middle, 4.5, ink, 1.0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::axis::Axis;
    use crate::report::chart::font::Fonts;
    use crate::report::chart::palette;
    use crate::report::chart::sketch::Mark;

    /// One MiB is ten units wide.
    fn panel() -> Panel {
        let (x, y) = (Axis::exact(0.0, 4.0, 4), Axis::exact(0.0, 1.0, 1));
        Panel { left: 100.0, right: 140.0, top: 0.0, bottom: 20.0, x, y }
    }

    /// The bars, the arrowheads, and the dots.
    fn drawn(low: f64, value: f64, high: f64) -> (Vec<Vec<Xy>>, Vec<Vec<Xy>>, Vec<Xy>) {
        let mut sketch = Sketch::new(200.0, "", Fonts::ready().expect("the faces are valid"));
        let [low, value, high] = [low, value, high].map(|mib| mib * MIB);
        EstimateBytes { value, low, high }.draw(&mut sketch, &panel(), 10.0, palette::hue(0));
        let (mut bars, mut arrows, mut dots) = (Vec::new(), Vec::new(), Vec::new());
        for mark in sketch.marks {
            match mark {
                Mark::Line { points, .. } => bars.push(points),
                Mark::Area { outline, .. } => arrows.push(outline),
                Mark::Dot { middle, .. } => dots.push(middle),
                Mark::Block { .. } | Mark::Words(_) => panic!("nothing else is drawn"),
            }
        }
        (bars, arrows, dots)
    }

    #[test]
    fn a_whole_bar_has_a_dot_and_no_arrowhead() {
        let (bars, arrows, dots) = drawn(1.0, 2.0, 3.0);
        assert_eq!(bars, [[(110.0, 10.0), (130.0, 10.0)]]);
        assert!(arrows.is_empty());
        assert_eq!(dots, [(120.0, 10.0)]);
    }

    #[test]
    fn a_wild_bar_is_cut_at_both_edges_and_says_so() {
        let (bars, arrows, dots) = drawn(-4.8, 1.0, 7.3);
        assert_eq!(bars, [[(100.0, 10.0), (140.0, 10.0)]]);
        assert_eq!(arrows[0], [(100.0, 6.0), (93.0, 10.0), (100.0, 14.0)]);
        assert_eq!(arrows[1], [(140.0, 6.0), (147.0, 10.0), (140.0, 14.0)]);
        assert_eq!(dots, [(110.0, 10.0)]);
    }

    #[test]
    fn a_value_outside_has_no_dot_only_an_arrow() {
        let (bars, arrows, dots) = drawn(-3.0, -2.0, -1.0);
        assert!(bars.is_empty() && dots.is_empty());
        assert_eq!(arrows, [[(100.0, 6.0), (93.0, 10.0), (100.0, 14.0)]]);
    }
}
