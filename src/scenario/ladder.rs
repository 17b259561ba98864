//! The numbers of streams.

use super::ScenarioError;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// The numbers of streams at which trials are run, ascending, at least two of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<u32>", into = "Vec<u32>")]
pub struct Ladder(Vec<u32>);

/// Numbers of streams in a record that are no ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its numbers of streams are not two or more that rise from 1 or above")]
pub struct NotRising;

impl TryFrom<Vec<u32>> for Ladder {
    type Error = NotRising;

    fn try_from(rungs: Vec<u32>) -> Result<Ladder, NotRising> {
        let rise = rungs.len() >= 2 && rungs[0] > 0 && rungs.windows(2).all(|pair| pair[0] < pair[1]);
        if rise { Ok(Ladder(rungs)) } else { Err(NotRising) }
    }
}

impl From<Ladder> for Vec<u32> {
    fn from(ladder: Ladder) -> Vec<u32> {
        ladder.0
    }
}

impl Ladder {
    /// How many rungs one number makes: enough to see a curve, few enough to repeat.
    const RUNGS: u32 = 5;

    /// Evenly spaced rungs from 1 to `top`, both included: five, or every number up to `top` where there are fewer.
    ///
    /// # Errors
    /// When `top` is 0 or 1: no two different numbers.
    pub fn up_to(top: u32) -> Result<Ladder, ScenarioError> {
        let rungs = Self::RUNGS.min(top);
        let step = |i: u32| 1.0 + f64::from(i) * f64::from(top - 1) / f64::from(rungs - 1);
        match top {
            0 => Err(ScenarioError::ZeroStreams),
            1 => Err(ScenarioError::OneRung("1".to_owned())),
            _ => Ok(Ladder((0..rungs).map(|i| step(i).round() as u32).collect())),
        }
    }

    /// These numbers.
    ///
    /// # Errors
    /// When one of them is 0, or no two differ.
    pub fn of(numbers: &[u32]) -> Result<Ladder, ScenarioError> {
        let mut rungs = numbers.to_vec();
        rungs.sort_unstable();
        rungs.dedup();
        match rungs[..] {
            [0, ..] => Err(ScenarioError::ZeroStreams),
            [] | [_] => Err(ScenarioError::OneRung(rungs.iter().map(u32::to_string).collect())),
            _ => Ok(Ladder(rungs)),
        }
    }

    /// The rungs, ascending and without repetition.
    pub fn rungs(&self) -> &[u32] {
        &self.0
    }

    /// The largest number of streams.
    pub fn top(&self) -> u32 {
        self.0.last().copied().unwrap_or(0)
    }

    /// The smallest number of streams.
    pub fn bottom(&self) -> u32 {
        self.0.first().copied().unwrap_or(0)
    }
}

impl FromStr for Ladder {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Ladder, ScenarioError> {
        let rungs = text
            .split(',')
            .map(|rung| rung.trim().parse::<u32>())
            .collect::<Result<Vec<u32>, _>>()
            .map_err(|_| ScenarioError::NotALadder(text.to_owned()))?;
        if rungs.contains(&0) {
            return Err(ScenarioError::ZeroStreams);
        }
        if let [top] = rungs[..] {
            return Ladder::up_to(top);
        }
        Ladder::of(&rungs).map_err(|_| ScenarioError::OneRung(text.to_owned()))
    }
}

impl Default for Ladder {
    /// Up to 24, which is what a service ran that was killed by its container's limit.
    fn default() -> Ladder {
        Ladder(vec![1, 7, 13, 18, 24])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_makes_five_rungs_from_one() {
        assert_eq!("24".parse::<Ladder>().unwrap().rungs(), [1, 7, 13, 18, 24]);
        assert_eq!(Ladder::default(), Ladder::up_to(24).unwrap());
        assert_eq!("5".parse::<Ladder>().unwrap().rungs(), [1, 2, 3, 4, 5]);
        assert_eq!("3".parse::<Ladder>().unwrap().rungs(), [1, 2, 3]);
        assert_eq!("10000".parse::<Ladder>().unwrap().rungs(), [1, 2501, 5001, 7500, 10_000]);
    }

    #[test]
    fn a_list_is_taken_as_given_sorted() {
        assert_eq!("24, 1,8,8".parse::<Ladder>().unwrap().rungs(), [1, 8, 24]);
    }

    #[test]
    fn a_recorded_ladder_rises() {
        let read = |text: &str| serde_json::from_str::<Ladder>(text).ok();
        assert_eq!(read("[1,8]").map(|ladder| serde_json::to_string(&ladder).unwrap()), Some("[1,8]".to_owned()));
        for bad in ["[]", "[1]", "[1,1]", "[0,1]", "[8,1]"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn bad_ladders_say_the_cure() {
        for bad in ["0", "1", "x", "", "8,8", "1,0", "-3", "1.5", "99999999999"] {
            let error = bad.parse::<Ladder>().unwrap_err().to_string();
            assert!(error.contains("streams"), "{bad}: {error}");
        }
    }
}
