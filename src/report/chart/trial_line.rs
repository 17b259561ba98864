//! One trial in the picture of memory over time: its line, and its number of streams beside the height that goes into the fit.

use super::frame::LABEL;
use super::labels::{Wish, spread};
use super::number::{MIB, fixed};
use super::palette::{self, Ink, PAPER, mixed};
use super::panel::Panel;
use super::sketch::{Hold, Lettering, Sketch, Stroke, Xy};
use super::thin::thinned;
use crate::scenario::Held;

/// One trial.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialTrace {
    /// Its place in [`RssOverTime::series`](super::RssOverTime::series).
    pub series_index: usize,
    /// How many streams it held open.
    pub streams: u32,
    /// Seconds since the trial began, and bytes.
    pub points: Vec<(f64, f64)>,
    /// Where its plateau with all text ends, which is where its number of streams is told; at the end of the line if it has none.
    pub full: Option<(f64, f64)>,
}

/// Lines that end nearer together than this end at one place, as far as the eye can tell.
const TOGETHER: f64 = 6.0;

/// A trace ready to be drawn: in MiB, in the order of time, thinned, with its colour.
pub(super) struct TrialLine {
    pub(super) series: usize,
    pub(super) streams: u32,
    pub(super) points: Vec<Xy>,
    /// Where its number of streams is told.
    pub(super) told: Xy,
    pub(super) ink: Ink,
}

impl TrialLine {
    /// The trials that have points, in the order they are drawn: those with most streams last, on top. Each is thinned
    /// to what `columns` columns of a screen can show.
    pub(super) fn all(traces: &[TrialTrace], columns: usize) -> Vec<Self> {
        let measured: Vec<&TrialTrace> = traces.iter().filter(|trace| !trace.points.is_empty()).collect();
        let mut ladder: Vec<u32> = measured.iter().map(|trace| trace.streams).collect();
        ladder.sort_unstable();
        ladder.dedup();
        let depth = |streams: u32| match (ladder.binary_search(&streams), ladder.len()) {
            (Ok(rung), 2..) => rung as f64 / (ladder.len() - 1) as f64,
            _ => 0.6,
        };
        let line = |trace: &TrialTrace| {
            let in_mib = trace.points.iter().map(|(at, bytes)| (*at, bytes / MIB));
            let mut points: Vec<Xy> = in_mib.collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            let last = points.last().copied().unwrap_or_default();
            Self {
                series: trace.series_index,
                streams: trace.streams,
                points: thinned(&points, columns),
                told: trace.full.map_or(last, |(at, bytes)| (at, bytes / MIB)),
                ink: palette::shade(trace.series_index, depth(trace.streams)),
            }
        };
        let mut trials: Vec<Self> = measured.into_iter().map(line).collect();
        trials.sort_by_key(|trial| trial.streams);
        trials
    }

    fn peak(&self) -> f64 {
        let values = self.points.iter().map(|point| point.1);
        values.fold(f64::NEG_INFINITY, f64::max)
    }
}

/// Draws the lines.
pub(super) fn draw_lines(sketch: &mut Sketch, panel: &Panel, trials: &[TrialLine]) {
    let width = if trials.len() > 16 { 1.5 } else { 2.0 };
    for trial in trials {
        let path = panel.path(trial.points.iter().copied());
        if let [only] = path[..] {
            sketch.dot(only, 3.0, trial.ink, 1.0);
        }
        sketch.line(path, Stroke::new(trial.ink, width));
    }
}

/// Writes the number of streams at the right edge, at the height of every line's plateau, moved apart where plateaus lie together.
pub(super) fn draw_labels(sketch: &mut Sketch, panel: &Panel, held: Held, trials: &[TrialLine]) {
    let height = panel.bottom - panel.top;
    let size = (height / trials.len() as f64 / 1.15).clamp(9.0, LABEL.size);
    let ends = in_reading_order(panel, trials);
    let wish = |end: &LineEnd| Wish { middle: end.shared, room: size * 1.15 };
    let wishes: Vec<Wish> = ends.iter().map(wish).collect();
    let middles = spread(&wishes, panel.top, panel.bottom);
    for (LineEnd { trial, at, .. }, middle) in ends.into_iter().zip(middles) {
        let leader = Stroke::new(mixed(trial.ink, PAPER, 0.35), 1.0);
        let elbow = (panel.right + 5.0, at.1);
        let reach = (panel.right + 17.0, middle);
        sketch.dashed(&[at, elbow], leader, 2.0, 3.0);
        sketch.line(vec![elbow, reach, (reach.0 + 3.0, middle)], leader);
        let lettering = Lettering::bold(size, palette::hue_for_words(trial.series));
        let baseline = (reach.0 + 7.0, middle + lettering.drop_from_middle());
        let streams = fixed(f64::from(trial.streams), 0);
        sketch.words(&streams, baseline, Hold::Left, lettering);
    }
    let heading = (panel.right + 12.0, panel.top - 9.0);
    let quiet = Lettering::regular(13.0, palette::QUIET);
    sketch.words(held.many(), heading, Hold::Left, quiet);
}

/// Where a line ends.
struct LineEnd<'a> {
    trial: &'a TrialLine,
    at: Xy,
    /// The height that it shares with the lines that end together with it.
    shared: f64,
}

/// The ends of the lines, downwards. Lines that end together come in the order of their peaks, which is the order in
/// which the eye finds them in the picture.
fn in_reading_order<'a>(panel: &Panel, trials: &'a [TrialLine]) -> Vec<LineEnd<'a>> {
    let end_of = |trial: &'a TrialLine| {
        let at = panel.at(trial.told);
        LineEnd { trial, at, shared: at.1 }
    };
    let mut ends: Vec<LineEnd> = trials.iter().map(end_of).collect();
    ends.sort_by(|a, b| a.at.1.total_cmp(&b.at.1));
    let mut rest = ends.as_mut_slice();
    while let Some(first) = rest.first() {
        let last = first.at.1 + TOGETHER;
        let (group, below) = rest.split_at_mut(rest.partition_point(|end| end.at.1 <= last));
        let shared = group.iter().map(|end| end.at.1).sum::<f64>() / group.len() as f64;
        group.sort_by(|a, b| b.trial.peak().total_cmp(&a.trial.peak()));
        for end in group {
            end.shared = shared;
        }
        rest = below;
    }
    ends
}
