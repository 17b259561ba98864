//! The events of a Claude Messages stream, as far as a client needs them.
//!
//! [`parse`] turns the name and data of one Server-Sent Event into a [`StreamEvent`] that borrows its text from the
//! data: a text delta without escapes costs no allocation. [`StreamEvent::into_owned`] gives the form that a client can
//! keep.
//!
//! The reader is tolerant, because servers that speak this dialect differ: padding before the closing brace, absent or
//! `null` fields (structs written with "omit if empty"), fields, block kinds and delta kinds of tomorrow, a second
//! `message_start`. It refuses only data that is not JSON, or a field of a wrong type. What a client of this crate has
//! no use for is read past and dropped: the content of server tool results, citations, and usage beyond the two counts.

use std::borrow::Cow;

use thiserror::Error;

use raw::{RawBlock, RawError, RawMessageDelta, RawMessageStart, RawType};

mod raw;

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamEvent<'a> {
    /// The message begins. Servers have been seen to send this twice; the later one replaces the earlier.
    MessageStart {
        /// The message id, `msg_...`.
        id: Cow<'a, str>,
        /// The model that answers.
        model: Cow<'a, str>,
        /// Input tokens after the last cache breakpoint; cached ones are counted apart and not read here.
        input_tokens: u64,
        /// Output tokens so far, usually 1.
        output_tokens: u64,
    },
    /// A content block begins.
    BlockStart {
        /// The block's place in the message.
        index: u32,
        /// What the block holds.
        kind: BlockKind<'a>,
    },
    /// A piece of a content block.
    Delta {
        /// The block's place in the message.
        index: u32,
        /// The piece.
        delta: Delta<'a>,
    },
    /// A content block is complete. May be missing where the answer was cut off by `max_tokens`.
    BlockStop {
        /// The block's place in the message.
        index: u32,
    },
    /// The message as a whole changed: near the end, once or more often.
    MessageDelta {
        /// Why the answer ended, as the server words it: `end_turn`, `max_tokens`, ...
        stop_reason: Option<Cow<'a, str>>,
        /// Input tokens, as in [`StreamEvent::MessageStart`]. `None`: the earlier count stands.
        input_tokens: Option<u64>,
        /// All output tokens so far, never an increment. `None`: the earlier count stands.
        output_tokens: Option<u64>,
    },
    /// The message is complete.
    MessageStop,
    /// A sign of life, at any place.
    Ping,
    /// The stream failed after its status 200. No `message_stop` follows.
    Error {
        /// The kind, such as `overloaded_error`.
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

/// What a content block holds when it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockKind<'a> {
    /// Text, with the first piece of it: always empty so far.
    Text(Cow<'a, str>),
    /// Thinking, with the first piece of it: always empty so far.
    Thinking(Cow<'a, str>),
    /// A call of a tool of the client; the input follows in deltas.
    ToolUse {
        /// The call's id, `toolu_...`.
        id: Cow<'a, str>,
        /// The tool's name.
        name: Cow<'a, str>,
    },
    /// Any other kind. Most of these are complete with their start and have no delta.
    Other(Cow<'a, str>),
}

/// A piece of a content block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delta<'a> {
    /// Text (`text_delta`).
    Text(Cow<'a, str>),
    /// Thinking (`thinking_delta`).
    Thinking(Cow<'a, str>),
    /// A piece of a tool's input, not JSON by itself (`input_json_delta`); the first is usually empty.
    InputJson(Cow<'a, str>),
    /// The signature of a thinking block, whole (`signature_delta`).
    Signature(Cow<'a, str>),
    /// A citation, not read further (`citations_delta`).
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

/// Reads one event of a stream.
///
/// The name decides. Transports that have no event names (and so arrive as `message`, the default of Server-Sent
/// Events) repeat it in the data as `type`, which then decides.
///
/// # Errors
/// [`EventError`] if the data is not JSON or a field has the wrong type.
pub fn parse<'a>(name: &'a str, data: &'a str) -> Result<StreamEvent<'a>, EventError> {
    read(name, data).map_err(|source| EventError { name: name.to_owned(), source })
}

fn read<'a>(name: &'a str, data: &'a str) -> Result<StreamEvent<'a>, serde_json::Error> {
    let name = match name {
        "message" | "" => serde_json::from_str::<RawType>(data)?.kind.0,
        name => Cow::Borrowed(name),
    };
    Ok(match &*name {
        "content_block_delta" => serde_json::from_str::<RawBlock>(data)?.into_delta(),
        "content_block_start" => serde_json::from_str::<RawBlock>(data)?.into_start(),
        "content_block_stop" => serde_json::from_str::<RawBlock>(data)?.into_stop(),
        "message_start" => serde_json::from_str::<RawMessageStart>(data)?.into_event(),
        "message_delta" => serde_json::from_str::<RawMessageDelta>(data)?.into_event(),
        "message_stop" => StreamEvent::MessageStop,
        "ping" => StreamEvent::Ping,
        "error" => serde_json::from_str::<RawError>(data)?.into_event(),
        _ => StreamEvent::Unknown { name },
    })
}

impl<'a> StreamEvent<'a> {
    /// The piece of answer text in this event, if it is one: what most clients are after.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Delta { delta: Delta::Text(text), .. } => Some(text),
            _ => None,
        }
    }

    /// The event's name, also where it came without one and its data said it.
    pub fn name(&self) -> &str {
        match self {
            Self::MessageStart { .. } => "message_start",
            Self::BlockStart { .. } => "content_block_start",
            Self::Delta { .. } => "content_block_delta",
            Self::BlockStop { .. } => "content_block_stop",
            Self::MessageDelta { .. } => "message_delta",
            Self::MessageStop => "message_stop",
            Self::Ping => "ping",
            Self::Error { .. } => "error",
            Self::Unknown { name } => name,
        }
    }

    /// The same event with its text copied out of the data, to be kept.
    pub fn into_owned(self) -> StreamEvent<'static> {
        match self {
            Self::MessageStart { id, model, input_tokens, output_tokens } => {
                StreamEvent::MessageStart { id: owned(id), model: owned(model), input_tokens, output_tokens }
            }
            Self::BlockStart { index, kind } => StreamEvent::BlockStart { index, kind: kind.into_owned() },
            Self::Delta { index, delta } => StreamEvent::Delta { index, delta: delta.into_owned() },
            Self::BlockStop { index } => StreamEvent::BlockStop { index },
            Self::MessageDelta { stop_reason, input_tokens, output_tokens } => {
                StreamEvent::MessageDelta { stop_reason: stop_reason.map(owned), input_tokens, output_tokens }
            }
            Self::MessageStop => StreamEvent::MessageStop,
            Self::Ping => StreamEvent::Ping,
            Self::Error { kind, message } => StreamEvent::Error { kind: owned(kind), message: owned(message) },
            Self::Unknown { name } => StreamEvent::Unknown { name: owned(name) },
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
