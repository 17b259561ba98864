//! How much of every limit a plan uses: one bar a limit, one colour a workload.

use super::Format;
use super::axis::Axis;
use super::error::{ChartError, drawable};
use super::estimate::ARROW;
use super::font::Fonts;
use super::frame::{self, MARGIN, WIDTH};
use super::legend::{self, BAR_OPACITY, Entry, Sign};
use super::number::brief;
use super::palette::{self, LIMIT, QUIET, TEXT};
use super::panel::Panel;
use super::sketch::{Hold, Lettering, Sketch, Stroke};

/// The shares of all limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Utilisation {
    /// The one thing to take from the picture.
    pub title: String,
    /// What was planned.
    pub subtitle: String,
    /// The workloads, in the order of their colours.
    pub workloads: Vec<String>,
    /// The limits, from the top.
    pub limits: Vec<UsedLimit>,
    /// The share, 0 to 1, above which a limit is not kept well.
    pub safe: f64,
    /// Reasons to read the picture with care.
    pub doubts: Option<String>,
}

/// One limit and who uses it.
#[derive(Debug, Clone, PartialEq)]
pub struct UsedLimit {
    /// What it is called.
    pub name: String,
    /// Shares of it, 1 being all: the place of the workload in [`Utilisation::workloads`], or none for what all have in common.
    pub parts: Vec<(Option<usize>, f64)>,
    /// The share that may be used at most.
    pub high: f64,
    /// What stands beside the bar.
    pub label: String,
}

/// From one bar to the next.
const ROW: f64 = 34.0;
const BAR: f64 = 18.0;
/// The most that names take; longer ones wrap.
const NAME_COLUMN: f64 = 270.0;
const LABEL_COLUMN: f64 = 230.0;
const NAME: Lettering = Lettering::regular(13.0, TEXT);
/// No bar is drawn beyond this share: one limit that is missed by far must not make all others invisible. What goes on has an arrowhead.
const FARTHEST: f64 = 3.0;

impl Utilisation {
    /// The picture as a file's bytes.
    ///
    /// # Errors
    ///
    /// If there is no limit, if a share is not finite, or if a part belongs to no workload.
    pub fn draw(&self, format: Format) -> Result<Vec<u8>, ChartError> {
        self.check()?;
        format.file(&self.sketch(Fonts::ready()?))
    }

    fn check(&self) -> Result<(), ChartError> {
        if self.limits.is_empty() {
            return Err(ChartError::Empty);
        }
        for limit in &self.limits {
            drawable("a share", limit.parts.iter().map(|part| part.1).chain([limit.high]))?;
            for index in limit.parts.iter().filter_map(|part| part.0) {
                if index >= self.workloads.len() {
                    return Err(ChartError::UnknownSeries { index, series: self.workloads.len() });
                }
            }
        }
        Ok(())
    }

    fn sketch(&self, fonts: &'static Fonts) -> Sketch {
        let mut sketch = Sketch::new(WIDTH, &self.title, fonts);
        let below_heading = frame::heading(&mut sketch, &self.title, &self.subtitle);
        let top = legend::draw(&mut sketch, &self.legend(), below_heading + 12.0) + 30.0;
        let most = self.limits.iter().map(|limit| limit.high).fold(1.0, f64::max).min(FARTHEST);
        let widest = |text: fn(&UsedLimit) -> &str, most: f64| {
            self.limits.iter().map(|limit| sketch.width_of(text(limit), NAME)).fold(0.0, f64::max).min(most).ceil()
        };
        let panel = Panel {
            left: MARGIN + widest(|limit| &limit.name, NAME_COLUMN) + 10.0,
            right: WIDTH - MARGIN - widest(|limit| &limit.label, LABEL_COLUMN) - 12.0,
            top,
            bottom: top + ROW * self.limits.len() as f64,
            x: Axis::exact(0.0, most * 104.0, 6),
            y: Axis::exact(0.0, self.limits.len() as f64, 1),
        };
        panel.uprights(&mut sketch);
        for (row, limit) in self.limits.iter().enumerate() {
            self.draw_limit(&mut sketch, &panel, row, limit);
        }
        self.draw_marks(&mut sketch, &panel);
        panel.base(&mut sketch);
        panel.base_title(&mut sketch, "share of the limit (%)");
        let beyond = self.limits.iter().any(|limit| limit.high * 100.0 > panel.x.to);
        let remark =
            "An arrowhead at the edge: more than the picture shows is used; the number beside it says how much.";
        let remarks: Vec<String> = beyond.then(|| remark.to_owned()).into_iter().collect();
        let below = frame::remarks(&mut sketch, &remarks, panel.bottom + Panel::ROOM_BELOW);
        let below = frame::doubts(&mut sketch, self.doubts.as_deref().unwrap_or_default(), below);
        sketch.height = below + MARGIN / 2.0;
        sketch
    }

