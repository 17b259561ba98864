//! The JSON of each event, field by field, before it becomes an [`Event`].
//!
//! One flat struct per event rather than an enum tagged by `type`: serde buffers the whole object of a tagged enum to
//! find the tag, which would cost an allocation for every delta. Unknown fields are skipped without being stored.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use crate::wire::event::{BlockKind, Delta, Event};

/// A string that borrows from the JSON when it has no escapes. A plain `Cow<str>` inside an `Option` always copies,
/// because serde's `borrow` attribute sees only a field that is itself a `Cow`, and `null` needs the `Option`.
#[derive(Default)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(TextVisitor).map(Text)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// Reads `null` like an absent field: some servers write the one, some the other.
fn or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

#[derive(Deserialize)]
pub(super) struct RawType<'a> {
    #[serde(borrow, rename = "type", default, deserialize_with = "or_default")]
    pub(super) kind: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct RawMessageStart<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    message: RawMessage<'a>,
}

#[derive(Default, Deserialize)]
struct RawMessage<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    id: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    model: Text<'a>,
    #[serde(default, deserialize_with = "or_default")]
    usage: RawUsage,
}

#[derive(Default, Deserialize)]
struct RawUsage {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
}

impl<'a> RawMessageStart<'a> {
    pub(super) fn into_event(self) -> Event<'a> {
        let RawMessage { id, model, usage } = self.message;
        Event::Opens {
            id: id.0,
            model: model.0,
            input_tokens: usage.input_tokens.unwrap_or(0),
            output_tokens: usage.output_tokens.unwrap_or(0),
        }
    }
}

/// The start of a content block, a piece of it, or its stop.
#[derive(Deserialize)]
pub(super) struct RawBlock<'a> {
    #[serde(default, deserialize_with = "or_default")]
    index: u32,
    #[serde(borrow, rename = "delta", alias = "content_block", default, deserialize_with = "or_default")]
    part: RawPart<'a>,
}

/// What a block or a piece of it holds. No kind has all of these fields, and none means another thing by one of them.
#[derive(Default, Deserialize)]
struct RawPart<'a> {
    #[serde(borrow, rename = "type", default, deserialize_with = "or_default")]
    kind: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    text: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    thinking: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    signature: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    partial_json: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    id: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    name: Text<'a>,
}

impl<'a> RawBlock<'a> {
    pub(super) fn into_start(self) -> Event<'a> {
        let part = self.part;
        let kind = match &*part.kind.0 {
            "text" => BlockKind::Text(part.text.0),
            "thinking" => BlockKind::Thinking(part.thinking.0),
            "tool_use" => BlockKind::ToolUse { id: part.id.0, name: part.name.0 },
            _ => BlockKind::Other(part.kind.0),
        };
        Event::BlockOpens { index: self.index, kind }
    }

    pub(super) fn into_delta(self) -> Event<'a> {
        let part = self.part;
        let delta = match &*part.kind.0 {
            "text_delta" => Delta::Text(part.text.0),
            "thinking_delta" => Delta::Thinking(part.thinking.0),
            "input_json_delta" => Delta::InputJson(part.partial_json.0),
            "signature_delta" => Delta::Signature(part.signature.0),
            "citations_delta" => Delta::Citations,
            _ => Delta::Other(part.kind.0),
        };
        Event::Delta { index: self.index, delta }
    }

    pub(super) fn into_stop(self) -> Event<'static> {
        Event::BlockEnds { index: self.index }
    }
}

#[derive(Deserialize)]
pub(super) struct RawMessageDelta<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    delta: RawStop<'a>,
    #[serde(default, deserialize_with = "or_default")]
    usage: RawUsage,
}

#[derive(Default, Deserialize)]
struct RawStop<'a> {
    #[serde(borrow, default)]
    stop_reason: Option<Text<'a>>,
}

impl<'a> RawMessageDelta<'a> {
    pub(super) fn into_event(self) -> Event<'a> {
        Event::Ends {
            stop_reason: self.delta.stop_reason.map(|text| text.0),
            input_tokens: self.usage.input_tokens,
            output_tokens: self.usage.output_tokens,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct RawError<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    error: RawReason<'a>,
}

#[derive(Default, Deserialize)]
struct RawReason<'a> {
    #[serde(borrow, rename = "type", default, deserialize_with = "or_default")]
    kind: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    message: Text<'a>,
}

impl<'a> RawError<'a> {
    pub(super) fn into_event(self) -> Event<'a> {
        Event::Fails { kind: self.error.kind.0, message: self.error.message.0 }
    }
}
