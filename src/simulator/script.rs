//! What every stream of a run will say, built once: the events as bytes, ready to send, shared by all streams, and when each is due.

use super::generated;
use crate::run::StreamFacts;
use crate::scenario::{Pace, StreamSpec};
use bytes::Bytes;
use serde_json::Value;
use std::time::Duration;

/// How a delta begins on the wire.
pub const DELTA: &[u8] = b"event: content_block_delta\n";
/// A message's id is that long: a prefix of 4, `01`, and 22 characters.
const ID_CHARS: usize = 28;

/// One stream's events.
#[derive(Clone, Debug)]
pub struct Script {
    pub(super) start: MessageStart,
    /// After `message_start` and before the first delta: the first block's start, a ping.
    pub opening: Vec<Bytes>,
    /// All deltas, and the block boundaries between them.
    pub body: Vec<Bytes>,
    /// The last block's stop, the message's delta and stop.
    pub closing: Vec<Bytes>,
    /// When they are due.
    pub timing: Timing,
    /// The message as a response that is not streamed holds it, but for its id.
    pub whole: Value,
    /// Its size in numbers.
    pub facts: StreamFacts,
}

/// When the events of body and closing are due. Those of the opening come at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timing {
    /// The body evenly over the time that the pace gives it, the closing right after it.
    Even,
    /// Each at a time of its own after the response's head: first those of the body, then those of the closing, never backwards.
    Recorded(Vec<Duration>),
}

impl Script {
    /// Builds the script of `spec`; the same seed gives the same bytes.
    pub fn new(spec: &StreamSpec, seed: u64) -> Script {
        generated::script(spec, seed)
    }

    /// The first event, which carries the message's own id.
    pub fn message_start(&self, id: &str) -> Bytes {
        self.start.with(id)
    }

    /// From the response's head to the first delta.
    pub fn first_text_after(&self, pace: Pace) -> Duration {
        match &self.timing {
            Timing::Even => pace.first_token_after(),
            Timing::Recorded(times) => times.first().copied().unwrap_or_default(),
        }
    }

    /// From the first event of the body to the last, in free conduct.
    pub fn text_within(&self, pace: Pace) -> Duration {
        match &self.timing {
            Timing::Even => pace.text_within(self.facts.chars as u32),
            Timing::Recorded(_) => self.due(self.body.len().saturating_sub(1), pace),
        }
    }

    /// Time between two events of the body: all of them alike where they are spaced evenly, and the mean where they are recorded.
    pub fn interval(&self, pace: Pace) -> Duration {
        let gaps = match &self.timing {
            Timing::Even => self.body.len(),
            Timing::Recorded(_) => self.body.len().saturating_sub(1),
        };
        self.text_within(pace) / gaps.max(1) as u32
    }

    /// When event `at` of the body is due after the first one is.
    pub fn due(&self, at: usize, pace: Pace) -> Duration {
        match &self.timing {
            Timing::Even => self.interval(pace) * at as u32,
            Timing::Recorded(times) => since_first(times, at).unwrap_or_default(),
        }
    }

    /// When event `at` of the closing is due after the body's first one is; `None`: as soon as it may come.
    pub fn closing_due(&self, at: usize) -> Option<Duration> {
        match &self.timing {
            Timing::Even => None,
            Timing::Recorded(times) => since_first(times, self.body.len() + at),
        }
    }

    /// The same with its bytes counted.
    pub(super) fn weighed(mut self) -> Script {
        let told: usize = [&self.opening, &self.body, &self.closing].into_iter().flatten().map(Bytes::len).sum();
        self.facts.wire_bytes = (told + self.start.with(&"-".repeat(ID_CHARS)).len()) as u64;
        self
    }
}

fn since_first(times: &[Duration], at: usize) -> Option<Duration> {
    Some(times.get(at)?.saturating_sub(*times.first()?))
}

/// The event `message_start`, cut in two where the message's id goes. `None` where it has no id.
#[derive(Clone, Debug)]
pub(super) struct MessageStart {
    before: Bytes,
    after: Option<Bytes>,
}

impl MessageStart {
    /// Cuts `event` around the first string that is `id`.
    pub fn around(event: &Bytes, id: &str) -> MessageStart {
        let quoted = format!("\"id\":\"{id}\"");
        let spaced = format!("\"id\": \"{id}\"");
        let found = [quoted, spaced].iter().find_map(|field| {
            let at = memchr::memmem::find(event, field.as_bytes())?;
            Some(at + field.len() - id.len() - 1)
        });
        match found {
            None => MessageStart { before: event.clone(), after: None },
            Some(at) => MessageStart { before: event.slice(..at), after: Some(event.slice(at + id.len()..)) },
        }
    }

    fn with(&self, id: &str) -> Bytes {
        match &self.after {
            None => self.before.clone(),
            Some(after) => Bytes::from([&self.before, id.as_bytes(), after].concat()),
        }
    }
}
