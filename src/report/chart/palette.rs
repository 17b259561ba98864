//! Colours: the set of Okabe and Ito, which stays apart for colour-blind eyes, and a few greys.

use plotters::style::{BLACK, RGBColor, WHITE};

/// An opaque colour.
pub(super) type Ink = RGBColor;

pub(super) const PAPER: Ink = WHITE;
/// Titles.
pub(super) const TEXT: Ink = RGBColor(31, 35, 40);
/// Everything that explains: axis numbers, subtitles, legends.
pub(super) const QUIET: Ink = RGBColor(89, 96, 105);
pub(super) const AXIS: Ink = RGBColor(140, 147, 155);
pub(super) const GRID: Ink = RGBColor(226, 229, 233);
/// The tint over every second phase.
pub(super) const BAND: Ink = RGBColor(52, 73, 120);
/// The memory limit: no hue, because hues mean series.
pub(super) const LIMIT: Ink = RGBColor(60, 64, 70);
/// The bar beside a warning.
pub(super) const WARNING: Ink = RGBColor(230, 159, 0);

/// Blue, vermilion, bluish green, reddish purple, orange, sky blue.
const HUES: [Ink; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

/// The hue of a series.
pub(super) fn hue(index: usize) -> Ink {
    HUES[index % HUES.len()]
}

/// The hue of a series, dark enough for words on white.
pub(super) fn hue_for_words(index: usize) -> Ink {
    mixed(hue(index), BLACK, 0.18)
}

/// A shade of a series: `depth` 0 is the lightest, 1 the darkest that is used.
pub(super) fn shade(index: usize, depth: f64) -> Ink {
    let hue = hue(index);
    let lightest = mixed(hue, PAPER, 0.62);
    let darkest = mixed(hue, BLACK, 0.3);
    if depth < 0.6 { mixed(lightest, hue, depth / 0.6) } else { mixed(hue, darkest, (depth - 0.6) / 0.4) }
}

/// A colour with a share of another in it; plotters mixes with what is behind only.
pub(super) fn mixed(ink: Ink, other: Ink, share: f64) -> Ink {
    let blend = |a: u8, b: u8| {
        let mixed = f64::from(a) + (f64::from(b) - f64::from(a)) * share;
        mixed.round().clamp(0.0, 255.0) as u8
    };
    RGBColor(blend(ink.0, other.0), blend(ink.1, other.1), blend(ink.2, other.2))
}
