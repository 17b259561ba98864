//! A trial as numbers: one for each phase and kind of memory.

use crate::fit::{Point, median};
use crate::run::{Phase, Plateau, Run, Trial};

/// What one trial says, in bytes unless named otherwise. A phase that it did not reach says nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialPoint {
    /// Order of start.
    pub sequence: u32,
    /// Streams open on the *full* plateau, counted by the simulator; before it, on the *open* one.
    pub streams: u32,
    /// Resident memory with no stream open yet.
    pub idle: Option<f64>,
    /// With all streams open and no text.
    pub open: Option<f64>,
    /// With all text received.
    pub full: Option<f64>,
    /// The same without pages of files.
    pub full_anonymous: Option<f64>,
    /// With all streams ended.
    pub released: Option<f64>,
    /// Kernel memory of the subject's sockets on the *full* plateau.
    pub sockets: Option<f64>,
    /// Deltas sent, and processor seconds that the subject used while they came.
    pub work: Option<(f64, f64)>,
}

impl TrialPoint {
    /// Reduces a trial.
    pub fn of(run: &Run, trial: &Trial) -> TrialPoint {
        let page = run.environment.page_bytes as f64;
        let rss = |phase| level(trial, phase, &trial.samples.rss_pages).map(|pages| pages * page);
        let full = plateau(trial, Phase::Full);
        let held = full.or_else(|| plateau(trial, Phase::Open));
        TrialPoint {
            sequence: trial.sequence,
            streams: held.map_or(0, |plateau| plateau.streams),
            idle: rss(Phase::Idle),
            open: rss(Phase::Open),
            full: rss(Phase::Full),
            full_anonymous: level(trial, Phase::Full, &trial.samples.anonymous_pages).map(|pages| pages * page),
            released: rss(Phase::Released),
            sockets: full.and_then(|plateau| plateau.sockets).map(|memory| memory.total() as f64),
            work: work(trial),
        }
    }
}

/// The points of a line: one for each trial that has the number.
pub fn points(trials: &[TrialPoint], number: impl Fn(&TrialPoint) -> Option<f64>) -> Vec<Point> {
    let point = |trial: &TrialPoint| Some(Point { x: f64::from(trial.streams), y: number(trial)? });
    trials.iter().filter_map(point).collect()
}

fn plateau(trial: &Trial, phase: Phase) -> Option<&Plateau> {
    trial.phase(phase)?.plateau.as_ref()
}

/// The median over a plateau of a column of the samples.
fn level(trial: &Trial, phase: Phase, column: &[u32]) -> Option<f64> {
    let plateau = plateau(trial, phase)?;
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
    let begun = trial.phase(Phase::Streaming)?.cpu_ns;
    let ended = trial.phase(Phase::Full)?.cpu_ns;
    Some((trial.simulator.deltas as f64, ended.saturating_sub(begun) as f64 / 1e9))
}
