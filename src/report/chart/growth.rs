//! What grows with the number of streams, and where the plan stands on it.

use super::Format;
use super::axis::Axis;
use super::error::{ChartError, drawable};
use super::font::Fonts;
use super::frame::{self, LABEL, MARGIN, WIDTH};
use super::legend::{self, DASHED, Entry, Sign, draw_ring};
use super::limit::{self, LimitLines, Shown};
use super::palette::{self, Ink, TEXT};
use super::panel::{Panel, left_edge};
use super::sketch::{Hold, Lettering, Sketch, Stroke, Xy};

/// Lines over the number of open streams, with the planned point.
#[derive(Debug, Clone, PartialEq)]
pub struct Growth {
    /// The one thing to take from the picture.
    pub title: String,
    /// What was planned.
    pub subtitle: String,
    /// What stands along the upright axis, with its unit.
    pub y_title: String,
    /// The lines, in the order of their colours. The first is the planned one.
    pub lines: Vec<GrowthLine>,
    /// The memory limit, if memory is what grows; the lines are then in MiB.
    pub limit: Option<LimitLines>,
    /// Where the plan stands.
    pub planned: PlannedPoint,
    /// What has to be said below.
    pub remarks: Vec<String>,
    /// Reasons to read the picture with care.
    pub doubts: Option<String>,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct GrowthLine {
    /// What it is called.
    pub name: String,
    /// Streams, then low, likely and high value. At least two, rising in streams.
    pub points: Vec<(f64, [f64; 3])>,
}

/// The planned number of streams.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedPoint {
    /// How many streams.
    pub streams: f64,
    /// The likely value there.
    pub value: f64,
    /// What stands beside it.
    pub label: String,
}

const HEIGHT: f64 = 560.0;
const LEAST_PLOT_HEIGHT: f64 = 280.0;

impl Growth {
    /// The picture as a file's bytes.
    ///
    /// # Errors
    ///
    /// If no line has two points, or a number is not finite.
    pub fn draw(&self, format: Format) -> Result<Vec<u8>, ChartError> {
        if self.lines.iter().all(|line| line.points.len() < 2) {
            return Err(ChartError::Empty);
        }
        for line in &self.lines {
            drawable("a point of the plan", line.points.iter().flat_map(|(x, y)| [*x, y[0], y[1], y[2]]))?;
        }
        drawable("the planned point", [self.planned.streams, self.planned.value])?;
        if let Some(limit) = &self.limit {
            limit.check()?;
        }
        format.file(&self.sketch(Fonts::ready()?))
    }

    fn sketch(&self, fonts: &'static Fonts) -> Sketch {
        let mut sketch = Sketch::new(WIDTH, &self.title, fonts);
        let below_heading = frame::heading(&mut sketch, &self.title, &self.subtitle);
        let top = legend::draw(&mut sketch, &self.legend(), below_heading + 12.0) + 16.0;
        let ends = self.lines.iter().filter_map(|line| line.points.last());
        let end = ends.clone().map(|point| point.0).fold(self.planned.streams, f64::max);
        let high = ends.map(|point| point.1[2]).fold(self.planned.value, f64::max);
        let x = Axis::counting(0.0, end * 1.02, 8);
        let (limit, y) = limit::shown(self.limit.as_ref(), Axis::holding(0.0, high, 6), high);
        let remarks: Vec<String> = self.remarks.iter().cloned().chain(limit.remark.clone()).collect();
        let footer = |sketch: &mut Sketch, top: f64| {
            let below = frame::remarks(sketch, &remarks, top);
            frame::doubts(sketch, self.doubts.as_deref().unwrap_or_default(), below)
        };
        // What stands below is drawn once to learn its height, because the plot takes what is left.
        let below_plot = Panel::ROOM_BELOW + footer(&mut sketch.clone(), 0.0) + MARGIN / 2.0;
        let panel = Panel {
            left: left_edge(&sketch, &[&y]),
            right: WIDTH - MARGIN,
            top,
            bottom: (HEIGHT - below_plot).max(top + LEAST_PLOT_HEIGHT),
            x,
            y,
        };
        self.draw_panel(&mut sketch, &panel, &limit);
        sketch.height = footer(&mut sketch, panel.bottom + Panel::ROOM_BELOW) + MARGIN / 2.0;
        sketch
    }

