//! What one process needs at most: never below what was seen.

use super::CONFIDENCE;
use super::lines::Lines;
use super::quantity::Quantity;
use super::trial::TrialPoint;
use crate::fit::{Largest, Line};
use serde::{Deserialize, Serialize};

/// What a limit may be met by. Resident memory has pages of files in it, which the kernel can take back, and the charge has what lies outside
/// of resident memory: buffers in the kernel, files in memory. Either may be higher for a moment than on its plateau, and an allocator may
/// hold more when streams have ended than before. Which of them is most depends on the program, and the most counts.
const MET_BY: [Quantity; 7] = [
    Quantity::Full,
    Quantity::Peak,
    Quantity::AtEnd,
    Quantity::AtEndApart,
    Quantity::Released,
    Quantity::Container,
    Quantity::ContainerPeak,
];
/// What the kernel kills for: the charge where it is level, and at its highest moment.
const KILLED_BY: [Quantity; 2] = [Quantity::Container, Quantity::ContainerPeak];

/// How a quantity is called where it decides what a limit is met by.
pub fn met_by(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Peak => "the highest resident memory",
        Quantity::AtEnd => "the highest resident memory when streams end",
        Quantity::AtEndApart => "the highest resident memory when streams end one after the other",
        Quantity::Released => "what is resident when streams have ended",
        Quantity::Container => "what the container is charged",
        Quantity::ContainerPeak => "the highest charge of the container",
        _ => "resident memory",
    }
}

/// The most that a process with so many streams was seen to take at any moment, by any reading.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Seen {
    /// Streams that it held.
    pub streams: u32,
    /// Bytes.
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub bytes: f64,
}

impl Seen {
    /// Of all trials, one for each number of streams, ascending. Memory that fewer streams were seen to take is taken with more of them too.
    pub(super) fn of(trials: &[TrialPoint]) -> Vec<Seen> {
        let mut seen: Vec<Seen> =
            trials.iter().map(|trial| Seen { streams: trial.streams, bytes: trial.highest }).collect();
        seen.sort_by(|a, b| a.streams.cmp(&b.streams).then(b.bytes.total_cmp(&a.bytes)));
        seen.dedup_by_key(|seen| seen.streams);
        seen
    }
}

/// The highest of several lines' bounds, and what was seen.
#[derive(Clone, Copy, Debug)]
pub struct Bound<'a> {
    lines: &'a Lines,
    seen: &'a [Seen],
}

impl<'a> Bound<'a> {
    /// Of a series with these lines, whose trials were seen to take so much.
    pub fn of(lines: &'a Lines, seen: &'a [Seen]) -> Bound<'a> {
        Bound { lines, seen }
    }

    /// What one process with `streams` open stays below with 95 % confidence, one-sided, bytes.
    pub fn at(&self, streams: f64) -> f64 {
        self.highest(streams).1.max(self.seen_until(streams))
    }

    /// The quantity that comes highest there.
    pub fn by(&self, streams: f64) -> Quantity {
        self.highest(streams).0
    }

    /// The most that was seen with no more than so many streams, bytes.
    pub fn seen_until(&self, streams: f64) -> f64 {
        let until = self.seen.iter().filter(|seen| f64::from(seen.streams) <= streams);
        until.map(|seen| seen.bytes).fold(0.0, f64::max)
    }

    /// The most streams that stay below `bytes`, and what is met first; `None` where not even the base does.
    pub fn largest_below(&self, bytes: f64) -> (Option<Largest>, Quantity) {
        let each = self.lines().map(|(quantity, line)| (line.largest_below(bytes, CONFIDENCE), quantity));
        let (by_lines, by) = each.min_by_key(|(streams, _)| *streams).unwrap_or((None, Quantity::Full));
        let too_many = self.seen.iter().find(|seen| seen.bytes > bytes);
        let by_sight = too_many.map(|seen| Largest::Whole(u64::from(seen.streams).saturating_sub(1)));
        (by_lines.map(|streams| by_sight.map_or(streams, |seen| streams.min(seen))), by)
    }

    /// The most streams whose charge stays below `bytes` by the lines alone, and which of the two charges is met first.
    pub fn killed_by(&self, bytes: f64) -> Option<(Largest, Quantity)> {
        let lines = self.charges();
        let each =
            lines.map(|(quantity, line)| (line.largest_below(bytes, 0.5).unwrap_or(Largest::Whole(0)), quantity));
        each.min_by_key(|(streams, _)| *streams)
    }

    /// The lines of what the kernel kills for.
    pub fn charges(self) -> impl Iterator<Item = (Quantity, &'a Line)> {
        self.lines().filter(|(quantity, _)| KILLED_BY.contains(quantity))
    }

    /// Those that a limit may be met by and that were measured.
    pub fn quantities(self) -> impl Iterator<Item = Quantity> {
        self.lines().map(|(quantity, _)| quantity)
    }

    fn lines(self) -> impl Iterator<Item = (Quantity, &'a Line)> {
        let lines = self.lines;
        MET_BY.into_iter().filter_map(move |quantity| Some((quantity, lines.get(quantity)?)))
    }

    fn highest(&self, streams: f64) -> (Quantity, f64) {
        let each = self.lines().map(|(quantity, line)| (quantity, line.upper_prediction(streams, CONFIDENCE)));
        each.reduce(|most, other| if other.1 > most.1 { other } else { most }).unwrap_or((Quantity::Full, 0.0))
    }
}
