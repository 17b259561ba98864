//! What one more stream costs: memory against the number of streams, the line through it, and what the line leaves over.

use super::Format;
use super::axis::Axis;
use super::error::{ChartError, drawable};
use super::font::Fonts;
use super::frame::{self, LABEL, MARGIN, WIDTH};
use super::growth::corners;
use super::labels::{Wish, spread};
use super::legend::{self, Entry, Sign, draw_cross, draw_ring};
use super::limit::{self, LimitLines, Shown};
use super::number::{MIB, brief, fixed, mib};
use super::palette::{self, Ink, PAPER, QUIET, TEXT};
use super::panel::{Panel, left_edge};
use super::residuals::Residuals;
use super::series_line::{Rank, SeriesLine, pale};
use super::sketch::{Hold, Lettering, Sketch, Stroke, Xy};
use crate::scenario::Held;

/// Memory against the number of open streams, one line a series, with the residuals below.
#[derive(Debug, Clone, PartialEq)]
pub struct CostLine {
    /// What is counted.
    pub held: Held,
    /// The one thing to take from the picture.
    pub title: String,
    /// What was measured, where and how.
    pub subtitle: String,
    /// The series, in the order of their colours.
    pub series: Vec<SeriesLine>,
    /// The number of streams up to which lines are drawn; raised to the most that were measured.
    pub x_max: f64,
    /// The memory limit, if there is one.
    pub limit: Option<LimitLines>,
    /// How many streams stay under 70 % of the limit.
    pub fits: Option<FitMark>,
    /// What became of trials under the limit.
    pub outcomes: Option<Outcomes>,
    /// What has to be said below.
    pub remarks: Vec<String>,
    /// Reasons to read the picture with care.
    pub doubts: Option<String>,
}

/// The number of streams that stays under 70 % of the memory limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitMark {
    /// The place of the series in [`CostLine::series`].
    pub series_index: usize,
    /// How many.
    pub streams: f64,
}

/// Trials under the limit, marked on the line of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcomes {
    /// The place of the series in [`CostLine::series`].
    pub series_index: usize,
    /// Numbers of streams that lived.
    pub survived: Vec<f64>,
    /// Numbers of streams that were killed.
    pub killed: Vec<f64>,
    /// What stands beside them.
    pub label: String,
}

/// How high the picture is unless what stands around the panels needs more.
const HEIGHT: f64 = 760.0;
const LEAST_PLOT_HEIGHT: f64 = 280.0;
const RESIDUALS_HEIGHT: f64 = 112.0;
const BETWEEN_PANELS: f64 = 40.0;
/// For the labels at the ends of the lines.
const LABEL_COLUMN: f64 = 184.0;
/// How much room a bound may take beyond the data, in heights of the data.
const BOUND_ROOM: f64 = 0.6;

impl CostLine {
    /// The picture as a file's bytes.
    ///
    /// # Errors
    ///
    /// If no series has a point, if a number is not finite, or if the number that fits belongs to no series.
    pub fn draw(&self, format: Format) -> Result<Vec<u8>, ChartError> {
        self.check()?;
        format.file(&self.sketch(Fonts::ready()?))
    }

    fn check(&self) -> Result<(), ChartError> {
        for series in &self.series {
            series.check()?;
        }
        drawable("a number of streams", [self.x_max])?;
        if let Some(limit) = &self.limit {
            limit.check()?;
        }
        if let Some(fits) = &self.fits {
            drawable("a number of streams that fits", [fits.streams])?;
            if fits.series_index >= self.series.len() {
                return Err(ChartError::UnknownSeries { index: fits.series_index, series: self.series.len() });
            }
        }
        if let Some(outcomes) = &self.outcomes {
            drawable("a number of streams under the limit", outcomes.streams())?;
            if outcomes.series_index >= self.series.len() {
                return Err(ChartError::UnknownSeries { index: outcomes.series_index, series: self.series.len() });
            }
        }
        if self.series.iter().all(|series| series.points.is_empty()) {
            return Err(ChartError::Empty);
        }
        Ok(())
    }

