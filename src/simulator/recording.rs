//! A stream on its way to become a cassette.
//!
//! A recording is made to be kept, sent and shown: it has the events and their times, and nothing that says whose they were. No
//! headers are in it. Ids (of the message, the request, tool calls, containers, organisations) are replaced by made-up ones, the same
//! id by the same one. What the model wrote is left as it is.

use super::cassette::{AT, HEADER, VERSION};
use crate::wire::dialect::Dialect;
use crate::wire::event::Event;
use crate::wire::sse::{Decoder, SseEvent, frame};
use fastrand::Rng;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt::Write;
use std::time::Duration;

/// Events and when they came.
#[derive(Clone, Debug)]
pub struct Recording {
    dialect: Dialect,
    text: String,
    /// Ids as they came, and what stands for them, in JSON's quotes.
    ids: HashMap<String, String>,
    /// Of the made-up ids: seeded, so that they say nothing of this process either.
    rng: Rng,
}

impl Default for Recording {
    fn default() -> Recording {
        Recording::new(Dialect::DEFAULT)
    }
}

impl Recording {
    /// An empty one, of a stream in that dialect.
    pub fn new(dialect: Dialect) -> Recording {
        Recording { dialect, text: format!("{HEADER}{VERSION}\n\n"), ids: HashMap::new(), rng: Rng::with_seed(0) }
    }

    /// Adds what came `at` that time after the response's head: one event with its blank line. Comments are left out.
    pub fn add(&mut self, at: Duration, record: &[u8]) {
        // A decoder without a limit does not fail.
        let _ = Decoder::new(usize::MAX).push(record, |event| self.event(at, event));
    }

    fn event(&mut self, at: Duration, event: SseEvent<'_>) {
        let told = self.dialect.read(event.name, event.data);
        let data = match &told {
            // What the model wrote has no ids of the API's in it, and is what the recording is about.
            Ok(Event::Delta { .. }) => event.data.to_owned(),
            Ok(Event::Fails { .. }) => without_uuids(&self.without_ids(event.data)),
            _ => self.without_ids(event.data),
        };
        let record = match &told {
            Ok(told) => self.dialect.record(told, &data),
            Err(_) => frame(event.name, &data),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{AT}{:.6}", at.as_secs_f64());
        self.text.push_str(&record);
    }

    /// The file's text.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn without_ids(&mut self, data: &str) -> String {
        let Ok(value) = serde_json::from_str::<Value>(data) else {
            return data.to_owned();
        };
        let mut found = Vec::new();
        ids_in(&value, &mut found);
        // Within the text, so that spaces stay where the server put them.
        found.iter().fold(data.to_owned(), |data, id| {
            let quoted = Value::from(*id).to_string();
            let made_up = self
                .ids
                .entry(quoted.clone())
                .or_insert_with(|| Value::from(self.dialect.stand_in(id, &mut self.rng)).to_string());
            data.replace(&quoted, made_up)
        })
    }
}

/// The values of all fields `id` and `..._id`.
fn ids_in<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(id) if (name == "id" || name.ends_with("_id")) && !id.is_empty() => found.push(id),
                    other => ids_in(other, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| ids_in(item, found)),
        _ => {}
    }
}

/// Error messages name the organisation by its UUID: 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12.
fn without_uuids(text: &str) -> String {
    let is_uuid = |word: &str| word.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    let of_uuid = |c: char| c.is_ascii_hexdigit() || c == '-';
    let mut kept = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c| !of_uuid(c)) {
        let word = piece.trim_end_matches(|c| !of_uuid(c));
        kept.push_str(if is_uuid(word) { "00000000-0000-0000-0000-000000000000" } else { word });
        kept.push_str(&piece[word.len()..]);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "9f8b1c2d-0a1b-4c3d-8e4f-a1b2c3d4e5f6";

    #[test]
    fn nothing_says_whose_it_was() {
        let mut recording = Recording::default();
        let id = "toolu_01NRLabsLyVHZPKxbKvkfSMn";
        for (name, data) in [
            (
                "message_start",
                r#"{"type":"message_start","message":{"id": "msg_1","container":{"id":"container_x"}}  }"#.to_owned(),
            ),
            ("content_block_start", format!(r#"{{"content_block":{{"type":"tool_use","id":"{id}"}}}}"#)),
            ("content_block_start", format!(r#"{{"content_block":{{"type":"result","tool_use_id":"{id}"}}}}"#)),
            ("content_block_delta", format!(r#"{{"delta":{{"type":"text_delta","text":"{UUID}"}}}}"#)),
            ("error", format!(r#"{{"error":{{"message":"limit (org: {UUID}, x)"}},"request_id":"req_011"}}"#)),
        ] {
            recording.add(Duration::from_micros(1_500_000), frame(name, &data).as_bytes());
        }
        let text = recording.text();
        for secret in ["msg_1\"", "container_x", id, "req_011", &format!("org: {UUID}")] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert!(text.contains(&format!("\"text\":\"{UUID}\"")), "the model's words stay: {text}");
        assert!(text.contains("org: 00000000-0000-0000-0000-000000000000, x"), "{text}");
        assert!(text.contains("\"id\": \"msg_01"), "as it was spaced: {text}");
        assert_eq!(text.matches(": at 1.500000\n").count(), 5);
        let stand_in = text.split("\"tool_use_id\":\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(text.matches(stand_in).count(), 2, "the same id, the same stand-in");
    }
}
