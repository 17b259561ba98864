//! What the fitted lines leave over, trial by trial: a bend or a fan here means that a straight line is the wrong model.

use super::axis::Axis;
use super::mode_line::ModeLine;
use super::number::MIB;
use super::palette::{self, AXIS, QUIET};
use super::panel::Panel;
use super::sketch::{Hold, Lettering, Point, Sketch, Stroke};

const KIB: f64 = 1024.0;

/// From here on residuals are told in MiB.
const LARGE: f64 = 10.0 * MIB;

/// Modes are drawn this far beside one another, so that trials with equally many streams do not hide each other.
const ASIDE: f64 = 6.0;

/// Measured minus fitted, in the unit of its axis.
pub(super) struct Residuals {
    pub(super) axis: Axis,
    title: &'static str,
    /// Streams and residual of every trial, mode by mode.
    modes: Vec<Vec<Point>>,
}

impl Residuals {
    pub(super) fn of(modes: &[ModeLine]) -> Self {
        let residuals = |mode: &ModeLine| -> Vec<Point> {
            let line = mode.line;
            let over = |streams: f64, bytes: f64| bytes - (line.intercept + line.slope * streams);
            mode.points.iter().map(|(x, y)| (*x, over(*x, *y))).collect()
        };
        let mut modes: Vec<Vec<Point>> = modes.iter().map(residuals).collect();
        let largest = modes.iter().flatten().map(|p| p.1.abs()).fold(0.0, f64::max);
        let (unit, title) = if largest < LARGE { (KIB, "residual (KiB)") } else { (MIB, "residual (MiB)") };
        for point in modes.iter_mut().flatten() {
            point.1 /= unit;
        }
        Self { axis: Axis::around_zero(largest / unit, 4), title, modes }
    }

    pub(super) fn draw(&self, sketch: &mut Sketch, panel: &Panel) {
        panel.uprights(sketch);
        panel.levels(sketch, self.title);
        panel.base(sketch);
        let zero = panel.path([(panel.x.from, 0.0), (panel.x.to, 0.0)]);
        sketch.line(zero, Stroke::new(AXIS, 1.25));
        let heading = (panel.left, panel.top - 8.0);
        let lettering = Lettering::regular(13.0, QUIET);
        sketch.words("measured minus fitted line", heading, Hold::Left, lettering);
        let middle = (self.modes.len() as f64 - 1.0) / 2.0;
        for (index, points) in self.modes.iter().enumerate() {
            let aside = (index as f64 - middle) * ASIDE;
            for point in points {
                let (x, y) = panel.at(*point);
                sketch.dot((x + aside, y), 4.0, palette::mode(index), 0.5);
            }
        }
    }
}