    fn sketch(&self, fonts: &'static Fonts) -> Sketch {
        let mut sketch = Sketch::new(WIDTH, &self.title, fonts);
        let below_heading = frame::heading(&mut sketch, &self.title, &self.subtitle);
        let end = self.end();
        let top = legend::draw(&mut sketch, &self.legend(end), below_heading + 12.0) + 16.0;

        let x = Axis::counting(0.0, end * 1.02, 8);
        let (high, y) = self.memory_axis(end);
        let (limit, y) = limit::shown(self.limit.as_ref(), y, high);
        let residuals = Residuals::of(&self.series);
        let left = left_edge(&sketch, &[&y, &residuals.axis]);

        let remarks = self.remarks(&y, &x, &limit);
        let footer = |sketch: &mut Sketch, top: f64| {
            let below = frame::remarks(sketch, &remarks, top);
            frame::doubts(sketch, self.doubts.as_deref().unwrap_or_default(), below)
        };
        // What stands below is drawn once to learn its height, because the plot takes what is left.
        let footer_height = footer(&mut sketch.clone(), 0.0) + MARGIN / 2.0;
        let below_plot = BETWEEN_PANELS + RESIDUALS_HEIGHT + Panel::ROOM_BELOW + footer_height;
        let panel = Panel {
            left,
            right: WIDTH - LABEL_COLUMN,
            top,
            bottom: (HEIGHT - below_plot).max(top + LEAST_PLOT_HEIGHT),
            x,
            y,
        };
        self.draw_memory(&mut sketch, &panel, &limit, end);
        let lower_top = panel.bottom + BETWEEN_PANELS;
        let lower = Panel { top: lower_top, bottom: lower_top + RESIDUALS_HEIGHT, y: residuals.axis.clone(), ..panel };
        residuals.draw(&mut sketch, &lower);
        lower.base_title(&mut sketch, &self.held.said("open streams"));
        sketch.height = footer(&mut sketch, lower.bottom + Panel::ROOM_BELOW) + MARGIN / 2.0;
        sketch
    }

    /// The number of streams up to which lines are drawn.
    fn end(&self) -> f64 {
        let measured = self.series.iter().map(SeriesLine::most_measured);
        let tried = self.outcomes.iter().flat_map(Outcomes::streams);
        let end = measured.chain(tried).fold(self.x_max, f64::max);
        if end > 0.0 { end } else { 1.0 }
    }

    /// The memory axis, and the highest value it was made for. Points and lines have to fit; a wild bound need not.
    fn memory_axis(&self, end: f64) -> (f64, Axis) {
        let mut low = f64::INFINITY;
        let mut high = f64::NEG_INFINITY;
        for value in self.series.iter().flat_map(|series| series.must_show(end)) {
            low = low.min(value);
            high = high.max(value);
        }
        let room = (high - low) * BOUND_ROOM;
        // No process holds less than nothing, whatever the band says.
        let (floor, ceiling) = ((low - room).max(low.min(0.0)), high + room);
        for value in self.series.iter().flat_map(SeriesLine::bounds) {
            low = low.min(value.max(floor));
            high = high.max(value.min(ceiling));
        }
        (high, Axis::holding(low, high, 6))
    }

    fn legend(&self, end: f64) -> Vec<Entry> {
        let any = |has: fn(&SeriesLine) -> bool| self.series.iter().any(has);
        let bent = any(|series| series.pieces.is_some());
        let line = if bent { "fitted line, or two pieces" } else { "fitted line" };
        let mut entries = vec![Entry::quiet(Sign::Dot(QUIET), "one trial"), Entry::quiet(Sign::Line(QUIET), line)];
        // Every line is drawn to the edges, and one that is pale for a hair's breadth needs no explaining.
        let far = |series: &SeriesLine| series.least_measured() > end * 0.05 || series.most_measured() < end * 0.98;
        if self.series.iter().any(far) {
            entries.push(Entry::quiet(Sign::Line(pale(QUIET)), "where nothing was measured"));
        }
        if any(|series| series.rank == Rank::Met) {
            entries.push(Entry::quiet(Sign::Thin(QUIET), "what a limit meets first"));
        }
        if any(|series| series.band.len() > 1) {
            entries.push(Entry::quiet(Sign::Band(QUIET), "95 % of the line"));
        }
        if any(|series| series.prediction_upper.len() > 1) {
            entries.push(Entry::quiet(Sign::Dashed(QUIET), "95 % bound for one run"));
        }
        if any(|series| series.open_line.is_some()) {
            let meaning = self.held.said("open streams before any text");
            entries.push(Entry::quiet(Sign::Dotted(QUIET), &meaning));
        }
        if self.outcomes.is_some() {
            entries.push(Entry::quiet(Sign::Ring(TEXT), "lived under the limit"));
            entries.push(Entry::quiet(Sign::Cross(TEXT), "killed by it"));
        }
        entries
    }

    /// What has to be said because it is not drawn.
    fn remarks(&self, y: &Axis, x: &Axis, limit: &Shown) -> Vec<String> {
        let mut remarks = self.remarks.clone();
        if y.from > 0.0 {
            let foot = brief(y.from);
            remarks.push(format!("The memory axis starts at {foot} MiB, not at zero."));
        }
        remarks.extend(limit.remark.clone());
        if let (Some(fits), None) = (&self.fits, self.fitting_point(x, limit)) {
            let series = &self.series[fits.series_index].name;
            let under = match &self.limit {
                Some(limit) => format!(" ({})", mib(limit.seventy_bytes)),
                None => String::new(),
            };
            let streams = fixed(fits.streams.floor(), 0);
            remarks.push(format!("{series}: {streams} {} fit under 70 % of the limit{under}.", self.held.many()));
        }
        remarks
    }

