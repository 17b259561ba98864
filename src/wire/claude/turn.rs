//! Where the conversation of an agent stands.

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use std::fmt;

/// The fields of a body that say it. All others are passed over.
#[derive(Deserialize)]
struct Conversation {
    #[serde(default)]
    messages: Vec<Message>,
    #[serde(default)]
    tools: Vec<Tool>,
}

#[derive(Deserialize)]
struct Message {
    content: Content,
}

#[derive(Deserialize)]
struct Tool {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Block {
    #[serde(rename = "type")]
    kind: String,
}

/// Whether a message has the result of a tool's call among its blocks; text alone has none.
struct Content {
    has_result: bool,
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Content, D::Error> {
        struct Looking;
        impl<'de> Visitor<'de> for Looking {
            type Value = Content;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text or blocks")
            }

            fn visit_str<E>(self, _: &str) -> Result<Content, E> {
                Ok(Content { has_result: false })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut blocks: A) -> Result<Content, A::Error> {
                while let Some(block) = blocks.next_element::<Block>()? {
                    if block.kind == "tool_result" {
                        while blocks.next_element::<IgnoredAny>()?.is_some() {}
                        return Ok(Content { has_result: true });
                    }
                }
                Ok(Content { has_result: false })
            }
        }
        deserializer.deserialize_any(Looking)
    }
}

/// Whether the request offers that tool, and no tool has brought a result yet.
pub fn awaits_call(body: &[u8], tool: &str) -> bool {
    let Ok(Conversation { messages, tools }) = serde_json::from_slice(body) else { return false };
    let is_offered = tools.iter().any(|offered| offered.name.as_deref() == Some(tool));
    is_offered && !messages.iter().any(|message| message.content.has_result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn awaits(messages: &Value, tools: &Value) -> bool {
        awaits_call(json!({ "model": "m", "messages": messages, "tools": tools }).to_string().as_bytes(), "Bash")
    }

    #[test]
    fn a_tool_is_called_once_and_only_where_it_is_offered() {
        let offered = json!([{ "type": "web_search" }, { "name": "Read" }, { "name": "Bash", "input_schema": {} }]);
        let asked = json!({ "role": "user", "content": "Write tool_result." });
        let said = json!({ "role": "user", "content": [{ "type": "text", "text": "\"type\":\"tool_result\"" }] });
        let result = json!({ "role": "user", "content": [
            { "type": "text", "text": "so" }, { "type": "tool_result", "tool_use_id": "toolu_01", "content": [] },
        ] });
        assert!(awaits(&json!([asked]), &offered) && awaits(&json!([asked, said]), &offered));
        assert!(!awaits(&json!([asked, result]), &offered));
        assert!(!awaits(&json!([asked]), &json!([{ "name": "bash" }])));
        assert!(!awaits(&json!([asked]), &json!([])) && !awaits_call(b"{\"messages\":1}", "Bash"));
    }
}
