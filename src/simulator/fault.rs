//! Errors on demand: a request for one of these models gets an error as the API words it, or a stream that breaks off.

use super::answer::ApiError;
use hyper::StatusCode;

/// Names of models that are faults begin so.
const PREFIX: &str = "probe-fault-";

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is answered with an error.
    Refused(Refusal),
    /// Its stream breaks off after [`Fault::DELTAS`] deltas.
    Broken(Break),
}

/// The errors that a request can be answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 529.
    Overloaded,
    /// 429, with `retry-after` and no request left.
    RateLimit,
    /// 400.
    Invalid,
}

/// How a stream breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// With an `error` event, and no `message_stop`.
    ErrorEvent,
    /// With the connection.
    Connection,
}

impl Fault {
    /// Deltas before a stream breaks off.
    pub const DELTAS: usize = 10;

    /// The fault that a model's name asks for.
    pub fn of_model(model: &str) -> Option<Fault> {
        match model.strip_prefix(PREFIX)? {
            "overloaded" => Some(Fault::Refused(Refusal::Overloaded)),
            "rate-limit" => Some(Fault::Refused(Refusal::RateLimit)),
            "invalid" => Some(Fault::Refused(Refusal::Invalid)),
            "mid-stream" => Some(Fault::Broken(Break::ErrorEvent)),
            "cut" => Some(Fault::Broken(Break::Connection)),
            _ => None,
        }
    }
}

impl Refusal {
    /// As the API words it.
    pub fn error(self) -> ApiError {
        let (status, kind, message) = match self {
            Refusal::Overloaded => (529, "overloaded_error", "Overloaded"),
            Refusal::RateLimit => (
                429,
                "rate_limit_error",
                "This request would exceed your organization's rate limit of 5,000 requests per minute.",
            ),
            Refusal::Invalid => (400, "invalid_request_error", "model: this is what an invalid request looks like"),
        };
        // All three are numbers of three digits, which is what a status is.
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        ApiError { status, kind, message: message.to_owned() }
    }
}
