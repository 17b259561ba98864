//! The scripts that are made up: blocks of seeded prose, told in deltas of the recorded sizes.
//!
//! Order and shapes of events: the vendor's documentation and recorded streams, read in August to October 2026. The live API adds
//! 0 to 15 spaces before the last brace of every event but `ping`; recordings show them evenly spread.

use super::asked::CHARS_PER_TOKEN;
use super::headers;
use super::prose::{prose, tool_input};
use super::script::{Script, Timing};
use super::sizes::{self, DeltaSizes};
use super::template::{Blank, Template};
use crate::run::StreamFacts;
use crate::scenario::{Shape, StreamSpec};
use crate::wire::sse::frame;
use bytes::Bytes;
use fastrand::Rng;
use serde_json::{Value, json};

/// Characters of input in one tool call.
const TOOL_CALL_CHARS: usize = 4_000;
/// Recorded signatures are about this long (331 characters on average over 4).
const SIGNATURE_CHARS: usize = 332;

/// A content block to be told in pieces.
enum Block {
    Text(String),
    Thinking(String),
    Tool { id: String, input: String },
}

/// Builds the script of `spec`; the same seed gives the same bytes.
pub fn script(spec: &StreamSpec, seed: u64) -> Script {
    let mut rng = Rng::with_seed(seed);
    let blocks = blocks_of(spec, &mut rng);
    let mut teller = Teller { rng, spec, events: Vec::new(), deltas: 0 };
    for (index, block) in blocks.iter().enumerate() {
        teller.tell(index, block);
    }
    let chars: usize = blocks.iter().map(|block| block.said().chars().count()).sum();
    let text_bytes: usize = blocks.iter().map(|block| block.said().len()).sum();
    let stop_reason = if matches!(spec.shape, Shape::ToolUse) { "tool_use" } else { "end_turn" };
    let output_tokens = (chars as u64).div_ceil(CHARS_PER_TOKEN);
    let Teller { mut rng, mut events, deltas, .. } = teller;
    // The first block's start belongs to the opening, the last block's stop to the closing; a ping usually follows the first start.
    let mut closing: Vec<Template> = events.pop().into_iter().map(Template::from).collect();
    let opening = events.drain(..1).chain([Bytes::from_static(PING)]).collect();
    closing.extend(last_words(stop_reason, output_tokens, &mut rng));
    let content = blocks.iter().map(Block::whole).collect();
    let script = Script {
        start: message_start(rng.usize(..16)),
        opening,
        body: events,
        closing,
        timing: Timing::Even,
        whole: whole(content, stop_reason, output_tokens),
        facts: StreamFacts { chars: chars as u64, text_bytes: text_bytes as u64, deltas, wire_bytes: 0 },
    };
    script.weighed()
}

/// The first event. What is empty or 0 is left blank.
fn message_start(padding: usize) -> Template {
    let message = json!({
        "model": "", "id": "", "type": "message", "role": "assistant", "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": usage(1),
    });
    let start = event("message_start", &json!({ "type": "message_start", "message": message }), padding);
    Template::from(start).with_string(Blank::Model, "model", "").with_string(Blank::Id, "id", "").with_number(
        Blank::InputTokens,
        "input_tokens",
        0,
    )
}

