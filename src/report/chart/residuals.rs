//! What the fitted lines leave over, trial by trial: a bend or a fan here means that a straight line is the wrong model.

use super::axis::Axis;
use super::number::MIB;
use super::palette::{AXIS, Ink, QUIET};
use super::panel::Panel;
use super::series_line::{Rank, SeriesLine};
use super::sketch::{Hold, Lettering, Sketch, Stroke, Xy};

const KIB: f64 = 1024.0;

/// From here on residuals are told in MiB.
const LARGE: f64 = 10.0 * MIB;

/// Series are drawn this far beside one another, so that trials with equally many streams do not hide each other.
const ASIDE: f64 = 6.0;

/// Measured minus fitted, in the unit of its axis.
pub(super) struct Residuals {
    pub(super) axis: Axis,
    title: &'static str,
    /// Streams and residual of every trial, series by series, and its colour.
    series: Vec<(Ink, Vec<Xy>)>,
}

impl Residuals {
    pub(super) fn of(series: &[SeriesLine]) -> Self {
        let residuals = |series: &SeriesLine| -> Vec<Xy> {
            series.points.iter().map(|(x, y)| (*x, y - series.fitted_at(*x))).collect()
        };
        let of_series = series.iter().filter(|series| series.rank != Rank::Met);
        let mut series: Vec<(Ink, Vec<Xy>)> = of_series.map(|series| (series.ink(), residuals(series))).collect();
        let largest = series.iter().flat_map(|series| &series.1).map(|p| p.1.abs()).fold(0.0, f64::max);
        let (unit, title) = if largest < LARGE { (KIB, "residual (KiB)") } else { (MIB, "residual (MiB)") };
        for point in series.iter_mut().flat_map(|series| &mut series.1) {
            point.1 /= unit;
        }
        Self { axis: Axis::around_zero(largest / unit, 4), title, series }
    }

    pub(super) fn draw(&self, sketch: &mut Sketch, panel: &Panel) {
        panel.uprights(sketch);
        panel.levels(sketch, self.title);
        panel.base(sketch);
        let zero = panel.path([(panel.x.from, 0.0), (panel.x.to, 0.0)]);
        sketch.line(zero, Stroke::new(AXIS, 1.25));
        let heading = (panel.left, panel.top - 8.0);
        let lettering = Lettering::regular(13.0, QUIET);
        sketch.words("measured minus fitted", heading, Hold::Left, lettering);
        let middle = (self.series.len() as f64 - 1.0) / 2.0;
        for (index, (ink, points)) in self.series.iter().enumerate() {
            let aside = (index as f64 - middle) * ASIDE;
            for point in points {
                let (x, y) = panel.at(*point);
                sketch.dot((x + aside, y), 4.0, *ink, 0.5);
            }
        }
    }
}
