//! A cassette: one recorded stream, to be told again and again.
//!
//! The file is a valid event stream, so that any client can read it. What it has beside its events is in comments, which the
//! standard has clients ignore: `: stream-probe cassette 1` as the first line, and `: at 0.123456` before each event, the seconds
//! from the response's head to the event. A plain capture, such as `curl -N` writes, has neither; its events are spaced evenly.
//!
//! A recording is taken as it is, also one that fails. One that breaks off before it is complete is refused: it would be
//! told as a shorter answer, and its cost taken for the whole one's.

mod reader;

use super::script::{Script, Timing};
use crate::foreign::quotable;
use crate::run::StreamFacts;
use crate::scenario::Tempo;
use reader::Reader;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How the first line of a cassette begins; the format's version follows.
pub(super) const HEADER: &str = ": stream-probe cassette ";
/// The version that is written, and the newest that is read.
pub(super) const VERSION: u32 = 1;
/// How a line begins that says when the next event came.
pub(super) const AT: &str = ": at ";

/// Why a file is no cassette.
#[derive(Debug, thiserror::Error)]
pub enum CassetteError {
    /// The file cannot be read.
    #[error("cannot read the cassette {path}: {source}", path = .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{path}, line {line}: {flaw}", path = .path.display(), line = .damage.line, flaw = .damage.flaw)]
    Damaged {
        /// Which.
        path: PathBuf,
        /// Where and what.
        damage: Damage,
    },
}

/// Where a cassette is damaged, and how.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("line {line}: {flaw}")]
pub struct Damage {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// What is wrong with a cassette, and what to do about it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Flaw {
    /// Too many bytes.
    #[error("the recording is larger than {} MiB; record a shorter answer", Cassette::LIMIT_BYTES >> 20)]
    TooLarge,
    /// Bytes that are no text.
    #[error("this is not UTF-8; was the answer compressed? Record it with accept-encoding: identity")]
    NotUtf8,
    /// A version of the format that is not known.
    #[error(
        "the cassette has version {0}, and this probe reads up to {VERSION}; record it again, or use a newer probe"
    )]
    Version(String),
    /// Nothing in it.
    #[error(
        "there is no event; capture a stream with curl -N and \"stream\": true in the request, or with probe serve --record"
    )]
    Empty,
    /// Something else comes first.
    #[error("the first event is not {0}; a recording begins with the answer's first byte: record it again")]
    NoStart(&'static str),
    /// Another answer behind the first one.
    #[error("another answer begins here; a cassette holds one: cut the file before this line")]
    AnotherAnswer,
    /// An event whose data does not fit its name.
    #[error("cannot read the data of this `{name}` event ({why}); the recording is damaged: record it again")]
    Event {
        /// The event's name.
        name: String,
        /// What the JSON parser says.
        why: String,
    },
    /// The file ends within an event.
    #[error("the recording breaks off within this `{0}` event; record it again")]
    CutWithin(String),
    /// The file ends before the message does.
    #[error(
        "the recording breaks off after this `{name}` event, without {last}; record it again, or write an error event behind it if the \
         stream is to fail there"
    )]
    CutAfter {
        /// The event's name.
        name: String,
        /// The name of the one that is missing.
        last: &'static str,
    },
    /// A cassette's event that has no time.
    #[error("this event has no time; write a line such as '{AT}1.25' before it, or leave out the file's first line")]
    NoTime,
    /// A time that is none.
    #[error("'{0}' is no time; write seconds since the response's head, from 0 to 86400, such as '{AT}1.25'")]
    NotATime(String),
    /// A time before the one before it.
    #[error("the time goes back from {before} to {after} s; write times that never fall")]
    Backwards {
        /// The earlier event's, seconds.
        before: f64,
        /// The later one's.
        after: f64,
    },
}

/// A recorded stream.
#[derive(Clone, Debug)]
pub struct Cassette {
    /// Evenly spaced.
    script: Script,
    /// When the events of body and closing came after the response's head, where that was recorded.
    times: Option<Vec<Duration>>,
}

/// A recording without times cannot be told faster than it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a speed is for a recording with times, and this one has none; set a pace instead, or record one with probe serve --record"
)]
pub struct NoTimes;

impl Cassette {
    /// The largest file that is read, and the largest stream that is recorded.
    pub const LIMIT_BYTES: usize = 64 << 20;

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read, or is no recording of a stream: which line, what is wrong, what to do.
    pub fn read(path: &Path) -> Result<Cassette, CassetteError> {
        let failed = |source| CassetteError::Read { path: path.to_owned(), source };
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(failed)?;
        file.take(Self::LIMIT_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        Cassette::parse(&bytes).map_err(|damage| CassetteError::Damaged { path: path.to_owned(), damage })
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// [`Damage`] when they are no recording of a stream.
    pub fn parse(bytes: &[u8]) -> Result<Cassette, Damage> {
        if bytes.len() > Self::LIMIT_BYTES {
            return Err(Damage { line: 1, flaw: Flaw::TooLarge });
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            Damage { line, flaw: Flaw::NotUtf8 }
        })?;
        // The standard knows three ends of a line.
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
        let mut reader = Reader::new(is_timed(&text)?);
        for (line, content) in (1..).zip(text.lines()) {
            reader.line(line, content)?;
        }
        reader.end()
    }

    /// Whether it was recorded when each event came.
    pub fn is_timed(&self) -> bool {
        self.times.is_some()
    }

    /// One stream of it in numbers.
    pub fn facts(&self) -> StreamFacts {
        self.script.facts
    }

    /// What streams say that are to be like the recorded one, in that tempo.
    ///
    /// # Errors
    /// When a speed is asked for and there are no times.
    pub fn script(&self, tempo: Tempo) -> Result<Script, NoTimes> {
        let timing = match (tempo, &self.times) {
            (Tempo::Even, _) | (Tempo::Own, None) => Timing::Even,
            (Tempo::Own, Some(times)) => Timing::Recorded(times.clone()),
            (Tempo::Recorded(speed), Some(times)) => {
                Timing::Recorded(times.iter().map(|time| time.div_f64(speed.times())).collect())
            }
            (Tempo::Recorded(_), None) => return Err(NoTimes),
        };
        Ok(Script { timing, ..self.script.clone() })
    }
}

/// Whether the first line says that this is a cassette, of a version that is known.
fn is_timed(text: &str) -> Result<bool, Damage> {
    let Some(rest) = text.strip_prefix(HEADER) else {
        return Ok(false);
    };
    let version = rest.lines().next().unwrap_or_default().trim();
    match version.parse::<u32>() {
        Ok(1..=VERSION) => Ok(true),
        _ => Err(Damage { line: 1, flaw: Flaw::Version(quotable(version)) }),
    }
}