    fn legend(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (index, line) in self.lines.iter().enumerate() {
            let ink = palette::hue(index);
            let sign = if index == 0 { Sign::Line(ink) } else { Sign::Dashed(ink) };
            entries.push(Entry::quiet(sign, &line.name));
        }
        if self.lines.iter().any(GrowthLine::has_band) {
            entries.push(Entry::quiet(Sign::Band(palette::hue(0)), "low to high"));
        }
        entries.push(Entry::quiet(Sign::Ring(TEXT), "planned"));
        entries
    }

    fn draw_panel(&self, sketch: &mut Sketch, panel: &Panel, limit: &Shown) {
        panel.levels(sketch, &self.y_title);
        panel.uprights(sketch);
        for (index, line) in self.lines.iter().enumerate() {
            line.draw_band(sketch, panel, palette::hue(index));
        }
        limit.draw(sketch, panel);
        for (index, line) in self.lines.iter().enumerate() {
            line.draw(sketch, panel, palette::hue(index), index > 0);
        }
        panel.base(sketch);
        panel.base_title(sketch, "open streams");
        self.draw_planned(sketch, panel);
        limit.name(sketch, panel);
    }

    fn draw_planned(&self, sketch: &mut Sketch, panel: &Panel) {
        let (x, y) = panel.at((self.planned.streams, self.planned.value));
        sketch.dashed(&[(x, panel.bottom), (x, y)], Stroke::new(TEXT, 1.25), 3.0, 3.0);
        draw_ring(sketch, (x, y), TEXT);
        let lettering = Lettering::bold(LABEL.size, TEXT);
        let wide = sketch.width_of(&self.planned.label, lettering) + 24.0;
        sketch.words_where_free(&self.planned.label, &corners((x, y), wide, panel), lettering);
    }
}

/// The places beside a point for words so `wide`, within the panel. A line that rises comes from the lower left and leaves to the upper
/// right: the other two corners come first.
pub(super) fn corners((x, y): Xy, wide: f64, panel: &Panel) -> Vec<(Xy, Hold)> {
    let (below, above) = ((y + 22.0).min(panel.bottom - 8.0), (y - 12.0).max(panel.top + 14.0));
    let (right, left) = ((x + 12.0, Hold::Left), (x - 12.0, Hold::Right));
    let mut places: Vec<(Xy, Hold)> = [(right, below), (left, above), (right, above), (left, below)]
        .into_iter()
        .filter(|((_, hold), _)| if *hold == Hold::Left { x + wide < panel.right } else { x - wide > panel.left })
        .map(|((x, hold), y)| ((x, y), hold))
        .collect();
    if places.is_empty() {
        places.push(((x, above), Hold::Middle));
    }
    places
}

impl GrowthLine {
    fn has_band(&self) -> bool {
        self.points.iter().any(|(_, [low, _, high])| low < high)
    }

    fn path(&self, pick: usize) -> Vec<Xy> {
        self.points.iter().map(|(x, y)| (*x, y[pick])).collect()
    }

    fn draw_band(&self, sketch: &mut Sketch, panel: &Panel, ink: Ink) {
        if self.has_band() {
            let mut outline = panel.path(self.path(2));
            outline.extend(panel.path(self.path(0)).into_iter().rev());
            sketch.area(outline, ink, 0.18);
        }
    }

    fn draw(&self, sketch: &mut Sketch, panel: &Panel, ink: Ink, dashed: bool) {
        let path = panel.path(self.path(1));
        if dashed {
            sketch.dashed(&path, Stroke::new(ink, 2.0), DASHED.0, DASHED.1);
        } else {
            sketch.line(path, Stroke::new(ink, 2.5));
        }
    }
}