    /// Where the mark for the number that fits stands, if it is inside the picture.
    fn fitting_point(&self, x: &Axis, limit: &Shown) -> Option<Xy> {
        let streams = self.fits?.streams;
        let level = self.limit?.seventy_bytes / MIB;
        let inside = x.reaches(streams) && limit.has_line_near(level);
        inside.then_some((streams, level))
    }

    fn draw_memory(&self, sketch: &mut Sketch, panel: &Panel, limit: &Shown, end: f64) {
        panel.levels(sketch, "memory (MiB)");
        panel.uprights(sketch);
        panel.floor(sketch);
        self.series.iter().for_each(|series| series.draw_band(sketch, panel));
        limit.draw(sketch, panel);
        self.series.iter().for_each(|series| series.draw_lines(sketch, panel, end));
        self.series.iter().for_each(|series| series.draw_points(sketch, panel));
        self.draw_labels(sketch, panel, end);
        if let Some(outcomes) = &self.outcomes {
            outcomes.draw(sketch, panel, &self.series[outcomes.series_index]);
        }
        if let (Some(fits), Some(point)) = (&self.fits, self.fitting_point(&panel.x, limit)) {
            draw_fits(
                sketch,
                panel,
                self.held,
                fits,
                palette::hue_for_words(self.series[fits.series_index].hue),
                point,
            );
        }
        limit.name(sketch, panel);
    }

    /// Writes beside the end of every line what it says.
    fn draw_labels(&self, sketch: &mut Sketch, panel: &Panel, end: f64) {
        let left = panel.right + 14.0;
        let mut labels = Vec::new();
        for series in &self.series {
            let label = series.label_lines(sketch, WIDTH - 6.0 - left);
            let room = label.len() as f64 * LABEL.line_height() + 8.0;
            let (_, middle) = panel.at((end, series.fitted_at(end) / MIB));
            labels.push((label, Wish { middle, room }));
        }
        let wishes: Vec<Wish> = labels.iter().map(|(_, wish)| *wish).collect();
        let middles = spread(&wishes, panel.top - 8.0, panel.bottom + 8.0);
        for ((lines, _), middle) in labels.into_iter().zip(middles) {
            let first = middle - (lines.len() as f64 - 1.0) / 2.0 * LABEL.line_height();
            for (index, (line, lettering)) in lines.into_iter().enumerate() {
                let line_middle = first + index as f64 * LABEL.line_height();
                let baseline = (left, line_middle + lettering.drop_from_middle());
                sketch.words(&line, baseline, Hold::Left, lettering);
            }
        }
    }
}

/// Marks where the number that fits meets the 70 % line.
fn draw_fits(sketch: &mut Sketch, panel: &Panel, held: Held, fits: &FitMark, ink: Ink, point: Xy) {
    let (x, y) = panel.at(point);
    sketch.dashed(&[(x, panel.bottom), (x, y)], Stroke::new(ink, 1.25), 3.0, 3.0);
    sketch.dot((x, y), 6.5, ink, 1.0);
    sketch.dot((x, y), 3.5, PAPER, 1.0);
    let words = format!("{} {} fit", fixed(fits.streams.floor(), 0), held.many());
    let lettering = Lettering::bold(LABEL.size, ink);
    let wide = sketch.width_of(&words, lettering) + 24.0;
    sketch.words_where_free(&words, &corners((x, y), wide, panel), lettering);
}

impl Outcomes {
    fn streams(&self) -> impl Iterator<Item = f64> {
        self.survived.iter().chain(&self.killed).copied()
    }

    /// Marks every trial on the line, and says beside the place where living ends what came of it.
    fn draw(&self, sketch: &mut Sketch, panel: &Panel, series: &SeriesLine) {
        let at = |streams: f64| panel.at((streams, series.fitted_at(streams) / MIB));
        self.survived.iter().for_each(|streams| draw_ring(sketch, at(*streams), TEXT));
        self.killed.iter().for_each(|streams| draw_cross(sketch, at(*streams), TEXT));
        let first_killed = self.killed.iter().copied().reduce(f64::min);
        let Some(place) = first_killed.or(self.survived.iter().copied().reduce(f64::max)) else { return };
        let lettering = Lettering::bold(LABEL.size, TEXT);
        let wide = sketch.width_of(&self.label, lettering) + 24.0;
        // Lines rise to here from the left: below them, at the edge, is room, from where a stroke leads back.
        let (x, y) = at(place);
        let edge = panel.right - 8.0;
        let lower = (2..12).map(|step| ((edge, y + 22.0 * f64::from(step)), Hold::Right));
        let lower = lower.filter(|((_, baseline), _)| *baseline < panel.bottom - 8.0);
        let places: Vec<(Xy, Hold)> = corners((x, y), wide, panel).into_iter().chain(lower).collect();
        if let Some((_, baseline)) = sketch.words_where_free(&self.label, &places, lettering)
            && baseline > y + 40.0
        {
            sketch.line(vec![(x, y + 10.0), (x, baseline - LABEL.size)], Stroke::new(TEXT, 1.0));
        }
    }
}
