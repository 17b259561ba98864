//! Where all streams of one simulator stand: the cues that move them, and the counts that say how far they are.

use super::broken_off::{BrokenOff, Losses};
use crate::run::{SimulatorFacts, Spoken};
use crate::wire::encoding::Encoding;
use hdrhistogram::Histogram;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Who moves the streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// The harness: streams wait for its cues, all together.
    Staged,
    /// Nobody: every stream begins its text by itself and ends when it is through.
    Free,
}

/// Shared by the harness, which gives cues and reads counts, and the streams, which follow and are counted.
#[derive(Debug)]
pub struct Stage {
    /// When text begins; `None` until the cue. In free conduct every stream has its own.
    begin: watch::Sender<Option<Instant>>,
    /// When streams that have said everything may end; `None` until the cue.
    release: watch::Sender<Option<Release>>,
    conduct: Conduct,
    open: AtomicU32,
    peak: AtomicU32,
    full: AtomicU32,
    opened: AtomicU32,
    ended_whole: AtomicU32,
    opened_before_text: AtomicU32,
    request_bytes: AtomicU64,
    http2: AtomicU32,
    gzip: AtomicU32,
    broken: AtomicU32,
    whole: AtomicU32,
    refused: AtomicU32,
    tool_calls: AtomicU32,
    deltas: AtomicU64,
    lateness: Lateness,
    losses: Losses,
    /// Rung whenever a count of streams or requests changes, so that nobody has to poll. Deltas are too many to ring for.
    changed: watch::Sender<()>,
}

impl Stage {
    /// A stage with nobody on it.
    pub fn new(conduct: Conduct) -> Stage {
        Stage {
            begin: watch::Sender::new(None),
            release: watch::Sender::new((conduct == Conduct::Free).then(Release::at_once)),
            conduct,
            open: AtomicU32::new(0),
            peak: AtomicU32::new(0),
            full: AtomicU32::new(0),
            opened: AtomicU32::new(0),
            ended_whole: AtomicU32::new(0),
            opened_before_text: AtomicU32::new(0),
            request_bytes: AtomicU64::new(0),
            http2: AtomicU32::new(0),
            gzip: AtomicU32::new(0),
            broken: AtomicU32::new(0),
            whole: AtomicU32::new(0),
            refused: AtomicU32::new(0),
            tool_calls: AtomicU32::new(0),
            deltas: AtomicU64::new(0),
            lateness: Lateness::new(),
            losses: Losses::default(),
            changed: watch::Sender::new(()),
        }
    }

    /// Cue: all streams begin their text `after` from now.
    pub fn begin_text(&self, after: Duration) {
        self.opened_before_text.store(self.opened(), Ordering::Relaxed);
        self.begin.send_replace(Some(Instant::now() + after));
    }

    /// Cue: streams that have said everything end, and later ones end by themselves.
    pub fn release(&self) {
        self.release_apart(Duration::ZERO);
    }

    /// The same one after the other in the order in which they came, evenly over so long.
    pub fn release_apart(&self, over: Duration) {
        let open = self.open();
        let first = self.opened().saturating_sub(open);
        self.release.send_replace(Some(Release { at: Instant::now(), gap: over / open.max(1), first, streams: open }));
    }

    /// Cue: streams that open from now on wait for their text and their end again.
    pub fn rearm(&self) {
        self.begin.send_replace(None);
        self.release.send_replace(None);
    }

    /// Streams open now.
    pub fn open(&self) -> u32 {
        self.open.load(Ordering::Relaxed)
    }

    /// Streams that were ever opened; also the number that the next one gets.
    pub fn opened(&self) -> u32 {
        self.opened.load(Ordering::Relaxed)
    }

    /// Open streams that have been sent their whole text.
    pub fn full(&self) -> u32 {
        self.full.load(Ordering::Relaxed)
    }

