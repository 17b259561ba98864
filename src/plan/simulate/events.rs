//! What is going to happen, in the order of time.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Something that happens at one moment. Eight bytes, because millions of them go through the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A new request of a workload comes.
    Arrives { workload: u16 },
    /// A stream comes to its end, good or bad.
    Ends { request: u32 },
    /// A request that was answered 429 is sent again; it has held its slot meanwhile.
    SendsAgain { request: u32 },
    /// A failed request comes back to the gates after its backoff.
    Returns { request: u32 },
    /// The oldest request of a workload in the queue of a replica may have waited long enough.
    LosesPatience { workload: u16, replica: u32 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Scheduled {
    /// The bits of a double that is 0 or more, which are in the same order as the doubles themselves.
    at_bits: u64,
    /// Order of scheduling, so that what is due at the same moment happens in an order that depends on nothing else.
    sequence: u64,
    event: Event,
}

impl Ord for Scheduled {
    /// The earliest is the greatest, since the heap of the standard library gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at_bits, other.sequence).cmp(&(self.at_bits, self.sequence))
    }
}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The events to come. Its size is that of what is open, waiting for tokens or in backoff, plus one for each arrival
/// process and each queue with patience.
#[derive(Debug, Default)]
pub(super) struct EventQueue {
    heap: BinaryHeap<Scheduled>,
    scheduled: u64,
}

impl EventQueue {
    /// Schedules `event` at `at_s` seconds, 0 or more.
    pub(super) fn schedule(&mut self, at_s: f64, event: Event) {
        debug_assert!(at_s >= 0.0, "{event:?} at {at_s}");
        self.scheduled += 1;
        // Adding 0 makes a negative zero positive, whose bits would be in the wrong order.
        self.heap.push(Scheduled { at_bits: (at_s + 0.0).to_bits(), sequence: self.scheduled, event });
    }

    /// The next event and its time, if it is due at `end_s` or before.
    pub(super) fn next_until(&mut self, end_s: f64) -> Option<(f64, Event)> {
        let at_s = f64::from_bits(self.heap.peek()?.at_bits);
        if at_s > end_s {
            return None;
        }
        self.heap.pop().map(|scheduled| (at_s, scheduled.event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_order_of_time_then_of_scheduling() {
        let mut queue = EventQueue::default();
        let times = [3.0, 0.0, 1e9, 3.0, 1e-300, -0.0, 0.5];
        for (request, at_s) in times.into_iter().enumerate() {
            queue.schedule(at_s, Event::Ends { request: request as u32 });
        }
        let mut order = Vec::new();
        while let Some((at_s, Event::Ends { request })) = queue.next_until(1e6) {
            assert_eq!(at_s, times[request as usize]);
            order.push(request);
        }
        assert_eq!(order, [1, 5, 4, 6, 0, 3]);
        assert_eq!(queue.next_until(1e9), Some((1e9, Event::Ends { request: 2 })));
    }

    #[test]
    fn an_event_is_eight_bytes() {
        assert_eq!(size_of::<Event>(), 8);
        assert_eq!(size_of::<Scheduled>(), 24);
    }
}
