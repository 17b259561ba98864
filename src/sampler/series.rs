//! The time series: a thread that reads `statm` at fixed deadlines until it is told to stop or the process ends.

use super::tree::Tree;
use crate::run::{SamplerFacts, Samples};
use hdrhistogram::Histogram;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Processes that come and go are looked for at every fifth sample: asking for children costs about as much as the reading.
const REFRESH: u64 = 5;

/// One reading of `statm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Milliseconds after the series' epoch.
    pub at_ms: u32,
    /// Resident pages.
    pub rss_pages: u32,
    /// Resident pages that belong to no file.
    pub anonymous_pages: u32,
}

/// A running series.
#[derive(Debug)]
pub struct Sampler {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<SamplerFacts>>>,
}

#[derive(Debug)]
struct Shared {
    samples: Mutex<Vec<Sample>>,
    stop: AtomicBool,
}

impl Sampler {
    /// Begins to sample every `period`; times count from `epoch`.
    ///
    /// # Errors
    /// When no thread can be started for it.
    pub fn start(subject: Arc<Tree>, period: Duration, epoch: Instant) -> io::Result<Sampler> {
        let shared = Arc::new(Shared { samples: Mutex::default(), stop: AtomicBool::new(false) });
        let theirs = Arc::clone(&shared);
        let thread = thread::Builder::new().spawn(move || sample(&subject, period, epoch, &theirs))?;
        Ok(Sampler { shared, thread: Mutex::new(Some(thread)) })
    }

    /// The samples since `from_ms`.
    pub fn since(&self, from_ms: u32) -> Vec<Sample> {
        let samples = self.shared.samples.lock().unwrap_or_else(PoisonError::into_inner);
        let first = samples.partition_point(|sample| sample.at_ms < from_ms);
        samples[first..].to_vec()
    }

    /// The newest sample.
    pub fn latest(&self) -> Option<Sample> {
        self.shared.samples.lock().unwrap_or_else(PoisonError::into_inner).last().copied()
    }

    /// Ends the series. The facts are all zero when it was ended before.
    pub fn finish(&self) -> (Samples, SamplerFacts) {
        self.shared.stop.store(true, Ordering::Relaxed);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let facts = thread.and_then(|thread| thread.join().ok()).unwrap_or_default();
        let samples = self.since(0);
        let columns = Samples {
            at_ms: samples.iter().map(|sample| sample.at_ms).collect(),
            rss_pages: samples.iter().map(|sample| sample.rss_pages).collect(),
            anonymous_pages: samples.iter().map(|sample| sample.anonymous_pages).collect(),
        };
        (columns, facts)
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

fn sample(subject: &Tree, period: Duration, epoch: Instant, shared: &Shared) -> SamplerFacts {
    // Constant bounds that hdrhistogram accepts: a nanosecond or a microsecond up to a minute.
    let mut read_ns = Histogram::<u64>::new_with_bounds(1, 60_000_000_000, 2).expect("constant bounds are valid");
    let mut late_us = Histogram::<u64>::new_with_bounds(1, 60_000_000, 2).expect("constant bounds are valid");
    let mut due = Instant::now();
    while !shared.stop.load(Ordering::Relaxed) {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if read_ns.len().is_multiple_of(REFRESH) {
            subject.refresh();
        }
        let begun = Instant::now();
        let Ok(statm) = subject.statm() else { break };
        read_ns.saturating_record(begun.elapsed().as_nanos() as u64);
        late_us.saturating_record((begun - due).as_micros() as u64);
        let sample = Sample {
            at_ms: begun.saturating_duration_since(epoch).as_millis() as u32,
            rss_pages: statm.resident_pages,
            anonymous_pages: statm.anonymous_pages(),
        };
        shared.samples.lock().unwrap_or_else(PoisonError::into_inner).push(sample);
        due += period;
        // A sampler that fell behind does not catch up with a burst: what was missed is missed, and the lateness says so.
        while due + period < Instant::now() {
            due += period;
        }
    }
    SamplerFacts {
        period_ms: period.as_millis() as u32,
        samples: read_ns.len(),
        read_median_us: read_ns.value_at_quantile(0.5) as f64 / 1e3,
        late_p99_ms: late_us.value_at_quantile(0.99) as f64 / 1e3,
        late_max_ms: late_us.max() as f64 / 1e3,
    }
}
