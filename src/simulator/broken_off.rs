//! Streams that were broken off by who had asked for them, before they could end.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Those of one trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenOff {
    /// How many.
    pub streams: u32,
    /// When the first of them was.
    pub first: Instant,
    /// How long that one had been open.
    pub after: Duration,
    /// Whether text had come by then.
    pub had_text: bool,
}

/// All that were noted so far.
#[derive(Debug, Default)]
pub(super) struct Losses(Mutex<Option<BrokenOff>>);

impl Losses {
    /// Notes one that was open for so long.
    pub fn note(&self, after: Duration, had_text: bool) {
        let mut all = self.lock();
        let first = BrokenOff { streams: 0, first: Instant::now(), after, had_text };
        all.get_or_insert(first).streams += 1;
    }

    /// What there is by now.
    pub fn all(&self) -> Option<BrokenOff> {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, Option<BrokenOff>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
