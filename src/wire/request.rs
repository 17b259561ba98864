//! What a client sends to `POST /v1/messages`.

use serde::Serialize;

/// Where messages are created.
pub const MESSAGES_PATH: &str = "/v1/messages";
/// Where tokens are counted.
pub const COUNT_TOKENS_PATH: &str = "/v1/messages/count_tokens";
/// The header that names the API version, and the current one.
pub const VERSION_HEADER: (&str, &str) = ("anthropic-version", "2023-06-01");
/// The header that carries the key.
pub const KEY_HEADER: &str = "x-api-key";

/// No key of anybody's: what programs are given where any will do, because a simulator answers.
pub const SIMULATED_KEY: &str = "sk-ant-probe-simulated";

/// The body of a request, as clients of this crate send it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MessageRequest {
    /// Model name.
    pub model: String,
    /// The most output tokens.
    pub max_tokens: u64,
    /// The conversation.
    pub messages: Vec<serde_json::Value>,
    /// Whether the answer is to be streamed.
    pub stream: bool,
}

impl MessageRequest {
    /// The most output tokens that the built-in client asks for: the limit of the 200K-context models.
    pub const MOST_TOKENS: u64 = 64_000;

    /// The model that clients are told to ask for unless the user names another: current in November 2026, when 4.5 reaches its end of life.
    pub const MODEL: &str = "claude-sonnet-5-5";

    /// A small streaming request, as the built-in client sends it.
    pub fn streaming(prompt: &str, model: &str, max_tokens: u64) -> MessageRequest {
        MessageRequest {
            model: model.to_owned(),
            max_tokens,
            messages: vec![serde_json::json!({ "role": "user", "content": prompt })],
            stream: true,
        }
    }
}
