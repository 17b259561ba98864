//! The bitmap backend of plotters, with two things that it does not draw well: lines with turns, and words.

use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters::style::text_anchor::HPos;
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind};

use super::font::Fonts;
use super::words::Standing;

/// Pixels of RGB, drawn on.
pub(super) struct Smooth<'a> {
    pub(super) pixels: BitMapBackend<'a>,
    pub(super) fonts: &'static Fonts,
}

type Drawn = Result<(), DrawingErrorKind<<BitMapBackend<'static> as DrawingBackend>::ErrorType>>;

impl DrawingBackend for Smooth<'_> {
    type ErrorType = <BitMapBackend<'static> as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.pixels.get_size()
    }

    fn ensure_prepared(&mut self) -> Drawn {
        self.pixels.ensure_prepared()
    }

    fn present(&mut self) -> Drawn {
        self.pixels.present()
    }

    fn draw_pixel(&mut self, place: BackendCoord, color: BackendColor) -> Drawn {
        self.pixels.draw_pixel(place, color)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.pixels.draw_line(from, to, style)
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, fill: bool) -> Drawn {
        self.pixels.draw_rect(from, to, style, fill)
    }

    /// In straight pieces with round joints: plotters makes one polygon of the path (plotters-backend 0.3.7, `rasterizer/path.rs`,
    /// `polygonize`), which frays where it overlaps itself at sharp turns.
    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        let path: Vec<BackendCoord> = path.into_iter().collect();
        for pair in path.windows(2) {
            self.draw_line(pair[0], pair[1], style)?;
        }
        let turns = path.get(1..path.len().saturating_sub(1)).unwrap_or_default();
        turns.iter().try_for_each(|turn| self.draw_circle(*turn, style.stroke_width() / 2, &style.color(), true))
    }

    /// Every letter where the font wants it: plotters leaves out the blank that belongs to the left of a letter (plotters 0.3.7,
    /// `style/font/ab_glyph.rs`, `draw`: `rect.min.x` is not used), and so spaces words unevenly.
    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, top: BackendCoord) -> Drawn {
        let Standing { em, weight, hold, climbing, baseline: (left, baseline) } = Standing::of(style, top);
        let fonts = self.fonts;
        let width = fonts.width(text, em, weight);
        let before = match hold {
            HPos::Left => 0.0,
            HPos::Center => width / 2.0,
            HPos::Right => width,
        }
        .round() as i32;
        let ink = style.color();
        fonts.rasterised(text, em, weight, |along, below, covered| {
            let along = along - before;
            let place = if climbing { (left + below, baseline - along) } else { (left + along, baseline + below) };
            self.draw_pixel(place, BackendColor { alpha: ink.alpha * covered, ..ink })
        })
    }
}
