//! A fleet of equal replicas behind a balancer.

use crate::traffic::Gate;
use fastrand::Rng;

/// The most replicas that are simulated. Each has a histogram of waiting and one of memory, up to half a MiB together.
pub const MOST_REPLICAS: u32 = 1_000;

/// Replicas of one process, each with a gate and memory of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fleet {
    /// How many, 1 to [`MOST_REPLICAS`].
    pub replicas: u32,
    /// Which one gets an arrival.
    pub balancing: Balancing,
    /// Slots of each gate, at least 1.
    pub concurrency: u32,
    /// Memory of a replica without a stream, in bytes.
    pub base_bytes: f64,
    /// The memory limit of a replica in bytes, above 0.
    pub limit_bytes: f64,
}

/// Which replica gets an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Balancing {
    /// Any, with equal chances.
    Random,
    /// One after the other.
    RoundRobin,
    /// The one with the fewest requests running and waiting; among equals the next in turn.
    LeastBusy,
}

/// A balancer at work.
#[derive(Debug)]
pub(super) struct Balancer {
    balancing: Balancing,
    random: Rng,
    next: usize,
}

impl Balancer {
    pub(super) fn new(balancing: Balancing, random: Rng) -> Balancer {
        Balancer { balancing, random, next: 0 }
    }

    /// The index of the gate for an arrival. There is at least one.
    pub(super) fn choose(&mut self, gates: &[Gate<u32>]) -> usize {
        if gates.len() == 1 {
            return 0;
        }
        let turn = self.next;
        let chosen = match self.balancing {
            Balancing::Random => self.random.usize(..gates.len()),
            Balancing::RoundRobin => turn,
            Balancing::LeastBusy => {
                let in_turn = (turn..gates.len()).chain(0..turn);
                in_turn.min_by_key(|replica| gates[*replica].busy()).unwrap_or(turn)
            }
        };
        self.next = (chosen + 1) % gates.len();
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::Queue;

    fn chosen(balancing: Balancing, busy: &[u32]) -> Vec<usize> {
        let gate = |_| Gate::new(9, [Queue { places: 0, patience_s: None }]);
        let mut gates: Vec<Gate<u32>> = busy.iter().map(gate).collect();
        for (gate, busy) in gates.iter_mut().zip(busy) {
            (0..*busy).for_each(|_| _ = gate.come(0, 0.0, || 0));
        }
        let mut balancer = Balancer::new(balancing, Rng::with_seed(1));
        (0..6).map(|_| balancer.choose(&gates)).collect()
    }

    #[test]
    fn each_in_its_way() {
        assert_eq!(chosen(Balancing::RoundRobin, &[5, 0, 0]), [0, 1, 2, 0, 1, 2]);
        assert_eq!(chosen(Balancing::LeastBusy, &[5, 0, 0]), [1, 2, 1, 2, 1, 2], "the fewest, equals in turn");
        assert_eq!(chosen(Balancing::LeastBusy, &[5, 3, 4]), [1; 6]);
        let random = chosen(Balancing::Random, &[5, 0, 0]);
        assert!(random.iter().any(|replica| *replica != random[0]), "{random:?}");
        assert_eq!(chosen(Balancing::Random, &[5]), [0; 6]);
    }
}
