//! A picture before it has a format: a list of marks on a plane whose unit is one CSS pixel.
//!
//! The pictures are laid out on a sketch alone, so that the SVG and the PNG of one picture cannot differ.

use plotters::style::{Color, RGBAColor};

use super::font::{Fonts, Weight};
use super::palette::{AXIS, GRID, Ink, PAPER};

/// A place on the plane: right, then down.
pub(super) type Xy = (f64, f64);

/// Which part of the words stands at their anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    Left,
    Middle,
    Right,
}

/// How words look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lettering {
    pub(super) size: f64,
    pub(super) weight: Weight,
    pub(super) ink: Ink,
}

impl Lettering {
    pub(super) const fn regular(size: f64, ink: Ink) -> Self {
        Self { size, weight: Weight::Regular, ink }
    }

    pub(super) const fn bold(size: f64, ink: Ink) -> Self {
        Self { size, weight: Weight::Bold, ink }
    }

    /// Distance from one baseline to the next.
    pub(super) fn line_height(self) -> f64 {
        (self.size * 1.3).ceil()
    }

    /// How far below its middle a line of these letters has its baseline.
    pub(super) fn drop_from_middle(self) -> f64 {
        self.size * 0.36
    }
}

/// How a line looks. Lines are opaque: where a line crosses itself it must not turn darker.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stroke {
    pub(super) ink: Ink,
    pub(super) width: f64,
    /// For how long it is drawn and left out, in turns.
    pub(super) dash: Option<(f64, f64)>,
}

impl Stroke {
    pub(super) const fn new(ink: Ink, width: f64) -> Self {
        Self { ink, width, dash: None }
    }
}

/// A line of text and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Words {
    pub(super) text: String,
    pub(super) baseline: Xy,
    pub(super) hold: Hold,
    pub(super) lettering: Lettering,
    /// Reads from the bottom upwards.
    pub(super) climbing: bool,
}

/// One thing to draw.
#[derive(Debug, Clone)]
pub(super) enum Mark {
    Block { from: Xy, to: Xy, fill: RGBAColor },
    Line { points: Vec<Xy>, stroke: Stroke },
    Area { outline: Vec<Xy>, fill: RGBAColor },
    Dot { middle: Xy, radius: f64, fill: RGBAColor },
    Words(Words),
}

/// The marks of one picture, in the order they are drawn, and how large the picture is.
#[derive(Debug, Clone)]
pub(super) struct Sketch {
    pub(super) width: f64,
    pub(super) height: f64,
    /// What the picture is called, for those who cannot see it.
    pub(super) name: String,
    pub(super) fonts: &'static Fonts,
    pub(super) marks: Vec<Mark>,
}

impl Sketch {
    pub(super) fn new(width: f64, name: &str, fonts: &'static Fonts) -> Self {
        Self { width, height: 0.0, name: printable(name), fonts, marks: Vec::new() }
    }

    pub(super) fn block(&mut self, from: Xy, to: Xy, ink: Ink, opacity: f64) {
        self.marks.push(Mark::Block { from, to, fill: ink.mix(opacity) });
    }

    pub(super) fn line(&mut self, points: Vec<Xy>, stroke: Stroke) {
        if points.len() > 1 {
            self.marks.push(Mark::Line { points, stroke });
        }
    }

    /// A line that is drawn for `on` units and left out for `off` units, in turns.
    pub(super) fn dashed(&mut self, points: &[Xy], stroke: Stroke, on: f64, off: f64) {
        self.line(points.to_vec(), Stroke { dash: Some((on, off)), ..stroke });
    }

    pub(super) fn area(&mut self, outline: Vec<Xy>, ink: Ink, opacity: f64) {
        if outline.len() > 2 {
            self.marks.push(Mark::Area { outline, fill: ink.mix(opacity) });
        }
    }

    pub(super) fn dot(&mut self, middle: Xy, radius: f64, ink: Ink, opacity: f64) {
        self.marks.push(Mark::Dot { middle, radius, fill: ink.mix(opacity) });
    }

    pub(super) fn words(&mut self, text: &str, baseline: Xy, hold: Hold, lettering: Lettering) {
        self.letter(Words { text: printable(text), baseline, hold, lettering, climbing: false });
    }

    /// Words that read from the bottom upwards around their middle, for the title of an upright axis.
    pub(super) fn climbing(&mut self, text: &str, baseline: Xy, lettering: Lettering) {
        self.letter(Words { text: printable(text), baseline, hold: Hold::Middle, lettering, climbing: true });
    }

    /// Writes `text` at the first of the places where it covers no line, no dot and no other words, or else at the first of them; on a
    /// ground of paper, so that it can be read there too. Gives the baseline.
    pub(super) fn words_where_free(&mut self, text: &str, places: &[(Xy, Hold)], lettering: Lettering) -> Option<Xy> {
        let wide = self.width_of(text, lettering);
        let room = |(baseline, hold): &(Xy, Hold)| room_of_words(*baseline, *hold, wide, lettering);
        let free = places.iter().find(|place| self.is_free(room(place))).or(places.first());
        let (baseline, hold) = free.copied()?;
        let (from, to) = room(&(baseline, hold));
        self.block(from, to, PAPER, 0.8);
        self.words(text, baseline, hold, lettering);
        Some(baseline)
    }

