//! The whole message that the events of a stream make together: what the same request without `stream` would have brought.

use serde_json::{Map, Value, json};

/// A message under way.
#[derive(Debug, Default)]
pub struct Collector {
    message: Map<String, Value>,
    content: Vec<Map<String, Value>>,
    /// The pieces of the last block's input.
    input: String,
}

impl Collector {
    /// Takes the data of the event `name`, read as JSON. What it does not know, or what has another form, is passed over.
    pub fn add(&mut self, name: &str, data: &Value) {
        match name {
            "message_start" => self.message = object(&data["message"]),
            "content_block_start" => self.content.push(object(&data["content_block"])),
            "content_block_delta" => self.delta(&data["delta"]),
            "content_block_stop" => self.finish_input(),
            "message_delta" => {
                self.message.extend(object(&data["delta"]));
                // Cumulative: present fields replace what `message_start` said.
                let mut usage = object(&self.message.get("usage").cloned().unwrap_or_default());
                usage.extend(object(&data["usage"]));
                self.message.insert("usage".to_owned(), usage.into());
            }
            _ => {}
        }
    }

    fn delta(&mut self, delta: &Value) {
        let Some(block) = self.content.last_mut() else {
            return;
        };
        let said = |field: &str| delta[field].as_str().unwrap_or_default();
        match delta["type"].as_str().unwrap_or_default() {
            "text_delta" => append(block, "text", said("text")),
            "thinking_delta" => append(block, "thinking", said("thinking")),
            "signature_delta" => append(block, "signature", said("signature")),
            "input_json_delta" => self.input.push_str(said("partial_json")),
            "citations_delta" => {
                if let Value::Array(citations) = block.entry("citations").or_insert(json!([])) {
                    citations.push(delta["citation"].clone());
                }
            }
            _ => {}
        }
    }

    /// The input of a tool call is an object once all pieces of it have come.
    fn finish_input(&mut self) {
        let input = std::mem::take(&mut self.input);
        if let (Some(block), Ok(input)) = (self.content.last_mut(), serde_json::from_str(&input)) {
            block.insert("input".to_owned(), input);
        }
    }

    /// The message, as far as it has come.
    pub fn message(mut self) -> Value {
        self.finish_input();
        let content = self.content.into_iter().map(Value::Object).collect();
        self.message.insert("content".to_owned(), content);
        self.message.into()
    }
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
