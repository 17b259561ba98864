//! A trial as numbers: one for each phase and kind of memory.

use super::analysis::ContainerSource;
use crate::fit::{Point, median};
use crate::run::{Phase, Plateau, Run, Trial};

/// What one trial says, in bytes unless named otherwise. A phase that it did not reach says nothing. Of several processes, what they share
/// counts once: see [`Plateau::counted_twice_bytes`].
#[derive(Clone, Debug, PartialEq)]
pub struct TrialPoint {
    /// Order of start.
    pub sequence: u32,
    /// Which of the run's streams.
    pub stream: u32,
    /// Text of one of its streams.
    pub text_bytes: f64,
    /// Streams open on the *full* plateau, counted by the simulator; before it, on the *open* one.
    pub streams: u32,
    /// Resident memory with no stream open yet.
    pub idle: Option<f64>,
    /// With all streams open and no text, if none of them was lost until the *full* plateau.
    pub open: Option<f64>,
    /// With all text received.
    pub full: Option<f64>,
    /// The same without pages of files.
    pub full_anonymous: Option<f64>,
    /// The highest until then.
    pub peak: Option<f64>,
    /// With all text received and garbage collected.
    pub collected: Option<f64>,
    /// With all streams ended.
    pub released: Option<f64>,
    /// Kernel memory of the subject's sockets on the *full* plateau.
    pub sockets: Option<f64>,
    /// What a container is charged for on the *full* plateau and cannot take back, from the series' source.
    pub container: Option<f64>,
    /// Deltas sent, and processor seconds that the subject used while they came.
    pub work: Option<(f64, f64)>,
}

impl TrialPoint {
    /// Reduces a trial. `source` is where all trials of its series have the container's number from.
    pub fn of(run: &Run, trial: &Trial, source: ContainerSource) -> TrialPoint {
        let page = run.environment.page_bytes as f64;
        let rss = |phase| {
            let counted_twice = trial.plateau(phase)?.counted_twice_bytes() as f64;
            Some(level(trial, phase, &trial.samples.rss_pages)? * page - counted_twice)
        };
        let full = trial.plateau(Phase::Full);
        let held = full.or_else(|| trial.plateau(Phase::Open));
        let resident = rss(Phase::Full);
        TrialPoint {
            sequence: trial.sequence,
            stream: trial.stream,
            text_bytes: run.stream(trial.stream).text_bytes as f64,
            streams: held.map_or(0, |plateau| plateau.streams),
            idle: rss(Phase::Idle),
            open: rss(Phase::Open).filter(|_| kept_all(trial)),
            full: resident,
            full_anonymous: level(trial, Phase::Full, &trial.samples.anonymous_pages)
                .map(|pages| pages * page - full.map_or(0.0, anonymous_counted_twice)),
            peak: full.and_then(|plateau| {
                Some(plateau.high_water_bytes?.saturating_sub(plateau.counted_twice_bytes()) as f64)
            }),
            collected: rss(Phase::Collected),
            released: rss(Phase::Released),
            sockets: full.and_then(|plateau| plateau.sockets).map(|memory| memory.total() as f64),
            container: full.and_then(|plateau| container(plateau, resident?, source)),
            work: work(trial),
        }
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

/// Kernel memory of one TCP socket beside its buffers: `struct tcp_sock`, inode, file and directory entry, measured as half of what a pair
/// on loopback adds to `memory.kmem.usage_in_bytes` (5.1 kB, Linux 6.18).
const SOCKET_STRUCTURES: f64 = 2600.0;
/// Kernel memory of one process beside that: kernel stacks, page tables, descriptors. Measured in cgroups (v1, Linux 6.18): 120 KiB for the
/// built-in client, a shell or a curl, 200 to 390 for Python, 1.1 to 3 MiB for Node with its 11 threads. This is between, and an allowance.
const PROCESS_STRUCTURES: f64 = 262_144.0;

/// From the cgroup; or resident memory, socket buffers and an allowance for what the kernel keeps beside.
fn container(plateau: &Plateau, resident: f64, source: ContainerSource) -> Option<f64> {
    match source {
        ContainerSource::CgroupV1 | ContainerSource::CgroupV2 => Some(plateau.container?.unreclaimable_bytes() as f64),
        ContainerSource::Estimated => {
            let sockets = plateau.sockets?.total() as f64 + f64::from(plateau.connections?) * SOCKET_STRUCTURES;
            Some(resident + sockets + f64::from(plateau.processes) * PROCESS_STRUCTURES)
        }
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
