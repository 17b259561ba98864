//! The level of each kind of memory on a plateau: one number a trial.

use super::container::ContainerSource;
use crate::fit::median;
use crate::run::{Phase, Plateau, Trial};

/// A trial's plateaus as quantities read them, in bytes. A phase that it did not reach says nothing. Of several processes, what they share
/// counts once: see [`Plateau::counted_twice_bytes`].
pub(super) struct Levels<'a> {
    /// Bytes of a page.
    pub(super) page: f64,
    pub(super) trial: &'a Trial,
    /// Where all trials of the series have the container's number from.
    pub(super) source: ContainerSource,
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
