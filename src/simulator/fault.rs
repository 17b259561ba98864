//! Faults on demand: a request whose model has one of these names gets the fault instead of an answer, so that a program can be
//! shown every way in which the API fails without waiting for it to fail.

use super::script::Script;
use crate::wire::dialect::Dialect;
use crate::wire::event::Part;
use crate::wire::problem::{ApiError, Problem};
use crate::wire::template::Template;

/// How the model names of faults begin.
const PREFIX: &str = "probe-fault-";
/// Deltas that a stream gets before it fails, where it has that many.
const LEAST_DELTAS: usize = 10;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 529 before the stream.
    Overloaded,
    /// 429 before the stream, with `retry-after` and no request left.
    RateLimit,
    /// 400 before the stream.
    Invalid,
    /// 200, half of the text, an event that says so, and no more.
    MidStream,
    /// 200, half of the text, and a broken connection.
    Cut,
}

impl Fault {
    const ALL: [Fault; 5] = [Fault::Overloaded, Fault::RateLimit, Fault::Invalid, Fault::MidStream, Fault::Cut];

    /// The fault that a model's name asks for.
    ///
    /// # Errors
    /// A name that begins like a fault's and is none: 404, as the API answers to a model that it does not have.
    pub fn of_model(model: &str) -> Result<Option<Fault>, ApiError> {
        let Some(name) = model.strip_prefix(PREFIX) else {
            return Ok(None);
        };
        let known = || Fault::ALL.map(|fault| format!("{PREFIX}{}", fault.name())).join(", ");
        let fault = Fault::ALL.into_iter().find(|fault| fault.name() == name);
        fault.map(Some).ok_or_else(|| ApiError::not_found(format!("model: {model}; the faults are {}", known())))
    }

    fn name(self) -> &'static str {
        match self {
            Fault::Overloaded => "overloaded",
            Fault::RateLimit => "rate-limit",
            Fault::Invalid => "invalid",
            Fault::MidStream => "mid-stream",
            Fault::Cut => "cut",
        }
    }

    /// The error that is answered instead of a stream, if it is not the stream that fails.
    pub fn refusal(self) -> Option<ApiError> {
        match self {
            Fault::Overloaded => Some(overloaded()),
            Fault::RateLimit => Some(ApiError::new(
                Problem::RateLimit,
                "This request would exceed your organization's rate limit of 5,000 requests per minute.",
            )),
            Fault::Invalid => Some(ApiError::invalid("messages: the model's name asks for this fault")),
            Fault::MidStream | Fault::Cut => None,
        }
    }

    /// What it does to an answer that is not streamed: such an answer has no middle to fail in, and can only be refused or cut.
    pub fn of_whole(self) -> Option<ApiError> {
        match self {
            Fault::MidStream => Some(overloaded()),
            _ => self.refusal(),
        }
    }

    /// The event with which a stream fails after its status 200; `None` where the dialect has none.
    pub fn failure(self, dialect: Dialect) -> Option<Template> {
        dialect.failure(&self.of_whole()?)
    }

    /// The place in the script's body at which a stream fails: after half of the deltas, and not before the tenth.
    pub fn place(script: &Script) -> usize {
        let deltas = || script.body.iter().enumerate().filter(|(_, told)| told.part == Part::Delta);
        let before = (deltas().count() / 2).max(LEAST_DELTAS);
        deltas().nth(before).map_or(script.body.len(), |(at, _)| at)
    }
}

fn overloaded() -> ApiError {
    ApiError::overloaded("Overloaded")
}
