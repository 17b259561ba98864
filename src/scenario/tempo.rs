//! How fast a recording is told.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// When the events of a replay come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tempo {
    /// As recorded; evenly where no times were.
    #[default]
    Own,
    /// Evenly, by the simulator's pace.
    Even,
    /// As recorded, so many times as fast.
    Recorded(Speed),
}

impl Tempo {
    /// What is asked for by a speed, or else by a pace of its own.
    pub fn of(speed: Option<Speed>, has_pace: bool) -> Tempo {
        match (speed, has_pace) {
            (Some(speed), _) => Tempo::Recorded(speed),
            (None, true) => Tempo::Even,
            (None, false) => Tempo::Own,
        }
    }
}

/// How many times as fast as recorded a recording is told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Speed(f64);

/// A text that is no speed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a speed: write how many times as fast as recorded, from 0.01 to 10000, such as 20")]
pub struct NotASpeed(String);

impl Speed {
    /// Times as fast as recorded.
    pub fn times(self) -> f64 {
        self.0
    }
}

impl FromStr for Speed {
    type Err = NotASpeed;

    fn from_str(text: &str) -> Result<Speed, NotASpeed> {
        let times: f64 = text.strip_suffix('x').unwrap_or(text).parse().map_err(|_| NotASpeed(text.to_owned()))?;
        if (0.01..=10_000.0).contains(&times) { Ok(Speed(times)) } else { Err(NotASpeed(text.to_owned())) }
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x", self.0)
    }
}
