//! Writing: from the neutral event to its bytes on the wire.
//!
//! Shapes: the vendor's documentation and recorded streams, read in August to October 2026. The live API adds 0 to 15 spaces before the
//! last brace of every event but `ping`; recordings show them evenly spread. `error` has none in the vendor's documentation.

use super::event::name;
use crate::wire::event::{BlockKind, Delta, Event};
use crate::wire::sse::frame;
use crate::wire::template::{Blank, Template};
use bytes::Bytes;
use fastrand::Rng;
use serde_json::{Value, json};

/// How a delta begins on the wire.
pub const DELTA: &[u8] = b"event: content_block_delta";
/// Recorded signatures are about this long (331 characters on average over 4).
const SIGNATURE_CHARS: usize = 332;

/// An event's bytes, with blanks for what is empty or 0 in it and the request decides. `None` for what this crate would not say.
pub fn write(event: &Event<'_>, rng: &mut Rng) -> Option<Template> {
    let name = name(event);
    let data = match event {
        Event::Opens { id, model, input_tokens, output_tokens } => {
            let message = json!({
                "model": model, "id": id, "type": "message", "role": "assistant", "content": [],
                "stop_reason": null, "stop_sequence": null, "usage": usage(*input_tokens, *output_tokens),
            });
            json!({ "type": name, "message": message })
        }
        Event::BlockOpens { index, kind } => json!({ "type": name, "index": index, "content_block": block(kind)? }),
        Event::Delta { index, delta } => json!({ "type": name, "index": index, "delta": piece(delta)? }),
        Event::BlockEnds { index } => json!({ "type": name, "index": index }),
        Event::Ends { stop_reason, input_tokens, output_tokens } => {
            // Cumulative.
            let usage = json!({
                "input_tokens": input_tokens, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
                "output_tokens": output_tokens,
            });
            let delta = json!({ "stop_reason": stop_reason, "stop_sequence": null });
            json!({ "type": name, "delta": delta, "usage": usage })
        }
        Event::Stops => json!({ "type": name }),
        Event::Alive => return Some(Bytes::from(frame(name, r#"{"type": "ping"}"#)).into()),
        Event::Fails { kind, message } => {
            let data = json!({ "type": name, "error": { "type": kind, "message": message } });
            return Some(Bytes::from(frame(name, &data.to_string())).into());
        }
        Event::Unknown { .. } => return None,
    };
    let template = Template::from(padded(name, &data, rng.usize(..16)));
    Some(match event {
        Event::Opens { .. } => template
            .with_string(Blank::Model, "model", "")
            .with_string(Blank::Id, "id", "")
            .with_number(Blank::InputTokens, "input_tokens", 0),
        Event::Ends { .. } => template.with_number(Blank::InputTokens, "input_tokens", 0),
        _ => template,
    })
}

/// One event on the wire, with `padding` spaces before the last brace.
fn padded(name: &str, data: &Value, padding: usize) -> Bytes {
    let mut json = data.to_string();
    json.insert_str(json.len() - 1, &" ".repeat(padding));
    Bytes::from(frame(name, &json))
}

/// A block as it stands in `content_block_start`.
fn block(kind: &BlockKind<'_>) -> Option<Value> {
    Some(match kind {
        BlockKind::Text(text) => json!({ "type": "text", "text": text }),
        BlockKind::Thinking(text) => json!({ "type": "thinking", "thinking": text, "signature": "" }),
        BlockKind::ToolUse { id, name } => {
            json!({ "type": "tool_use", "id": id, "name": name, "caller": { "type": "direct" }, "input": {} })
        }
        BlockKind::Other(_) => return None,
    })
}

fn piece(delta: &Delta<'_>) -> Option<Value> {
    Some(match delta {
        Delta::Text(text) => json!({ "type": "text_delta", "text": text }),
        Delta::Thinking(text) => json!({ "type": "thinking_delta", "thinking": text }),
        Delta::InputJson(text) => json!({ "type": "input_json_delta", "partial_json": text }),
        Delta::Signature(text) => json!({ "type": "signature_delta", "signature": text }),
        Delta::Citations | Delta::Other(_) => return None,
    })
}

/// The usage of a message.
pub fn usage(input_tokens: u64, output_tokens: u64) -> Value {
    json!({
        "input_tokens": input_tokens, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
        "cache_creation": { "ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0 },
        "output_tokens": output_tokens, "service_tier": "standard", "inference_geo": "not_available",
    })
}

/// An opaque signature of the usual length.
pub fn signature() -> String {
    "EqQBCgIYAhIM1gbcDa9GJwZA".chars().cycle().take(SIGNATURE_CHARS).collect()
}
