//! What a client sends to `POST /v1/messages`, written and read.

use crate::wire::length::{Length, List};
use crate::wire::problem::ApiError;
use crate::wire::request::{Asked, CHARS_PER_TOKEN, Call, Terms};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where answers are created.
pub const MESSAGES_PATH: &str = "/v1/messages";
/// Where tokens are counted.
const COUNT_TOKENS_PATH: &str = "/v1/messages/count_tokens";
/// The API takes no longer name of a model.
const LONGEST_MODEL: usize = 256;

/// What is asked for at `path`.
pub fn call(path: &str) -> Option<Call> {
    match path {
        MESSAGES_PATH => Some(Call::Answer),
        COUNT_TOKENS_PATH => Some(Call::Count),
        _ => None,
    }
}

/// The body of a request, as clients of this crate send it.
#[derive(Serialize)]
struct MessageRequest<'a> {
    model: &'a str,
    max_tokens: u64,
    messages: [Message<'a>; 1],
    stream: bool,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

/// The body of a small streaming request.
pub fn request(prompt: &str, model: &str, max_tokens: u64) -> Vec<u8> {
    let messages = [Message { role: "user", content: prompt }];
    // A struct of strings and numbers can always be written as JSON.
    serde_json::to_vec(&MessageRequest { model, max_tokens, messages, stream: true }).unwrap_or_default()
}

/// The fields of a body that are looked at. All others are accepted and ignored.
#[derive(Deserialize)]
struct Fields {
    model: Option<String>,
    max_tokens: Option<u64>,
    messages: Option<List>,
    system: Option<Length>,
    tools: Option<Length>,
    #[serde(default)]
    stream: bool,
}

/// Reads the body of a request, and refuses with the API's words.
pub fn asked(body: &[u8]) -> Result<Asked, ApiError> {
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

/// The terms of a request that the API itself will judge.
pub fn terms(body: &Value) -> Terms {
    Terms { stream: body["stream"] == true, max_tokens: body["max_tokens"].as_u64() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::problem::Problem;
    use serde_json::json;

    fn body(messages: &Value) -> Value {
        json!({ "model": "m", "max_tokens": 1, "messages": messages })
    }

    fn read(body: &Value) -> Asked {
        asked(body.to_string().as_bytes()).unwrap()
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
        let mut body = body(&json!([1]));
        body["model"] = "é".repeat(256).into();
        assert_eq!(read(&body).model.chars().count(), 256);
        body["model"] = "é".repeat(257).into();
        let refused = asked(body.to_string().as_bytes()).unwrap_err();
        assert!(refused.problem == Problem::Invalid && refused.message.starts_with("model:"), "{refused:?}");
    }
}
