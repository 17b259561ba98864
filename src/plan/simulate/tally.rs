//! What is counted while a run goes on: for the whole, for each workload and for each replica in the same way.

use super::statistics::Totals;
use super::waits::Waits;
use crate::fit::Estimate;

/// What is summed up, batch by batch.
#[derive(Clone, Copy, Debug)]
pub(super) enum Quantity {
    /// New requests.
    Arrivals,
    /// Failed requests that came back.
    Returns,
    /// Either kind, that is, whatever came to a gate.
    Offered,
    /// Refused by a full gate.
    Shed,
    /// Not refused.
    Admitted,
    /// Left the queue because they had waited too long.
    Abandoned,
    /// Refused, gone from the queue or given a slot.
    Decided,
    /// Sent to the API, answers of 429 included.
    Sent,
    /// Answered 429.
    Limited,
    /// Answered 429 at the last attempt.
    GaveUp,
    /// Streams that opened.
    Opened,
    /// Of these, how many could not open on arrival.
    Delayed,
    /// From arrival to opening, over the streams that opened.
    WaitSeconds,
    /// Streams that ended well.
    Finished,
    /// Streams that came to their own end and had failed.
    Failed,
    /// Streams that were cut at the timeout.
    TimedOut,
    /// Of these two, how many had no attempt left.
    Exhausted,
    /// Left a gate, whatever the reason.
    Departed,
    /// From arrival to departure, over those that departed.
    SojournSeconds,
    /// Time itself.
    Seconds,
    /// Time-integrals of how many there were: waiting, running or both,
    SystemSeconds,
    /// in the queue,
    WaitingSeconds,
    /// holding a slot,
    RunningSeconds,
    /// with an open stream,
    OpenSeconds,
    /// in backoff.
    BackingOffSeconds,
}

pub(super) const QUANTITIES: usize = Quantity::BackingOffSeconds as usize + 1;

/// Where a request can be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// Admitted by a gate and not departed: waiting or running.
    System,
    /// In the queue.
    Waiting,
    /// Holding a slot: with an open stream, or asleep after a 429.
    Running,
    /// With an open stream.
    Open,
    /// Between a failed attempt and the next.
    BackingOff,
}

const PLACES: [(Place, Quantity); 5] = [
    (Place::System, Quantity::SystemSeconds),
    (Place::Waiting, Quantity::WaitingSeconds),
    (Place::Running, Quantity::RunningSeconds),
    (Place::Open, Quantity::OpenSeconds),
    (Place::BackingOff, Quantity::BackingOffSeconds),
];

/// How many are in a place.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gauge {
    count: u64,
    since_s: f64,
    /// When the measurement began.
    pub(super) before: u64,
    /// The most since then.
    pub(super) peak: u64,
    /// At the end of the last batch.
    pub(super) after: u64,
}

/// The counts of one part of the model. Its size depends on how far waits are apart, and not on how many there are.
#[derive(Debug)]
pub(super) struct Tally {
    gauges: [Gauge; PLACES.len()],
    pub(super) totals: Totals<QUANTITIES>,
    waits: Waits,
    marked_s: f64,
}

impl Tally {
    pub(super) fn new() -> Tally {
        Tally { gauges: [Gauge::default(); PLACES.len()], totals: Totals::new(), waits: Waits::new(), marked_s: 0.0 }
    }

    #[inline]
    pub(super) fn count(&mut self, quantity: Quantity) {
        self.totals.add(quantity as usize, 1.0);
    }

    #[inline]
    pub(super) fn enter(&mut self, place: Place, now_s: f64) {
        self.settle(place, now_s);
        let gauge = &mut self.gauges[place as usize];
        gauge.count += 1;
        gauge.peak = gauge.peak.max(gauge.count);
    }

    #[inline]
    pub(super) fn leave(&mut self, place: Place, now_s: f64) {
        self.settle(place, now_s);
        self.gauges[place as usize].count -= 1;
    }

    /// A stream opens `wait_s` after its request came.
    #[inline]
    pub(super) fn opened(&mut self, now_s: f64, wait_s: f64) {
        self.enter(Place::Open, now_s);
        self.count(Quantity::Opened);
        self.totals.add(Quantity::WaitSeconds as usize, wait_s);
        if wait_s > 0.0 {
            self.count(Quantity::Delayed);
        }
        self.waits.record(wait_s);
    }

    /// A request leaves the gate `sojourn_s` after it came.
    #[inline]
    pub(super) fn departed(&mut self, now_s: f64, sojourn_s: f64) {
        self.leave(Place::System, now_s);
        self.count(Quantity::Departed);
        self.totals.add(Quantity::SojournSeconds as usize, sojourn_s);
    }

    /// The measured time begins: forgets what was before.
    pub(super) fn begin(&mut self, now_s: f64) {
        self.mark(now_s);
        self.waits.begin();
        for gauge in &mut self.gauges {
            (gauge.before, gauge.peak) = (gauge.count, gauge.count);
        }
    }

    /// A batch ends.
    pub(super) fn mark(&mut self, now_s: f64) {
        for (place, _) in PLACES {
            self.settle(place, now_s);
            self.gauges[place as usize].after = self.gauges[place as usize].count;
        }
        self.totals.add(Quantity::Seconds as usize, now_s - self.marked_s);
        self.marked_s = now_s;
        self.totals.mark();
        self.waits.mark();
    }

    pub(super) fn gauge(&self, place: Place) -> &Gauge {
        &self.gauges[place as usize]
    }

    /// The waiting time in seconds that the share `quantile` of opened streams did not exceed.
    pub(super) fn wait_s_at(&self, quantile: f64) -> Estimate {
        self.waits.seconds_at(quantile)
    }

    #[inline]
    fn settle(&mut self, place: Place, now_s: f64) {
        let gauge = &mut self.gauges[place as usize];
        let seconds = gauge.count as f64 * (now_s - gauge.since_s);
        gauge.since_s = now_s;
        self.totals.add(PLACES[place as usize].1 as usize, seconds);
    }
}

/// The tallies of one run.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) whole: Tally,
    pub(super) workloads: Vec<Tally>,
    pub(super) replicas: Vec<Tally>,
}

impl Ledger {
    pub(super) fn new(workloads: usize, replicas: usize) -> Ledger {
        let tallies = |count| (0..count).map(|_| Tally::new()).collect();
        Ledger { whole: Tally::new(), workloads: tallies(workloads), replicas: tallies(replicas) }
    }

    /// Notes what happens to a request of `workload` at `replica`.
    #[inline]
    pub(super) fn note(&mut self, workload: u16, replica: u32, change: impl Fn(&mut Tally)) {
        change(&mut self.whole);
        change(&mut self.workloads[usize::from(workload)]);
        change(&mut self.replicas[replica as usize]);
    }

    pub(super) fn each(&mut self, change: impl Fn(&mut Tally)) {
        change(&mut self.whole);
        self.workloads.iter_mut().chain(&mut self.replicas).for_each(change);
    }
}
