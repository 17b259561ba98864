//! The events of a Claude Messages stream, in the shapes that were seen on the wire.

use std::borrow::Cow;

use stream_probe::wire::dialect::Dialect;
use stream_probe::wire::event::{BlockKind, Delta, Event, EventError};

fn parse<'a>(name: &'a str, data: &'a str) -> Result<Event<'a>, EventError> {
    Dialect::Claude.read(name, data)
}

fn read<'a>(name: &'a str, data: &'a str) -> Event<'a> {
    parse(name, data).unwrap()
}

fn delta<'a>(piece: Delta<'a>) -> Event<'a> {
    Event::Delta { index: 0, delta: piece }
}

fn block(index: u32, kind: BlockKind<'_>) -> Event<'_> {
    Event::BlockOpens { index, kind }
}

const START: &str = r#"{"type":"message_start","message":{"model":"claude-sonnet-4-5-20250929","id":"msg_01QC4g3HwBThD4BaNtBckFDJ","type":"message","role":"assistant","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":12,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":1,"service_tier":"standard","inference_geo":"not_available"}}}"#;

#[test]
fn message_start() {
    let expected = Event::Opens {
        id: "msg_01QC4g3HwBThD4BaNtBckFDJ".into(),
        model: "claude-sonnet-4-5-20250929".into(),
        input_tokens: 12,
        output_tokens: 1,
    };
    // A second one is an event like the first; which one holds is for the client to say.
    assert_eq!(read("message_start", START), expected);
    assert_eq!(read("message_start", START), expected);
}

#[test]
fn content_block_start() {
    #[rustfmt::skip]
    let cases = [
        (r#"{"type":"text","text":""}"#, BlockKind::Text("".into())),
        (r#"{"type":"text","text":"Hi"}"#, BlockKind::Text("Hi".into())),
        (r#"{"type":"thinking","thinking":"","signature":""}"#, BlockKind::Thinking("".into())),
        (r#"{"type":"tool_use","id":"toolu_01NRLabsLyVHZPKxbKvkfSMn","name":"get_weather","caller":{"type":"direct"},"input":{}}"#,
         BlockKind::ToolUse { id: "toolu_01NRLabsLyVHZPKxbKvkfSMn".into(), name: "get_weather".into() }),
        (r#"{"type":"server_tool_use","id":"srvtoolu_014h","name":"web_search","input":{}}"#, BlockKind::Other("server_tool_use".into())),
        (r#"{"type":"web_search_tool_result","tool_use_id":"srvtoolu_014h","content":[{"type":"web_search_result","title":"..","url":"..","encrypted_content":"..","page_age":null}]}"#,
         BlockKind::Other("web_search_tool_result".into())),
        (r#"{"type":"redacted_thinking","data":"opaque"}"#, BlockKind::Other("redacted_thinking".into())),
        (r#"{"type":"fallback","from":{"model":"claude-fable-5"},"to":{"model":"claude-opus-4-8"}}"#, BlockKind::Other("fallback".into())),
        (r#"{"type":"compaction","content":null,"encrypted_content":null}"#, BlockKind::Other("compaction".into())),
    ];
    for (json, kind) in cases {
        let data = format!(r#"{{"type":"content_block_start","index":3,"content_block":{json}       }}"#);
        assert_eq!(read("content_block_start", &data), block(3, kind), "{json}");
    }
}

#[test]
fn content_block_delta() {
    #[rustfmt::skip]
    let cases = [
        (r#"{"type":"text_delta","text":"Hello"}"#, Delta::Text("Hello".into())),
        (r#"{"type":"text_delta","text":"a\n\"b\" \u00e9\ud83d\ude00 漢"}"#, Delta::Text("a\n\"b\" é😀 漢".into())),
        (r#"{"type":"input_json_delta","partial_json":""}"#, Delta::InputJson("".into())),
        (r#"{"type":"input_json_delta","partial_json":"{\"locati"}"#, Delta::InputJson("{\"locati".into())),
        (r#"{"type":"thinking_delta","thinking":"I need to find"}"#, Delta::Thinking("I need to find".into())),
        (r#"{"type":"signature_delta","signature":"EqQBCgIYAhIM1gbcDa9G"}"#, Delta::Signature("EqQBCgIYAhIM1gbcDa9G".into())),
        (r#"{"type":"citations_delta","citation":{"type":"web_search_result_location","cited_text":"..","url":"..","title":"..","encrypted_index":".."}}"#, Delta::Citations),
        (r#"{"type":"compaction_delta","content":"..","encrypted_content":".."}"#, Delta::Other("compaction_delta".into())),
    ];
    for (json, piece) in cases {
        // The live service pads every event but ping with up to 15 spaces before the last brace.
        for padding in ["", "      ", "               "] {
            let data = format!(r#"{{"type":"content_block_delta","index":0,"delta":{json}{padding}}}"#);
            assert_eq!(read("content_block_delta", &data), delta(piece.clone()));
        }
    }
}

#[test]
fn the_end_of_a_message() {
    assert_eq!(
        read("content_block_stop", r#"{"type":"content_block_stop","index":7  }"#),
        Event::BlockEnds { index: 7 }
    );
    let data = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":12,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":30}}"#;
    assert_eq!(
        read("message_delta", data),
        Event::Ends { stop_reason: Some("end_turn".into()), input_tokens: Some(12), output_tokens: Some(30) }
    );
    assert_eq!(read("message_stop", r#"{"type":"message_stop"          }"#), Event::Stops);
}

#[test]
fn ping_error_and_the_unknown() {
    assert_eq!(read("ping", r#"{"type": "ping"}"#), Event::Alive);
    let data = r#"{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}"#;
    assert_eq!(read("error", data), Event::Fails { kind: "overloaded_error".into(), message: "Overloaded".into() });
    // Its data is nobody's business, not even whether it is JSON.
    assert_eq!(read("an_event_of_tomorrow", "no json"), Event::Unknown { name: "an_event_of_tomorrow".into() });
}

#[test]
fn without_a_name_the_type_in_the_data_decides() {
    for name in ["message", ""] {
        assert_eq!(read(name, r#"{"type": "ping"}"#), Event::Alive);
        assert!(matches!(read(name, START), Event::Opens { input_tokens: 12, .. }));
        let escaped = r#"{"type":"content\u005fblock_stop","index":1}"#;
        assert_eq!(read(name, escaped), Event::BlockEnds { index: 1 });
        for (data, unknown) in [("{}", ""), (r#"{"type":"message"}"#, "message"), (r#"{"type":null}"#, "")] {
            let expected = Event::Unknown { name: unknown.into() };
            assert_eq!(read(name, data), expected);
        }
        assert!(parse(name, "[DONE]").is_err());
    }
}

/// Servers that omit empty fields, and those that write `null`, mean the same.
#[test]
fn absent_and_null_fields() {
    let empty_start = Event::Opens { id: "".into(), model: "".into(), input_tokens: 0, output_tokens: 0 };
    let empty_end = Event::Ends { stop_reason: None, input_tokens: None, output_tokens: None };
    let empty_error = Event::Fails { kind: "".into(), message: "".into() };
    #[rustfmt::skip]
    let cases = [
        ("message_start", "{}", empty_start.clone()),
        ("message_start", r#"{"message":null}"#, empty_start.clone()),
        ("message_start", r#"{"message":{"id":null,"model":null,"usage":null}}"#, empty_start.clone()),
        ("message_start", r#"{"message":{"usage":{"input_tokens":null}}}"#, empty_start),
        ("content_block_start", "{}", block(0, BlockKind::Other("".into()))),
        ("content_block_start", r#"{"index":null,"content_block":{"type":"text"}}"#, block(0, BlockKind::Text("".into()))),
        ("content_block_start", r#"{"content_block":{"type":"tool_use","id":null}}"#, block(0, BlockKind::ToolUse { id: "".into(), name: "".into() })),
        ("content_block_delta", "{}", delta(Delta::Other("".into()))),
        ("content_block_delta", r#"{"delta":{"type":"text_delta","text":null}}"#, delta(Delta::Text("".into()))),
        ("content_block_delta", r#"{"delta":{"type":"text_delta"}}"#, delta(Delta::Text("".into()))),
        ("content_block_stop", "{}", Event::BlockEnds { index: 0 }),
        ("message_delta", "{}", empty_end.clone()),
        ("message_delta", r#"{"delta":null,"usage":null}"#, empty_end.clone()),
        ("message_delta", r#"{"delta":{"stop_reason":null},"usage":{}}"#, empty_end),
        ("error", "{}", empty_error.clone()),
        ("error", r#"{"error":null}"#, empty_error),
    ];
    for (name, data, expected) in cases {
        assert_eq!(read(name, data), expected, "{name} {data}");
    }
}

#[test]
fn broken_data_is_an_error() {
    #[rustfmt::skip]
    let cases = [
        ("content_block_delta", r#"{"type":"content_block_delta","index":0,"delta":{"ty"#),
        ("content_block_delta", r#"{"index":"0"}"#),
        ("content_block_delta", r#"{"index":-1}"#),
        ("content_block_delta", r#"{"delta":{"type":"text_delta","text":5}}"#),
        ("content_block_start", ""),
        ("message_start", "{} {}"),
        ("error", "Overloaded"),
    ];
    for (name, data) in cases {
        let error = parse(name, data).unwrap_err();
        assert_eq!(error.name, name);
        assert!(error.to_string().contains(name));
        assert!(std::error::Error::source(&error).is_some());
    }
}

/// The text of a delta is a view of the data, unless it has escapes.
#[test]
fn text_is_borrowed() {
    let text = |data| match read("content_block_delta", data) {
        Event::Delta { delta: Delta::Text(text), .. } => matches!(text, Cow::Borrowed(_)),
        other => panic!("{other:?}"),
    };
    assert!(text(r#"{"index":0,"delta":{"type":"text_delta","text":"Hello, 漢字"}  }"#));
    assert!(!text(r#"{"index":0,"delta":{"type":"text_delta","text":"Hello\n"}}"#));
    let Event::Opens { id, model, .. } = read("message_start", START) else {
        panic!();
    };
    assert!(matches!((id, model), (Cow::Borrowed(_), Cow::Borrowed(_))));
}

#[test]
fn the_owned_form_outlives_the_data() {
    #[rustfmt::skip]
    let events = [
        ("message_start", START),
        ("content_block_start", r#"{"index":1,"content_block":{"type":"text","text":"a"}}"#),
        ("content_block_start", r#"{"index":1,"content_block":{"type":"thinking","thinking":"a"}}"#),
        ("content_block_start", r#"{"index":1,"content_block":{"type":"tool_use","id":"a","name":"b"}}"#),
        ("content_block_start", r#"{"index":1,"content_block":{"type":"compaction"}}"#),
        ("content_block_delta", r#"{"delta":{"type":"text_delta","text":"Hello"}}"#),
        ("content_block_delta", r#"{"delta":{"type":"thinking_delta","thinking":"Hello"}}"#),
        ("content_block_delta", r#"{"delta":{"type":"input_json_delta","partial_json":"Hello"}}"#),
        ("content_block_delta", r#"{"delta":{"type":"signature_delta","signature":"Hello"}}"#),
        ("content_block_delta", r#"{"delta":{"type":"citations_delta"}}"#),
        ("content_block_delta", r#"{"delta":{"type":"compaction_delta"}}"#),
        ("content_block_stop", r#"{"index":1}"#),
        ("message_delta", r#"{"delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}"#),
        ("message_stop", "{}"),
        ("ping", "{}"),
        ("error", r#"{"error":{"type":"api_error","message":"Oh"}}"#),
        ("unknown", "{}"),
    ];
    for (name, data) in events {
        let kept: Event<'static> = {
            let data = data.to_owned();
            let name = name.to_owned();
            parse(&name, &data).unwrap().into_owned()
        };
        assert_eq!(kept, read(name, data));
    }
}

#[test]
fn text_of_an_event() {
    let data = r#"{"delta":{"type":"text_delta","text":"Hello"}}"#;
    assert_eq!(read("content_block_delta", data).text(), Some("Hello"));
    let data = r#"{"delta":{"type":"thinking_delta","thinking":"Hello"}}"#;
    assert_eq!(read("content_block_delta", data).text(), None);
    assert_eq!(read("ping", "").text(), None);
}
