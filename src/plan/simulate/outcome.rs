//! What a run says.

use super::memory::{Memory, MemoryUse};
use super::model::Span;
use super::statistics::mean;
use super::tally::{Place, QUANTITIES, Quantity, Tally};
use crate::fit::Estimate;

/// The result of one run. All of it is about the measured time; intervals are of 95 %.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    /// The time simulated.
    pub span: Span,
    /// All workloads on all replicas.
    pub whole: Traffic,
    /// Each workload, in the order of the model.
    pub workloads: Vec<Traffic>,
    /// Each replica.
    pub replicas: Vec<Replica>,
    /// The memory of a replica, taken over all of them: shares are shares of their common time, the peak is that of the
    /// worst.
    pub memory: MemoryUse,
}

/// One replica.
#[derive(Clone, Debug, PartialEq)]
pub struct Replica {
    /// What went through its gate.
    pub traffic: Traffic,
    /// Its memory.
    pub memory: MemoryUse,
}

/// Requests and streams of the whole, of one workload or of one replica. Shares are from 0 to 1, and `None` where there
/// was nothing to take a share of.
#[derive(Clone, Debug, PartialEq)]
pub struct Traffic {
    /// What was counted.
    pub counts: Counts,
    /// From a request's arrival at the gate until its stream opened; `None` if none did.
    pub waiting: Option<Waiting>,
    /// Requests that a full gate refused, of all that came to it.
    pub shed_share: Option<Estimate>,
    /// Requests that left the queue because they had waited too long, of all that were refused, left or were given a
    /// slot.
    pub abandoned_share: Option<Estimate>,
    /// Answers of 429, of all requests sent to the API.
    pub limited_share: Option<Estimate>,
    /// Streams that ended well, per second.
    pub throughput_per_s: Estimate,
    /// Requests waiting or running.
    pub in_system: Level,
    /// Requests in the queue.
    pub in_queue: Level,
    /// Requests that hold a slot: with an open stream, or asleep after a 429.
    pub running: Level,
    /// Open streams.
    pub open: Level,
    /// Requests between a failed attempt and the next.
    pub backing_off: Level,
    /// Share of the slots (of all replicas, unless this is one replica) held on average.
    pub utilisation: Estimate,
    /// Requests admitted less requests departed, per second. Above 0 with its whole interval, the queue grew all the
    /// time, and no average of the run says anything about a longer one.
    pub growth_per_s: Estimate,
    /// The check of this run by Little's law; `None` if nothing departed.
    pub little: Option<LittlesLaw>,
}

/// What was counted in the measured time. An attempt is one passage of a gate.
///
/// ```text
/// arrivals + returns + inside_before = shed + departed + inside_after
/// departed = finished + failed + timed_out + abandoned + gave_up
/// arrivals + inside_before + backing_off_before
///     = finished + shed + abandoned + gave_up + exhausted + inside_after + backing_off_after
/// ```
/// The last of these not for a replica, since a request may come back to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// New requests.
    pub arrivals: u64,
    /// Failed requests that came back to a gate.
    pub returns: u64,
    /// Attempts refused by a full gate; they do not come back.
    pub shed: u64,
    /// Attempts that were not refused.
    pub admitted: u64,
    /// Attempts that left the queue because they had waited too long; they do not come back.
    pub abandoned: u64,
    /// Requests sent to the API, each 429 and what followed it counted apart.
    pub sent: u64,
    /// Answers of 429.
    pub limited: u64,
    /// Attempts that were answered 429 and could not be sent again.
    pub gave_up: u64,
    /// Streams opened.
    pub opened: u64,
    /// Streams that ended well.
    pub finished: u64,
    /// Streams that came to their own end and had failed.
    pub failed: u64,
    /// Streams that were cut at the timeout.
    pub timed_out: u64,
    /// Of these two, how many had no attempt left.
    pub exhausted: u64,
    /// Attempts that left a gate, whatever the reason.
    pub departed: u64,
    /// In the system when the measurement began.
    pub inside_before: u64,
    /// In the system when it ended.
    pub inside_after: u64,
    /// In backoff when the measurement began.
    pub backing_off_before: u64,
    /// In backoff when it ended.
    pub backing_off_after: u64,
}

/// How long streams had to wait: in the queue, and asleep after answers of 429.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waiting {
    /// Mean in seconds, those that did not wait included.
    pub mean_s: Estimate,
    /// Share of streams that had to wait at all.
    pub delayed_share: Estimate,
    /// Half of the streams waited no longer, in seconds.
    pub p50_s: Estimate,
    /// 95 % of the streams waited no longer, in seconds. The upper end is infinite where the run is too short to say.
    pub p95_s: Estimate,
    /// 99 % of the streams waited no longer, in seconds; as above.
    pub p99_s: Estimate,
}

/// How many there were at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Time average.
    pub mean: Estimate,
    /// The most at any moment.
    pub peak: u64,
}

