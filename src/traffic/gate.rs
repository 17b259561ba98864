//! The bounded gate: so many at once, of each kind so many waiting, first come first served, the rest refused.

use std::collections::VecDeque;

/// So many places are a queue without end.
pub const ENDLESS: u32 = u32::MAX;

/// How one kind of request may wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Queue {
    /// How many may wait at once; 0 refuses whatever cannot start when it comes, [`ENDLESS`] has no end.
    pub places: u32,
    /// Seconds after which one leaves, above 0; `None` waits as long as it takes.
    pub patience_s: Option<f64>,
}

/// What the gate says to a request that comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// A slot was free and is taken. It is to be given back by [`Gate::release`].
    Start,
    /// All slots are taken; there was a place in the queue, and it is taken.
    Wait(Ticket),
    /// All slots are taken, and so are the places of the queue.
    Refuse,
}

/// A place in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// Somebody who waits, or has waited.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waiter<T> {
    /// Who it is.
    pub who: T,
    /// When it came, in seconds.
    pub since_s: f64,
    ticket: Ticket,
}

/// A gate at work. A slot that is given back is for the waiter that came first: give it on at once, and slots are only free when nobody
/// waits. Kinds of requests are numbered from 0, in the order of their queues.
#[derive(Debug)]
pub struct Gate<T> {
    slots: u32,
    running: u32,
    waiting: u32,
    tickets: u64,
    /// One line for each kind, so that those whose patience ends are always at the head of one.
    lines: Vec<Line<T>>,
    /// Whose turn it is: kind and ticket in the order of coming. The entry of a waiter that left stays until its turn, so that no turn has
    /// to look at every line, or until such entries are more than the others.
    turns: VecDeque<(u32, Ticket)>,
}

/// Those of one kind that wait. Tickets rise along it.
#[derive(Debug)]
struct Line<T> {
    queue: Queue,
    waiters: VecDeque<Waiter<T>>,
}

/// So many entries of waiters that left are not worth clearing away.
const FEW: usize = 64;

impl<T> Gate<T> {
    /// With so many slots, and a queue for each kind.
    pub fn new(slots: u32, queues: impl IntoIterator<Item = Queue>) -> Gate<T> {
        let lines = queues.into_iter().map(|queue| Line { queue, waiters: VecDeque::new() }).collect();
        Gate { slots, running: 0, waiting: 0, tickets: 0, lines, turns: VecDeque::new() }
    }

    /// Requests inside, running and waiting.
    pub fn busy(&self) -> u64 {
        u64::from(self.running) + u64::from(self.waiting)
    }

    /// Requests that hold a slot, at most as many as there are.
    pub fn running(&self) -> u32 {
        self.running
    }

    /// Requests that wait.
    pub fn waiting(&self) -> u32 {
        self.waiting
    }

    /// A request of a kind comes. Who it is is asked if it has to wait.
    ///
    /// # Panics
    /// If there is no such kind, as do all that take one.
    pub fn come(&mut self, kind: usize, now_s: f64, who: impl FnOnce() -> T) -> Admission {
        let line = &mut self.lines[kind];
        if self.running < self.slots {
            self.running += 1;
            return Admission::Start;
        }
        if line.queue.places != ENDLESS && line.waiters.len() >= line.queue.places as usize {
            return Admission::Refuse;
        }
        self.tickets += 1;
        self.waiting += 1;
        let ticket = Ticket(self.tickets);
        line.waiters.push_back(Waiter { who: who(), since_s: now_s, ticket });
        self.turns.push_back((kind as u32, ticket));
        Admission::Wait(ticket)
    }

    /// A slot is given back. It is then to be given on: see [`Gate::wake`].
    pub fn release(&mut self) {
        debug_assert!(self.running > 0, "a slot is given back that nobody holds");
        self.running = self.running.saturating_sub(1);
    }

    /// Gives a free slot to the waiter that came first. If that one is not there any more, it gives the slot back as everybody does.
    pub fn wake(&mut self) -> Option<Waiter<T>> {
        if self.waiting == 0 || self.running >= self.slots {
            return None;
        }
        while let Some((kind, ticket)) = self.turns.pop_front() {
            let waiters = &mut self.lines[kind as usize].waiters;
            // Whoever of this line came before has had a turn or has left.
            if waiters.front().is_some_and(|waiter| waiter.ticket == ticket) {
                self.waiting -= 1;
                self.running += 1;
                return waiters.pop_front();
            }
        }
        None
    }

