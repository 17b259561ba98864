//! What happens at an event, and what follows from it.

use super::events::{Event, EventQueue};
use super::fleet::Balancer;
use super::memory::Memory;
use super::model::Model;
use super::random::Normal;
use super::requests::{Request, Requests};
use super::tally::{Ledger, Place, Quantity};
use crate::traffic::{Admission, ArrivalProcess, Buckets, Gate, Refusal};
use fastrand::Rng;

/// What is random about one workload, each with a generator of its own, so that a change of the gate leaves arrivals
/// and the durations of first attempts as they were.
#[derive(Debug)]
pub(super) struct Chance {
    pub(super) arrivals: ArrivalProcess,
    pub(super) durations: Rng,
    pub(super) normal: Normal,
    pub(super) fates: Rng,
}

/// The state of a run.
pub(super) struct Engine<'a> {
    pub(super) model: &'a Model,
    pub(super) events: EventQueue,
    pub(super) requests: Requests,
    pub(super) chances: Vec<Chance>,
    pub(super) balancer: Balancer,
    /// One for each replica; who waits is a request's number.
    pub(super) gates: Vec<Gate<u32>>,
    /// Of each replica and workload, whether there is an event when the patience of the first that waits ends.
    pub(super) watched: Vec<Vec<bool>>,
    pub(super) memories: Vec<Memory>,
    pub(super) pools: Vec<Buckets>,
    pub(super) ledger: Ledger,
}