/// L = lambda x W, each of the three observed by itself: a check of the run, not of the plan.
///
/// Within a stretch of time the two sides differ by those who were inside at its borders, so the difference has an
/// interval like everything else that is observed. If it does not contain 0, those inside at the beginning and at the
/// end were not alike: the warm-up was too short, or the run. A queue that grows evenly is not found out here but by
/// [`Traffic::growth_per_s`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LittlesLaw {
    /// L: time average of requests in the system.
    pub in_system: f64,
    /// lambda: requests admitted, per second.
    pub arrivals_per_s: f64,
    /// W: mean seconds in the system of requests that departed.
    pub sojourn_s: f64,
    /// L - lambda x W.
    pub difference: Estimate,
    /// Whether the interval of the difference contains 0.
    pub agrees: bool,
}

impl LittlesLaw {
    fn of(tally: &Tally) -> Option<LittlesLaw> {
        let total = |quantity: Quantity| tally.totals.total(quantity as usize);
        let (seconds, departed) = (total(Quantity::Seconds), total(Quantity::Departed));
        if departed == 0.0 {
            return None;
        }
        let sojourn_s = total(Quantity::SojournSeconds) / departed;
        // Of each batch the time spent inside less the sojourns that ended in it, less W for everyone who came and did
        // not leave: on average over the batches that is L - lambda x W exactly, and what one batch has too much the
        // next has too little.
        let differences = tally.totals.batches(|batch| {
            let now = |quantity: Quantity| batch[quantity as usize];
            let stayed = now(Quantity::Admitted) - now(Quantity::Departed);
            let spent = now(Quantity::SystemSeconds) - now(Quantity::SojournSeconds);
            (spent - sojourn_s * stayed) / now(Quantity::Seconds)
        });
        let difference = mean(&differences);
        Some(LittlesLaw {
            in_system: total(Quantity::SystemSeconds) / seconds,
            arrivals_per_s: total(Quantity::Admitted) / seconds,
            sojourn_s,
            difference,
            agrees: difference.low <= 0.0 && difference.high >= 0.0,
        })
    }
}

impl Counts {
    fn of(tally: &Tally) -> Counts {
        let total = |quantity: Quantity| tally.totals.total(quantity as usize) as u64;
        let (inside, away) = (tally.gauge(Place::System), tally.gauge(Place::BackingOff));
        Counts {
            arrivals: total(Quantity::Arrivals),
            returns: total(Quantity::Returns),
            shed: total(Quantity::Shed),
            admitted: total(Quantity::Admitted),
            abandoned: total(Quantity::Abandoned),
            sent: total(Quantity::Sent),
            limited: total(Quantity::Limited),
            gave_up: total(Quantity::GaveUp),
            opened: total(Quantity::Opened),
            finished: total(Quantity::Finished),
            failed: total(Quantity::Failed),
            timed_out: total(Quantity::TimedOut),
            exhausted: total(Quantity::Exhausted),
            departed: total(Quantity::Departed),
            inside_before: inside.before,
            inside_after: inside.after,
            backing_off_before: away.before,
            backing_off_after: away.after,
        }
    }
}

impl Traffic {
    /// `slots` is the number of requests that can run at once.
    pub(super) fn of(tally: &Tally, slots: f64) -> Traffic {
        let share = |part: Quantity, whole: Quantity| tally.totals.share(part as usize, whole as usize);
        let per_s = |quantity: Quantity| {
            let batches = tally
                .totals
                .batches(|batch: &[f64; QUANTITIES]| batch[quantity as usize] / batch[Quantity::Seconds as usize]);
            let estimate = mean(&batches);
            Estimate { low: estimate.low.max(0.0), ..estimate }
        };
        let level = |place: Place, quantity: Quantity| Level { mean: per_s(quantity), peak: tally.gauge(place).peak };
        let running = level(Place::Running, Quantity::RunningSeconds);
        Traffic {
            counts: Counts::of(tally),
            waiting: Waiting::of(tally),
            shed_share: share(Quantity::Shed, Quantity::Offered),
            abandoned_share: share(Quantity::Abandoned, Quantity::Decided),
            limited_share: share(Quantity::Limited, Quantity::Sent),
            throughput_per_s: per_s(Quantity::Finished),
            in_system: level(Place::System, Quantity::SystemSeconds),
            in_queue: level(Place::Waiting, Quantity::WaitingSeconds),
            running,
            open: level(Place::Open, Quantity::OpenSeconds),
            backing_off: level(Place::BackingOff, Quantity::BackingOffSeconds),
            utilisation: running.mean.divided_by(slots),
            growth_per_s: mean(&tally.totals.batches(|batch| {
                let now = |quantity: Quantity| batch[quantity as usize];
                (now(Quantity::Admitted) - now(Quantity::Departed)) / now(Quantity::Seconds)
            })),
            little: LittlesLaw::of(tally),
        }
    }
}

impl Waiting {
    fn of(tally: &Tally) -> Option<Waiting> {
        let opened = Quantity::Opened as usize;
        Some(Waiting {
            mean_s: tally.totals.ratio(Quantity::WaitSeconds as usize, opened)?,
            delayed_share: tally.totals.share(Quantity::Delayed as usize, opened)?,
            p50_s: tally.wait_s_at(0.5),
            p95_s: tally.wait_s_at(0.95),
            p99_s: tally.wait_s_at(0.99),
        })
    }
}

impl Replica {
    pub(super) fn of(tally: &Tally, memory: &Memory, slots: f64) -> Replica {
        Replica { traffic: Traffic::of(tally, slots), memory: memory.usage() }
    }
}
