//! What the process held while it ran: one line a trial.

use super::Format;
use super::axis::Axis;
use super::error::{ChartError, drawable};
use super::font::Fonts;
use super::frame::{self, LABEL, MARGIN, WIDTH};
use super::labels::{Wish, spread};
use super::legend::{self, Entry, Sign};
use super::limit::{self, LimitLines};
use super::number::{brief, fixed};
use super::palette::{self, BAND};
use super::panel::{Panel, left_edge};
use super::sketch::{Hold, Lettering, Sketch, Stroke};
use super::trial_line::{TrialLine, TrialTrace, draw_labels, draw_lines};
use crate::scenario::Held;

/// Resident memory over time, one line a trial: the hue says the series, the shade the number of streams.
#[derive(Debug, Clone, PartialEq)]
pub struct RssOverTime {
    /// What is counted.
    pub held: Held,
    /// The one thing to take from the picture.
    pub title: String,
    /// What was measured, where and how.
    pub subtitle: String,
    /// The trials, in any order. Those without points are left out.
    pub traces: Vec<TrialTrace>,
    /// The names of the series.
    pub series: Vec<String>,
    /// The phases of the trial with most streams, drawn as bands behind the lines.
    pub phases: Vec<PhaseSpan>,
    /// The memory limit, if there is one.
    pub limit: Option<LimitLines>,
    /// Reasons to read the picture with care.
    pub doubts: Option<String>,
}

/// From when to when a phase lasted, in seconds since the trial began.
#[derive(Debug, Clone, PartialEq)]
pub struct PhaseSpan {
    /// What the phase is called.
    pub name: String,
    /// When it began.
    pub from: f64,
    /// When it ended.
    pub to: f64,
}

/// How high the picture is unless what stands around the plot needs more.
const HEIGHT: f64 = 600.0;
const LEAST_PLOT_HEIGHT: f64 = 300.0;
/// For the numbers of streams at the ends of the lines.
const LABEL_COLUMN: f64 = 92.0;
/// The strip on top of the plot that names the phases.
const PHASE_STRIP: f64 = 26.0;
const PHASE: Lettering = Lettering::regular(13.0, palette::QUIET);

impl RssOverTime {
    /// The picture as a file's bytes.
    ///
    /// # Errors
    ///
    /// If no trace has a point, if a number is not finite, or if a trace belongs to no series.
    pub fn draw(&self, format: Format) -> Result<Vec<u8>, ChartError> {
        self.check()?;
        format.file(&self.sketch(Fonts::ready()?))
    }

    fn check(&self) -> Result<(), ChartError> {
        for trace in &self.traces {
            if trace.series_index >= self.series.len() {
                return Err(ChartError::UnknownSeries { index: trace.series_index, series: self.series.len() });
            }
            drawable("a time", trace.points.iter().map(|point| point.0))?;
            drawable("a memory size", trace.points.iter().map(|point| point.1))?;
            drawable("a plateau", trace.full.iter().flat_map(|point| [point.0, point.1]))?;
        }
        for phase in &self.phases {
            drawable("the time of a phase", [phase.from, phase.to])?;
        }
        if let Some(limit) = &self.limit {
            limit.check()?;
        }
        if self.traces.iter().all(|trace| trace.points.is_empty()) {
            return Err(ChartError::Empty);
        }
        Ok(())
    }

