//! A trial as numbers: one for each quantity.

use super::container::ContainerSource;
use super::quantity::Quantity;
use crate::fit::{Point, median};
use crate::run::{Phase, Plateau, Run, Trial};
use std::collections::BTreeMap;

/// One trial as numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialPoint {
    /// Order of start.
    pub sequence: u32,
    /// Which of the run's streams.
    pub stream: u32,
    /// Text of one of its streams, bytes.
    pub text_bytes: f64,
    /// Streams open on the *full* plateau, counted by the simulator; before it, on the *open* one.
    pub streams: u32,
    /// Deltas sent, and processor seconds that the subject used while they came.
    pub work: Option<(f64, f64)>,
    quantities: BTreeMap<Quantity, f64>,
}

impl TrialPoint {
    /// Reduces a trial. `source` is where all trials of its series have the container's number from.
    pub fn of(run: &Run, trial: &Trial, source: ContainerSource) -> TrialPoint {
        let levels = Levels { page: run.environment.page_bytes as f64, trial, source };
        let held = trial.plateau(Phase::Full).or_else(|| trial.plateau(Phase::Open));
        let read = |quantity: &Quantity| Some((*quantity, quantity.read(&levels)?));
        TrialPoint {
            sequence: trial.sequence,
            stream: trial.stream,
            text_bytes: run.stream(trial.stream).text_bytes as f64,
            streams: held.map_or(0, |plateau| plateau.streams),
            work: work(trial),
            quantities: Quantity::ALL.iter().filter_map(read).collect(),
        }
    }

    /// A quantity of it, in bytes.
    pub fn get(&self, quantity: Quantity) -> Option<f64> {
        self.quantities.get(&quantity).copied()
    }
}

/// A trial's plateaus as quantities read them, in bytes. A phase that it did not reach says nothing. Of several processes, what they share
/// counts once: see [`Plateau::counted_twice_bytes`].
pub(super) struct Levels<'a> {
    page: f64,
    pub(super) trial: &'a Trial,
    source: ContainerSource,
}

impl Levels<'_> {
    /// Resident memory on the plateau of a phase.
    pub(super) fn resident(&self, phase: Phase) -> Option<f64> {
        let counted_twice = self.trial.plateau(phase)?.counted_twice_bytes() as f64;
        Some(level(self.trial, phase, &self.trial.samples.rss_pages)? * self.page - counted_twice)
    }

    /// With all streams open, if none of them was lost until the *full* plateau.
    pub(super) fn open(&self) -> Option<f64> {
        self.resident(Phase::Open).filter(|_| kept_all(self.trial))
    }

    /// Anonymous memory on the *full* plateau.
    pub(super) fn anonymous(&self) -> Option<f64> {
        let pages = level(self.trial, Phase::Full, &self.trial.samples.anonymous_pages)?;
        Some(pages * self.page - self.trial.plateau(Phase::Full).map_or(0.0, anonymous_counted_twice))
    }

    /// The highest resident memory until the *full* plateau.
    pub(super) fn peak(&self) -> Option<f64> {
        let full = self.trial.plateau(Phase::Full)?;
        Some(full.high_water_bytes?.saturating_sub(full.counted_twice_bytes()) as f64)
    }

    /// Kernel memory of sockets on the *full* plateau.
    pub(super) fn sockets(&self) -> Option<f64> {
        Some(self.trial.plateau(Phase::Full)?.sockets?.total() as f64)
    }

    /// What a container is charged for on the *full* plateau, from the series' source.
    pub(super) fn container(&self) -> Option<f64> {
        self.source.charge(self.trial.plateau(Phase::Full)?, self.resident(Phase::Full)?)
    }
}

/// Whether all streams of the *open* plateau were still there on the *full* one, where there is one: else the two are of different numbers.
fn kept_all(trial: &Trial) -> bool {
    let streams = |phase| trial.plateau(phase).map(|plateau| plateau.streams);
    streams(Phase::Full).is_none_or(|full| streams(Phase::Open) == Some(full))
}

/// Anonymous pages that relatives share since a fork, and that the sum over them counts more than once.
fn anonymous_counted_twice(plateau: &Plateau) -> f64 {
    match (plateau.processes, plateau.smaps) {
        (0 | 1, _) | (_, None) => 0.0,
        (_, Some(smaps)) => smaps.anonymous_bytes.saturating_sub(smaps.pss_anonymous_bytes) as f64,
    }
}

/// The points of a line: one for each trial that has the number.
pub fn points(trials: &[TrialPoint], number: impl Fn(&TrialPoint) -> Option<f64>) -> Vec<Point> {
    let point = |trial: &TrialPoint| Some(Point { x: f64::from(trial.streams), y: number(trial)? });
    trials.iter().filter_map(point).collect()
}

/// The median over a plateau of a column of the samples.
fn level(trial: &Trial, phase: Phase, column: &[u32]) -> Option<f64> {
    let plateau = trial.plateau(phase)?;
    let on_plateau = |at_ms: u32| (plateau.from_ms..=plateau.to_ms).contains(&u64::from(at_ms));
    let mut values: Vec<f64> = trial
        .samples
        .at_ms
        .iter()
        .zip(column)
        .filter(|(at_ms, _)| on_plateau(**at_ms))
        .map(|(_, pages)| f64::from(*pages))
        .collect();
    median(&mut values)
}

fn work(trial: &Trial) -> Option<(f64, f64)> {
    let begun = trial.phase(Phase::Streaming)?.cpu_ns?;
    let ended = trial.phase(Phase::Full)?.cpu_ns?;
    Some((trial.simulator.deltas as f64, ended.saturating_sub(begun) as f64 / 1e9))
}
