//! Which events come, in which order, and how each is written.

use crate::body::{Event, assert_id, events, message_id, said};
use crate::server::{Answer, SEED, asking, client, post, spec, start, streamed, url};
use serde_json::{Value, json};
use stream_probe::scenario::{Shape, StreamSpec};
use stream_probe::simulator::{Conduct, Script};

const SHAPES: [Shape; 5] = Shape::ALL;
const PING: &str = r#"{"type": "ping"}"#;

async fn events_of(spec: &StreamSpec) -> Vec<Event> {
    events(&streamed(Script::new(spec, SEED)).await)
}

/// How a message begins, up to and with the first block's start, written as the API writes it.
fn beginning(id: &str, first_block: &str) -> [String; 3] {
    let usage = concat!(
        r#"{"input_tokens":12,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"#,
        r#""cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"#,
        r#""output_tokens":1,"service_tier":"standard","inference_geo":"not_available"}"#,
    );
    let message = format!(
        r#"{{"model":"claude-sonnet-4-5","id":"{id}","type":"message","role":"assistant","content":[],"stop_reason":null,"stop_sequence":null,"usage":{usage}}}"#
    );
    let start = format!(r#"{{"type":"message_start","message":{message}}}"#);
    [start, block_start(0, first_block), PING.to_owned()]
}

fn block_start(index: usize, block: &str) -> String {
    format!(r#"{{"type":"content_block_start","index":{index},"content_block":{block}}}"#)
}

/// How it ends, from the last block's stop.
fn ending(last_block: usize, stop_reason: &str, output_tokens: usize) -> [String; 3] {
    let delta = format!(r#"{{"stop_reason":"{stop_reason}","stop_sequence":null}}"#);
    // Cumulative: all of the answer, the first token included.
    let usage = format!(
        r#"{{"input_tokens":12,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":{output_tokens}}}"#
    );
    [
        format!(r#"{{"type":"content_block_stop","index":{last_block}}}"#),
        format!(r#"{{"type":"message_delta","delta":{delta},"usage":{usage}}}"#),
        r#"{"type":"message_stop"}"#.to_owned(),
    ]
}

fn bare(events: &[Event]) -> Vec<String> {
    events.iter().map(Event::bare).collect()
}

/// Name and index of every event, each repetition once: `content_block_delta 0`.
fn outline(events: &[Event]) -> Vec<String> {
    let line = |event: &Event| match event.json()["index"].as_u64() {
        Some(index) => format!("{} {index}", event.name),
        None => event.name.clone(),
    };
    let mut lines: Vec<String> = events.iter().map(line).collect();
    lines.dedup();
    lines
}

const TEXT: &str = r#"{"type":"text","text":""}"#;

#[tokio::test]
async fn one_text_block() {
    for (shape, chars) in [(Shape::LongForm, 4_000), (Shape::Chat, 1_200)] {
        let told = events_of(&spec(shape, chars)).await;
        assert_eq!(bare(&told[..3]), beginning(&message_id(&told), TEXT));
        let (ends, body) = (told.len() - 3, &told[3..told.len() - 3]);
        assert_eq!(bare(&told[ends..]), ending(0, "end_turn", chars as usize / 4));
        assert!(body.len() > 20, "{} deltas", body.len());
        for event in body {
            assert_eq!(event.name, "content_block_delta");
            let (kind, text) = event.delta();
            let text_delta = json!({ "type": kind, "text": text });
            assert_eq!(event.json(), json!({ "type": "content_block_delta", "index": 0, "delta": text_delta }));
        }
        assert_eq!(said(body, "text_delta").concat().chars().count(), chars as usize);
    }
}

#[tokio::test]
async fn thinking_then_text() {
    let told = events_of(&spec(Shape::Thinking, 3_000)).await;
    let thinking = r#"{"type":"thinking","thinking":"","signature":""}"#;
    assert_eq!(bare(&told[..3]), beginning(&message_id(&told), thinking));
    assert_eq!(bare(&told[told.len() - 3..]), ending(1, "end_turn", 750));
    let order = [
        "message_start",
        "content_block_start 0",
        "ping",
        "content_block_delta 0",
        "content_block_stop 0",
        "content_block_start 1",
        "content_block_delta 1",
        "content_block_stop 1",
        "message_delta",
        "message_stop",
    ];
    assert_eq!(outline(&told), order);

    let [thought, text] = [said(&told, "thinking_delta").concat(), said(&told, "text_delta").concat()];
    assert_eq!(thought.chars().count(), 2_000);
    assert_eq!(text.chars().count(), 1_000);

    // One signature, whole, and after it the block's stop.
    let at = told.iter().position(|event| event.data.contains("signature_delta")).unwrap();
    let (_, signature) = told[at].delta();
    assert!(signature.len() > 300, "{signature}");
    assert_eq!(said(&told, "signature_delta"), [signature]);
    assert_eq!(told[at - 1].delta().0, "thinking_delta");
    let boundary = [r#"{"type":"content_block_stop","index":0}"#.to_owned(), block_start(1, TEXT)];
    assert_eq!(bare(&told[at + 1..at + 3]), boundary);
}

#[tokio::test]
async fn text_then_tool_calls() {
    let told = events_of(&spec(Shape::ToolUse, 12_000)).await;
    assert_eq!(bare(&told[..3]), beginning(&message_id(&told), TEXT));
    let starts: Vec<usize> = (0..told.len()).filter(|&at| told[at].name == "content_block_start").collect();
    let blocks = starts.len();
    assert!(blocks > 3, "{blocks} blocks");

    let mut order = vec!["message_start".to_owned(), "content_block_start 0".to_owned(), "ping".to_owned()];
    for index in 0..blocks {
        let parts = ["content_block_start", "content_block_delta", "content_block_stop"];
        order.extend(parts.iter().skip(usize::from(index == 0)).map(|part| format!("{part} {index}")));
    }
    order.extend(["message_delta".to_owned(), "message_stop".to_owned()]);
    assert_eq!(outline(&told), order);

    for (index, &at) in starts.iter().enumerate().skip(1) {
        let id = told[at].json()["content_block"]["id"].as_str().unwrap().to_owned();
        assert_id(&id, "toolu_01");
        let block = format!(
            r#"{{"type":"tool_use","id":"{id}","name":"write_file","caller":{{"type":"direct"}},"input":{{}}}}"#
        );
        assert_eq!(told[at].bare(), block_start(index, &block));
        // The first piece of the input is empty, the others never are, and together they are one object.
        let end = starts.get(index + 1).copied().unwrap_or(told.len());
        let pieces = said(&told[at..end], "input_json_delta");
        assert_eq!(pieces.iter().filter(|piece| piece.is_empty()).count(), 1);
        assert_eq!(pieces[0], "");
        let input: Value = serde_json::from_str(&pieces.concat()).unwrap();
        assert!(input["path"].is_string() && input["content"].is_string(), "{input}");
    }
    let chars = [said(&told, "text_delta"), said(&told, "input_json_delta")].concat().concat().chars().count();
    assert_eq!(bare(&told[told.len() - 3..]), ending(blocks - 1, "tool_use", chars.div_ceil(4)));
    assert_eq!(chars, 12_000);
}

#[tokio::test]
async fn what_a_stream_says_joined_is_what_an_answer_at_once_holds() {
    for shape in SHAPES {
        let spec = spec(shape, 5_000);
        let simulator = start(&spec, Conduct::Free);
        let messages = format!("{}/v1/messages", url(&simulator));
        let whole = Answer::to(post(&client(), &messages).body(asking(false))).await.json();
        let told = events(&Answer::to(post(&client(), &messages).body(asking(true))).await.body);

        let mut joined: Vec<Value> = Vec::new();
        for event in &told {
            let data = event.json();
            match event.name.as_str() {
                "content_block_start" => joined.push(data["content_block"].clone()),
                "content_block_delta" => join(joined.last_mut().unwrap(), &event.delta()),
                _ => {}
            }
        }
        joined.iter_mut().for_each(finish);
        assert_eq!(whole["content"], Value::from(joined), "{shape:?}");

        let last = told[told.len() - 2].json();
        assert_eq!(whole["stop_reason"], last["delta"]["stop_reason"]);
        assert_eq!(whole["usage"]["output_tokens"], last["usage"]["output_tokens"]);
    }
}

/// Adds one delta to a block, as a client that collects the message does.
fn join(block: &mut Value, (kind, said): &(String, String)) {
    let field = match kind.as_str() {
        "text_delta" => "text",
        "thinking_delta" => "thinking",
        "signature_delta" => "signature",
        _ => "partial_json",
    };
    let so_far = block[field].as_str().unwrap_or_default().to_owned();
    block[field] = Value::from(so_far + said);
}

/// The input of a tool call is an object once it is complete. An answer at once does not name the caller.
fn finish(block: &mut Value) {
    let block = block.as_object_mut().unwrap();
    block.shift_remove("caller");
    if let Some(pieces) = block.shift_remove("partial_json") {
        block["input"] = serde_json::from_str(pieces.as_str().unwrap()).unwrap();
    }
}

#[tokio::test]
async fn every_event_is_compact_json_that_begins_with_its_name() {
    for shape in SHAPES {
        for event in events_of(&spec(shape, 5_000)).await {
            if event.name == "ping" {
                assert_eq!(event.data, PING);
                continue;
            }
            let json = event.json();
            let (first, name) = json.as_object().unwrap().iter().next().unwrap();
            assert_eq!((first.as_str(), name.as_str().unwrap()), ("type", event.name.as_str()));
            assert_eq!(event.bare(), json.to_string(), "as short as JSON can be, but for the padding");
            assert!(event.padding() < 16, "{event:?}");
        }
    }
}

#[tokio::test]
async fn padding_is_spread_evenly() {
    let told = events_of(&spec(Shape::LongForm, 40_000)).await;
    let mut seen = [0_usize; 16];
    told.iter().filter(|event| event.name != "ping").for_each(|event| seen[event.padding()] += 1);
    let even = told.len() / 16;
    assert!(seen.iter().all(|&times| (even / 2..even * 2).contains(&times)), "{seen:?}");
    // Also where a stream has only one of a kind.
    let mut starts = Vec::new();
    for seed in 0..8 {
        let script = Script::new(&spec(Shape::Chat, 1), seed);
        starts.push(events(&streamed(script).await)[0].padding());
    }
    starts.dedup();
    assert!(starts.len() > 1, "message_start is padded too: {starts:?}");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_bytes() {
    /// The body without the message's own id, which every stream has for itself.
    fn shared(body: &str) -> String {
        body.replace(&message_id(&events(body)), "msg_")
    }
    for shape in SHAPES {
        let spec = spec(shape, 3_000);
        let [first, again, other] = [SEED, SEED, SEED + 1].map(|seed| Script::new(&spec, seed));
        let facts = first.facts;
        let (first, again) = (streamed(first).await, streamed(again).await);
        assert_ne!(message_id(&events(&first)), message_id(&events(&again)));
        assert_eq!(shared(&first), shared(&again), "{shape:?}");
        assert_ne!(shared(&first), shared(&streamed(other).await), "{shape:?}");

        // And what the record says of a stream is what came.
        let told = events(&first);
        let kinds = ["text_delta", "thinking_delta", "input_json_delta"];
        let text: String = kinds.iter().flat_map(|kind| said(&told, kind)).collect();
        assert_eq!(facts.wire_bytes, first.len() as u64);
        assert_eq!(facts.deltas, told.iter().filter(|event| event.is_delta()).count() as u64);
        assert_eq!(facts.chars, text.chars().count() as u64);
        assert_eq!(facts.text_bytes, text.len() as u64);
    }
}
