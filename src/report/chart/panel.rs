//! A rectangle with two axes, on which data is drawn.
//!
//! Not the chart context of plotters, which draws at once: here the room of a panel is known only when what stands around it has been
//! measured, and words are put where no mark is. In its mesh the numbers of an axis without ticks touch it (plotters 0.3.7,
//! `chart/context/cartesian2d/draw_impl.rs`, `label_dist`), and a line that leaves it is bent along its edge and not cut
//! (`drawing/area.rs`, `truncate`).

use super::axis::Axis;
use super::frame::{LABEL, MARGIN};
use super::palette::{AXIS, GRID, TEXT};
use super::sketch::{Hold, Lettering, Sketch, Stroke, Xy};

const AXIS_TITLE: Lettering = Lettering::regular(14.0, TEXT);

/// Between the axis and the numbers on it.
const GAP: f64 = 8.0;

/// A plot area and what its axes mean.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
    pub(super) x: Axis,
    pub(super) y: Axis,
}

impl Panel {
    /// What the axis numbers and the title of the horizontal axis need below a panel.
    pub(super) const ROOM_BELOW: f64 = 52.0;

    /// Where a value is drawn.
    pub(super) fn at(&self, (x, y): Xy) -> Xy {
        (
            self.left + self.x.share(x) * (self.right - self.left),
            self.bottom - self.y.share(y) * (self.bottom - self.top),
        )
    }

    /// Where values are drawn.
    pub(super) fn path(&self, points: impl IntoIterator<Item = Xy>) -> Vec<Xy> {
        points.into_iter().map(|point| self.at(point)).collect()
    }

    /// Draws level lines at the ticks of the upright axis, with their numbers, and its title.
    pub(super) fn levels(&self, sketch: &mut Sketch, title: &str) {
        for tick in &self.y.ticks {
            let (_, y) = self.at((self.x.from, *tick));
            let ends = vec![(self.left, y), (self.right, y)];
            sketch.line(ends, Stroke::new(GRID, 1.0));
            let baseline = (self.left - GAP, y + LABEL.drop_from_middle());
            sketch.words(&self.y.written(*tick), baseline, Hold::Right, LABEL);
        }
        let middle = f64::midpoint(self.top, self.bottom);
        let baseline = (MARGIN + 12.0, middle);
        sketch.climbing(title, baseline, AXIS_TITLE);
    }

    /// Draws upright lines at the ticks of the level axis.
    pub(super) fn uprights(&self, sketch: &mut Sketch) {
        for tick in &self.x.ticks {
            let (x, _) = self.at((*tick, self.y.from));
            let ends = vec![(x, self.top), (x, self.bottom)];
            sketch.line(ends, Stroke::new(GRID, 1.0));
        }
    }

    /// The parts of a line that the upright axis reaches, as they are drawn.
    pub(super) fn visible(&self, points: &[Xy]) -> Vec<Vec<Xy>> {
        let mut parts: Vec<Vec<Xy>> = Vec::new();
        for pair in points.windows(2) {
            let Some([from, to]) = self.visible_part(pair[0], pair[1]) else {
                continue;
            };
            match parts.last_mut() {
                Some(part) if part.last() == Some(&from) => part.push(to),
                _ => parts.push(vec![from, to]),
            }
        }
        parts.into_iter().map(|part| self.path(part)).collect()
    }

    /// What is left of a straight stretch between the foot and the top of the upright axis.
    fn visible_part(&self, from: Xy, to: Xy) -> Option<[Xy; 2]> {
        let (low, high) = (self.y.from, self.y.to);
        if from.1.max(to.1) < low || from.1.min(to.1) > high {
            return None;
        }
        let at_level = |point: Xy| {
            let level = point.1.clamp(low, high);
            if level == point.1 {
                return point;
            }
            let share = (level - from.1) / (to.1 - from.1);
            (from.0 + (to.0 - from.0) * share, level)
        };
        Some([at_level(from), at_level(to)])
    }

    /// Draws the level axis bare.
    pub(super) fn floor(&self, sketch: &mut Sketch) {
        let ends = vec![(self.left, self.bottom), (self.right, self.bottom)];
        sketch.line(ends, Stroke::new(AXIS, 1.25));
    }

    /// Draws the level axis with its numbers.
    pub(super) fn base(&self, sketch: &mut Sketch) {
        self.floor(sketch);
        let stroke = Stroke::new(AXIS, 1.25);
        for tick in &self.x.ticks {
            let (x, y) = self.at((*tick, self.y.from));
            sketch.line(vec![(x, y), (x, y + 5.0)], stroke);
            let baseline = (x, y + GAP + LABEL.size);
            sketch.words(&self.x.written(*tick), baseline, Hold::Middle, LABEL);
        }
    }

    /// Draws the title of the level axis, below its numbers.
    pub(super) fn base_title(&self, sketch: &mut Sketch, title: &str) {
        let middle = f64::midpoint(self.left, self.right);
        let baseline = (middle, self.bottom + 2.0 * GAP + 2.0 * LABEL.size);
        sketch.words(title, baseline, Hold::Middle, AXIS_TITLE);
    }
}

/// How far from the picture's edge a panel begins whose axis carries the given numbers.
pub(super) fn left_edge(sketch: &Sketch, axes: &[&Axis]) -> f64 {
    let widest = axes
        .iter()
        .flat_map(|axis| axis.ticks.iter().map(|tick| axis.written(*tick)))
        .map(|number| sketch.width_of(&number, LABEL))
        .fold(0.0, f64::max);
    MARGIN + AXIS_TITLE.line_height() + GAP + widest.ceil()
}
