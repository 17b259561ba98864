//! What samples of resident memory do not tell, through the whole life of a trial.

use serde::{Deserialize, Serialize};

/// What lies beside resident memory, and what of that is none, from moment to moment: steps, each of which holds until the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beside {
    /// Milliseconds after the trial began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at_ms: Vec<u32>,
    /// Files in memory that its processes had open, as far as they were not resident in one of them, bytes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub memory_files_bytes: Vec<u64>,
    /// Resident pages that it had given back with `MADV_FREE`, bytes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lazy_free_bytes: Vec<u64>,
    /// The most of files in memory of the whole machine, its own and others', bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine_highest_bytes: Option<u64>,
    /// The most pipes and sockets within this machine that it had open at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels_highest: Option<u32>,
}

impl Beside {
    /// Files in memory at a time, bytes.
    pub fn memory_files_at(&self, at_ms: u64) -> u64 {
        self.at(at_ms, &self.memory_files_bytes)
    }

    /// Pages given back at a time, bytes.
    pub fn lazy_free_at(&self, at_ms: u64) -> u64 {
        self.at(at_ms, &self.lazy_free_bytes)
    }

    /// The most of files in memory from one time to another, bytes.
    pub fn memory_files_between(&self, from_ms: u64, to_ms: u64) -> u64 {
        let begun = self.at_ms.iter().zip(&self.memory_files_bytes);
        let begun = begun.filter(|(at_ms, _)| (from_ms..=to_ms).contains(&u64::from(**at_ms)));
        begun.map(|(_, bytes)| *bytes).fold(self.memory_files_at(from_ms), u64::max)
    }

    fn at(&self, at_ms: u64, column: &[u64]) -> u64 {
        let begun = self.at_ms.partition_point(|begun_ms| u64::from(*begun_ms) <= at_ms);
        begun.checked_sub(1).and_then(|last| column.get(last)).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_holds_until_the_next() {
        let beside = Beside {
            at_ms: vec![10, 20, 30],
            memory_files_bytes: vec![5, 9, 0],
            lazy_free_bytes: vec![0, 0, 7],
            ..Beside::default()
        };
        assert_eq!([0, 10, 19, 20, 31].map(|at| beside.memory_files_at(at)), [0, 5, 5, 9, 0]);
        assert_eq!([29, 30].map(|at| beside.lazy_free_at(at)), [0, 7]);
        assert_eq!(
            [(0, 9), (0, 15), (12, 18), (12, 40), (31, 40)].map(|(a, b)| beside.memory_files_between(a, b)),
            [0, 5, 5, 9, 0]
        );
        assert_eq!(Beside::default().memory_files_between(0, 9), 0);
    }
}
