//! What stands around the plot: title and subtitle above, remarks below. The title of plotters is one line, however long
//! (plotters 0.3.7, `drawing/area.rs`, `titled`).

use super::font::Weight;
use super::palette::{QUIET, TEXT, WARNING};
use super::sketch::{Hold, Lettering, Sketch};

/// How wide every picture is.
pub(super) const WIDTH: f64 = 960.0;

/// The empty border.
pub(super) const MARGIN: f64 = 24.0;

/// Numbers on axes, labels, legends.
pub(super) const LABEL: Lettering = Lettering::regular(14.0, QUIET);

const SUBTITLE: Lettering = Lettering::regular(15.0, QUIET);
const REMARK: Lettering = Lettering::regular(13.0, QUIET);
const WARNED: Lettering = Lettering::regular(13.0, TEXT);

/// The sizes a title may have, largest first: it takes the first at which it needs at most two lines.
const TITLE_SIZES: [f64; 3] = [23.0, 20.0, 17.0];

/// Draws the title and the subtitle, and says where the room below them begins.
pub(super) fn heading(sketch: &mut Sketch, title: &str, subtitle: &str) -> f64 {
    let room = WIDTH - 2.0 * MARGIN;
    let mut below = MARGIN - 4.0;
    let size = TITLE_SIZES
        .into_iter()
        .find(|size| sketch.fonts.wrap(title, *size, Weight::Bold, room).len() <= 2)
        .unwrap_or(TITLE_SIZES[TITLE_SIZES.len() - 1]);
    below = paragraph(sketch, title, Lettering::bold(size, TEXT), MARGIN, below);
    paragraph(sketch, subtitle, SUBTITLE, MARGIN, below + 4.0)
}

/// Draws what has to be known to read the picture, from `top` down, and says where it ends.
pub(super) fn remarks(sketch: &mut Sketch, remarks: &[String], top: f64) -> f64 {
    remarks.iter().fold(top, |below, remark| paragraph(sketch, remark, REMARK, MARGIN, below))
}

/// Draws reasons to doubt the picture, beside a bar that catches the eye, and says where they end.
pub(super) fn doubts(sketch: &mut Sketch, doubts: &str, top: f64) -> f64 {
    let top = top + 6.0;
    let below = paragraph(sketch, doubts, WARNED, MARGIN + 14.0, top);
    if below > top {
        let corner = (MARGIN + 4.0, below + 3.0);
        sketch.block((MARGIN, top + 1.0), corner, WARNING, 1.0);
    }
    below
}

/// Draws lines of text from `top` down, and says where they end.
fn paragraph(sketch: &mut Sketch, text: &str, lettering: Lettering, left: f64, top: f64) -> f64 {
    let mut baseline = top;
    for line in sketch.wrapped(text, lettering, WIDTH - MARGIN - left) {
        baseline += lettering.line_height();
        sketch.words(&line, (left, baseline), Hold::Left, lettering);
    }
    baseline
}
