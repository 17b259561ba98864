//! When a server that compresses sends what it has.

use crate::units::Bytes;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// When compressed events go out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flush {
    /// Each as soon as it is there, as a server does that means to stream.
    #[default]
    EachEvent,
    /// Once there are so many bytes of them, as an intermediary does that does not know of streams.
    After(Bytes),
}

/// A text that does not say when.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' does not say when: write event, or how much is held back, such as 16KiB")]
pub struct NoFlush(String);

impl Flush {
    /// What an intermediary may hold back at most: more is no stream any more.
    const MOST: Bytes = Bytes(64 << 20);

    /// Whether so many bytes that were held back go now.
    pub fn is_due(self, bytes: u64) -> bool {
        match self {
            Flush::EachEvent => true,
            Flush::After(Bytes(most)) => bytes >= most,
        }
    }
}

impl FromStr for Flush {
    type Err = NoFlush;

    fn from_str(text: &str) -> Result<Flush, NoFlush> {
        if text == "event" {
            return Ok(Flush::EachEvent);
        }
        let size = text.parse().ok().filter(|size| (Bytes(1)..=Flush::MOST).contains(size));
        size.map(Flush::After).ok_or_else(|| NoFlush(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        assert_eq!("event".parse(), Ok(Flush::EachEvent));
        assert_eq!("16KiB".parse(), Ok(Flush::After(Bytes(16_384))));
        for bad in ["", "late", "0", "1GiB", "-1"] {
            assert!(bad.parse::<Flush>().is_err(), "{bad}");
        }
    }
}
