//! The lines of every mode, and what they say.

use super::SAFE_SHARE;
use super::doubt::{self, Doubt};
use super::points::{TrialPoint, points};
use crate::fit::{Estimate, FitError, LackOfFit, Largest, Line, Point, TheilSen};
use crate::heap::{self, SiteCost};
use crate::run::{HeapRecord, Run};
use crate::scenario::{Mode, Pace};

/// The confidence of "need at most" and "fit": one-sided.
pub const CONFIDENCE: f64 = 0.95;

/// Why a run has no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AnalysisError {
    /// No line can be drawn.
    #[error(
        "mode {mode}: {reason}; the trials held {held} streams: a line needs at least two different numbers, repeated"
    )]
    NoLine {
        /// Of which mode.
        mode: Mode,
        /// From the fit.
        reason: FitError,
        /// The numbers held, for people.
        held: String,
    },
}

/// All modes of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// In the scenario's order.
    pub modes: Vec<ModeAnalysis>,
}

/// One mode.
#[derive(Clone, Debug, PartialEq)]
pub struct ModeAnalysis {
    /// Which.
    pub mode: Mode,
    /// Its trials as numbers.
    pub trials: Vec<TrialPoint>,
    /// Resident memory against streams on the *full* plateau: the answer.
    pub full: Line,
    /// The same by Theil and Sen, which one bad trial does not move.
    pub robust: Option<TheilSen>,
    /// Whether it is a line at all.
    pub lack_of_fit: Option<LackOfFit>,
    /// Anonymous memory on the *full* plateau.
    pub anonymous: Option<Line>,
    /// Resident memory on the *open* plateau.
    pub open: Option<Line>,
    /// Resident memory on the *released* plateau.
    pub released: Option<Line>,
    /// Kernel memory of sockets on the *full* plateau.
    pub sockets: Option<Line>,
    /// Growth from *open* to *full*, trial by trial, against streams.
    pub growth: Option<Line>,
    /// Bytes kept for every byte of text: the slope of the growth over the text of one stream.
    pub kept_per_text_byte: Option<Estimate>,
    /// Processor time.
    pub processor: Option<Processor>,
    /// Against the container's limit, if the scenario has one.
    pub fits: Option<Fits>,
    /// The largest number of streams that was measured.
    pub streams_max: u32,
    /// What the heap profiles say, largest cost per stream first.
    pub sites: Vec<SiteCost>,
    /// What speaks against the answer.
    pub doubts: Vec<Doubt>,
}

/// Processor time while text comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Processor {
    /// Seconds for a thousand deltas more: the slope of seconds against deltas.
    pub seconds_per_1000_events: Estimate,
    /// The share of one processor that a stream takes at real pace, 0 to 1.
    pub share_per_stream_at_real_pace: f64,
}

/// How many streams a container holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fits {
    /// Its limit in bytes.
    pub limit_bytes: f64,
    /// [`SAFE_SHARE`] of it.
    pub safe_bytes: f64,
    /// The most streams whose one-sided 95 % bound stays below the safe share; `None` if not even none fit.
    pub streams: Option<u64>,
    /// The same below the limit itself.
    pub streams_at_limit: Option<u64>,
}

impl Analysis {
    /// Analyses a run.
    ///
    /// # Errors
    /// When a mode has trials and no line can be drawn through them.
    pub fn of(run: &Run) -> Result<Analysis, AnalysisError> {
        let measured =
            |mode: &&Mode| run.trials.iter().any(|trial| trial.mode == **mode) || run.scenario.modes.len() == 1;
        let modes = run.scenario.modes.iter().filter(measured).map(|mode| ModeAnalysis::of(run, *mode));
        Ok(Analysis { modes: modes.collect::<Result<_, _>>()? })
    }

    /// Whether nothing speaks against the answer.
    pub fn is_sound(&self) -> bool {
        self.modes.iter().all(|mode| mode.doubts.is_empty())
    }
}

impl ModeAnalysis {
    fn of(run: &Run, mode: Mode) -> Result<ModeAnalysis, AnalysisError> {
        let of_mode = run.trials.iter().filter(|trial| trial.mode == mode);
        let trials: Vec<TrialPoint> = of_mode.map(|trial| TrialPoint::of(run, trial)).collect();
        let full_points = points(&trials, |trial| trial.full);
        let full = Line::fit(&full_points).map_err(|reason| AnalysisError::NoLine {
            mode,
            reason,
            held: held(&full_points),
        })?;
        let line = |number: fn(&TrialPoint) -> Option<f64>| Line::fit(&points(&trials, number)).ok();
        let growth = line(|trial| Some(trial.full? - trial.open?));
        let mut analysis = ModeAnalysis {
            mode,
            full,
            robust: TheilSen::fit(&full_points).ok(),
            lack_of_fit: LackOfFit::test(&full_points, &full),
            anonymous: line(|trial| trial.full_anonymous),
            open: line(|trial| trial.open),
            released: line(|trial| trial.released),
            sockets: line(|trial| trial.sockets),
            growth,
            kept_per_text_byte: growth.map(|line| line.slope.divided_by(run.stream.text_bytes as f64)),
            processor: processor(run, &trials),
            fits: run.scenario.limit.map(|limit| fits(&full, limit.as_f64())),
            streams_max: full_points.iter().map(|point| point.x as u32).max().unwrap_or(0),
            sites: sites(run, mode),
            trials,
            doubts: Vec::new(),
        };
        analysis.doubts = doubt::of(run, &analysis);
        Ok(analysis)
    }

    /// "N streams need at most": the one-sided 95 % bound for one process with `streams` open.
    pub fn needs_at_most(&self, streams: f64) -> f64 {
        self.full.upper_prediction(streams, CONFIDENCE)
    }
}

fn held(points: &[Point]) -> String {
    let mut numbers: Vec<u64> = points.iter().map(|point| point.x as u64).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let words: Vec<String> = numbers.iter().map(u64::to_string).collect();
    if words.is_empty() { "no".to_owned() } else { words.join(", ") }
}

fn processor(run: &Run, trials: &[TrialPoint]) -> Option<Processor> {
    let spent: Vec<Point> = trials.iter().filter_map(|trial| trial.work).map(|(x, y)| Point { x, y }).collect();
    let slope = Line::fit(&spent).ok()?.slope;
    let real_seconds = Pace::Real.text_within(run.scenario.stream.chars).as_secs_f64();
    Some(Processor {
        seconds_per_1000_events: slope.divided_by(1e-3),
        share_per_stream_at_real_pace: slope.value * run.stream.deltas as f64 / real_seconds,
    })
}

fn fits(line: &Line, limit_bytes: f64) -> Fits {
    let most = |bytes: f64| {
        line.largest_below(bytes, CONFIDENCE).map(|largest| match largest {
            Largest::Whole(streams) => streams,
            Largest::Unbounded => u64::MAX,
        })
    };
    let safe_bytes = SAFE_SHARE * limit_bytes;
    Fits { limit_bytes, safe_bytes, streams: most(safe_bytes), streams_at_limit: most(limit_bytes) }
}

/// The cost of each site from the profiles at the smallest and the largest number of streams.
fn sites(run: &Run, mode: Mode) -> Vec<SiteCost> {
    let mut records: Vec<&HeapRecord> = run.heap.iter().filter(|record| record.mode == mode).collect();
    records.sort_by_key(|record| record.streams);
    let (Some(few), Some(many)) = (records.first(), records.last()) else {
        return Vec::new();
    };
    heap::marginal((few.streams.into(), &few.sites), (many.streams.into(), &many.sites)).unwrap_or_default()
}
