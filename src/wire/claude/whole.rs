//! The whole message: what the same request without `stream` would have brought.

use super::write::{signature, usage};
use crate::wire::answer::{Block, Pieces, Reason, Usage};
use crate::wire::event::Event;
use serde_json::{Map, Value, json};

/// How an answer that ended so says it.
pub fn stop_reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Said => "end_turn",
        Reason::Calls => "tool_use",
    }
}

/// A whole message of these blocks. What is empty or 0 is left blank, for [`fill`].
pub fn whole(blocks: &[Block], reason: Reason, output_tokens: u64) -> Value {
    let content: Vec<Value> = blocks.iter().map(block).collect();
    json!({
        "id": "", "type": "message", "role": "assistant", "model": "", "content": content,
        "stop_reason": stop_reason(reason), "stop_sequence": null, "usage": usage(0, output_tokens),
    })
}

fn block(block: &Block) -> Value {
    match block {
        Block::Text(text) => json!({ "type": "text", "text": text }),
        Block::Thinking(text) => json!({ "type": "thinking", "thinking": text, "signature": signature() }),
        Block::Call { id, name, input } => json!({
            "type": "tool_use", "id": id, "name": name,
            "input": serde_json::from_str::<Value>(input).unwrap_or_default(),
        }),
    }
}

/// Fills in what the request decides; `None` stays as it is.
pub fn fill(message: &mut Value, id: &str, model: Option<&str>, input_tokens: Option<u64>) {
    let Some(message) = message.as_object_mut() else { return };
    message.insert("id".to_owned(), id.into());
    if let Some(model) = model {
        message.insert("model".to_owned(), model.into());
    }
    if let (Some(usage), Some(tokens)) = (message.get_mut("usage"), input_tokens) {
        usage["input_tokens"] = tokens.into();
    }
}

/// The tokens that a whole message reports.
pub fn reported(message: &Value) -> Usage {
    let tokens = |field: &str| message["usage"][field].as_u64().unwrap_or(0);
    Usage { input_tokens: tokens("input_tokens"), output_tokens: tokens("output_tokens") }
}

/// The answer to who has tokens counted.
pub fn counted(input_tokens: u64) -> Value {
    json!({ "input_tokens": input_tokens })
}

/// Takes an event with its data read as JSON. What is not known, or has another form, is passed over.
pub fn collect(pieces: &mut Pieces, event: &Event<'_>, data: &Value) {
    match event {
        Event::Opens { .. } => pieces.answer = object(&data["message"]),
        Event::BlockOpens { .. } => pieces.blocks.push(object(&data["content_block"])),
        Event::Delta { .. } => delta(pieces, &data["delta"]),
        Event::BlockEnds { .. } => finish_input(pieces),
        Event::Ends { .. } => {
            pieces.answer.extend(object(&data["delta"]));
            // Cumulative: present fields replace what `message_start` said.
            let mut usage = object(&pieces.answer.get("usage").cloned().unwrap_or_default());
            usage.extend(object(&data["usage"]));
            pieces.answer.insert("usage".to_owned(), usage.into());
        }
        Event::Stops | Event::Alive | Event::Fails { .. } | Event::Unknown { .. } => {}
    }
}

fn delta(pieces: &mut Pieces, delta: &Value) {
    let Some(block) = pieces.blocks.last_mut() else {
        return;
    };
    let said = |field: &str| delta[field].as_str().unwrap_or_default();
    match delta["type"].as_str().unwrap_or_default() {
        "text_delta" => append(block, "text", said("text")),
        "thinking_delta" => append(block, "thinking", said("thinking")),
        "signature_delta" => append(block, "signature", said("signature")),
        "input_json_delta" => pieces.input.push_str(said("partial_json")),
        "citations_delta" => {
            if let Value::Array(citations) = block.entry("citations").or_insert(json!([])) {
                citations.push(delta["citation"].clone());
            }
        }
        _ => {}
    }
}

/// The input of a tool call is an object once all pieces of it have come.
fn finish_input(pieces: &mut Pieces) {
    let input = std::mem::take(&mut pieces.input);
    if let (Some(block), Ok(input)) = (pieces.blocks.last_mut(), serde_json::from_str(&input)) {
        block.insert("input".to_owned(), input);
    }
}

/// The message, as far as it has come.
pub fn collected(mut pieces: Pieces) -> Value {
    finish_input(&mut pieces);
    let content = pieces.blocks.into_iter().map(Value::Object).collect();
    pieces.answer.insert("content".to_owned(), content);
    pieces.answer.into()
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn append(block: &mut Map<String, Value>, field: &str, said: &str) {
    match block.entry(field).or_insert("".into()) {
        Value::String(text) => text.push_str(said),
        other => *other = said.into(),
    }
}
