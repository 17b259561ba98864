//! What is done with the text: the modes.

use crate::scenario::Mode;
use crate::wire::dialect::Dialect;
use crate::wire::event::{Delta, Event};
use crate::wire::sse::SseEvent;

/// Room is taken for the most text that the request allows, at so many bytes a token, when the first text comes. Only what is written of it
/// becomes resident. A string that starts empty doubles as it grows and leaves the halves behind: measured with 24 streams in step it kept
/// 1.68 bytes a byte of text, not 1.05.
const BYTES_A_TOKEN: usize = 4;

/// Holds what a mode keeps of one stream.
#[derive(Debug)]
pub enum Keeper {
    /// Every delta as a string of its own.
    Chunks(Vec<String>),
    /// One growing string.
    Text(String),
    /// Every parsed event whole.
    Events(Vec<Event<'static>>),
    /// Only a count of characters: the processing in "process and drop".
    Drop {
        /// Characters seen.
        chars: u64,
    },
}

impl Keeper {
    /// An empty one.
    pub fn new(mode: Mode) -> Keeper {
        match mode {
            Mode::Retain | Mode::RetainChunks => Keeper::Chunks(Vec::new()),
            Mode::RetainText => Keeper::Text(String::new()),
            Mode::RetainEvents => Keeper::Events(Vec::new()),
            Mode::Drop => Keeper::Drop { chars: 0 },
        }
    }

    /// Parses one event and keeps of it what the mode keeps. Events that are none of the dialect's are ignored, as the API's rules ask.
    pub fn take(&mut self, dialect: Dialect, event: &SseEvent<'_>) {
        let Ok(event) = dialect.read(event.name, event.data) else {
            return;
        };
        if let Keeper::Events(events) = self {
            events.push(event.into_owned());
            return;
        }
        let Event::Delta { delta, .. } = event else {
            return;
        };
        let Some(text) = said(&delta) else { return };
        match self {
            Keeper::Chunks(chunks) => chunks.push(text.to_owned()),
            Keeper::Text(whole) => {
                if whole.capacity() == 0 {
                    whole.reserve(dialect.most_tokens() as usize * BYTES_A_TOKEN);
                }
                whole.push_str(text);
            }
            Keeper::Drop { chars } => *chars += text.chars().count() as u64,
            Keeper::Events(_) => {}
        }
    }
}

/// The characters that a delta brings, if it brings any.
fn said<'a>(delta: &'a Delta<'_>) -> Option<&'a str> {
    match delta {
        Delta::Text(text) | Delta::Thinking(text) | Delta::InputJson(text) => Some(text),
        _ => None,
    }
}
