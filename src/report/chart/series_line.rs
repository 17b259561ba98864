//! One series in the picture of the cost line: its trials, its fitted line and the bounds around it.

use super::error::{ChartError, drawable};
use super::frame::LABEL;
use super::legend::{DASHED, DOTTED, THIN};
use super::number::{MIB, mib};
use super::palette::{self, Ink, PAPER, mixed};
use super::panel::Panel;
use super::sketch::{Lettering, Sketch, Stroke, Xy};

/// The trials of one series and what was fitted to them. Bytes against streams, everywhere.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesLine {
    /// What the series is called.
    pub name: String,
    /// Which of the hues it has; lines of one series share theirs.
    pub hue: usize,
    /// How it is told from the line that the series is about.
    pub rank: Rank,
    /// One point a trial.
    pub points: Vec<(f64, f64)>,
    /// The fitted line.
    pub line: LineSpec,
    /// What is drawn instead where the points lie on no line.
    pub pieces: Option<BentSpec>,
    /// Where the line lies with 95 % confidence: streams, lowest, highest.
    pub band: Vec<(f64, f64, f64)>,
    /// Below this 95 % of single runs stay.
    pub prediction_upper: Vec<(f64, f64)>,
    /// The line through the trials' plateau before any text arrived.
    pub open_line: Option<LineSpec>,
    /// What stands beside the line, as `retain: 0.192 MiB per stream`. If it is empty, name and slope do.
    pub label: String,
}

/// What a line is among those of its series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    /// What the series is about.
    Answer,
    /// Beside it, in a paler shade: streams of another length.
    Beside,
    /// What a limit meets first, drawn thinly. What it leaves over is not shown.
    Met,
}

/// A straight line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineSpec {
    /// Bytes at no stream.
    pub intercept: f64,
    /// Bytes per stream.
    pub slope: f64,
}

/// Two straight pieces that meet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BentSpec {
    /// The piece below the bend.
    pub lower: LineSpec,
    /// The piece above it.
    pub upper: LineSpec,
    /// The number of streams at which they meet.
    pub bend: f64,
}

impl LineSpec {
    /// The line's value, in MiB.
    pub(super) fn mib_at(self, streams: f64) -> f64 {
        (self.intercept + self.slope * streams) / MIB
    }
}

/// The shade of what was not measured.
pub(super) fn pale(ink: Ink) -> Ink {
    mixed(ink, PAPER, 0.55)
}

impl SeriesLine {
    pub(super) fn check(&self) -> Result<(), ChartError> {
        let ends = |points: &[(f64, f64)]| -> Vec<f64> { points.iter().flat_map(|(x, y)| [*x, *y]).collect() };
        drawable("a trial", ends(&self.points))?;
        drawable("a bound for one run", ends(&self.prediction_upper))?;
        let band = self.band.iter().flat_map(|(x, low, high)| [*x, *low, *high]);
        drawable("a confidence band", band)?;
        let pieces = self.pieces.iter().flat_map(|pieces| [pieces.lower, pieces.upper]);
        drawable("a bend", self.pieces.iter().map(|pieces| pieces.bend))?;
        for line in [Some(self.line), self.open_line].into_iter().flatten().chain(pieces) {
            drawable("a line", [line.intercept, line.slope])?;
        }
        Ok(())
    }

    /// Its colour.
    pub(super) fn ink(&self) -> Ink {
        let hue = palette::hue(self.hue);
        match self.rank {
            Rank::Answer | Rank::Met => hue,
            Rank::Beside => mixed(hue, PAPER, 0.4),
        }
    }

    /// What is drawn of the fit, from 0 on: where it begins and ends, and where it bends; in MiB.
    fn drawn(&self, end: f64) -> Vec<Xy> {
        let bend = self.pieces.map(|pieces| pieces.bend).filter(|bend| *bend < end);
        let places = [Some(0.0), bend, Some(end)].into_iter().flatten();
        places.map(|streams| (streams, self.fitted_at(streams) / MIB)).collect()
    }

