//! The lines of every series, and what they say.

use super::SAFE_SHARE;
use super::doubt::{self, Doubt};
use super::points::{TrialPoint, points};
use super::text_axis::TextAxis;
use crate::fit::{Estimate, FitError, LackOfFit, Largest, Line, Piecewise, Point, TheilSen};
use crate::heap::{self, SiteCost};
use crate::proof::Proof;
use crate::reading::cgroup::Version;
use crate::run::{HeapRecord, Phase, Plateau, Run};
use crate::scenario::{Client, Mode, Pace, Series};
use serde::Serialize;

/// The confidence of "need at most" and "fit": one-sided.
pub const CONFIDENCE: f64 = 0.95;

/// Why a run has no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AnalysisError {
    /// No line can be drawn.
    #[error("{label}: {reason}; {held}: a line needs at least two different numbers, repeated")]
    NoLine {
        /// Of which series.
        label: String,
        /// From the fit.
        reason: FitError,
        /// The numbers held, for people.
        held: String,
    },
    /// No trial of a series got as far as open streams, and others' did.
    #[error("{label}: nothing was measured: {why}")]
    CameToNothing {
        /// Which series.
        label: String,
        /// Why its first trial did not.
        why: String,
    },
}

/// All series of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// Those with a line, in the scenario's order.
    pub series: Vec<SeriesAnalysis>,
    /// Why others have none.
    pub without_line: Vec<AnalysisError>,
    /// What became of the line under a limit, where that was tried.
    pub proof: Option<Proof>,
}

/// One series: a client in a mode. Lines are of the longest streams.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesAnalysis {
    /// Its place in the scenario.
    pub index: u32,
    /// How it is called beside the others.
    pub label: String,
    /// The program.
    pub client: Client,
    /// What it does with text.
    pub mode: Mode,
    /// The characters of the streams that its lines are of, where streams of several lengths were measured.
    pub at_chars: Option<u64>,
    /// The lines of the shorter ones.
    pub shorter: Vec<LengthLine>,
    /// Its trials as numbers.
    pub trials: Vec<TrialPoint>,
    /// Resident memory against streams on the *full* plateau: the answer.
    pub full: Line,
    /// The same by Theil and Sen, which one bad trial does not move.
    pub robust: Option<TheilSen>,
    /// Whether it is a line at all.
    pub lack_of_fit: Option<LackOfFit>,
    /// The answer in two pieces, where it is no line.
    pub pieces: Option<Piecewise>,
    /// Anonymous memory on the *full* plateau.
    pub anonymous: Option<Line>,
    /// Resident memory on the *open* plateau.
    pub open: Option<Line>,
    /// The highest resident memory until the *full* plateau: what a container's limit meets.
    pub peak: Option<Line>,
    /// Resident memory after garbage was collected.
    pub collected: Option<Line>,
    /// Resident memory on the *released* plateau.
    pub released: Option<Line>,
    /// Kernel memory of sockets on the *full* plateau.
    pub sockets: Option<Line>,
    /// The most that the kernel lets lie unread in one socket, bytes.
    pub receive_buffer_bytes: Option<u64>,
    /// What a container is charged for and cannot take back.
    pub container: Option<Line>,
    /// Where that comes from.
    pub container_source: ContainerSource,
    /// Growth from *open* to *full*, trial by trial, against streams.
    pub growth: Option<Line>,
    /// Bytes kept for every byte of text.
    pub kept_per_text_byte: Option<Estimate>,
    /// Base, open stream and kept text apart, where streams of several lengths were measured.
    pub text_axis: Option<TextAxis>,
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

/// Streams of one length: what one more of them costs.
#[derive(Clone, Debug, PartialEq)]
pub struct LengthLine {
    /// Characters of one of them.
    pub chars: u64,
    /// Streams and resident bytes of every trial on the *full* plateau.
    pub points: Vec<Point>,
    /// The line through them.
    pub line: Line,
}