fn usage(output_tokens: u64) -> Value {
    json!({
        "input_tokens": 0, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
        "cache_creation": { "ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0 },
        "output_tokens": output_tokens, "service_tier": "standard", "inference_geo": "not_available",
    })
}

/// The whole message, as a response that is not streamed holds it.
fn whole(content: Vec<Value>, stop_reason: &str, output_tokens: u64) -> Value {
    json!({
        "id": "", "type": "message", "role": "assistant", "model": "", "content": content,
        "stop_reason": stop_reason, "stop_sequence": null, "usage": usage(output_tokens),
    })
}

/// Splits the characters asked for over the blocks of a shape.
fn blocks_of(spec: &StreamSpec, rng: &mut Rng) -> Vec<Block> {
    let chars = spec.chars as usize;
    match spec.shape {
        Shape::LongForm | Shape::Chat => vec![Block::Text(prose(chars, rng))],
        // Extended thinking commonly writes more than it answers: two thirds to one third.
        Shape::Thinking => {
            let thought = chars * 2 / 3;
            vec![Block::Thinking(prose(thought, rng)), Block::Text(prose(chars - thought, rng))]
        }
        Shape::ToolUse => {
            let spoken = (chars / 20).min(200);
            let mut blocks = vec![Block::Text(prose(spoken, rng))];
            let called = chars - spoken;
            let calls = called.div_ceil(TOOL_CALL_CHARS).max(1);
            blocks.extend((0..calls).map(|call| Block::Tool {
                id: headers::id("toolu_", rng),
                // What does not divide evenly goes to the first ones.
                input: tool_input(called / calls + usize::from(call < called % calls), rng),
            }));
            blocks
        }
    }
}

impl Block {
    /// What its deltas say, joined.
    fn said(&self) -> &str {
        match self {
            Block::Text(text) | Block::Thinking(text) => text,
            Block::Tool { input, .. } => input,
        }
    }

    /// The block as it stands in `content_block_start`.
    fn empty(&self) -> Value {
        match self {
            Block::Text(_) => json!({ "type": "text", "text": "" }),
            Block::Thinking(_) => json!({ "type": "thinking", "thinking": "", "signature": "" }),
            Block::Tool { id, .. } => json!({
                "type": "tool_use", "id": id, "name": "write_file", "caller": { "type": "direct" }, "input": {},
            }),
        }
    }

    /// The block as a whole message holds it.
    fn whole(&self) -> Value {
        match self {
            Block::Text(text) => json!({ "type": "text", "text": text }),
            Block::Thinking(text) => {
                json!({ "type": "thinking", "thinking": text, "signature": signature() })
            }
            Block::Tool { id, input } => json!({
                "type": "tool_use", "id": id, "name": "write_file",
                "input": serde_json::from_str::<Value>(input).unwrap_or_default(),
            }),
        }
    }

    fn sizes(&self) -> DeltaSizes {
        match self {
            Block::Text(_) => sizes::TEXT,
            Block::Thinking(_) => sizes::THINKING,
            Block::Tool { .. } => sizes::INPUT_JSON,
        }
    }

    fn delta(&self, piece: &str) -> Value {
        match self {
            Block::Text(_) => json!({ "type": "text_delta", "text": piece }),
            Block::Thinking(_) => json!({ "type": "thinking_delta", "thinking": piece }),
            Block::Tool { .. } => json!({ "type": "input_json_delta", "partial_json": piece }),
        }
    }
}

/// Turns blocks into events.
struct Teller<'a> {
    rng: Rng,
    spec: &'a StreamSpec,
    events: Vec<Bytes>,
    deltas: u64,
}

impl Teller<'_> {
    fn tell(&mut self, index: usize, block: &Block) {
        let start = json!({ "type": "content_block_start", "index": index, "content_block": block.empty() });
        self.push("content_block_start", &start);
        if matches!(block, Block::Tool { .. }) {
            // 46 of 48 recorded tool calls begin with an empty piece.
            self.delta(index, &block.delta(""));
        }
        let mut rest = block.said();
        while !rest.is_empty() {
            let chars =
                self.spec.delta_chars.map_or_else(|| block.sizes().draw(&mut self.rng), |chars| chars.max(1) as usize);
            let cut = rest.char_indices().nth(chars).map_or(rest.len(), |(at, _)| at);
            let (piece, later) = rest.split_at(cut);
            self.delta(index, &block.delta(piece));
            rest = later;
        }
        if matches!(block, Block::Thinking(_)) {
            self.delta(index, &json!({ "type": "signature_delta", "signature": signature() }));
        }
        self.push("content_block_stop", &json!({ "type": "content_block_stop", "index": index }));
    }

    fn delta(&mut self, index: usize, delta: &Value) {
        self.deltas += 1;
        self.push("content_block_delta", &json!({ "type": "content_block_delta", "index": index, "delta": delta }));
    }

    fn push(&mut self, name: &str, data: &Value) {
        let padding = self.rng.usize(..16);
        self.events.push(event(name, data, padding));
    }
}

const PING: &[u8] = b"event: ping\ndata: {\"type\": \"ping\"}\n\n";

/// One event on the wire, with `padding` spaces before the last brace.
fn event(name: &str, data: &Value, padding: usize) -> Bytes {
    let mut json = data.to_string();
    json.insert_str(json.len() - 1, &" ".repeat(padding));
    Bytes::from(frame(name, &json))
}

/// The usage in `message_delta` is cumulative.
fn last_words(stop_reason: &str, output_tokens: u64, rng: &mut Rng) -> [Template; 2] {
    let usage = json!({
        "input_tokens": 0, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
        "output_tokens": output_tokens,
    });
    let delta = json!({ "stop_reason": stop_reason, "stop_sequence": null });
    let message_delta = json!({ "type": "message_delta", "delta": delta, "usage": usage });
    let message_delta = Template::from(event("message_delta", &message_delta, rng.usize(..16)));
    [
        message_delta.with_number(Blank::InputTokens, "input_tokens", 0),
        event("message_stop", &json!({ "type": "message_stop" }), rng.usize(..16)).into(),
    ]
}

/// An opaque signature of the usual length.
fn signature() -> String {
    "EqQBCgIYAhIM1gbcDa9GJwZA".chars().cycle().take(SIGNATURE_CHARS).collect()
}
