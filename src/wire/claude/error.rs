//! Errors: how a refusal is worded, and how one that came is read.

use crate::wire::problem::{ApiError, Problem};
use serde_json::{Value, json};

/// The HTTP status of a refusal, and the type in its body.
pub fn status(problem: Problem) -> (u16, &'static str) {
    match problem {
        Problem::Invalid => (400, "invalid_request_error"),
        Problem::NoKey => (401, "authentication_error"),
        Problem::Forbidden => (403, "permission_error"),
        Problem::NotFound => (404, "not_found_error"),
        Problem::Method => (405, "invalid_request_error"),
        Problem::TooSlow => (408, "invalid_request_error"),
        Problem::TooLarge => (413, "request_too_large"),
        Problem::RateLimit => (429, "rate_limit_error"),
        Problem::Unreachable => (502, "api_error"),
        // It has a name in no standard.
        Problem::Overloaded => (529, "overloaded_error"),
    }
}

/// The body: the error and the request's id, which is also in the header.
pub fn body(error: &ApiError, request_id: &str) -> Value {
    json!({
        "type": "error",
        "error": { "type": status(error.problem).1, "message": error.message },
        "request_id": request_id,
    })
}

/// Type and message of an error's body; `None` for what the body has not.
pub fn said(body: &str) -> (Option<String>, Option<String>) {
    let error = serde_json::from_str::<Value>(body).map(|mut body| body["error"].take()).unwrap_or_default();
    let field = |name: &str| error[name].as_str().map(str::to_owned);
    (field("type"), field("message"))
}