/// Where the number for a container comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContainerSource {
    /// The subject's own cgroup, version 1: anonymous and kernel memory. TCP buffers are not charged there.
    CgroupV1,
    /// The subject's own cgroup, version 2: anonymous, kernel and socket memory.
    CgroupV2,
    /// Resident memory, socket buffers and an allowance for the kernel's structures.
    Estimated,
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
    /// When no line can be drawn through the trials of any series: why not through those of the first.
    pub fn of(run: &Run) -> Result<Analysis, AnalysisError> {
        let only = run.scenario.series.len() == 1;
        let measured = |index: u32| only || run.trials.iter().any(|trial| trial.series == index);
        let (mut series, mut without_line) = (Vec::new(), Vec::new());
        for index in 0..run.scenario.series.len() as u32 {
            if !measured(index) {
                // One of which no trial has ended yet is no error.
                without_line.extend(came_to_nothing(run, index));
                continue;
            }
            match SeriesAnalysis::of(run, index) {
                Ok(one) => series.push(one),
                Err(error) => without_line.push(error),
            }
        }
        match without_line.first() {
            Some(error) if series.is_empty() => Err(error.clone()),
            _ => Ok(Analysis { series, without_line, proof: None }),
        }
    }

    /// The same with what became of it under a limit.
    pub fn with_proof(self, proof: Option<Proof>) -> Analysis {
        Analysis { proof, ..self }
    }

    /// Whether nothing speaks against the answer.
    pub fn is_sound(&self) -> bool {
        self.without_line.is_empty() && self.series.iter().all(|series| series.doubts.is_empty())
    }
}

fn came_to_nothing(run: &Run, index: u32) -> Option<AnalysisError> {
    let failure = run.failures.iter().find(|failure| failure.series == index)?;
    Some(AnalysisError::CameToNothing { label: run.scenario.label(index as usize), why: failure.why.clone() })
}

impl SeriesAnalysis {
    fn of(run: &Run, index: u32) -> Result<SeriesAnalysis, AnalysisError> {
        let Series { client, mode } = run.scenario.series[index as usize].clone();
        let label = run.scenario.label(index as usize);
        let of_series = run.trials.iter().filter(|trial| trial.series == index);
        let container_source = container_source(run, index);
        let all: Vec<TrialPoint> = of_series.map(|trial| TrialPoint::of(run, trial, container_source)).collect();
        let longest = run.scenario.longest();
        let trials: Vec<TrialPoint> = all.iter().filter(|trial| trial.stream == longest).cloned().collect();
        let full_points = points(&trials, |trial| trial.full);
        let page = run.environment.page_bytes as f64;
        let full = Line::fit_in_steps(&full_points, page).map_err(|reason| {
            let (label, held) = (label.clone(), held(run, index, &full_points));
            AnalysisError::NoLine { label, reason, held }
        })?;
        let in_steps =
            |number: fn(&TrialPoint) -> Option<f64>, step| Line::fit_in_steps(&points(&trials, number), step).ok();
        let line = |number| in_steps(number, page);
        // A difference of two readings, each of whole pages.
        let growth = in_steps(|trial| Some(trial.full? - trial.open?), 2.0 * page);
        let text_axis = TextAxis::fit(run, &all);
        let text_bytes = run.longest_stream().text_bytes as f64;
        let kept_of_growth = growth.filter(|_| text_bytes > 0.0).map(|line| line.slope.divided_by(text_bytes));
        let lack_of_fit = LackOfFit::test(&full_points, &full);
        let mut analysis = SeriesAnalysis {
            index,
            label,
            client,
            mode,
            at_chars: (run.streams.len() > 1).then(|| run.longest_stream().chars),
            shorter: shorter(run, &all, longest, page),
            full,
            robust: TheilSen::fit(&full_points).ok(),
            lack_of_fit,
            pieces: None,
            anonymous: line(|trial| trial.full_anonymous),
            open: line(|trial| trial.open),
            peak: line(|trial| trial.peak),
            collected: line(|trial| trial.collected),
            released: line(|trial| trial.released),
            // Counted in bytes.
            sockets: in_steps(|trial| trial.sockets, 0.0),
            receive_buffer_bytes: plateaus(run, index).filter_map(|plateau| plateau.receive_buffer_bytes).max(),
            container: line(|trial| trial.container),
            container_source,
            growth,
            kept_per_text_byte: text_axis.as_ref().map(|axis| axis.kept).or(kept_of_growth),
            text_axis,
            processor: processor(run, &trials),
            fits: run.scenario.limit.map(|limit| fits(&full, limit.as_f64())),
            streams_max: full_points.iter().map(|point| point.x as u32).max().unwrap_or(0),
            sites: sites(run, index),
            trials,
            doubts: Vec::new(),
        };
        analysis.doubts = doubt::of(run, &analysis);
        analysis.pieces = Piecewise::fit_in_steps(&full_points, page).ok().filter(|_| analysis.is_curved());
        Ok(analysis)
    }

