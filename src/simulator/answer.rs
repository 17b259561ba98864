//! Answers that are errors.

use hyper::StatusCode;
use serde_json::{Value, json};

/// An error as the API words it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// `invalid_request_error`, ...
    pub kind: &'static str,
    /// For people.
    pub message: String,
}

impl ApiError {
    /// 400.
    pub fn invalid(message: impl Into<String>) -> ApiError {
        ApiError { status: StatusCode::BAD_REQUEST, kind: "invalid_request_error", message: message.into() }
    }

    /// 529, which has a name in no standard.
    pub fn overloaded(message: impl Into<String>) -> ApiError {
        let status = StatusCode::from_u16(529).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        ApiError { status, kind: "overloaded_error", message: message.into() }
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> ApiError {
        ApiError { status: StatusCode::NOT_FOUND, kind: "not_found_error", message: message.into() }
    }

    /// The body: the error and the request's id, which is also in the header.
    pub fn body(&self, request_id: &str) -> Value {
        json!({
            "type": "error",
            "error": { "type": self.kind, "message": self.message },
            "request_id": request_id,
        })
    }
}