    /// When the patience of the first of a kind that waits will end, in seconds.
    pub fn patience_ends_s(&self, kind: usize) -> Option<f64> {
        let line = &self.lines[kind];
        Some(line.waiters.front()?.since_s + line.queue.patience_s?)
    }

    /// The waiter of a kind that came first leaves, without having had a slot, if its patience has ended. There may be more than one.
    pub fn lose_patience(&mut self, kind: usize, now_s: f64) -> Option<Waiter<T>> {
        self.patience_ends_s(kind).filter(|ends_s| *ends_s <= now_s)?;
        let waiter = self.lines[kind].waiters.pop_front();
        self.left();
        waiter
    }

    /// A waiter of a kind leaves, without having had a slot, for reasons of its own. `None` if it is not waiting: then it has had its turn,
    /// and a slot to give back.
    pub fn give_up(&mut self, kind: usize, ticket: Ticket) -> Option<Waiter<T>> {
        let waiters = &mut self.lines[kind].waiters;
        let at = waiters.binary_search_by_key(&ticket, |waiter| waiter.ticket).ok()?;
        let waiter = waiters.remove(at);
        self.left();
        waiter
    }

    /// One has left a line. Where slots are not given back for long, entries of those who left would become ever more.
    fn left(&mut self) {
        self.waiting -= 1;
        if self.turns.len() > FEW + 2 * self.waiting as usize {
            let lines = &self.lines;
            let waits = |kind: u32, ticket: &Ticket| {
                lines[kind as usize].waiters.binary_search_by_key(ticket, |waiter| waiter.ticket).is_ok()
            };
            self.turns.retain(|(kind, ticket)| waits(*kind, ticket));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn queue(places: u32, patience_s: Option<f64>) -> Queue {
        Queue { places, patience_s }
    }

    fn who<T>(waiter: Option<Waiter<T>>) -> Option<T> {
        waiter.map(|waiter| waiter.who)
    }

    #[test]
    fn first_come_first_served_across_kinds() {
        let mut gate = Gate::new(1, [queue(2, Some(5.0)), queue(ENDLESS, Some(6.0))]);
        let starts = || unreachable!("who starts is not asked who it is");
        assert_eq!(gate.come(0, 0.0, starts), Admission::Start);
        for (kind, request) in [(1, 10), (0, 11), (1, 12), (0, 13)] {
            assert!(matches!(gate.come(kind, 0.0, || request), Admission::Wait(_)));
        }
        assert_eq!(gate.come(0, 0.0, starts), Admission::Refuse, "its places are taken");
        assert_eq!(gate.wake(), None, "no slot is free");
        assert_eq!((gate.busy(), gate.running(), gate.waiting()), (5, 1, 4));
        assert_eq!([gate.patience_ends_s(0), gate.patience_ends_s(1)], [Some(5.0), Some(6.0)]);
        assert_eq!(gate.lose_patience(1, 5.0), None);
        assert_eq!(who(gate.lose_patience(0, 5.0)), Some(11));
        for request in [10, 12, 13] {
            gate.release();
            assert_eq!(who(gate.wake()), Some(request));
        }
        gate.release();
        assert_eq!(gate.wake(), None, "nobody waits");
        assert_eq!((gate.busy(), gate.patience_ends_s(0)), (0, None));
    }

    #[test]
    fn a_place_that_is_given_up_is_free_again_and_a_turn_that_came_is_not_given_up() {
        let mut gate = Gate::new(1, [queue(2, None)]);
        let come = |gate: &mut Gate<u32>, request| gate.come(0, 0.0, || request);
        assert_eq!(come(&mut gate, 1), Admission::Start);
        let Admission::Wait(second) = come(&mut gate, 2) else { panic!("there is a place") };
        let Admission::Wait(third) = come(&mut gate, 3) else { panic!("there is a place") };
        assert_eq!(come(&mut gate, 4), Admission::Refuse);
        assert_eq!(who(gate.give_up(0, third)), Some(3), "from behind another one");
        assert!(matches!(come(&mut gate, 5), Admission::Wait(_)));
        gate.release();
        assert_eq!(who(gate.wake()), Some(2));
        assert_eq!(gate.give_up(0, second), None, "it has a slot");
        gate.release();
        assert_eq!(who(gate.wake()), Some(5));
        assert_eq!(gate.lose_patience(0, f64::MAX), None, "nobody waits");
    }

    /// Where no slot is given back, those who come and leave do not add up.
    #[test]
    fn it_holds_no_more_than_those_who_wait() {
        let mut gate = Gate::new(0, [queue(10, Some(1.0))]);
        let stays = gate.come(0, 0.0, || 0);
        for request in 1..100_000 {
            let Admission::Wait(ticket) = gate.come(0, 0.0, || request) else { panic!("there is a place") };
            assert_eq!(who(gate.give_up(0, ticket)), Some(request));
        }
        assert!(gate.turns.len() <= FEW + 3 && gate.turns.capacity() < 1_000, "{}", gate.turns.len());
        assert!(matches!(stays, Admission::Wait(ticket) if who(gate.give_up(0, ticket)) == Some(0)));
    }

    /// What may happen to a gate of two kinds.
    #[derive(Clone, Debug)]
    enum Step {
        Comes(usize),
        /// One that runs ends, and its slot is given on.
        Ends,
        /// One of those that wait leaves: which, as a share of all of them.
        GivesUp(f64),
        LosePatience(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => (0..2_usize).prop_map(Step::Comes),
            3 => Just(Step::Ends),
            1 => (0.0..1.0_f64).prop_map(Step::GivesUp),
            1 => (0..2_usize).prop_map(Step::LosePatience),
        ];
        proptest::collection::vec(step, 1..400)
    }

    /// One who waits, as a list would know it.
    type Known = (usize, u32, Ticket, f64);

    fn position(known: &[Known], is: impl Fn(&Known) -> bool) -> Option<usize> {
        known.iter().position(is)
    }

    proptest! {
        /// Held to a plain list of those who wait, in the order of coming: never more inside than slots, never more waiting than places,
        /// nobody overtaken, nobody lost, and no slot free while one waits.
        #[test]
        fn it_does_what_a_list_does(slots in 1..5_u32, places in (0..4_u32, 0..4_u32), steps in steps()) {
            let patience_s = [7.0, 20.0];
            let places = [places.0, places.1];
            let mut gate = Gate::new(slots, [0, 1].map(|kind| queue(places[kind], Some(patience_s[kind]))));
            let (mut list, mut running): (Vec<Known>, u32) = (Vec::new(), 0);
            for (number, step) in steps.into_iter().enumerate() {
                let (request, now_s) = (number as u32, number as f64);
                match step {
                    Step::Comes(kind) => {
                        let waiting = list.iter().filter(|known| known.0 == kind).count() as u32;
                        match gate.come(kind, now_s, || request) {
                            Admission::Start => {
                                prop_assert!(running < slots && list.is_empty());
                                running += 1;
                            }
                            Admission::Wait(ticket) => {
                                prop_assert!(running == slots && waiting < places[kind]);
                                list.push((kind, request, ticket, now_s));
                            }
                            Admission::Refuse => prop_assert!(running == slots && waiting == places[kind]),
                        }
                    }
                    Step::Ends if running > 0 => {
                        gate.release();
                        let expected = if list.is_empty() { None } else { Some(list.remove(0).1) };
                        running -= u32::from(expected.is_none());
                        prop_assert_eq!(who(gate.wake()), expected);
                        prop_assert_eq!(who(gate.wake()), None, "one slot is for one");
                    }
                    Step::Ends => {}
                    Step::GivesUp(share) if !list.is_empty() => {
                        let (kind, request, ticket, _) = list.remove((share * list.len() as f64) as usize);
                        prop_assert_eq!(who(gate.give_up(kind, ticket)), Some(request));
                        prop_assert_eq!(who(gate.give_up(kind, ticket)), None, "once");
                    }
                    Step::GivesUp(_) => {}
                    Step::LosePatience(kind) => {
                        let over = |known: &Known| known.0 == kind && known.3 + patience_s[kind] <= now_s;
                        while let Some(at) = position(&list, over) {
                            prop_assert_eq!(who(gate.lose_patience(kind, now_s)), Some(list.remove(at).1));
                        }
                        prop_assert_eq!(who(gate.lose_patience(kind, now_s)), None);
                    }
                }
                prop_assert_eq!((gate.running(), gate.waiting() as usize), (running, list.len()));
                prop_assert!(gate.running() <= slots);
            }
        }
    }
}
