//! A trial as numbers: one for each quantity.

use super::container::ContainerSource;
use super::levels::{Growing, Levels, Summed};
use super::quantity::Quantity;
use crate::fit::Point;
use crate::run::{Phase, Run, Trial};
use std::collections::BTreeMap;

/// One trial as numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialPoint {
    /// Order of start.
    pub sequence: u32,
    /// Which of the run's streams.
    pub stream: u32,
    /// Which of the scenario's prompts.
    pub prompt: u32,
    /// The body of a request that opened one of its streams, on average, bytes; `None` where nobody counted.
    pub request_bytes: Option<f64>,
    /// Text of one of its streams, bytes.
    pub text_bytes: f64,
    /// Streams asked for: of users, requests, each of which may open several.
    pub asked: u32,
    /// Streams open on the *full* plateau, counted by the simulator; before it, on the *open* one.
    pub streams: u32,
    /// Deltas sent, and processor seconds that the subject used while they came.
    pub work: Option<(f64, f64)>,
    /// The most memory that any reading saw at any moment, bytes.
    pub highest: f64,
    /// Where the most that was resident is a sum over processes that need not have been there at once.
    pub summed: Option<Summed>,
    /// Pages on the *full* plateau that were given back and wait for the kernel to take them, bytes.
    pub lazy_free: f64,
    /// How memory moved on the *full* plateau.
    pub growing: Option<Growing>,
    /// Seconds from the *open* plateau to the *full* one, from middle to middle.
    pub seconds_to_full: Option<f64>,
    /// Resident memory after each wave of its streams, bytes.
    pub after_waves: Vec<f64>,
    /// What its cgroup was charged then, bytes; none where that is not known of every wave.
    pub charged_after_waves: Vec<f64>,
    quantities: BTreeMap<Quantity, f64>,
}

impl TrialPoint {
    /// Reduces a trial. `source` is where all trials of its series have the container's number from.
    pub fn of(run: &Run, trial: &Trial, source: ContainerSource) -> TrialPoint {
        let cut_off = run.was_killed(trial.sequence);
        let (page, hardest) = (run.environment.page_bytes as f64, run.scenario.hardest_ending());
        let levels = Levels { page, trial, source, cut_off, hardest };
        let held = trial.plateau(Phase::Full).or_else(|| trial.plateau(Phase::Open));
        let read = |quantity: &Quantity| Some((*quantity, quantity.read(&levels)?));
        TrialPoint {
            sequence: trial.sequence,
            stream: trial.stream,
            prompt: trial.prompt,
            request_bytes: request_bytes(trial),
            text_bytes: run.stream(trial.stream).text_bytes as f64,
            asked: trial.asked,
            streams: held.map_or(0, |plateau| plateau.streams),
            work: work(trial),
            highest: levels.highest(),
            summed: levels.summed(),
            lazy_free: levels.lazy_free(),
            after_waves: levels.after_waves(),
            charged_after_waves: levels.charged_after_waves(),
            growing: levels.growing(),
            seconds_to_full: levels.seconds_to_full(),
            quantities: Quantity::ALL.iter().filter_map(read).collect(),
        }
    }

    /// A quantity of it, in bytes.
    pub fn get(&self, quantity: Quantity) -> Option<f64> {
        self.quantities.get(&quantity).copied()
    }
}

/// The points of a line: one for each trial that has the number.
pub fn points(trials: &[TrialPoint], number: impl Fn(&TrialPoint) -> Option<f64>) -> Vec<Point> {
    let point = |trial: &TrialPoint| Some(Point { x: f64::from(trial.streams), y: number(trial)? });
    trials.iter().filter_map(point).collect()
}

fn request_bytes(trial: &Trial) -> Option<f64> {
    let opened = Some(trial.simulator.opened).filter(|opened| *opened > 0)?;
    Some(trial.simulator.request_bytes? as f64 / f64::from(opened))
}

fn work(trial: &Trial) -> Option<(f64, f64)> {
    let begun = trial.phase(Phase::Streaming)?.cpu_ns?;
    let ended = trial.phase(Phase::Full)?.cpu_ns?;
    Some((trial.simulator.deltas as f64, ended.saturating_sub(begun) as f64 / 1e9))
}
