//! What was passed on to a real API so far, for each of the scenario's streams: trials that run side by side write into one account.

use crate::run::{PassedOn, StreamFacts};
use crate::simulator::Simulator;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The account.
pub struct Ledger(Mutex<Vec<PassedOn>>);

impl Ledger {
    /// Of so many kinds of streams.
    pub fn new(streams: usize) -> Ledger {
        Ledger(Mutex::new(vec![PassedOn::default(); streams]))
    }

    /// Learns what the simulator of a trial with streams of number `index` passed on.
    pub fn learn(&self, index: u32, simulator: &Simulator) {
        if let (Some(so_far), Some(more)) = (self.entries().get_mut(index as usize), simulator.passed_on()) {
            so_far.add(more);
        }
    }

    /// A stream of number `index` as it was on average.
    pub fn mean_stream(&self, index: usize) -> StreamFacts {
        self.entries().get(index).map(PassedOn::mean_stream).unwrap_or_default()
    }

    /// All together.
    pub fn total(&self) -> PassedOn {
        self.entries().iter().cloned().fold(PassedOn::default(), |mut all, one| {
            all.add(one);
            all
        })
    }

    /// A thread that panicked has left whole entries.
    fn entries(&self) -> MutexGuard<'_, Vec<PassedOn>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
