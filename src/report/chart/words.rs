//! Words as plotters takes them: hung from their top, in sizes of its own.
//!
//! plotters has neither sizes in ems nor words that stand on a baseline. What it makes of a size differs between its formats: the SVG
//! backend takes 1.24 of it for an em (plotters-svg 0.3.7, `svg.rs`, `draw_text`), measuring and bitmaps take the line box of the font
//! (plotters 0.3.7, `ab_glyph.rs`), which is 1.164 ems of DejaVu Sans. This file alone knows the first, and [`Fonts`](super::font::Fonts)
//! measures ems.

use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, FontTransform, TextStyle};
use plotters_backend::{BackendCoord, BackendTextStyle};

use super::font::{FAMILY, Weight};
use super::sketch::{Hold, Words};

/// A size of plotters in ems.
const SIZE_PER_EM: f64 = 1.24;
/// How many ems the SVG backend puts a baseline below the top.
const TOP_TO_BASELINE: f64 = 0.76;

/// The style of words on a plane so many times finer than the sketch, whose baseline begins at a place of that plane, and where their top is.
pub(super) fn hung(words: &Words, finer: u32, (x, y): BackendCoord) -> (TextStyle<'static>, BackendCoord) {
    let em = words.lettering.size * f64::from(finer);
    let (turn, top) = if words.climbing {
        (FontTransform::Rotate270, (x - below_top(em), y))
    } else {
        (FontTransform::None, (x, y - below_top(em)))
    };
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
        .color(&words.lettering.ink)
        .pos(Pos::new(held_at, VPos::Top));
    (style, top)
}

/// Words that were hung, on their baseline again.
pub(super) struct Standing {
    pub(super) em: f64,
    pub(super) weight: Weight,
    pub(super) hold: HPos,
    pub(super) climbing: bool,
    pub(super) baseline: BackendCoord,
}

impl Standing {
    /// What [`hung`] was told.
    pub(super) fn of(style: &impl BackendTextStyle, (x, y): BackendCoord) -> Self {
        let em = style.size() / SIZE_PER_EM;
        let climbing = matches!(style.transform(), FontTransform::Rotate270);
        Self {
            em,
            weight: if matches!(style.style(), FontStyle::Bold) { Weight::Bold } else { Weight::Regular },
            hold: style.anchor().h_pos,
            climbing,
            baseline: if climbing { (x + below_top(em), y) } else { (x, y + below_top(em)) },
        }
    }
}

fn below_top(em: f64) -> i32 {
    (em * TOP_TO_BASELINE).round() as i32
}