    /// Streams that are gone, and were sent their whole text before.
    pub fn ended_whole(&self) -> u32 {
        self.ended_whole.load(Ordering::Relaxed)
    }

    /// Streams that failed on the server's side before they had their whole text: such a one never becomes full.
    pub fn broken(&self) -> u32 {
        self.broken.load(Ordering::Relaxed)
    }

    /// Streams that their client broke off before they could end, if any.
    pub fn broken_off(&self) -> Option<BrokenOff> {
        self.losses.all()
    }

    /// Requests that asked for a whole message instead of a stream.
    pub fn whole(&self) -> u32 {
        self.whole.load(Ordering::Relaxed)
    }

    /// Requests that were answered with an error: a status of 400 and above.
    pub fn refused(&self) -> u32 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Requests that were answered with a call of a tool, which are no streams.
    pub fn tool_calls(&self) -> u32 {
        self.tool_calls.load(Ordering::Relaxed)
    }

    /// Deltas sent so far, over all streams.
    pub fn deltas(&self) -> u64 {
        self.deltas.load(Ordering::Relaxed)
    }

    /// Returns when `condition` holds for the counts of streams and requests. A delta alone does not have it looked at again.
    pub async fn when(&self, condition: impl Fn(&Stage) -> bool) {
        let mut changed = self.changed.subscribe();
        while !condition(self) {
            // The sender lives in self, so that this cannot fail while self is borrowed.
            let _ = changed.changed().await;
        }
    }

    /// What this stage saw, for the record. `interval` is the time between two events of one stream.
    pub fn facts(&self, interval: Duration) -> SimulatorFacts {
        let [late_median_ms, late_p99_ms, late_max_ms] = self.lateness.milliseconds();
        SimulatorFacts {
            peak_streams: self.peak.load(Ordering::Relaxed),
            opened: self.opened(),
            opened_before_text: self.opened_before_text.load(Ordering::Relaxed),
            request_bytes: Some(self.request_bytes.load(Ordering::Relaxed)),
            spoken: Some(Spoken { http2: self.http2.load(Ordering::Relaxed), gzip: self.gzip.load(Ordering::Relaxed) }),
            broken_off: self.broken_off().map_or(0, |broken_off| broken_off.streams),
            tool_calls: self.tool_calls(),
            deltas: self.deltas(),
            late_median_ms,
            late_p99_ms,
            late_max_ms,
            interval_ms: interval.as_secs_f64() * 1e3,
        }
    }

    /// A stream is opened by that request.
    pub(super) fn enter(&self, by: Opening) -> Entered {
        self.request_bytes.fetch_add(by.request_bytes, Ordering::Relaxed);
        self.http2.fetch_add(u32::from(by.is_http2), Ordering::Relaxed);
        match by.encoding {
            Some(Encoding::Gzip) => _ = self.gzip.fetch_add(1, Ordering::Relaxed),
            None => {}
        }
        let open = self.open.fetch_add(1, Ordering::Relaxed) + 1;
        self.peak.fetch_max(open, Ordering::Relaxed);
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        self.changed.send_replace(());
        Entered { number, at: Instant::now() }
    }

    /// A stream is gone. Before the release none ends by itself: who lets go of it then without its having failed breaks it off.
    pub(super) fn leave(&self, entered: Entered, was_full: bool, has_failed: bool) {
        self.open.fetch_sub(1, Ordering::Relaxed);
        if !has_failed && self.release.borrow().is_none() {
            let has_begun = self.begin.borrow().is_some_and(|cue| cue <= Instant::now());
            self.losses.note(entered.at.elapsed(), has_begun);
        }
        if was_full {
            self.full.fetch_sub(1, Ordering::Relaxed);
            self.ended_whole.fetch_add(1, Ordering::Relaxed);
        }
        self.changed.send_replace(());
    }

    pub(super) fn is_full(&self) {
        self.count(&self.full);
    }

    pub(super) fn is_broken(&self) {
        self.count(&self.broken);
    }