    /// What the fit that is drawn says of a number of streams, in bytes.
    pub(super) fn fitted_at(&self, streams: f64) -> f64 {
        let line = match self.pieces {
            Some(pieces) if streams <= pieces.bend => pieces.lower,
            Some(pieces) => pieces.upper,
            None => self.line,
        };
        line.intercept + line.slope * streams
    }

    /// The smallest number of streams that was measured; 0 if none was.
    pub(super) fn least_measured(&self) -> f64 {
        self.points.iter().map(|point| point.0).reduce(f64::min).unwrap_or(0.0)
    }

    pub(super) fn most_measured(&self) -> f64 {
        self.points.iter().map(|point| point.0).fold(0.0, f64::max)
    }

    /// What the axis has to hold, in MiB.
    pub(super) fn must_show(&self, end: f64) -> Vec<f64> {
        let open = self.open_line.iter().flat_map(|line| [line.mib_at(0.0), line.mib_at(end)]);
        open.chain(self.drawn(end).into_iter().map(|point| point.1))
            .chain(self.points.iter().map(|point| point.1 / MIB))
            .collect()
    }

    /// What the axis should hold, in MiB.
    pub(super) fn bounds(&self) -> Vec<f64> {
        let band = self.band.iter().flat_map(|(_, low, high)| [*low, *high]);
        let upper = self.prediction_upper.iter().map(|point| point.1);
        band.chain(upper).map(|bytes| bytes / MIB).collect()
    }

    pub(super) fn draw_band(&self, sketch: &mut Sketch, panel: &Panel) {
        let ink = self.ink();
        let edge = |pick: fn(&(f64, f64, f64)) -> f64| {
            let clamped = |bytes: f64| (bytes / MIB).clamp(panel.y.from, panel.y.to);
            let values = self.band.iter().map(|at| (at.0, clamped(pick(at))));
            panel.path(values.collect::<Vec<_>>())
        };
        let mut outline = edge(|at| at.2);
        outline.extend(edge(|at| at.1).into_iter().rev());
        sketch.area(outline, ink, 0.18);
    }

    pub(super) fn draw_lines(&self, sketch: &mut Sketch, panel: &Panel, end: f64) {
        let ink = self.ink();
        let upper: Vec<Xy> = self.prediction_upper.iter().map(|(streams, bytes)| (*streams, bytes / MIB)).collect();
        for part in panel.visible(&upper) {
            let stroke = Stroke::new(mixed(ink, PAPER, 0.25), 1.5);
            sketch.dashed(&part, stroke, DASHED.0, DASHED.1);
        }
        if let Some(open) = self.open_line {
            let ends = [0.0, end].map(|streams| (streams, open.mib_at(streams)));
            let stroke = Stroke::new(ink, 1.75);
            sketch.dashed(&panel.path(ends), stroke, DOTTED.0, DOTTED.1);
        }
        let (unmeasured, wide) = if self.rank == Rank::Met { (1.0, THIN) } else { (2.0, 2.5) };
        sketch.line(panel.path(self.drawn(end)), Stroke::new(pale(ink), unmeasured));
        let (from, to) = (self.least_measured(), self.most_measured());
        let ends = [from, to].map(|streams| (streams, self.fitted_at(streams) / MIB));
        let between = self.drawn(end).into_iter().filter(|point| from < point.0 && point.0 < to);
        let measured: Vec<Xy> = [ends[0]].into_iter().chain(between).chain([ends[1]]).collect();
        sketch.line(panel.path(measured), Stroke::new(ink, wide));
    }

    pub(super) fn draw_points(&self, sketch: &mut Sketch, panel: &Panel) {
        let ink = self.ink();
        let radius = if self.rank == Rank::Met {
            2.5
        } else if self.points.len() > 60 {
            3.5
        } else {
            5.0
        };
        for (streams, bytes) in &self.points {
            sketch.dot(panel.at((*streams, bytes / MIB)), radius, ink, 0.5);
        }
    }

    /// The name in bold, and below it the rest.
    pub(super) fn label_lines(&self, sketch: &Sketch, room: f64) -> Vec<(String, Lettering)> {
        let ink = palette::hue_for_words(self.hue);
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
