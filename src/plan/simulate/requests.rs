//! The requests that are somewhere: waiting, running or in backoff.

/// One request. Forty bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) workload: u16,
    /// Times it has been sent.
    pub(super) attempts: u16,
    pub(super) replica: u32,
    /// When it came to the gate, this time.
    pub(super) came_s: f64,
    /// How long its stream lives if the timeout does not cut it.
    pub(super) duration_s: f64,
    /// When its stream opened; not a number before.
    pub(super) opened_s: f64,
}

/// Requests by number. Numbers are used again, so that the space is that of the most at one time.
#[derive(Debug, Default)]
pub(super) struct Requests {
    slots: Vec<Request>,
    free: Vec<u32>,
}

impl Requests {
    pub(super) fn insert(&mut self, request: Request) -> u32 {
        if let Some(id) = self.free.pop() {
            self.slots[id as usize] = request;
            return id;
        }
        self.slots.push(request);
        self.slots.len() as u32 - 1
    }

    /// The most that there were at one time.
    pub(super) fn most(&self) -> usize {
        self.slots.len()
    }

    #[inline]
    pub(super) fn get(&self, id: u32) -> &Request {
        &self.slots[id as usize]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, id: u32) -> &mut Request {
        &mut self.slots[id as usize]
    }

    pub(super) fn remove(&mut self, id: u32) -> Request {
        self.free.push(id);
        self.slots[id as usize]
    }
}