    fn legend(&self) -> Vec<Entry> {
        let workload = |(index, name): (usize, &String)| Entry::quiet(Sign::Bar(palette::hue(index)), name);
        let mut entries: Vec<Entry> = self.workloads.iter().enumerate().map(workload).collect();
        if self.limits.iter().any(|limit| limit.parts.iter().any(|part| part.0.is_none())) {
            entries.push(Entry::quiet(Sign::Bar(QUIET), "the process itself"));
        }
        entries.push(Entry::quiet(Sign::Line(TEXT), "to the high end"));
        entries
    }

    fn draw_limit(&self, sketch: &mut Sketch, panel: &Panel, row: usize, limit: &UsedLimit) {
        let middle = panel.top + ROW * (row as f64 + 0.5);
        let left = panel.left - 10.0;
        let name = sketch.wrapped(&limit.name, NAME, left - MARGIN / 2.0);
        draw_words(sketch, &name, left, middle, Hold::Right);
        let at = |share: f64| panel.at(((share * 100.0).min(panel.x.to), 0.0)).0;
        let mut from = 0.0;
        for (workload, share) in &limit.parts {
            let ink = workload.map_or(QUIET, palette::hue);
            let ends = (at(from), at(from + share));
            sketch.block((ends.0, middle - BAR / 2.0), (ends.1, middle + BAR / 2.0), ink, BAR_OPACITY);
            from += share;
        }
        if limit.high > from * 1.001 {
            let ends = vec![(at(from), middle), (at(limit.high), middle)];
            sketch.line(ends, Stroke::new(TEXT, 2.0));
            let tip = at(limit.high);
            sketch.line(vec![(tip, middle - 5.0), (tip, middle + 5.0)], Stroke::new(TEXT, 2.0));
        }
        if limit.high.max(from) * 100.0 > panel.x.to {
            let (edge, half) = (panel.right, BAR / 2.0);
            let ink =
                limit.parts.iter().rev().find(|part| part.1 > 0.0).and_then(|part| part.0).map_or(QUIET, palette::hue);
            sketch.area(vec![(edge, middle - half), (edge + ARROW, middle), (edge, middle + half)], ink, BAR_OPACITY);
        }
        let label = sketch.wrapped(&limit.label, NAME, WIDTH - panel.right - 24.0);
        draw_words(sketch, &label, panel.right + 12.0, middle, Hold::Left);
    }

    /// The lines at the safe share and at all.
    fn draw_marks(&self, sketch: &mut Sketch, panel: &Panel) {
        for (share, dashed) in [(self.safe, true), (1.0, false)] {
            let (x, _) = panel.at((share * 100.0, 0.0));
            let ends = [(x, panel.top - 4.0), (x, panel.bottom)];
            let stroke = Stroke::new(LIMIT, 1.5);
            if dashed {
                sketch.dashed(&ends, stroke, 7.0, 5.0);
            } else {
                sketch.line(ends.to_vec(), stroke);
            }
            let words = format!("{} %", brief(share * 100.0));
            sketch.words(&words, (x, panel.top - 9.0), Hold::Middle, Lettering::bold(13.0, LIMIT));
        }
    }
}

/// Lines of text around a middle.
fn draw_words(sketch: &mut Sketch, lines: &[String], x: f64, middle: f64, hold: Hold) {
    let first = middle - (lines.len() as f64 - 1.0) / 2.0 * NAME.line_height();
    for (number, line) in lines.iter().enumerate() {
        let baseline = first + number as f64 * NAME.line_height() + NAME.drop_from_middle();
        sketch.words(line, (x, baseline), hold, NAME);
    }
}
