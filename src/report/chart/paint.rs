//! Draws a sketch with a plotters backend, as elements of plotters.
//!
//! Backends round to whole coordinates: every format is drawn on a plane [`FINE`] times finer than the sketch.

use std::fmt::Display;

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, DashedPathElement, PathElement, Polygon, Rectangle, Text};
use plotters::style::Color;

use super::error::ChartError;
use super::palette::PAPER;
use super::sketch::{Mark, Sketch, Stroke, Xy};
use super::words::hung;

/// Backend coordinates to one unit of the sketch.
pub(super) const FINE: u32 = 4;

/// The size of the fine plane.
pub(super) fn fine_size(sketch: &Sketch) -> (u32, u32) {
    let side = |units: f64| units.ceil() as u32 * FINE;
    (side(sketch.width), side(sketch.height))
}

/// Draws all marks, on white.
pub(super) fn paint<B: DrawingBackend>(sketch: &Sketch, backend: B) -> Result<(), ChartError> {
    let plane = backend.into_drawing_area();
    plane.fill(&PAPER).map_err(drawing)?;
    for mark in &sketch.marks {
        paint_mark(mark, &plane)?;
    }
    plane.present().map_err(drawing)
}

fn paint_mark<B: DrawingBackend>(mark: &Mark, plane: &DrawingArea<B, Shift>) -> Result<(), ChartError> {
    match mark {
        Mark::Block { from, to, fill } => plane.draw(&Rectangle::new([fine(*from), fine(*to)], fill.filled())),
        Mark::Area { outline, fill } => plane.draw(&Polygon::new(path(outline), fill)),
        Mark::Dot { middle, radius, fill } => {
            plane.draw(&Circle::new(fine(*middle), fine_length(*radius), fill.filled()))
        }
        Mark::Line { points, stroke } => paint_line(path(points), *stroke, plane),
        Mark::Words(words) => {
            let (style, top) = hung(words, FINE, fine(words.baseline));
            plane.draw(&Text::new(words.text.as_str(), top, style))
        }
    }
    .map_err(drawing)
}

fn paint_line<B: DrawingBackend>(
    mut path: Vec<(i32, i32)>,
    stroke: Stroke,
    plane: &DrawingArea<B, Shift>,
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    path.dedup();
    let style = stroke.ink.stroke_width(fine_length(stroke.width));
    match stroke.dash {
        _ if path.len() < 2 => Ok(()),
        None => plane.draw(&PathElement::new(path, style)),
        Some((on, off)) => plane.draw(&DashedPathElement::new(path, fine_length(on), fine_length(off), style)),
    }
}

fn path(points: &[Xy]) -> Vec<(i32, i32)> {
    points.iter().copied().map(fine).collect()
}

/// A place of the sketch on the fine plane.
fn fine((x, y): Xy) -> (i32, i32) {
    let fine = |units: f64| (units * f64::from(FINE)).round() as i32;
    (fine(x), fine(y))
}

fn fine_length(units: f64) -> u32 {
    ((units * f64::from(FINE)).round() as u32).max(1)
}

fn drawing(error: impl Display) -> ChartError {
    ChartError::Drawing(error.to_string())
}
