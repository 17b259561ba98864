//! Where in a stream an event belongs: to its opening, which comes at once, to its text, or to its closing, which is held back until
//! the harness lets the stream end.
//!
//! The text is from the first delta until the answer goes on no more. That is known of a block's stop only when something else comes,
//! so that a stream that is passed on as it arrives holds every stop back until then.

use crate::wire::event::StreamEvent;

/// What an event is to the phases of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A piece of the answer.
    Delta,
    /// A block begins, and so the answer goes on. The message's start, also a second one, counts as this too.
    Goes,
    /// A block's stop or the message's delta: the end, unless the answer goes on after it.
    Ends,
    /// The message's stop: the end.
    Stops,
    /// An error: the end of a stream that has failed.
    Fails,
    /// A ping, or what is not known.
    Aside,
}

impl Part {
    /// What `event` is.
    pub fn of(event: &StreamEvent<'_>) -> Part {
        match event {
            StreamEvent::Delta { .. } => Part::Delta,
            StreamEvent::MessageStart { .. } | StreamEvent::BlockStart { .. } => Part::Goes,
            StreamEvent::BlockStop { .. } | StreamEvent::MessageDelta { .. } => Part::Ends,
            StreamEvent::MessageStop => Part::Stops,
            StreamEvent::Error { .. } => Part::Fails,
            StreamEvent::Ping | StreamEvent::Unknown { .. } => Part::Aside,
        }
    }
}
