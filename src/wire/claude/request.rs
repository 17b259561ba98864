//! What a client sends to `POST /v1/messages`, written and read.

use crate::foreign::quotable;
use crate::wire::length::{Length, List};
use crate::wire::problem::ApiError;
use crate::wire::request::{Asked, CHARS_PER_TOKEN, Call, Terms};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where answers are created.
pub const MESSAGES_PATH: &str = "/v1/messages";
/// Where tokens are counted.
const COUNT_TOKENS_PATH: &str = "/v1/messages/count_tokens";
/// Where the models are listed; each has its own path below.
pub const MODELS_PATH: &str = "/v1/models";
/// The header that says which version of the API is meant.
pub const VERSION: &str = "anthropic-version";
/// The version of 2023, which clients of this crate send, and the one that the official SDKs send since version 1.0 of the one for TypeScript
/// and 2.0 of the one for Python.
const VERSIONS: [&str; 2] = ["2023-06-01", SAMPLING_REFUSED];
/// The version that refuses what sets how tokens are drawn.
const SAMPLING_REFUSED: &str = "2026-10-21";
/// The API takes no longer name of a model.
const LONGEST_MODEL: usize = 256;

/// What is asked for at `path`.
pub fn call(path: &str) -> Option<Call> {
    match path {
        MESSAGES_PATH => Some(Call::Answer),
        COUNT_TOKENS_PATH => Some(Call::Count),
        MODELS_PATH => Some(Call::Models),
        _ => path.strip_prefix(MODELS_PATH)?.strip_prefix('/').filter(|id| is_id(id)).map(|_| Call::Model),
    }
}

/// Whether it may be a model's, which has no further part of a path in it.
fn is_id(text: &str) -> bool {
    !text.is_empty() && !text.contains('/')
}

/// What is likely to be the matter where nothing is at `path`.
pub fn no_call(path: &str) -> Option<&'static str> {
    if path.contains("/v1/v1/") {
        return Some("/v1 stands there twice: clients add it themselves, and ANTHROPIC_BASE_URL ends before it");
    }
    if path.ends_with("/chat/completions") || path.ends_with("/v1/responses") {
        return Some(
            "this is a call of the Chat Completions API or its successor, and here is the Messages API: set ANTHROPIC_BASE_URL for a client \
             of that one",
        );
    }
    if path.ends_with("/v1/complete") {
        return Some("this is the Text Completions API, which came before the Messages API and is gone");
    }
    if path.starts_with("/messages") {
        return Some("/v1 is missing: clients of this API add it themselves, and what is asked here did not");
    }
    if path.contains(MESSAGES_PATH) && !path.starts_with(MESSAGES_PATH) {
        return Some(
            "the path begins with something else than /v1: ANTHROPIC_BASE_URL ends with the host and its port",
        );
    }
    None
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
    temperature: Option<IgnoredAny>,
    top_p: Option<IgnoredAny>,
    top_k: Option<IgnoredAny>,
    #[serde(default)]
    stream: bool,
}

/// Reads the body of a request, and refuses with the API's words.
pub fn asked(version: &str, body: &[u8]) -> Result<Asked, ApiError> {
    if !VERSIONS.contains(&version) {
        let known = VERSIONS.join(" and ");
        return Err(ApiError::invalid(format!("{VERSION}: {} is no version; there are {known}", quotable(version))));
    }
    let fields: Fields = serde_json::from_slice(body)
        .map_err(|error| ApiError::invalid(format!("The request body is not valid JSON: {error}")))?;
    let sampling = [("temperature", &fields.temperature), ("top_p", &fields.top_p), ("top_k", &fields.top_k)];
    if let Some((name, _)) = sampling.iter().find(|(_, field)| version == SAMPLING_REFUSED && field.is_some()) {
        return Err(ApiError::invalid(format!("{name}: not supported with {VERSION} {version}")));
    }
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
        asked(VERSIONS[0], body.to_string().as_bytes()).unwrap()
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

    /// What is taken of each version, as the SDKs that send it go by.
    #[test]
    fn versions_differ_in_what_they_take() {
        let plain = body(&json!([1])).to_string();
        for version in VERSIONS {
            assert!(asked(version, plain.as_bytes()).is_ok(), "{version}");
        }
        assert!(asked("2023-01-01", plain.as_bytes()).unwrap_err().message.contains("2023-06-01 and 2026-10-21"));
        for field in ["temperature", "top_p", "top_k"] {
            let mut body = body(&json!([1]));
            body[field] = json!(1);
            let body = body.to_string();
            assert!(asked("2023-06-01", body.as_bytes()).is_ok(), "{field}");
            assert!(asked("2026-10-21", body.as_bytes()).unwrap_err().message.starts_with(field));
        }
    }

    #[test]
    fn what_is_likely_the_matter_with_a_path() {
        for (path, says) in [
            ("/v1/v1/messages", "twice"),
            ("/v1/chat/completions", "Chat Completions"),
            ("/chat/completions", "Chat Completions"),
            ("/v1/responses", "Chat Completions"),
            ("/v1/complete", "Text Completions"),
            ("/messages", "/v1 is missing"),
            ("/anthropic/v1/messages", "begins with something else"),
        ] {
            assert!(call(path).is_none() && no_call(path).is_some_and(|why| why.contains(says)), "{path}");
        }
        assert_eq!((no_call("/"), no_call("/v1/messages/x"), no_call("/favicon.ico")), (None, None, None));
    }

    #[test]
    fn a_model_has_at_most_256_characters() {
        let mut body = body(&json!([1]));
        body["model"] = "é".repeat(256).into();
        assert_eq!(read(&body).model.chars().count(), 256);
        body["model"] = "é".repeat(257).into();
        let refused = asked(VERSIONS[0], body.to_string().as_bytes()).unwrap_err();
        assert!(refused.problem == Problem::Invalid && refused.message.starts_with("model:"), "{refused:?}");
    }
}
