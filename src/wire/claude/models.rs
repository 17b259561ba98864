//! `GET /v1/models`: what a client learns of the models that there are.

use super::WORDS;
use super::request::MODELS_PATH;
use serde_json::{Value, json};

/// What the models of 2026 take at least.
const INPUT_TOKENS: u64 = 200_000;

/// The model that clients are told to ask for. Any other is answered as well.
pub fn all() -> Value {
    let id = WORDS.model;
    json!({ "data": [model(id)], "has_more": false, "first_id": id, "last_id": id })
}

/// Whatever model stands at the end of a path: each of them can be asked.
pub fn at(path: &str) -> Value {
    model(path.strip_prefix(MODELS_PATH).unwrap_or(path).trim_start_matches('/'))
}

/// The API has the first second of 1970 where nobody knows when a model came.
fn model(id: &str) -> Value {
    json!({
        "type": "model", "id": id, "display_name": id, "created_at": "1970-01-01T00:00:00Z",
        "lifecycle": "active", "retires_at": null,
        "max_input_tokens": INPUT_TOKENS, "max_tokens": WORDS.most_tokens,
    })
}
