//! Many clients beside one another: what one more stream costs each, and what it holds before the first. One row a
//! client, one line in it and one colour a kind of use.

use super::Format;
use super::axis::Axis;
use super::error::ChartError;
use super::estimate::{ARROW, EstimateBytes};
use super::font::Fonts;
use super::frame::{self, MARGIN, WIDTH};
use super::legend::{self, Entry, Sign};
use super::number::MIB;
use super::palette::{self, BAND, TEXT};
use super::panel::Panel;
use super::sketch::{Hold, Lettering, Sketch};

/// The costs of many clients.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The one thing to take from the picture.
    pub title: String,
    /// What was measured, where and how.
    pub subtitle: String,
    /// What the clients do with the text, in the order of the colours.
    pub kinds: Vec<String>,
    /// The clients, from the top.
    pub rows: Vec<ComparisonRow>,
    /// Reasons to read the picture with care.
    pub doubts: Option<String>,
}

/// One client.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonRow {
    /// What it is called.
    pub name: String,
    /// What was measured of it, from the top; usually one value a kind.
    pub values: Vec<ComparedValue>,
}

/// One cost line, as its two numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedValue {
    /// The place of its kind in [`Comparison::kinds`].
    pub kind: usize,
    /// What one more stream costs.
    pub per_stream: EstimateBytes,
    /// What the process holds while no stream is open.
    pub base: EstimateBytes,
    /// What one more stream costs, in words.
    pub label: String,
}

const NAME: Lettering = Lettering::regular(13.0, TEXT);
/// What a value takes from top to bottom.
const LINE: f64 = 19.0;
/// Above and below the lines of a row together.
const ROW_AIR: f64 = 10.0;
/// The most that names take; longer ones wrap.
const NAME_COLUMN: f64 = 190.0;
/// The same for labels.
const LABEL_COLUMN: f64 = 130.0;
/// Between a panel and the words beside it: an arrowhead and some air.
const GAP: f64 = ARROW + 6.0;
/// Between the labels and the right panel.
const BETWEEN_PANELS: f64 = 24.0;
/// What the left panel takes of the room for both: it shows what the picture is about.
const LEFT_SHARE: f64 = 0.6;
/// How far the axes go, in largest values. Only values count: one wild interval must not make all else invisible.
const AXIS_ROOM: f64 = 1.25;

/// The room of one row.
#[derive(Debug, Clone)]
struct Room {
    top: f64,
    bottom: f64,
    name: Vec<String>,
    /// The lines of every label, and the room that its value takes from top to bottom.
    labels: Vec<(Vec<String>, f64)>,
}

/// The rows and what stands over all of them.
#[derive(Debug)]
struct Layout {
    rooms: Vec<Room>,
    per_stream: Panel,
    base: Panel,
}

impl Comparison {
    /// The picture as a file's bytes.
    ///
    /// # Errors
    ///
    /// If there is no value, if a number is not finite, if a value's kind is not listed, or if rows and texts would fill
    /// pages.
    pub fn draw(&self, format: Format) -> Result<Vec<u8>, ChartError> {
        self.check()?;
        format.file(&self.sketch(Fonts::ready()?))
    }

    fn check(&self) -> Result<(), ChartError> {
        for value in self.values() {
            value.per_stream.check()?;
            value.base.check()?;
            if value.kind >= self.kinds.len() {
                return Err(ChartError::UnknownSeries { index: value.kind, series: self.kinds.len() });
            }
        }
        if self.values().next().is_none() { Err(ChartError::Empty) } else { Ok(()) }
    }

    fn values(&self) -> impl Iterator<Item = &ComparedValue> {
        self.rows.iter().flat_map(|row| &row.values)
    }

    fn sketch(&self, fonts: &'static Fonts) -> Sketch {
        let mut sketch = Sketch::new(WIDTH, &self.title, fonts);
        let below_heading = frame::heading(&mut sketch, &self.title, &self.subtitle);
        let top = legend::draw(&mut sketch, &self.legend(), below_heading + 12.0) + 16.0;
        let layout = self.layout(&sketch, top);
        layout.draw_bands(&mut sketch);
        draw_axis(&mut sketch, &layout.per_stream, "one more stream (MiB)");
        draw_axis(&mut sketch, &layout.base, "base: no stream open (MiB)");
        for (row, room) in self.rows.iter().zip(&layout.rooms) {
            layout.draw_row(&mut sketch, row, room);
        }
        let bottom = layout.per_stream.bottom + Panel::ROOM_BELOW;
        let below = frame::remarks(&mut sketch, &self.remarks(&layout), bottom);
        let below = frame::doubts(&mut sketch, self.doubts.as_deref().unwrap_or_default(), below);
        sketch.height = below + MARGIN / 2.0;
        sketch
    }

    fn legend(&self) -> Vec<Entry> {
        let kind = |(index, name): (usize, &String)| Entry::quiet(Sign::Estimate(palette::hue(index)), name);
        let mut entries: Vec<Entry> = self.kinds.iter().enumerate().map(kind).collect();
        entries.push(Entry::quiet(Sign::None, "(bars: 95 % intervals)"));
        entries
    }