impl Engine<'_> {
    /// Lets everything happen that is due at `end_s` or before.
    pub(super) fn run_until(&mut self, end_s: f64) {
        while let Some((now_s, event)) = self.events.next_until(end_s) {
            match event {
                Event::Arrives { workload } => {
                    self.schedule_arrival(now_s, workload);
                    self.comes(now_s, workload, 0);
                }
                Event::Ends { request } => self.ends(now_s, request),
                Event::SendsAgain { request } => {
                    let replica = self.requests.get(request).replica;
                    self.send(now_s, request);
                    self.wake(now_s, replica);
                }
                Event::Returns { request } => {
                    let Request { workload, replica, attempts, .. } = self.requests.remove(request);
                    self.ledger.note(workload, replica, |tally| tally.leave(Place::BackingOff, now_s));
                    self.comes(now_s, workload, attempts);
                }
                Event::LosesPatience { workload, replica } => self.loses_patience(now_s, workload, replica),
            }
        }
    }

    pub(super) fn schedule_arrival(&mut self, now_s: f64, workload: u16) {
        let at_s = self.chances[usize::from(workload)].arrivals.next_after(now_s);
        self.events.schedule(at_s, Event::Arrives { workload });
    }

    /// A request comes to a gate, new or again.
    fn comes(&mut self, now_s: f64, workload: u16, attempts: u16) {
        let replica = self.balancer.choose(&self.gates) as u32;
        let duration_s = self.draw_duration(workload);
        let request = Request { workload, attempts, replica, came_s: now_s, duration_s, opened_s: f64::NAN };
        let waits = || self.requests.insert(request);
        let admission = self.gates[replica as usize].come(usize::from(workload), now_s, waits);
        self.ledger.note(workload, replica, |tally| {
            tally.count(if attempts == 0 { Quantity::Arrivals } else { Quantity::Returns });
            tally.count(Quantity::Offered);
            match admission {
                Admission::Refuse => {
                    tally.count(Quantity::Shed);
                    return tally.count(Quantity::Decided);
                }
                Admission::Start => {
                    tally.count(Quantity::Decided);
                    tally.enter(Place::Running, now_s);
                }
                Admission::Wait(_) => tally.enter(Place::Waiting, now_s),
            }
            tally.count(Quantity::Admitted);
            tally.enter(Place::System, now_s);
        });
        match admission {
            Admission::Refuse => {}
            Admission::Start => {
                // A slot was free, so nobody waits, and if this request gives up at once there is nobody to wake.
                let request = self.requests.insert(request);
                self.send(now_s, request);
            }
            Admission::Wait(_) => self.watch_patience(workload, replica),
        }
    }

    fn draw_duration(&mut self, workload: u16) -> f64 {
        let Chance { durations, normal, .. } = &mut self.chances[usize::from(workload)];
        let workload = &self.model.workloads[usize::from(workload)];
        let drawn_s = workload.duration.draw(durations, normal);
        match workload.timeout_s {
            Some(timeout_s) if workload.hung_share > 0.0 && durations.f64() < workload.hung_share => timeout_s,
            _ => drawn_s,
        }
    }

    /// A request with a slot is sent: its stream opens, or the answer is 429, and it sleeps with its slot or gives it
    /// back.
    fn send(&mut self, now_s: f64, id: u32) {
        let request = self.requests.get_mut(id);
        request.attempts += 1;
        let Request { workload, attempts, replica, came_s, duration_s, .. } = *request;
        let kind = &self.model.workloads[usize::from(workload)];
        self.ledger.note(workload, replica, |tally| tally.count(Quantity::Sent));
        let answer = kind
            .pool
            .map_or(Ok(()), |pool| self.pools[pool].start(now_s, kind.input_tokens, kind.output_per_s(duration_s)));
        match answer {
            Ok(()) => {
                request.opened_s = now_s;
                self.memories[replica as usize].open(now_s, kind.memory.open_bytes, kind.bytes_per_s(duration_s));
                self.ledger.note(workload, replica, |tally| tally.opened(now_s, now_s - came_s));
                let life_s = kind.timeout_s.map_or(duration_s, |timeout_s| duration_s.min(timeout_s));
                self.events.schedule(now_s + life_s, Event::Ends { request: id });
            }
            Err(Refusal { wait, .. }) => {
                self.ledger.note(workload, replica, |tally| tally.count(Quantity::Limited));
                let fates = &mut self.chances[usize::from(workload)].fates;
                let retry_after_s = wait.retry_after_s();
                match retry_after_s.and_then(|_| kind.retry.delay_s(attempts, retry_after_s, fates)) {
                    Some(delay_s) => self.events.schedule(now_s + delay_s, Event::SendsAgain { request: id }),
                    None => {
                        self.requests.remove(id);
                        self.departs(now_s, workload, replica, came_s, Quantity::GaveUp);
                    }
                }
            }
        }
    }

    /// A stream comes to its end, good or bad; a failed request goes into backoff if it has an attempt left.
    fn ends(&mut self, now_s: f64, id: u32) {
        let Request { workload, attempts, replica, came_s, duration_s, opened_s } = *self.requests.get(id);
        let kind = &self.model.workloads[usize::from(workload)];
        let (open_bytes, bytes_per_s) = (kind.memory.open_bytes, kind.bytes_per_s(duration_s));
        self.memories[replica as usize].close(now_s, now_s - opened_s, open_bytes, bytes_per_s);
        if let Some(pool) = kind.pool {
            self.pools[pool].end(now_s, kind.output_per_s(duration_s));
        }
        self.ledger.note(workload, replica, |tally| tally.leave(Place::Open, now_s));
        let fates = &mut self.chances[usize::from(workload)].fates;
        let end = if kind.timeout_s.is_some_and(|timeout_s| duration_s >= timeout_s) {
            Quantity::TimedOut
        } else if kind.fail_share > 0.0 && fates.f64() < kind.fail_share {
            Quantity::Failed
        } else {
            Quantity::Finished
        };
        let again_s = match end {
            Quantity::Finished => None,
            _ => {
                let delay_s = kind.retry.delay_s(attempts, None, fates);
                if delay_s.is_none() {
                    self.ledger.note(workload, replica, |tally| tally.count(Quantity::Exhausted));
                }
                delay_s.map(|delay_s| now_s + delay_s)
            }
        };
        match again_s {
            Some(again_s) => {
                self.events.schedule(again_s, Event::Returns { request: id });
                self.ledger.note(workload, replica, |tally| tally.enter(Place::BackingOff, now_s));
            }
            None => _ = self.requests.remove(id),
        }
        self.departs(now_s, workload, replica, came_s, end);
        self.wake(now_s, replica);
    }

    /// A request that holds a slot gives it back and is out of the gate.
    fn departs(&mut self, now_s: f64, workload: u16, replica: u32, came_s: f64, why: Quantity) {
        self.gates[replica as usize].release();
        self.ledger.note(workload, replica, |tally| {
            tally.count(why);
            tally.leave(Place::Running, now_s);
            tally.departed(now_s, now_s - came_s);
        });
    }

    /// One waiter for each free slot; more than one only if the first give up at once.
    fn wake(&mut self, now_s: f64, replica: u32) {
        while let Some(waiter) = self.gates[replica as usize].wake() {
            self.ledger.note(self.requests.get(waiter.who).workload, replica, |tally| {
                tally.count(Quantity::Decided);
                tally.leave(Place::Waiting, now_s);
                tally.enter(Place::Running, now_s);
            });
            self.send(now_s, waiter.who);
        }
    }

    /// Those who have waited as long as they would leave the queue.
    fn loses_patience(&mut self, now_s: f64, workload: u16, replica: u32) {
        self.watched[replica as usize][usize::from(workload)] = false;
        while let Some(waiter) = self.gates[replica as usize].lose_patience(usize::from(workload), now_s) {
            self.requests.remove(waiter.who);
            self.ledger.note(workload, replica, |tally| {
                tally.count(Quantity::Abandoned);
                tally.count(Quantity::Decided);
                tally.leave(Place::Waiting, now_s);
                tally.departed(now_s, now_s - waiter.since_s);
            });
        }
        self.watch_patience(workload, replica);
    }

    /// Sees to it that there is an event when the patience of the oldest waiter ends, and only one for each queue.
    fn watch_patience(&mut self, workload: u16, replica: u32) {
        let Some(ends_s) = self.gates[replica as usize].patience_ends_s(usize::from(workload)) else { return };
        let watched = &mut self.watched[replica as usize][usize::from(workload)];
        if !std::mem::replace(watched, true) {
            self.events.schedule(ends_s, Event::LosesPatience { workload, replica });
        }
    }
}
