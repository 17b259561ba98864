//! Colours: the set of Okabe and Ito, which stays apart for colour-blind eyes, and a few greys.

use plotters::style::{RGBAColor, ShapeStyle};

/// An opaque colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ink(u8, u8, u8);

pub(super) const PAPER: Ink = Ink(255, 255, 255);
/// Titles.
pub(super) const TEXT: Ink = Ink(31, 35, 40);
/// Everything that explains: axis numbers, subtitles, legends.
pub(super) const QUIET: Ink = Ink(89, 96, 105);
pub(super) const AXIS: Ink = Ink(140, 147, 155);
pub(super) const GRID: Ink = Ink(226, 229, 233);
/// The tint over every second phase.
pub(super) const BAND: Ink = Ink(52, 73, 120);
/// The memory limit: no hue, because hues mean modes.
pub(super) const LIMIT: Ink = Ink(60, 64, 70);
/// The bar beside a warning.
pub(super) const WARNING: Ink = Ink(230, 159, 0);

/// Blue, vermilion, bluish green, reddish purple, orange, sky blue.
const HUES: [Ink; 6] =
    [Ink(0, 114, 178), Ink(213, 94, 0), Ink(0, 158, 115), Ink(204, 121, 167), Ink(230, 159, 0), Ink(86, 180, 233)];

/// The hue of a mode.
pub(super) fn mode(index: usize) -> Ink {
    HUES[index % HUES.len()]
}

/// The hue of a mode, dark enough for words on white.
pub(super) fn mode_words(index: usize) -> Ink {
    mode(index).mixed(Ink(0, 0, 0), 0.18)
}

/// A shade of a mode: `depth` 0 is the lightest, 1 the darkest that is used.
pub(super) fn mode_shade(index: usize, depth: f64) -> Ink {
    let hue = mode(index);
    let lightest = hue.mixed(PAPER, 0.62);
    let darkest = hue.mixed(Ink(0, 0, 0), 0.3);
    if depth < 0.6 { lightest.mixed(hue, depth / 0.6) } else { hue.mixed(darkest, (depth - 0.6) / 0.4) }
}

impl Ink {
    /// This colour with a share of another in it.
    pub(super) fn mixed(self, other: Self, share: f64) -> Self {
        let blend = |a: u8, b: u8| {
            let mixed = f64::from(a) + (f64::from(b) - f64::from(a)) * share;
            mixed.round().clamp(0.0, 255.0) as u8
        };
        Self(blend(self.0, other.0), blend(self.1, other.1), blend(self.2, other.2))
    }

    pub(super) fn color(self, opacity: f64) -> RGBAColor {
        RGBAColor(self.0, self.1, self.2, opacity)
    }

    pub(super) fn filled(self, opacity: f64) -> ShapeStyle {
        ShapeStyle { color: self.color(opacity), filled: true, stroke_width: 1 }
    }

    pub(super) fn stroked(self, width: u32) -> ShapeStyle {
        ShapeStyle { color: self.color(1.0), filled: false, stroke_width: width }
    }
}
