//! The events of a stream, whatever the dialect: an answer opens, goes on in pieces, ends, stops, or fails.
//!
//! An [`Event`] borrows its text from the data that it was read from: a piece of text without escapes costs no allocation.
//! [`Event::into_owned`] gives the form that a client can keep.

use std::borrow::Cow;

use thiserror::Error;

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// The answer opens. Servers have been seen to send this twice; the later one replaces the earlier.
    Opens {
        /// The answer's id.
        id: Cow<'a, str>,
        /// The model that answers.
        model: Cow<'a, str>,
        /// Input tokens after the last cache breakpoint; cached ones are counted apart and not read here.
        input_tokens: u64,
        /// Output tokens so far, usually 1.
        output_tokens: u64,
    },
    /// A block of the answer opens.
    BlockOpens {
        /// The block's place in the answer.
        index: u32,
        /// What the block holds.
        kind: BlockKind<'a>,
    },
    /// A piece of a block.
    Delta {
        /// The block's place in the answer.
        index: u32,
        /// The piece.
        delta: Delta<'a>,
    },
    /// A block is complete. May be missing where the answer was cut off by its limit of tokens.
    BlockEnds {
        /// The block's place in the answer.
        index: u32,
    },
    /// The answer as a whole comes to its end: once or more often.
    Ends {
        /// Why it ended, as the server words it.
        stop_reason: Option<Cow<'a, str>>,
        /// Input tokens, as in [`Event::Opens`]. `None`: the earlier count stands.
        input_tokens: Option<u64>,
        /// All output tokens so far, never an increment. `None`: the earlier count stands.
        output_tokens: Option<u64>,
    },
    /// The answer is complete.
    Stops,
    /// A sign of life, at any place.
    Alive,
    /// The stream failed after its status 200. No [`Event::Stops`] follows.
    Fails {
        /// The kind, in the dialect's word.
        kind: Cow<'a, str>,
        /// The server's words.
        message: Cow<'a, str>,
    },
    /// An event that this crate does not know. Clients must ignore it; its data is not read.
    Unknown {
        /// The event's name.
        name: Cow<'a, str>,
    },
}

/// Where in a stream an event belongs: to its opening, which comes at once, to its text, or to its closing, which is held back until the
/// harness lets the stream end.
///
/// The text is from the first delta until the answer goes on no more. That is known of a block's end only when something else comes, so
/// that a stream that is passed on as it arrives holds every end back until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The answer or a block of it opens, and so the answer goes on; also where it opens a second time.
    Opens,
    /// A piece of the answer.
    Delta,
    /// The end of a block or of the answer, unless the answer goes on after it.
    Ends,
    /// The answer is complete: the end.
    Stops,
    /// The end of a stream that has failed.
    Fails,
    /// A sign of life, or what is not known.
    Aside,
}

/// What a block holds when it opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockKind<'a> {
    /// Text, with the first piece of it: always empty so far.
    Text(Cow<'a, str>),
    /// Thinking, with the first piece of it: always empty so far.
    Thinking(Cow<'a, str>),
    /// A call of a tool of the client; the input follows in deltas.
    ToolUse {
        /// The call's id.
        id: Cow<'a, str>,
        /// The tool's name.
        name: Cow<'a, str>,
    },
    /// Any other kind. Most of these are complete when they open and have no delta.
    Other(Cow<'a, str>),
}

/// A piece of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delta<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// Thinking.
    Thinking(Cow<'a, str>),
    /// A piece of a tool's input, not JSON by itself; the first is usually empty.
    InputJson(Cow<'a, str>),
    /// The signature of a thinking block, whole.
    Signature(Cow<'a, str>),
    /// A citation, not read further.
    Citations,
    /// A kind that this crate does not know.
    Other(Cow<'a, str>),
}

impl Delta<'_> {
    /// What the answer says in it: text, thinking, or a tool's input.
    pub fn said(&self) -> Option<&str> {
        match self {
            Delta::Text(said) | Delta::Thinking(said) | Delta::InputJson(said) => Some(said),
            Delta::Signature(_) | Delta::Citations | Delta::Other(_) => None,
        }
    }
}

/// The data of an event does not fit its name.
#[derive(Debug, Error)]
#[error("cannot read the data of a `{name}` event")]
pub struct EventError {
    /// The event's name.
    pub name: String,
    /// What is wrong with its data.
    pub source: serde_json::Error,
}

impl<'a> Event<'a> {
    /// The piece of answer text in this event, if it is one: what most clients are after.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Delta { delta: Delta::Text(text), .. } => Some(text),
            _ => None,
        }
    }

    /// What it is to the phases of a stream.
    pub fn part(&self) -> Part {
        match self {
            Self::Delta { .. } => Part::Delta,
            Self::Opens { .. } | Self::BlockOpens { .. } => Part::Opens,
            Self::BlockEnds { .. } | Self::Ends { .. } => Part::Ends,
            Self::Stops => Part::Stops,
            Self::Fails { .. } => Part::Fails,
            Self::Alive | Self::Unknown { .. } => Part::Aside,
        }
    }

    /// The same event with its text copied out of the data, to be kept.
    pub fn into_owned(self) -> Event<'static> {
        match self {
            Self::Opens { id, model, input_tokens, output_tokens } => {
                Event::Opens { id: owned(id), model: owned(model), input_tokens, output_tokens }
            }
            Self::BlockOpens { index, kind } => Event::BlockOpens { index, kind: kind.into_owned() },
            Self::Delta { index, delta } => Event::Delta { index, delta: delta.into_owned() },
            Self::BlockEnds { index } => Event::BlockEnds { index },
            Self::Ends { stop_reason, input_tokens, output_tokens } => {
                Event::Ends { stop_reason: stop_reason.map(owned), input_tokens, output_tokens }
            }
            Self::Stops => Event::Stops,
            Self::Alive => Event::Alive,
            Self::Fails { kind, message } => Event::Fails { kind: owned(kind), message: owned(message) },
            Self::Unknown { name } => Event::Unknown { name: owned(name) },
        }
    }
}

impl BlockKind<'_> {
    fn into_owned(self) -> BlockKind<'static> {
        match self {
            Self::Text(text) => BlockKind::Text(owned(text)),
            Self::Thinking(text) => BlockKind::Thinking(owned(text)),
            Self::ToolUse { id, name } => BlockKind::ToolUse { id: owned(id), name: owned(name) },
            Self::Other(kind) => BlockKind::Other(owned(kind)),
        }
    }
}

impl Delta<'_> {
    fn into_owned(self) -> Delta<'static> {
        match self {
            Self::Text(text) => Delta::Text(owned(text)),
            Self::Thinking(text) => Delta::Thinking(owned(text)),
            Self::InputJson(text) => Delta::InputJson(owned(text)),
            Self::Signature(text) => Delta::Signature(owned(text)),
            Self::Citations => Delta::Citations,
            Self::Other(kind) => Delta::Other(owned(kind)),
        }
    }
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}
