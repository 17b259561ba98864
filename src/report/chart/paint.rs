//! Draws a sketch with a plotters backend. The only place that knows how the backends differ.
//!
//! Both formats are drawn on a plane [`FINE`] times finer than the sketch, because the backends round to whole
//! coordinates.

use std::fmt::Display;

use plotters::backend::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, FontTransform, TextStyle};

use super::error::ChartError;
use super::font::{FAMILY, Fonts, Weight};
use super::palette::PAPER;
use super::sketch::{Hold, Lettering, Mark, Point, Sketch, Stroke, Words};

/// Backend coordinates to one unit of the sketch.
pub(super) const FINE: u32 = 4;

/// What a backend draws on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Medium {
    /// The viewer draws lines and letters.
    Svg,
    /// Lines and letters become pixels here.
    Bitmap,
}

/// The size of the fine plane.
pub(super) fn fine_size(sketch: &Sketch) -> (u32, u32) {
    let side = |units: f64| units.ceil() as u32 * FINE;
    (side(sketch.width), side(sketch.height))
}

/// Draws all marks, on white.
pub(super) fn paint<B: DrawingBackend>(sketch: &Sketch, medium: Medium, backend: &mut B) -> Result<(), ChartError> {
    let (width, height) = backend.get_size();
    let far_corner = (width as i32, height as i32);
    backend.draw_rect((0, 0), far_corner, &PAPER.filled(1.0), true).map_err(drawing)?;
    for mark in &sketch.marks {
        paint_mark(mark, sketch.fonts, medium, backend)?;
    }
    backend.present().map_err(drawing)
}

fn paint_mark<B: DrawingBackend>(
    mark: &Mark,
    fonts: &Fonts,
    medium: Medium,
    backend: &mut B,
) -> Result<(), ChartError> {
    match mark {
        Mark::Block { from, to, fill } => {
            let style = fill.ink.filled(fill.opacity);
            backend.draw_rect(fine(*from), fine(*to), &style, true)
        }
        Mark::Area { outline, fill } => {
            let style = fill.ink.filled(fill.opacity);
            backend.fill_polygon(outline.iter().copied().map(fine), &style)
        }
        Mark::Dot { middle, radius, fill } => {
            let style = fill.ink.filled(fill.opacity);
            backend.draw_circle(fine(*middle), fine_length(*radius), &style, true)
        }
        Mark::Line { points, stroke } => return paint_line(points, *stroke, medium, backend),
        Mark::Words(words) => return paint_words(words, fonts, medium, backend),
    }
    .map_err(drawing)
}

fn paint_line<B: DrawingBackend>(
    points: &[Point],
    stroke: Stroke,
    medium: Medium,
    backend: &mut B,
) -> Result<(), ChartError> {
    let mut path: Vec<_> = points.iter().copied().map(fine).collect();
    path.dedup();
    if path.len() < 2 {
        return Ok(());
    }
    let width = fine_length(stroke.width);
    let style = stroke.ink.stroked(width);
    match medium {
        Medium::Svg => backend.draw_path(path, &style).map_err(drawing),
        Medium::Bitmap => {
            // The rasteriser's own long lines fray at sharp turns: straight pieces with round joints do not.
            for pair in path.windows(2) {
                let piece = backend.draw_line(pair[0], pair[1], &style);
                piece.map_err(drawing)?;
            }
            let joint = stroke.ink.filled(1.0);
            for turn in &path[1..path.len() - 1] {
                let circle = backend.draw_circle(*turn, width / 2, &joint, true);
                circle.map_err(drawing)?;
            }
            Ok(())
        }
    }
}

fn paint_words<B: DrawingBackend>(
    words: &Words,
    fonts: &Fonts,
    medium: Medium,
    backend: &mut B,
) -> Result<(), ChartError> {
    match medium {
        Medium::Svg => {
            let (style, top) = hung(words);
            backend.draw_text(&words.text, &style, top).map_err(drawing)
        }
        Medium::Bitmap => lettered(words, fonts, backend),
    }
}

/// Words as pixels.
fn lettered<B: DrawingBackend>(words: &Words, fonts: &Fonts, backend: &mut B) -> Result<(), ChartError> {
    let em = fine_em(words.lettering);
    let weight = words.lettering.weight;
    let width = fonts.width(&words.text, em, weight);
    let before = match words.hold {
        Hold::Left => 0.0,
        Hold::Middle => width / 2.0,
        Hold::Right => width,
    }
    .round() as i32;
    let (left, baseline) = fine(words.baseline);
    fonts.rasterised(&words.text, em, weight, |along, below, covered| {
        let along = along - before;
        let place = if words.climbing { (left + below, baseline - along) } else { (left + along, baseline + below) };
        let color = words.lettering.ink.color(covered).to_backend_color();
        backend.draw_pixel(place, color).map_err(drawing)
    })
}

/// Words for a backend that hangs them from their top: their style, and where that top is.
fn hung(words: &Words) -> (TextStyle<'static>, (i32, i32)) {
    // The SVG writer divides the size by the one factor, and puts the baseline this many ems below the top.
    const SIZE_PER_EM: f64 = 1.24;
    const TOP_TO_BASELINE: f64 = 0.76;

    let em = fine_em(words.lettering);
    let drop = (em * TOP_TO_BASELINE).round() as i32;
    let (x, y) = fine(words.baseline);
    let (turn, top) =
        if words.climbing { (FontTransform::Rotate270, (x - drop, y)) } else { (FontTransform::None, (x, y - drop)) };
    let held_at = match words.hold {
        Hold::Left => HPos::Left,
        Hold::Middle => HPos::Center,
        Hold::Right => HPos::Right,
    };
    let weight = match words.lettering.weight {
        Weight::Regular => FontStyle::Normal,
        Weight::Bold => FontStyle::Bold,
    };
    let style = FontDesc::new(FontFamily::Name(FAMILY), em * SIZE_PER_EM, weight)
        .transform(turn)
        .color(&words.lettering.ink.color(1.0))
        .pos(Pos::new(held_at, VPos::Top));
    (style, top)
}

fn fine((x, y): Point) -> (i32, i32) {
    let fine = |units: f64| (units * f64::from(FINE)).round() as i32;
    (fine(x), fine(y))
}

fn fine_length(units: f64) -> u32 {
    ((units * f64::from(FINE)).round() as u32).max(1)
}

fn fine_em(lettering: Lettering) -> f64 {
    lettering.size * f64::from(FINE)
}

fn drawing(error: impl Display) -> ChartError {
    ChartError::Drawing(error.to_string())
}
