//! Which sign means what, in a row that wraps: the labels of plotters are a column in a box over the data (plotters 0.3.7,
//! `chart/series.rs`, `SeriesLabelPosition`).

use super::estimate::{draw_bar, draw_dot};
use super::frame::{LABEL, MARGIN, WIDTH};
use super::palette::{Ink, PAPER};
use super::sketch::{Hold, Lettering, Sketch, Stroke, Xy};

/// A sign as it is drawn in the data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sign {
    Dot(Ink),
    /// A number of streams that is planned, or that lived under the limit.
    Ring(Ink),
    /// One that was killed.
    Cross(Ink),
    Line(Ink),
    Thin(Ink),
    Dashed(Ink),
    Dotted(Ink),
    Band(Ink),
    /// A bar, as opaque as [`BAR_OPACITY`].
    Bar(Ink),
    /// A value and its interval.
    Estimate(Ink),
    /// From light to dark.
    Shades([Ink; 3]),
    /// Words without a sign.
    None,
}

/// A sign and its meaning.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) sign: Sign,
    pub(super) meaning: String,
    pub(super) lettering: Lettering,
}

impl Entry {
    pub(super) fn quiet(sign: Sign, meaning: &str) -> Self {
        Self { sign, meaning: meaning.to_owned(), lettering: LABEL }
    }
}

/// Thin dots for what is known before any text: on for this long, off for twice as long.
pub(super) const DOTTED: (f64, f64) = (2.0, 4.0);
/// Dashes for a bound.
pub(super) const DASHED: (f64, f64) = (8.0, 5.0);

/// How wide a line is that is no series of its own.
pub(super) const THIN: f64 = 1.25;

/// How opaque bars are, in the data and in the legend.
pub(super) const BAR_OPACITY: f64 = 0.75;

const SIGN_GAP: f64 = 7.0;
const ENTRY_GAP: f64 = 24.0;

/// Draws the entries from `top` down, and says where they end.
pub(super) fn draw(sketch: &mut Sketch, entries: &[Entry], top: f64) -> f64 {
    let mut left = MARGIN;
    let mut middle = top + LABEL.line_height() / 2.0;
    for entry in entries {
        let sign = width(entry.sign);
        let words = sketch.width_of(&entry.meaning, entry.lettering);
        if left > MARGIN && left + sign + words > WIDTH - MARGIN {
            left = MARGIN;
            middle += LABEL.line_height() + 2.0;
        }
        draw_sign(sketch, entry.sign, left, middle);
        let room = WIDTH - MARGIN - left - sign;
        for line in sketch.wrapped(&entry.meaning, entry.lettering, room) {
            let baseline = (left + sign, middle + entry.lettering.drop_from_middle());
            sketch.words(&line, baseline, Hold::Left, entry.lettering);
            middle += LABEL.line_height();
        }
        middle -= LABEL.line_height();
        left += sign + words + ENTRY_GAP;
    }
    middle + LABEL.line_height() / 2.0
}

/// What a sign takes, with the gap after it.
fn width(sign: Sign) -> f64 {
    match sign {
        Sign::None => 0.0,
        Sign::Dot(_) | Sign::Ring(_) | Sign::Cross(_) => 10.0 + SIGN_GAP,
        Sign::Line(_)
        | Sign::Thin(_)
        | Sign::Dashed(_)
        | Sign::Dotted(_)
        | Sign::Band(_)
        | Sign::Bar(_)
        | Sign::Estimate(_) => 30.0 + SIGN_GAP,
        Sign::Shades(_) => 42.0 + SIGN_GAP,
    }
}

/// What is planned, or lived: a hollow dot.
pub(super) fn draw_ring(sketch: &mut Sketch, middle: Xy, ink: Ink) {
    sketch.dot(middle, 5.5, ink, 1.0);
    sketch.dot(middle, 3.0, PAPER, 1.0);
}

/// What was killed: a cross.
pub(super) fn draw_cross(sketch: &mut Sketch, (x, y): Xy, ink: Ink) {
    for rise in [-1.0, 1.0] {
        sketch.line(vec![(x - 5.0, y - 5.0 * rise), (x + 5.0, y + 5.0 * rise)], Stroke::new(ink, 2.25));
    }
}

fn draw_sign(sketch: &mut Sketch, sign: Sign, left: f64, y: f64) {
    let ends = [(left, y), (left + 30.0, y)];
    match sign {
        Sign::None => {}
        Sign::Dot(ink) => sketch.dot((left + 5.0, y), 5.0, ink, 0.55),
        Sign::Ring(ink) => draw_ring(sketch, (left + 5.0, y), ink),
        Sign::Cross(ink) => draw_cross(sketch, (left + 5.0, y), ink),
        Sign::Line(ink) => sketch.line(ends.to_vec(), Stroke::new(ink, 2.5)),
        Sign::Thin(ink) => sketch.line(ends.to_vec(), Stroke::new(ink, THIN)),
        Sign::Dashed(ink) => sketch.dashed(&ends, Stroke::new(ink, 1.5), DASHED.0, DASHED.1),
        Sign::Dotted(ink) => sketch.dashed(&ends, Stroke::new(ink, 1.75), DOTTED.0, DOTTED.1),
        Sign::Band(ink) => sketch.block((left, y - 7.0), (left + 30.0, y + 7.0), ink, 0.3),
        Sign::Bar(ink) => sketch.block((left, y - 7.0), (left + 30.0, y + 7.0), ink, BAR_OPACITY),
        Sign::Estimate(ink) => {
            draw_bar(sketch, ends[0], ends[1], ink);
            draw_dot(sketch, (left + 15.0, y), ink);
        }
        Sign::Shades(inks) => {
            for (ink, left) in inks.into_iter().zip([left, left + 14.0, left + 28.0]) {
                sketch.line(vec![(left, y), (left + 14.0, y)], Stroke::new(ink, 4.0));
            }
        }
    }
}
