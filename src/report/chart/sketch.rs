//! A picture before it has a format: a list of marks on a plane whose unit is one CSS pixel.
//!
//! The pictures are laid out on a sketch alone, so that the SVG and the PNG of one picture cannot differ.

use super::font::{Fonts, Weight};
use super::palette::Ink;

/// A place on the plane: right, then down.
pub(super) type Point = (f64, f64);

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
}

impl Stroke {
    pub(super) const fn new(ink: Ink, width: f64) -> Self {
        Self { ink, width }
    }
}

/// How a surface looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fill {
    pub(super) ink: Ink,
    /// 1 hides what is behind, 0 hides nothing.
    pub(super) opacity: f64,
}

/// A line of text and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Words {
    pub(super) text: String,
    pub(super) baseline: Point,
    pub(super) hold: Hold,
    pub(super) lettering: Lettering,
    /// Reads from the bottom upwards.
    pub(super) climbing: bool,
}

/// One thing to draw.
#[derive(Debug, Clone)]
pub(super) enum Mark {
    Block { from: Point, to: Point, fill: Fill },
    Line { points: Vec<Point>, stroke: Stroke },
    Area { outline: Vec<Point>, fill: Fill },
    Dot { middle: Point, radius: f64, fill: Fill },
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

    pub(super) fn block(&mut self, from: Point, to: Point, ink: Ink, opacity: f64) {
        let fill = Fill { ink, opacity };
        self.marks.push(Mark::Block { from, to, fill });
    }

    pub(super) fn line(&mut self, points: Vec<Point>, stroke: Stroke) {
        if points.len() > 1 {
            self.marks.push(Mark::Line { points, stroke });
        }
    }

    /// A line that is drawn for `on` units and left out for `off` units, in turns.
    pub(super) fn dashed(&mut self, points: &[Point], stroke: Stroke, on: f64, off: f64) {
        for dash in dashes(points, on, off) {
            self.line(dash, stroke);
        }
    }

    pub(super) fn area(&mut self, outline: Vec<Point>, ink: Ink, opacity: f64) {
        if outline.len() > 2 {
            let fill = Fill { ink, opacity };
            self.marks.push(Mark::Area { outline, fill });
        }
    }

    pub(super) fn dot(&mut self, middle: Point, radius: f64, ink: Ink, opacity: f64) {
        let fill = Fill { ink, opacity };
        self.marks.push(Mark::Dot { middle, radius, fill });
    }

    pub(super) fn words(&mut self, text: &str, baseline: Point, hold: Hold, lettering: Lettering) {
        self.letter(Words { text: printable(text), baseline, hold, lettering, climbing: false });
    }

    /// Words that read from the bottom upwards around their middle, for the title of an upright axis.
    pub(super) fn climbing(&mut self, text: &str, baseline: Point, lettering: Lettering) {
        self.letter(Words { text: printable(text), baseline, hold: Hold::Middle, lettering, climbing: true });
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

/// `text` on one line, without the control characters that no XML file may hold.
fn printable(text: &str) -> String {
    let plain: String = text
        .chars()
        .filter(|c| c.is_whitespace() || !(c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')))
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Cuts a line into the parts that a dashed stroke draws.
fn dashes(points: &[Point], on: f64, off: f64) -> Vec<Vec<Point>> {
    let mut parts = Vec::new();
    let mut part: Vec<Point> = points.first().copied().into_iter().collect();
    let (mut drawing, mut left) = (true, on);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            if length <= left {
                left -= length;
                if drawing {
                    part.push(to);
                }
                break;
            }
            let share = left / length;
            from = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
            if drawing {
                part.push(from);
                parts.push(std::mem::take(&mut part));
            } else {
                part = vec![from];
            }
            drawing = !drawing;
            left = if drawing { on } else { off };
        }
    }
    if drawing {
        parts.push(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_cover_the_line_in_turns() {
        let cut = dashes(&[(0.0, 0.0), (10.0, 0.0)], 4.0, 2.0);
        assert_eq!(cut, vec![vec![(0.0, 0.0), (4.0, 0.0)], vec![(6.0, 0.0), (10.0, 0.0)]]);
    }

    #[test]
    fn a_dash_turns_the_corner_with_its_line() {
        let cut = dashes(&[(0.0, 0.0), (2.0, 0.0), (2.0, 9.0)], 4.0, 2.0);
        assert_eq!(cut[0], vec![(0.0, 0.0), (2.0, 0.0), (2.0, 2.0)]);
        assert_eq!(cut[1][0], (2.0, 4.0));
    }

    #[test]
    fn words_are_put_on_one_line_without_control_characters() {
        assert_eq!(printable("a\n\tb\u{1b}[1m\u{0}c "), "a b[1mc");
    }
}
