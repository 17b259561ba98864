//! One mode in the picture of the cost line: its trials, its fitted line and the bounds around it.

use super::error::{ChartError, drawable};
use super::frame::LABEL;
use super::legend::{DASHED, DOTTED};
use super::number::{MIB, mib};
use super::palette::{Ink, PAPER};
use super::panel::Panel;
use super::sketch::{Lettering, Point, Sketch, Stroke};

/// The trials of one mode and what was fitted to them. Bytes against streams, everywhere.
#[derive(Debug, Clone, PartialEq)]
pub struct ModeLine {
    /// What the mode is called.
    pub name: String,
    /// One point a trial.
    pub points: Vec<(f64, f64)>,
    /// The fitted line.
    pub line: LineSpec,
    /// Where the line lies with 95 % confidence: streams, lowest, highest.
    pub band: Vec<(f64, f64, f64)>,
    /// Below this 95 % of single runs stay.
    pub prediction_upper: Vec<(f64, f64)>,
    /// The line through the trials' plateau before any text arrived.
    pub open_line: Option<LineSpec>,
    /// What stands beside the line, as `retain: 0.192 MiB per stream`. If it is empty, name and slope do.
    pub label: String,
}

/// A straight line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineSpec {
    /// Bytes at no stream.
    pub intercept: f64,
    /// Bytes per stream.
    pub slope: f64,
}

impl LineSpec {
    /// The line's value, in MiB.
    pub(super) fn mib_at(self, streams: f64) -> f64 {
        (self.intercept + self.slope * streams) / MIB
    }
}

impl ModeLine {
    pub(super) fn check(&self) -> Result<(), ChartError> {
        let ends = |points: &[(f64, f64)]| -> Vec<f64> { points.iter().flat_map(|(x, y)| [*x, *y]).collect() };
        drawable("a trial", ends(&self.points))?;
        drawable("a bound for one run", ends(&self.prediction_upper))?;
        let band = self.band.iter().flat_map(|(x, low, high)| [*x, *low, *high]);
        drawable("a confidence band", band)?;
        for line in [Some(self.line), self.open_line].into_iter().flatten() {
            drawable("a line", [line.intercept, line.slope])?;
        }
        Ok(())
    }

    pub(super) fn most_measured(&self) -> f64 {
        self.points.iter().map(|point| point.0).fold(0.0, f64::max)
    }

    /// What the axis has to hold, in MiB.
    pub(super) fn must_show(&self, end: f64) -> Vec<f64> {
        let lines = [Some(self.line), self.open_line].into_iter().flatten();
        lines
            .flat_map(|line| [line.mib_at(0.0), line.mib_at(end)])
            .chain(self.points.iter().map(|point| point.1 / MIB))
            .collect()
    }

    /// What the axis should hold, in MiB.
    pub(super) fn bounds(&self) -> Vec<f64> {
        let band = self.band.iter().flat_map(|(_, low, high)| [*low, *high]);
        let upper = self.prediction_upper.iter().map(|point| point.1);
        band.chain(upper).map(|bytes| bytes / MIB).collect()
    }

    pub(super) fn draw_band(&self, sketch: &mut Sketch, panel: &Panel, ink: Ink) {
        let edge = |pick: fn(&(f64, f64, f64)) -> f64| {
            let clamped = |bytes: f64| (bytes / MIB).clamp(panel.y.from, panel.y.to);
            let values = self.band.iter().map(|at| (at.0, clamped(pick(at))));
            panel.path(values.collect::<Vec<_>>())
        };
        let mut outline = edge(|at| at.2);
        outline.extend(edge(|at| at.1).into_iter().rev());
        sketch.area(outline, ink, 0.18);
    }

    pub(super) fn draw_lines(&self, sketch: &mut Sketch, panel: &Panel, ink: Ink, end: f64) {
        let upper: Vec<Point> = self.prediction_upper.iter().map(|(streams, bytes)| (*streams, bytes / MIB)).collect();
        for part in panel.visible(&upper) {
            let stroke = Stroke::new(ink.mixed(PAPER, 0.25), 1.5);
            sketch.dashed(&part, stroke, DASHED.0, DASHED.1);
        }
        if let Some(open) = self.open_line {
            let ends = [0.0, end].map(|streams| (streams, open.mib_at(streams)));
            let stroke = Stroke::new(ink, 1.75);
            sketch.dashed(&panel.path(ends), stroke, DOTTED.0, DOTTED.1);
        }
        let ends = |from: f64, to: f64| panel.path([from, to].map(|streams| (streams, self.line.mib_at(streams))));
        sketch.line(ends(0.0, end), Stroke::new(ink.mixed(PAPER, 0.55), 2.0));
        let first = self.points.iter().map(|point| point.0).fold(end, f64::min);
        sketch.line(ends(first, self.most_measured()), Stroke::new(ink, 2.5));
    }

    pub(super) fn draw_points(&self, sketch: &mut Sketch, panel: &Panel, ink: Ink) {
        let radius = if self.points.len() > 60 { 3.5 } else { 5.0 };
        for (streams, bytes) in &self.points {
            sketch.dot(panel.at((*streams, bytes / MIB)), radius, ink, 0.5);
        }
    }

    /// The name in bold, and below it the rest.
    pub(super) fn label_lines(&self, sketch: &Sketch, ink: Ink, room: f64) -> Vec<(String, Lettering)> {
        let rest = match self.label.trim() {
            "" => format!("{} per stream", mib(self.line.slope)),
            label => label.strip_prefix(&self.name).unwrap_or(label).to_owned(),
        };
        let rest = rest.trim_start_matches([':', ' ']);
        let name = Lettering::bold(LABEL.size, ink);
        let plain = Lettering::regular(LABEL.size, ink);
        let mut lines = Vec::new();
        for (text, lettering) in [(self.name.as_str(), name), (rest, plain)] {
            let wrapped = sketch.wrapped(text, lettering, room);
            lines.extend(wrapped.into_iter().map(|line| (line, lettering)));
        }
        lines
    }
}