    /// Whether its points lie on no line.
    pub fn is_curved(&self) -> bool {
        self.doubts.iter().any(|doubt| matches!(doubt, Doubt::Curved { .. }))
    }

    /// "N streams need at most": the one-sided 95 % bound for one process with `streams` open.
    pub fn needs_at_most(&self, streams: f64) -> f64 {
        self.full.upper_prediction(streams, CONFIDENCE)
    }
}

/// The lines of streams that are not the longest, by ascending length; one that cannot be drawn is left out.
fn shorter(run: &Run, all: &[TrialPoint], longest: u32, page: f64) -> Vec<LengthLine> {
    let of_length = |stream: u32| {
        let trials: Vec<TrialPoint> = all.iter().filter(|trial| trial.stream == stream).cloned().collect();
        let points = points(&trials, |trial| trial.full);
        let line = Line::fit_in_steps(&points, page).ok()?;
        Some(LengthLine { chars: run.stream(stream).chars, points, line })
    };
    (0..longest).filter_map(of_length).collect()
}

fn plateaus(run: &Run, series: u32) -> impl Iterator<Item = &Plateau> {
    let trials = run.trials.iter().filter(move |trial| trial.series == series);
    trials.filter_map(|trial| trial.plateau(Phase::Full))
}

/// A line of mixed sources would be none: the cgroup's where every trial has it.
fn container_source(run: &Run, series: u32) -> ContainerSource {
    let mut versions = plateaus(run, series).map(|plateau| plateau.container.map(|memory| memory.version));
    match versions.next() {
        Some(Some(version)) if versions.all(|other| other == Some(version)) => match version {
            Version::V1 => ContainerSource::CgroupV1,
            Version::V2 => ContainerSource::CgroupV2,
        },
        _ => ContainerSource::Estimated,
    }
}

/// What trials held, and what that may mean where they held less than was asked for.
fn held(run: &Run, series: u32, points: &[Point]) -> String {
    let mut numbers: Vec<u64> = points.iter().map(|point| point.x as u64).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let most = numbers.last().copied().unwrap_or(0);
    let asked = run.trials.iter().filter(|trial| trial.series == series).map(|trial| u64::from(trial.asked)).max();
    match (numbers.len(), asked) {
        (0, _) => "no trial got as far as having all its text".to_owned(),
        (1, Some(asked)) if asked > most => format!(
            "the subject never held more than {most} of the {asked} streams that it was asked for (a pool, a gate, or a loop that opens \
             the next stream when one has ended?)"
        ),
        _ => {
            let words: Vec<String> = numbers.iter().map(u64::to_string).collect();
            format!("the trials held {} streams", words.join(", "))
        }
    }
}

fn processor(run: &Run, trials: &[TrialPoint]) -> Option<Processor> {
    let spent: Vec<Point> = trials.iter().filter_map(|trial| trial.work).map(|(x, y)| Point { x, y }).collect();
    let slope = Line::fit(&spent).ok()?.slope;
    let stream = run.longest_stream();
    let real_seconds = Pace::Real.text_within(stream.chars as u32).as_secs_f64();
    Some(Processor {
        seconds_per_1000_events: slope.divided_by(1e-3),
        share_per_stream_at_real_pace: slope.value * stream.deltas as f64 / real_seconds,
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
fn sites(run: &Run, series: u32) -> Vec<SiteCost> {
    let mut records: Vec<&HeapRecord> = run.heap.iter().filter(|record| record.series == series).collect();
    records.sort_by_key(|record| record.streams);
    let (Some(few), Some(many)) = (records.first(), records.last()) else {
        return Vec::new();
    };
    heap::marginal((few.streams.into(), &few.sites), (many.streams.into(), &many.sites)).unwrap_or_default()
}
