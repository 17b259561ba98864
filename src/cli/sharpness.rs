//! The options that say how many streams are measured, and how sharp the answer is to be.

use super::whole::whole;
use crate::scenario::{Ladder, Scenario, ScenarioError};
use clap::Args;
use std::str::FromStr;

/// The heading under which `--help` lists what is measured.
pub const WHAT: &str = "What is measured";

/// How many streams, how often, for how long.
#[derive(Args, Debug)]
pub struct SharpnessOptions {
    /// Numbers of streams to measure at, the rungs of the ladder: one number for five from 1 to it, or all of them, such as 1,8,24. With one
    /// number, more streams are opened where so few do not tell what one costs, up to eight times as many, as far as the program holds them
    #[arg(help_heading = WHAT, long, default_value = "24", value_name = "N|N,N,..")]
    pub streams: Streams,
    /// A larger number of streams that is planned for: it is measured too, and the answer is for it
    #[arg(id = "for", help_heading = WHAT, long, value_name = "N", value_parser = whole(1..=10_000_000_u32), conflicts_with = "upstream")]
    pub planned_for: Option<u32>,
    /// How sharp the cost of a stream is to be: half of its interval, as a share of it [default: 5%]
    #[arg(help_heading = WHAT, long, value_name = "SHARE", value_parser = share)]
    pub precision: Option<f64>,
    /// Time in which the answer is wanted, such as 60s: nothing is begun that would take longer, and what that leaves unknown is said
    #[arg(help_heading = WHAT, long, value_name = "TIME", value_parser = seconds)]
    pub within: Option<u32>,
    /// The most passes: a trial at every number of streams, and then at those that make the answer sharper; at least 2 are made, and no more
    /// once it is as sharp as --precision says
    #[arg(help_heading = WHAT, long, default_value_t = Scenario::PASSES, value_name = "N", value_parser = whole(Scenario::MIN_PASSES..=Scenario::MOST_PASSES))]
    pub repeats: u32,
}

impl SharpnessOptions {
    /// The scenario with them.
    pub fn of(&self, scenario: Scenario) -> Scenario {
        let planned_for = self.planned_for.filter(|streams| *streams > self.streams.ladder.top());
        Scenario {
            ladder: self.streams.ladder.clone(),
            repeats: self.repeats,
            precision: self.precision,
            within: self.within,
            planned_for,
            may_lengthen: self.streams.is_one_number,
            ..scenario
        }
    }
}

/// Numbers of streams, as typed.
#[derive(Clone, Debug)]
pub struct Streams {
    ladder: Ladder,
    /// Whether the rungs were left to this program.
    is_one_number: bool,
}

impl FromStr for Streams {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Streams, ScenarioError> {
        Ok(Streams { ladder: text.parse()?, is_one_number: !text.contains(',') })
    }
}

fn share(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches('%').trim_end().parse::<f64>().ok();
    let share = number.filter(|percent| (0.1..=50.0).contains(percent)).map(|percent| percent / 100.0);
    share.ok_or_else(|| "write a share from 0.1% to 50%, such as 5%".to_owned())
}

fn seconds(text: &str) -> Result<u32, String> {
    let text = text.trim();
    let number = |suffix: &str, times: u32| {
        let number = text.strip_suffix(suffix)?.trim_end().parse::<u32>().ok()?;
        number.checked_mul(times).filter(|seconds| (1..=604_800).contains(seconds))
    };
    let seconds = number("min", 60).or_else(|| number("h", 3600)).or_else(|| number("s", 1)).or_else(|| number("", 1));
    seconds.ok_or_else(|| "write a time from 1s to 168h, such as 60s or 5min".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_times_as_people_write_them() {
        assert_eq!((share("5%"), share("2.5 %"), share("50")), (Ok(0.05), Ok(0.025), Ok(0.5)));
        assert!(["0%", "51%", "x", "", "0.05%", "-1", "nan", "inf"].iter().all(|bad| share(bad).is_err()));
        assert_eq!(
            (seconds("60s"), seconds("5min"), seconds("2 h"), seconds("90")),
            (Ok(60), Ok(300), Ok(7200), Ok(90))
        );
        assert!(["0s", "", "s", "1.5s", "169h", "4294967295min", "-3"].iter().all(|bad| seconds(bad).is_err()));
    }

    #[test]
    fn only_one_number_leaves_the_rungs_open() {
        let is_one = |text: &str| text.parse::<Streams>().map(|streams| streams.is_one_number);
        assert_eq!((is_one("24"), is_one("1,24")), (Ok(true), Ok(false)));
        assert!(is_one("0").is_err());
    }
}