    pub(super) fn asked_for_whole(&self) {
        self.count(&self.whole);
    }

    pub(super) fn has_called_a_tool(&self) {
        self.count(&self.tool_calls);
    }

    pub(super) fn is_refused(&self) {
        self.count(&self.refused);
    }

    fn count(&self, counter: &AtomicU32) {
        counter.fetch_add(1, Ordering::Relaxed);
        self.changed.send_replace(());
    }

    /// An event that was due then is sent; block boundaries have their time too and are no deltas. One of a stream that `came_late`, when
    /// its text was due already, says nothing of how late this simulator is.
    pub(super) fn sent(&self, due: Instant, is_delta: bool, came_late: bool) {
        self.deltas.fetch_add(u64::from(is_delta), Ordering::Relaxed);
        if !came_late {
            self.lateness.record(due.elapsed());
        }
    }

    /// Deltas that had no time of their own are sent.
    pub(super) fn passed(&self, deltas: u32) {
        self.deltas.fetch_add(deltas.into(), Ordering::Relaxed);
    }

    /// When this stream's text begins: the common cue, or `after` from now where there is no conductor.
    pub(super) async fn beginning(&self, after: Duration) -> Instant {
        if self.conduct == Conduct::Free {
            return Instant::now() + after;
        }
        let mut begin = self.begin.subscribe();
        match begin.wait_for(Option::is_some).await.map(|cue| *cue) {
            Ok(Some(cue)) => cue,
            Ok(None) | Err(_) => Instant::now(),
        }
    }

    /// Returns when that stream may end.
    pub(super) async fn released(&self, Entered { number, .. }: Entered) {
        let mut release = self.release.subscribe();
        // An error means that the stage is gone, and nobody is left to hold the stream.
        if let Ok(Some(release)) = release.wait_for(Option::is_some).await.map(|release| *release) {
            sleep_until(release.of(number)).await;
        }
    }
}

/// When streams may end.
#[derive(Clone, Copy, Debug)]
struct Release {
    at: Instant,
    /// From one to the next.
    gap: Duration,
    /// The number of the first of them.
    first: u32,
    /// How many there are: who comes later goes with the last.
    streams: u32,
}

impl Release {
    fn at_once() -> Release {
        Release { at: Instant::now(), gap: Duration::ZERO, first: 0, streams: 0 }
    }

    /// When that stream may.
    fn of(self, number: u32) -> Instant {
        self.at + self.gap * number.saturating_sub(self.first).min(self.streams)
    }
}

/// What there is to say of a request that opens a stream.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// Bytes of its body.
    pub request_bytes: u64,
    /// Whether it came over HTTP/2.
    pub is_http2: bool,
    /// How the answer is compressed, if it is.
    pub encoding: Option<Encoding>,
}

/// When a stream was opened, and as which.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entered {
    /// Its number, from 0.
    pub number: u32,
    /// When.
    pub at: Instant,
}

/// How late events were, in a histogram of fixed size: microseconds to a minute at two digits.
#[derive(Debug)]
pub struct Lateness(Mutex<Histogram<u64>>);

impl Lateness {
    fn new() -> Lateness {
        // The bounds are constants that hdrhistogram accepts (low >= 1, high >= 2 low, at most 5 digits).
        let histogram = Histogram::new_with_bounds(1, 60_000_000, 2).expect("constant bounds are valid");
        Lateness(Mutex::new(histogram))
    }

    fn record(&self, late: Duration) {
        if let Ok(mut histogram) = self.0.lock() {
            histogram.saturating_record(late.as_micros() as u64);
        }
    }

    /// Median, 99th percentile and maximum in milliseconds.
    fn milliseconds(&self) -> [f64; 3] {
        let Ok(histogram) = self.0.lock() else {
            return [0.0; 3];
        };
        [histogram.value_at_quantile(0.5), histogram.value_at_quantile(0.99), histogram.max()].map(|us| us as f64 / 1e3)
    }
}
