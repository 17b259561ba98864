//! What a request asks for, as far as it decides what comes back. Of the rest, prompts of megabytes among it, only the length is kept.

use super::answer::ApiError;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Characters a token, the usual estimate for English.
pub const CHARS_PER_TOKEN: u64 = 4;
/// The API takes no longer name of a model.
const LONGEST_MODEL: usize = 256;

/// A request that can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The model, whose name stands in the answer.
    pub model: String,
    /// The most output tokens; counting tokens needs none.
    pub max_tokens: Option<u64>,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// Tokens of messages, system prompt and tools: an estimate, and one for the count that is asked for and for the answer's own.
    pub input_tokens: u64,
}

/// The fields of a body that are looked at. All others are accepted and ignored.
#[derive(Deserialize)]
struct Fields {
    model: Option<String>,
    max_tokens: Option<u64>,
    messages: Option<Messages>,
    system: Option<Text>,
    tools: Option<Text>,
    #[serde(default)]
    stream: bool,
}

impl Asked {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// 400, with the API's words.
    pub fn read(body: &[u8]) -> Result<Asked, ApiError> {
        let fields: Fields = serde_json::from_slice(body)
            .map_err(|error| ApiError::invalid(format!("The request body is not valid JSON: {error}")))?;
        let model = fields.model.ok_or_else(|| ApiError::invalid("model: Field required"))?;
        if model.chars().count() > LONGEST_MODEL {
            return Err(ApiError::invalid(format!("model: String should have at most {LONGEST_MODEL} characters")));
        }
        let messages = fields.messages.ok_or_else(|| ApiError::invalid("messages: Field required"))?;
        if messages.count == 0 {
            return Err(ApiError::invalid("messages: at least one message is required"));
        }
        let beside = [fields.system, fields.tools].into_iter().flatten().map(|text| text.chars).sum::<u64>();
        let input_tokens = (messages.chars + beside).div_ceil(CHARS_PER_TOKEN);
        Ok(Asked { model, max_tokens: fields.max_tokens, stream: fields.stream, input_tokens })
    }
}

/// How many messages there are, and how long they are together.
struct Messages {
    count: u64,
    chars: u64,
}

impl<'de> Deserialize<'de> for Messages {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Messages, D::Error> {
        struct Counting;
        impl<'de> Visitor<'de> for Counting {
            type Value = Messages;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of messages")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Messages, A::Error> {
                let mut messages = Messages { count: 0, chars: 0 };
                while let Some(message) = items.next_element::<Text>()? {
                    messages.count += 1;
                    messages.chars += message.chars;
                }
                Ok(messages)
            }
        }
        deserializer.deserialize_seq(Counting)
    }
}

/// How long any JSON value is, written without spaces and escapes.
struct Text {
    chars: u64,
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
        deserializer.deserialize_any(Measuring).map(|chars| Text { chars })
    }
}

struct Measuring;

impl<'de> Visitor<'de> for Measuring {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<u64, E> {
        Ok(text.chars().count() as u64 + 2)
    }

    fn visit_bool<E>(self, value: bool) -> Result<u64, E> {
        Ok(if value { 4 } else { 5 })
    }

    fn visit_unit<E>(self) -> Result<u64, E> {
        Ok(4)
    }

    fn visit_u64<E>(self, number: u64) -> Result<u64, E> {
        Ok(number.to_string().len() as u64)
    }

    fn visit_i64<E>(self, number: i64) -> Result<u64, E> {
        Ok(number.to_string().len() as u64)
    }

    fn visit_f64<E>(self, number: f64) -> Result<u64, E> {
        Ok(number.to_string().len() as u64)
    }

    /// Brackets, and a comma between two.
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<u64, A::Error> {
        let (mut chars, mut count) = (2, 0_u64);
        while let Some(item) = items.next_element::<Text>()? {
            (chars, count) = (chars + item.chars, count + 1);
        }
        Ok(chars + count.saturating_sub(1))
    }

    /// Braces, a colon in each, and a comma between two.
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<u64, A::Error> {
        let (mut chars, mut count) = (2, 0_u64);
        while let Some((key, value)) = entries.next_entry::<Text, Text>()? {
            (chars, count) = (chars + key.chars + value.chars + 1, count + 1);
        }
        Ok(chars + count.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn body(messages: &Value) -> Value {
        json!({ "model": "m", "max_tokens": 1, "messages": messages })
    }

    fn read(body: &Value) -> Asked {
        Asked::read(body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn system_and_tools_count_as_well() {
        let hello = body(&json!([{ "role": "user", "content": "Hello" }]));
        assert_eq!(read(&hello).input_tokens, 9, "33 characters");
        for (field, value, tokens) in [("system", json!("Be brief."), 11), ("tools", json!([{ "name": "write" }]), 13)]
        {
            let mut more = hello.clone();
            more[field] = value;
            assert_eq!(read(&more).input_tokens, tokens, "{field}");
        }
    }

    #[test]
    fn a_model_has_at_most_256_characters() {
        let mut asked = body(&json!([1]));
        asked["model"] = "é".repeat(256).into();
        assert_eq!(read(&asked).model.chars().count(), 256);
        asked["model"] = "é".repeat(257).into();
        let refused = Asked::read(asked.to_string().as_bytes()).unwrap_err();
        assert!(refused.status.as_u16() == 400 && refused.message.starts_with("model:"), "{refused:?}");
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-zé ]{0,9}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{0,5}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_value_is_as_long_as_it_is_written(value in any_json()) {
            let text = value.to_string();
            let measured: Text = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(measured.chars, text.chars().count() as u64);
        }
    }
}