    /// Whether no data is drawn in a rectangle: axes and their grid may be covered, and surfaces.
    fn is_free(&self, room: (Xy, Xy)) -> bool {
        !self.marks.iter().any(|mark| match mark {
            Mark::Line { points, stroke } if stroke.ink != GRID && stroke.ink != AXIS => {
                points.windows(2).any(|ends| crosses(ends[0], ends[1], room))
            }
            Mark::Dot { middle, radius, .. } => {
                let (across, down) =
                    (middle.0 - middle.0.clamp(room.0.0, room.1.0), middle.1 - middle.1.clamp(room.0.1, room.1.1));
                across.hypot(down) < *radius
            }
            Mark::Words(words) if !words.climbing => {
                let wide = self.width_of(&words.text, words.lettering);
                let (from, to) = room_of_words(words.baseline, words.hold, wide, words.lettering);
                from.0 < room.1.0 && room.0.0 < to.0 && from.1 < room.1.1 && room.0.1 < to.1
            }
            Mark::Line { .. } | Mark::Words(_) | Mark::Block { .. } | Mark::Area { .. } => false,
        })
    }

    fn letter(&mut self, words: Words) {
        if !words.text.is_empty() {
            self.marks.push(Mark::Words(words));
        }
    }

    /// How wide `text` would be.
    pub(super) fn width_of(&self, text: &str, lettering: Lettering) -> f64 {
        self.fonts.width(&printable(text), lettering.size, lettering.weight)
    }

    /// `text` in lines no wider than `room`.
    pub(super) fn wrapped(&self, text: &str, lettering: Lettering, room: f64) -> Vec<String> {
        self.fonts.wrap(&printable(text), lettering.size, lettering.weight, room)
    }
}

/// The rectangle that words take, from its upper left to its lower right corner, with a little air.
fn room_of_words(baseline: Xy, hold: Hold, wide: f64, lettering: Lettering) -> (Xy, Xy) {
    let left = match hold {
        Hold::Left => baseline.0,
        Hold::Middle => baseline.0 - wide / 2.0,
        Hold::Right => baseline.0 - wide,
    };
    ((left - 3.0, baseline.1 - lettering.size), (left + wide + 3.0, baseline.1 + lettering.size * 0.25))
}

/// Whether a straight stretch touches a rectangle: cut down to what lies within its sides, one after the other, something is left
/// (Liang and Barsky, ACM Transactions on Graphics 3, 1984).
fn crosses(from: Xy, to: Xy, (low, high): (Xy, Xy)) -> bool {
    let (mut begins, mut ends) = (0.0_f64, 1.0_f64);
    for (start, step, low, high) in [(from.0, to.0 - from.0, low.0, high.0), (from.1, to.1 - from.1, low.1, high.1)] {
        if step == 0.0 {
            if start < low || start > high {
                return false;
            }
            continue;
        }
        let (a, b) = ((low - start) / step, (high - start) / step);
        begins = begins.max(a.min(b));
        ends = ends.min(a.max(b));
    }
    begins <= ends
}

/// `text` on one line, without the control characters that no XML file may hold.
fn printable(text: &str) -> String {
    let plain: String = text
        .chars()
        .filter(|c| c.is_whitespace() || !(c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')))
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_where_nothing_is_covered() {
        let mut sketch = Sketch::new(200.0, "", Fonts::ready().unwrap());
        let (ink, lettering) = (super::super::palette::TEXT, Lettering::regular(10.0, super::super::palette::TEXT));
        sketch.line(vec![(0.0, 100.0), (100.0, 0.0)], Stroke::new(ink, 1.0));
        sketch.line(vec![(0.0, 100.0), (200.0, 100.0)], Stroke::new(GRID, 1.0));
        sketch.dot((190.0, 20.0), 5.0, ink, 1.0);
        let place = |x, y| ((x, y), Hold::Left);
        sketch.words_where_free("word", &[place(45.0, 52.0), place(170.0, 20.0), place(120.0, 100.0)], lettering);
        sketch.words_where_free("word", &[place(118.0, 100.0), place(45.0, 52.0)], lettering);
        let written: Vec<Xy> = sketch
            .marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Words(words) => Some(words.baseline),
                _ => None,
            })
            .collect();
        assert_eq!(
            written,
            [(120.0, 100.0), (118.0, 100.0)],
            "over the grid, and where nothing is free at the first place"
        );
    }

    #[test]
    fn a_stretch_beside_a_rectangle_does_not_cross_it() {
        let room = ((10.0, 10.0), (20.0, 20.0));
        assert!(crosses((0.0, 0.0), (30.0, 30.0), room) && crosses((15.0, 0.0), (15.0, 12.0), room));
        assert!(!crosses((0.0, 15.0), (9.0, 15.0), room) && !crosses((0.0, 25.0), (25.0, 50.0), room));
        assert!(!crosses((15.0, 21.0), (15.0, 40.0), room));
    }

    #[test]
    fn words_are_put_on_one_line_without_control_characters() {
        assert_eq!(printable("a\n\tb\u{1b}[1m\u{0}c "), "a b[1mc");
    }
}
