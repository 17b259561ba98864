//! The bounded gate: so many at once, of each workload so many waiting, first come first served, the rest refused.

use std::collections::VecDeque;

/// So many places are a queue without end.
pub const ENDLESS: u32 = u32::MAX;

/// What the gate says to an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// A slot was free and is taken.
    Start,
    /// All slots are taken; the workload has a place left in the queue.
    Wait,
    /// All slots are taken, and so are the workload's places.
    Refuse,
}

/// A request in the queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Waiter {
    pub(super) request: u32,
    pub(super) since_s: f64,
    ticket: u64,
}

/// The gate of one replica. A waiter gets the slot that is released, so slots are only free when nobody waits.
#[derive(Debug)]
pub(super) struct Gate {
    concurrency: u32,
    running: u32,
    waiting: u32,
    tickets: u64,
    /// One queue for each workload, so that those whose patience ends are always at the head of one.
    queues: Vec<Queue>,
    /// Whose turn it is: workload and ticket in the order of coming. The entry of a waiter that left stays until its turn, so that no
    /// turn has to look at every queue.
    turns: VecDeque<(u16, u64)>,
}

/// Those of one workload that wait.
#[derive(Debug)]
struct Queue {
    places: u32,
    waiters: VecDeque<Waiter>,
    /// Whether somebody looks after their patience.
    watched: bool,
}

impl Gate {
    /// With so many `places` in the queue for each workload.
    pub(super) fn new(concurrency: u32, places: impl Iterator<Item = u32>) -> Gate {
        let queue = |places| Queue { places, waiters: VecDeque::new(), watched: false };
        let queues = places.map(queue).collect();
        Gate { concurrency, running: 0, waiting: 0, tickets: 0, queues, turns: VecDeque::new() }
    }

    /// Requests inside, running and waiting.
    pub(super) fn busy(&self) -> u64 {
        u64::from(self.running) + u64::from(self.waiting)
    }

    /// Decides about an arrival and takes the slot if there is one. Who is to wait must then [`Gate::enqueue`].
    pub(super) fn admit(&mut self, workload: u16) -> Admission {
        let queue = &self.queues[usize::from(workload)];
        if self.running < self.concurrency {
            self.running += 1;
            Admission::Start
        } else if queue.places == ENDLESS || queue.waiters.len() < queue.places as usize {
            Admission::Wait
        } else {
            Admission::Refuse
        }
    }

    pub(super) fn enqueue(&mut self, workload: u16, request: u32, since_s: f64) {
        self.tickets += 1;
        self.waiting += 1;
        self.turns.push_back((workload, self.tickets));
        self.queues[usize::from(workload)].waiters.push_back(Waiter { request, since_s, ticket: self.tickets });
    }

    /// Gives a slot back.
    pub(super) fn release(&mut self) {
        self.running -= 1;
    }

    /// Gives a free slot to the waiter that has waited longest.
    pub(super) fn wake(&mut self) -> Option<Waiter> {
        if self.waiting == 0 || self.running >= self.concurrency {
            return None;
        }
        while let Some((workload, ticket)) = self.turns.pop_front() {
            let waiters = &mut self.queues[usize::from(workload)].waiters;
            // Tickets rise along each queue, and whoever left was at its head.
            if waiters.front().is_some_and(|waiter| waiter.ticket == ticket) {
                self.waiting -= 1;
                self.running += 1;
                return waiters.pop_front();
            }
        }
        None
    }

    /// The waiter of a workload that has waited longest.
    pub(super) fn oldest(&self, workload: u16) -> Option<&Waiter> {
        self.queues[usize::from(workload)].waiters.front()
    }

    /// That waiter leaves the queue without having had a slot, if it has reason to.
    pub(super) fn leave_if(&mut self, workload: u16, reason: impl Fn(&Waiter) -> bool) -> Option<Waiter> {
        self.oldest(workload).filter(|waiter| reason(waiter))?;
        self.waiting -= 1;
        self.queues[usize::from(workload)].waiters.pop_front()
    }

    /// Sets whether somebody looks after the patience of a workload's queue, and says whether somebody did.
    pub(super) fn watched(&mut self, workload: u16, watched: bool) -> bool {
        std::mem::replace(&mut self.queues[usize::from(workload)].watched, watched)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_come_first_served_across_workloads() {
        let mut gate = Gate::new(1, [2, ENDLESS].into_iter());
        assert_eq!(gate.admit(0), Admission::Start);
        for (workload, request) in [(1, 10), (0, 11), (1, 12), (0, 13)] {
            assert_eq!(gate.admit(workload), Admission::Wait);
            gate.enqueue(workload, request, 0.0);
        }
        assert_eq!(gate.admit(0), Admission::Refuse, "its places are taken");
        assert_eq!(gate.admit(1), Admission::Wait, "the other's have no end");
        assert_eq!(gate.wake(), None, "no slot is free");
        assert_eq!(gate.busy(), 5);
        assert_eq!(gate.leave_if(0, |waiter| waiter.since_s == 0.0).map(|waiter| waiter.request), Some(11));
        assert_eq!(gate.leave_if(1, |waiter| waiter.since_s > 0.0), None);
        for request in [10, 12, 13] {
            gate.release();
            assert_eq!(gate.wake().map(|waiter| waiter.request), Some(request));
        }
        gate.release();
        assert_eq!(gate.wake(), None, "nobody waits");
        assert_eq!(gate.busy(), 0);
    }
}
