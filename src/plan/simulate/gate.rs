//! The bounded gate: so many at once, so many waiting, first come first served, the rest refused.

use std::collections::VecDeque;

/// What the gate says to an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// A slot was free and is taken.
    Start,
    /// All slots are taken; there is room in the queue.
    Wait,
    /// Slots and queue are full.
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
    queue_depth: u32,
    running: u32,
    waiting: u32,
    tickets: u64,
    /// One queue for each workload, so that those whose patience ends are always at the head of one. The smallest
    /// ticket among the heads is first of all.
    queues: Vec<VecDeque<Waiter>>,
    /// Whether somebody looks after the patience of each queue.
    watched: Vec<bool>,
}

impl Gate {
    pub(super) fn new(concurrency: u32, queue_depth: u32, workloads: usize) -> Gate {
        let queues = (0..workloads).map(|_| VecDeque::new()).collect();
        Gate { concurrency, queue_depth, running: 0, waiting: 0, tickets: 0, queues, watched: vec![false; workloads] }
    }

    /// Requests inside, running and waiting.
    pub(super) fn busy(&self) -> u64 {
        u64::from(self.running) + u64::from(self.waiting)
    }

    /// Decides about an arrival and takes the slot if there is one. Who is to wait must then [`Gate::enqueue`].
    pub(super) fn admit(&mut self) -> Admission {
        if self.running < self.concurrency {
            self.running += 1;
            Admission::Start
        } else if self.waiting < self.queue_depth {
            Admission::Wait
        } else {
            Admission::Refuse
        }
    }

    pub(super) fn enqueue(&mut self, workload: u16, request: u32, since_s: f64) {
        self.tickets += 1;
        self.waiting += 1;
        self.queues[usize::from(workload)].push_back(Waiter { request, since_s, ticket: self.tickets });
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
        let first = self.queues.iter_mut().filter(|queue| !queue.is_empty()).min_by_key(|queue| queue[0].ticket)?;
        self.waiting -= 1;
        self.running += 1;
        first.pop_front()
    }

    /// The waiter of a workload that has waited longest.
    pub(super) fn oldest(&self, workload: u16) -> Option<&Waiter> {
        self.queues[usize::from(workload)].front()
    }

    /// That waiter leaves the queue without having had a slot, if it has reason to.
    pub(super) fn leave_if(&mut self, workload: u16, reason: impl Fn(&Waiter) -> bool) -> Option<Waiter> {
        self.oldest(workload).filter(|waiter| reason(waiter))?;
        self.waiting -= 1;
        self.queues[usize::from(workload)].pop_front()
    }

    /// Sets whether somebody looks after the patience of a workload's queue, and says whether somebody did.
    pub(super) fn watched(&mut self, workload: u16, watched: bool) -> bool {
        std::mem::replace(&mut self.watched[usize::from(workload)], watched)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_come_first_served_across_workloads() {
        let mut gate = Gate::new(1, 4, 2);
        assert_eq!(gate.admit(), Admission::Start);
        for (workload, request) in [(1, 10), (0, 11), (1, 12), (0, 13)] {
            assert_eq!(gate.admit(), Admission::Wait);
            gate.enqueue(workload, request, 0.0);
        }
        assert_eq!(gate.admit(), Admission::Refuse);
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
