//! The body of a stream, read by hand and strictly: whatever is not written exactly as the API writes it is a failure.

use serde_json::Value;

/// One server-sent event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub name: String,
    /// The JSON text as it came.
    pub data: String,
}

impl Event {
    /// Two lines and an empty one; line feeds only, no other field, no comment.
    pub fn read(record: &str) -> Event {
        let lines = record.strip_prefix("event: ").and_then(|rest| rest.strip_suffix("\n\n"));
        let (name, data) = lines.and_then(|lines| lines.split_once("\ndata: ")).unwrap_or_else(|| panic!("{record:?}"));
        assert!(!name.contains(['\n', '\r', ' ']) && !data.contains(['\n', '\r']), "{record:?}");
        Event { name: name.to_owned(), data: data.to_owned() }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|error| panic!("{error}: {}", self.data))
    }

    /// Spaces before the last brace.
    pub fn padding(&self) -> usize {
        let inside = self.data.strip_suffix('}').unwrap();
        inside.len() - inside.trim_end_matches(' ').len()
    }

    /// The data without its padding.
    pub fn bare(&self) -> String {
        let inside = self.data.strip_suffix('}').unwrap();
        format!("{}}}", inside.trim_end_matches(' '))
    }

    pub fn is_delta(&self) -> bool {
        self.name == "content_block_delta"
    }

    /// Kind and content of a delta: `("text_delta", "Hello")`.
    pub fn delta(&self) -> (String, String) {
        let delta = &self.json()["delta"];
        let kind = delta["type"].as_str().unwrap();
        let field = match kind {
            "text_delta" => "text",
            "thinking_delta" => "thinking",
            "input_json_delta" => "partial_json",
            "signature_delta" => "signature",
            other => panic!("no such delta: {other}"),
        };
        assert_eq!(delta.as_object().unwrap().len(), 2, "{}", self.data);
        (kind.to_owned(), delta[field].as_str().unwrap().to_owned())
    }
}

/// All events of a body.
pub fn events(body: &str) -> Vec<Event> {
    body.split_inclusive("\n\n").map(Event::read).collect()
}

/// The contents of all deltas of one kind, in order.
pub fn said(events: &[Event], kind: &str) -> Vec<String> {
    let deltas = events.iter().filter(|event| event.is_delta()).map(Event::delta);
    deltas.filter(|(of, _)| of == kind).map(|(_, said)| said).collect()
}

/// The id that the message has, checked for its form.
pub fn message_id(events: &[Event]) -> String {
    let id = events[0].json()["message"]["id"].as_str().unwrap().to_owned();
    assert_id(&id, "msg_01");
    id
}

/// An id is a prefix and 22 characters of base 58, which has no 0, O, I and l.
pub fn assert_id(id: &str, prefix: &str) {
    let tail = id.strip_prefix(prefix).unwrap_or_else(|| panic!("{id} does not begin with {prefix}"));
    let base58 = |c: char| c.is_ascii_alphanumeric() && !"0OIl".contains(c);
    assert!(tail.len() == 22 && tail.chars().all(base58), "{id}");
}
