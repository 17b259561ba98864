//! The one typeface of the pictures, carried in the program: no picture depends on what is installed.
//!
//! Words are measured and wrapped here and not by plotters, whose measure is of the font's line box and not of the em that its SVG files
//! have (see `words.rs`), and which breaks lines inside of words (plotters 0.3.7, `element/text.rs`, `layout_multiline_text`).

use std::sync::OnceLock;

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};

use super::error::ChartError;

/// What SVG files ask the viewer for. Verdana is the next best: its letters are as wide as those of DejaVu Sans.
pub(super) const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// Regular or bold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// Both faces, ready to measure and to draw.
#[derive(Debug)]
pub(super) struct Fonts {
    regular: FontRef<'static>,
    bold: FontRef<'static>,
}

impl Fonts {
    /// The faces, read once per process.
    pub(super) fn ready() -> Result<&'static Self, ChartError> {
        static FONTS: OnceLock<Option<Fonts>> = OnceLock::new();
        let read = || {
            Some(Self {
                regular: FontRef::try_from_slice(dejavu::sans::regular()).ok()?,
                bold: FontRef::try_from_slice(dejavu::sans::bold()).ok()?,
            })
        };
        FONTS.get_or_init(read).as_ref().ok_or(ChartError::Font)
    }

    /// How wide `text` is at `em` pixels to the em.
    pub(super) fn width(&self, text: &str, em: f64, weight: Weight) -> f64 {
        self.placed(text, em, weight).1
    }

    /// Calls `dot` for every pixel that the letters of `text` cover: right of the start of its baseline, below it
    /// (above it if negative), and how much of the pixel is covered.
    pub(super) fn rasterised<E>(
        &self,
        text: &str,
        em: f64,
        weight: Weight,
        mut dot: impl FnMut(i32, i32, f64) -> Result<(), E>,
    ) -> Result<(), E> {
        let face = self.face(weight);
        for glyph in self.placed(text, em, weight).0 {
            // Blanks have no outline.
            let Some(outline) = face.outline_glyph(glyph) else {
                continue;
            };
            let corner = outline.px_bounds().min;
            let mut result = Ok(());
            outline.draw(|x, y, covered| {
                if result.is_ok() && covered > 0.0 {
                    let (x, y) = (corner.x as i32 + x as i32, corner.y as i32 + y as i32);
                    result = dot(x, y, f64::from(covered.min(1.0)));
                }
            });
            result?;
        }
        Ok(())
    }

    /// Breaks `text` into lines no wider than `room`: between words, after hyphens, and inside a word only if the
    /// word alone is too wide. Empty text has no lines.
    pub(super) fn wrap(&self, text: &str, em: f64, weight: Weight, room: f64) -> Vec<String> {
        let fits = |line: &str| self.width(line.trim_end(), em, weight) <= room;
        let mut lines = Vec::new();
        let mut line = String::new();
        for piece in text.split_inclusive([' ', '-']) {
            if !fits(&format!("{line}{piece}")) {
                flush(&mut line, &mut lines);
            }
            if fits(piece) {
                line.push_str(piece);
                continue;
            }
            for letter in piece.chars() {
                if !line.is_empty() && !fits(&format!("{line}{letter}")) {
                    flush(&mut line, &mut lines);
                }
                line.push(letter);
            }
        }
        flush(&mut line, &mut lines);
        lines
    }

    fn face(&self, weight: Weight) -> &FontRef<'static> {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// The glyphs of `text` along a baseline from 0, and where the next one would stand.
    fn placed(&self, text: &str, em: f64, weight: Weight) -> (Vec<Glyph>, f64) {
        let face = self.face(weight);
        // The library scales the line box of a font; sizes are meant in ems.
        let boxed = face.height_unscaled() / face.units_per_em().unwrap_or(2048.0);
        let scaled = face.as_scaled(PxScale::from(em as f32 * boxed));
        let mut glyphs: Vec<Glyph> = Vec::new();
        let mut x = 0.0;
        for letter in text.chars() {
            let mut glyph = scaled.scaled_glyph(letter);
            if let Some(before) = glyphs.last() {
                x += scaled.kern(before.id, glyph.id);
            }
            glyph.position = point(x, 0.0);
            x += scaled.h_advance(glyph.id);
            glyphs.push(glyph);
        }
        (glyphs, f64::from(x))
    }
}

fn flush(line: &mut String, lines: &mut Vec<String>) {
    let done = line.trim().to_owned();
    line.clear();
    if !done.is_empty() {
        lines.push(done);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str, room: f64) -> Vec<String> {
        let fonts = Fonts::ready().expect("the faces are valid");
        fonts.wrap(text, 10.0, Weight::Regular, room)
    }

    #[test]
    fn sizes_are_ems() {
        let fonts = Fonts::ready().expect("the faces are valid");
        // The digits of DejaVu Sans are 1303 of 2048 units wide.
        let zero = fonts.width("0", 2048.0, Weight::Regular);
        assert!((zero - 1303.0).abs() < 0.5, "{zero}");
        assert!(fonts.width("0", 10.0, Weight::Bold) > fonts.width("0", 10.0, Weight::Regular));
    }

    #[test]
    fn breaks_between_words_and_after_hyphens() {
        assert_eq!(wrapped("", 100.0), [""; 0]);
        assert_eq!(wrapped("one two", 200.0), ["one two"]);
        assert_eq!(wrapped("one two", 35.0), ["one", "two"]);
        assert_eq!(wrapped("retain-chunks", 50.0), ["retain-", "chunks"]);
    }

    #[test]
    fn breaks_inside_a_word_only_if_it_must() {
        let lines = wrapped("a mmmmmmmmmm", 40.0);
        assert_eq!(lines[0], "a");
        assert_eq!(lines[1..].concat(), "mmmmmmmmmm");
        assert!(lines.len() > 2);
        assert_eq!(wrapped("ab", 0.0), ["a", "b"]);
    }
}
