//! What resident memory does not tell, and tells too much of, from moment to moment: a thread that looks as often as it is cheap.

use super::machine::memory_files;
use super::process::files_of;
use super::tree::Tree;
use crate::reading::SmapsRollup;
use crate::run::Beside;
use std::fs;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often the machine is asked: in some tens of microseconds.
const EVERY: Duration = Duration::from_millis(20);
/// A look at the subject's files and page tables takes longer the more there is of both. Looks take one part in so many of the time.
const PAUSES: u32 = 50;
/// Differences up to this are no step, bytes: four pages.
const LEVEL_BYTES: u64 = 16_384;

/// Looks at a subject until it is told to stop.
#[derive(Debug)]
pub struct BesideSampler {
    stop: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<Beside>>>,
}

impl BesideSampler {
    /// Begins; times count from `epoch`.
    ///
    /// # Errors
    /// When no thread can be started for it.
    pub fn start(subject: Arc<Tree>, epoch: Instant) -> io::Result<BesideSampler> {
        let stop = Arc::new(AtomicBool::new(false));
        let theirs = Arc::clone(&stop);
        let thread = thread::Builder::new().spawn(move || look(&subject, epoch, &theirs))?;
        Ok(BesideSampler { stop, thread: Mutex::new(Some(thread)) })
    }

    /// Ends; nothing where it was ended before.
    pub fn finish(&self) -> Option<Beside> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.lock().unwrap_or_else(PoisonError::into_inner).take().and_then(|thread| thread.join().ok())
    }
}

impl Drop for BesideSampler {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn look(subject: &Tree, epoch: Instant, stop: &AtomicBool) -> Beside {
    let mut seen = Beside::default();
    let mut due = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        seen.machine_highest_bytes = seen.machine_highest_bytes.max(memory_files());
        if Instant::now() >= due {
            let begun = Instant::now();
            let files = subject.open_files();
            let at_ms = begun.saturating_duration_since(epoch).as_millis() as u32;
            note(&mut seen, at_ms, files.memory_files(), lazy_free(subject));
            seen.channels_highest = seen.channels_highest.max(Some(files.pipes_and_unix()));
            due = begun + begun.elapsed() * PAUSES;
        }
        thread::sleep(EVERY);
    }
    seen
}

/// A step, if it is one.
fn note(seen: &mut Beside, at_ms: u32, memory_files_bytes: u64, lazy_free_bytes: u64) {
    let is_level = |column: &[u64], now: u64| column.last().copied().unwrap_or(0).abs_diff(now) <= LEVEL_BYTES;
    if is_level(&seen.memory_files_bytes, memory_files_bytes) && is_level(&seen.lazy_free_bytes, lazy_free_bytes) {
        return;
    }
    seen.at_ms.push(at_ms);
    seen.memory_files_bytes.push(memory_files_bytes);
    seen.lazy_free_bytes.push(lazy_free_bytes);
}

/// Pages that its processes have given back and that are resident until the kernel wants them, bytes; 0 where that is not told.
fn lazy_free(subject: &Tree) -> u64 {
    let texts = subject
        .pids_of_memories()
        .into_iter()
        .filter_map(|pid| fs::read_to_string(files_of(pid).join("smaps_rollup")).ok());
    texts.filter_map(|text| SmapsRollup::parse(&text).ok()).map(|sums| sums.lazy_free_bytes).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_noted_and_level_times_are_not() {
        let mut seen = Beside::default();
        for (at_ms, files, free) in [(1, 0, 0), (2, 16_384, 0), (3, 1 << 20, 0), (4, 1 << 20, 4096), (5, 0, 1 << 21)] {
            note(&mut seen, at_ms, files, free);
        }
        assert_eq!((seen.at_ms, seen.memory_files_bytes), (vec![3, 5], vec![1 << 20, 0]));
        assert_eq!(seen.lazy_free_bytes, [0, 1 << 21]);
    }
}