    /// What has to be said because it is not drawn.
    fn remarks(&self, layout: &Layout) -> Vec<String> {
        let cut = self.values().any(|v| v.per_stream.is_cut(&layout.per_stream) || v.base.is_cut(&layout.base));
        let remark = "An arrowhead at the edge of a panel: the interval goes on beyond it.";
        cut.then(|| remark.to_owned()).into_iter().collect()
    }

    fn layout(&self, sketch: &Sketch, top: f64) -> Layout {
        let widest = |texts: &mut dyn Iterator<Item = &String>, most: f64| {
            texts.map(|text| sketch.width_of(text, NAME)).fold(0.0, f64::max).min(most).ceil()
        };
        let names = widest(&mut self.rows.iter().map(|row| &row.name), NAME_COLUMN);
        let labels = widest(&mut self.values().map(|value| &value.label), LABEL_COLUMN);
        let mut rooms: Vec<Room> = Vec::new();
        for row in &self.rows {
            let top = rooms.last().map_or(top, |above| above.bottom);
            rooms.push(row.room(sketch, top, names, labels));
        }
        let bottom = rooms.last().map_or(top, |room| room.bottom);
        let left = MARGIN + names + GAP;
        let free = WIDTH - MARGIN - left - labels - 2.0 * GAP - BETWEEN_PANELS;
        let panel = |left: f64, share: f64, x: Axis| {
            let y = Axis::exact(0.0, 1.0, 1);
            Panel { left, right: left + free * share, top, bottom, x, y }
        };
        let per_stream = panel(left, LEFT_SHARE, self.axis(|value| value.per_stream, 6));
        let base_left = per_stream.right + GAP + labels + BETWEEN_PANELS;
        let base = panel(base_left, 1.0 - LEFT_SHARE, self.axis(|value| value.base, 4));
        Layout { rooms, per_stream, base }
    }

    /// An axis in MiB for one number of all values.
    fn axis(&self, number: fn(&ComparedValue) -> EstimateBytes, wanted: usize) -> Axis {
        let largest = self.values().map(|value| number(value).value).fold(0.0, f64::max);
        Axis::exact(0.0, largest / MIB * AXIS_ROOM, wanted)
    }
}

impl ComparisonRow {
    /// What the row needs from `top` down, if its words may be so wide.
    fn room(&self, sketch: &Sketch, top: f64, names: f64, labels: f64) -> Room {
        let name = sketch.wrapped(&self.name, NAME, names);
        let label = |value: &ComparedValue| {
            let lines = sketch.wrapped(&value.label, NAME, labels);
            let height = LINE.max(height(&lines));
            (lines, height)
        };
        let labels: Vec<_> = self.values.iter().map(label).collect();
        let values: f64 = labels.iter().map(|(_, height)| height).sum();
        let bottom = top + values.max(height(&name)).max(LINE) + ROW_AIR;
        Room { top, bottom, name, labels }
    }
}

impl Layout {
    /// Tints every second row, so that the eye stays in its row on the way to the right panel.
    fn draw_bands(&self, sketch: &mut Sketch) {
        for room in self.rooms.iter().step_by(2) {
            let corners = ((MARGIN / 2.0, room.top), (WIDTH - MARGIN / 2.0, room.bottom));
            sketch.block(corners.0, corners.1, BAND, 0.06);
        }
    }

    fn draw_row(&self, sketch: &mut Sketch, row: &ComparisonRow, room: &Room) {
        let middle = f64::midpoint(room.top, room.bottom);
        draw_words(sketch, &room.name, self.per_stream.left - GAP, middle, Hold::Right, NAME);
        let values: f64 = room.labels.iter().map(|(_, height)| height).sum();
        let mut top = middle - values / 2.0;
        for (value, (label, height)) in row.values.iter().zip(&room.labels) {
            let middle = top + height / 2.0;
            let ink = palette::hue(value.kind);
            value.per_stream.draw(sketch, &self.per_stream, middle, ink);
            value.base.draw(sketch, &self.base, middle, ink);
            let lettering = Lettering { ink: palette::hue_for_words(value.kind), ..NAME };
            draw_words(sketch, label, self.per_stream.right + GAP, middle, Hold::Left, lettering);
            top += height;
        }
    }
}

fn draw_axis(sketch: &mut Sketch, panel: &Panel, title: &str) {
    panel.uprights(sketch);
    panel.base(sketch);
    panel.base_title(sketch, title);
}

/// What lines of text take from top to bottom.
fn height(lines: &[String]) -> f64 {
    lines.len() as f64 * NAME.line_height()
}

/// Lines of text around a middle.
fn draw_words(sketch: &mut Sketch, lines: &[String], x: f64, middle: f64, hold: Hold, lettering: Lettering) {
    let first = middle - height(lines) / 2.0 + lettering.line_height() / 2.0;
    for (number, line) in lines.iter().enumerate() {
        let baseline = first + number as f64 * lettering.line_height() + lettering.drop_from_middle();
        sketch.words(line, (x, baseline), hold, lettering);
    }
}
