//! Reading: from the name and data of one Server-Sent Event to the neutral event.
//!
//! The reader is tolerant, because servers that speak this dialect differ: padding before the closing brace, absent or
//! `null` fields (structs written with "omit if empty"), fields, block kinds and delta kinds of tomorrow, a second
//! `message_start`. It refuses only data that is not JSON, or a field of a wrong type. What a client of this crate has
//! no use for is read past and dropped: the content of server tool results, citations, and usage beyond the two counts.

use super::raw::{RawBlock, RawError, RawMessageDelta, RawMessageStart, RawType};
use crate::wire::event::{Event, EventError};
use serde::de::IgnoredAny;
use std::borrow::Cow;

/// Reads one event of a stream.
///
/// The name decides. Transports that have no event names (and so arrive as `message`, the default of Server-Sent
/// Events) repeat it in the data as `type`, which then decides.
pub fn read<'a>(name: &'a str, data: &'a str) -> Result<Event<'a>, EventError> {
    event(name, data).map_err(|source| EventError { name: name.to_owned(), source })
}

fn event<'a>(name: &'a str, data: &'a str) -> Result<Event<'a>, serde_json::Error> {
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
        "message_stop" => Event::Stops,
        "ping" => Event::Alive,
        "error" => serde_json::from_str::<RawError>(data)?.into_event(),
        _ => Event::Unknown { name },
    })
}

/// Whether the data of an event is whole that [`read`] has read: of `message_stop` it reads none.
pub fn is_whole(event: &Event<'_>, data: &str) -> Result<(), serde_json::Error> {
    match event {
        Event::Stops => serde_json::from_str::<IgnoredAny>(data).map(|_| ()),
        _ => Ok(()),
    }
}

/// The event's name, also where it came without one and its data said it.
pub fn name<'e>(event: &'e Event<'_>) -> &'e str {
    match event {
        Event::Opens { .. } => "message_start",
        Event::BlockOpens { .. } => "content_block_start",
        Event::Delta { .. } => "content_block_delta",
        Event::BlockEnds { .. } => "content_block_stop",
        Event::Ends { .. } => "message_delta",
        Event::Stops => "message_stop",
        Event::Alive => "ping",
        Event::Fails { .. } => "error",
        Event::Unknown { name } => name,
    }
}
