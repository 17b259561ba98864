//! How fast text arrives.

use super::ScenarioError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How fast text arrives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pace {
    /// As a model writes: first token after a second, then 80 tokens a second at 4 characters a token.
    Real,
    /// The whole text within this many seconds.
    Seconds(f64),
}

impl Pace {
    /// Characters a second at real pace: 80 tokens/s (the middle of 60 to 100) at 4 characters a token, the usual estimate for English.
    pub const REAL_CHARS_PER_SECOND: f64 = 80.0 * 4.0;

    /// From the start of streaming to the first delta.
    pub fn first_token_after(self) -> Duration {
        match self {
            Pace::Real => Duration::from_secs(1),
            Pace::Seconds(_) => Duration::from_millis(50),
        }
    }

    /// The seconds of the whole text, where they are the same whatever its length; infinite where a model writes.
    pub fn seconds(self) -> f64 {
        match self {
            Pace::Real => f64::INFINITY,
            Pace::Seconds(seconds) => seconds,
        }
    }

    /// From the first delta to the last.
    pub fn text_within(self, chars: u32) -> Duration {
        match self {
            Pace::Real => Duration::from_secs_f64(f64::from(chars) / Self::REAL_CHARS_PER_SECOND),
            Pace::Seconds(seconds) => Duration::from_secs_f64(seconds),
        }
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pace::Real => f.write_str("real"),
            Pace::Seconds(seconds) => write!(f, "{seconds}s"),
        }
    }
}

impl FromStr for Pace {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Pace, ScenarioError> {
        let refuse = || ScenarioError::NotAPace(text.to_owned());
        if text == "real" {
            return Ok(Pace::Real);
        }
        let number = text.strip_suffix('s').unwrap_or(text);
        let seconds: f64 = number.parse().map_err(|_| refuse())?;
        // A day is beyond any stream's life, and a tenth of a second is beyond what a socket's reader can follow.
        if (0.1..=86_400.0).contains(&seconds) { Ok(Pace::Seconds(seconds)) } else { Err(refuse()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paces() {
        assert_eq!("real".parse(), Ok(Pace::Real));
        assert_eq!("8s".parse(), Ok(Pace::Seconds(8.0)));
        assert_eq!("2.5".parse(), Ok(Pace::Seconds(2.5)));
        assert!("fast".parse::<Pace>().is_err());
        assert!("0s".parse::<Pace>().is_err());
        assert_eq!(Pace::Real.text_within(60_000), Duration::from_secs_f64(187.5));
    }
}