    fn sketch(&self, fonts: &'static Fonts) -> Sketch {
        let mut sketch = Sketch::new(WIDTH, &self.title, fonts);
        let trials = TrialLine::all(&self.traces, WIDTH as usize);
        let below_heading = frame::heading(&mut sketch, &self.title, &self.subtitle);
        let top = legend::draw(&mut sketch, &self.legend(&trials), below_heading + 12.0) + 14.0;

        let measured = || trials.iter().flat_map(|trial| &trial.points);
        let (low, high) = range(measured().map(|point| point.1));
        let (limit, y) = limit::shown(self.limit.as_ref(), Axis::holding(low, high, 6), high);
        let (start, end) = range(measured().map(|point| point.0));
        let mut remarks = Vec::new();
        if y.from > 0.0 {
            let foot = brief(y.from);
            remarks.push(format!("The RSS axis starts at {foot} MiB, not at zero."));
        }
        remarks.extend(limit.remark.clone());

        // What stands below is drawn once to learn its height, because the plot takes what is left.
        let footer = |sketch: &mut Sketch, top: f64| {
            let below = frame::remarks(sketch, &remarks, top);
            let doubts = self.doubts.as_deref().unwrap_or_default();
            frame::doubts(sketch, doubts, below)
        };
        let footer_height = footer(&mut sketch.clone(), 0.0) + MARGIN / 2.0;
        let named = !self.phases.is_empty();
        let plot_top = if named { top + PHASE_STRIP } else { top };
        let bottom = (HEIGHT - footer_height - Panel::ROOM_BELOW).max(plot_top + LEAST_PLOT_HEIGHT);
        let panel = Panel {
            left: left_edge(&sketch, &[&y]),
            right: WIDTH - LABEL_COLUMN,
            top: plot_top,
            bottom,
            x: Axis::exact(start.min(0.0), end, 8),
            y,
        };
        panel.levels(&mut sketch, "RSS (MiB)");
        limit.draw(&mut sketch, &panel);
        // The tint of the phases lies over grid and limit, so that the ground of a label leaves no hole in it.
        self.draw_phases(&mut sketch, &panel, top);
        panel.base(&mut sketch);
        panel.base_title(&mut sketch, "time since the trial began (s)");
        // Where a leader follows its line, the line is what is seen.
        draw_labels(&mut sketch, &panel, self.held, &trials);
        draw_lines(&mut sketch, &panel, &trials);
        limit.name(&mut sketch, &panel);
        sketch.height = footer(&mut sketch, bottom + Panel::ROOM_BELOW) + MARGIN / 2.0;
        sketch
    }

    fn legend(&self, trials: &[TrialLine]) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (index, series) in self.series.iter().enumerate() {
            let of_series = trials.iter().filter(|trial| trial.series == index);
            let mut inks = of_series.map(|trial| trial.ink);
            let Some(first) = inks.next() else {
                continue;
            };
            let sign = if inks.all(|ink| ink == first) {
                Sign::Line(first)
            } else {
                Sign::Shades([0.0, 0.5, 1.0].map(|depth| palette::shade(index, depth)))
            };
            entries.push(Entry {
                sign,
                meaning: series.clone(),
                lettering: Lettering::bold(LABEL.size, palette::hue_for_words(index)),
            });
        }
        let fewest = trials.iter().map(|trial| trial.streams).min();
        let most = trials.iter().map(|trial| trial.streams).max();
        if let (Some(fewest), Some(most)) = (fewest, most)
            && fewest < most
        {
            let count = |streams: u32| fixed(f64::from(streams), 0);
            let meaning = format!("light to dark: {} to {} {}", count(fewest), count(most), self.held.many());
            entries.push(Entry::quiet(Sign::None, &meaning));
        }
        entries
    }

    fn draw_phases(&self, sketch: &mut Sketch, panel: &Panel, top: f64) {
        let mut names = Vec::new();
        for (index, phase) in self.phases.iter().enumerate() {
            let inside = |seconds: f64| seconds.clamp(panel.x.from, panel.x.to);
            let (from, _) = panel.at((inside(phase.from), panel.y.from));
            let (to, _) = panel.at((inside(phase.to), panel.y.from));
            if to <= from {
                continue;
            }
            if index % 2 == 1 {
                sketch.block((from, top), (to, panel.bottom), BAND, 0.06);
            }
            let wish = Wish { middle: f64::midpoint(from, to), room: sketch.width_of(&phase.name, PHASE) + 12.0 };
            names.push((phase.name.as_str(), wish));
        }
        let wishes: Vec<Wish> = names.iter().map(|(_, wish)| *wish).collect();
        let middles = spread(&wishes, panel.left - 12.0, panel.right + 4.0);
        for ((name, wish), middle) in names.into_iter().zip(middles) {
            sketch.words(name, (middle, top + 17.0), Hold::Middle, PHASE);
            if (middle - wish.middle).abs() > wish.room / 2.0 {
                // The name had to step aside: a stroke leads back to its band.
                let lead = vec![(middle, top + 20.0), (wish.middle, top + PHASE_STRIP)];
                sketch.line(lead, Stroke::new(palette::AXIS, 1.0));
            }
        }
    }
}

/// The least and the greatest of some values; zero and zero if there are none.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.map(|value| (value, value)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0.0, 0.0))
}
