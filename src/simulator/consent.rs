//! What a run may ask a real API for, in all.

use crate::foreign::quotable;
use crate::units::grouped;
use crate::wire::dialect::Dialect;
use crate::wire::request::Call;
use hyper::Method;
use hyper::http::request::Parts;
use serde_json::Value;
use std::sync::{Mutex, PoisonError};

/// What somebody has agreed to pay for, and how much of that was asked for already. A request counts when it is passed on, whatever
/// comes back: a retry is a request of its own, because nobody but the API knows whether the first one cost anything.
#[derive(Debug)]
pub struct Consent {
    dialect: Dialect,
    streams: u64,
    tokens: u64,
    asked: Mutex<Asked>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    streams: u64,
    tokens: u64,
}

impl Consent {
    /// Consent to so many messages, streamed or not, and to so many output tokens in all of them together.
    pub fn new(dialect: Dialect, streams: u64, tokens: u64) -> Consent {
        Consent { dialect, streams, tokens, asked: Mutex::default() }
    }

    /// Takes a request off what is agreed to, if it costs something.
    ///
    /// # Errors
    /// One line, when it is beyond it or nobody can say what it would cost. It is not counted then.
    pub fn admit(&self, head: &Parts, asked: &Value) -> Result<(), String> {
        let path = head.uri.path();
        match self.dialect.call(path) {
            Some(Call::Answer) => self.take(self.dialect.terms(asked).max_tokens.ok_or_else(|| {
                let field = self.dialect.most_tokens_field();
                format!(
                    "not passed on: {field} of the request is not a whole number, so that nobody knows what it may cost"
                )
            })?),
            // Counting tokens is free of charge, and so is reading what is there.
            Some(Call::Count) => Ok(()),
            Some(Call::Models | Call::Model) | None if head.method == Method::GET => Ok(()),
            Some(Call::Models | Call::Model) | None => {
                let what = quotable(&format!("{} {path}", head.method));
                Err(format!("not passed on: a run asks for messages alone, and {what} may cost money"))
            }
        }
    }

    fn take(&self, tokens: u64) -> Result<(), String> {
        // Nothing panics while it holds the lock, so that what is in it is whole.
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let with_it = Asked { streams: asked.streams + 1, tokens: asked.tokens.saturating_add(tokens) };
        if with_it.streams > self.streams || with_it.tokens > self.tokens {
            return Err(format!(
                "not passed on: {} streams and {} output tokens were agreed to, {} and {} are asked for already, and this request is \
                 for up to {} tokens more; does the program heed PROBE_STREAMS and PROBE_MAX_TOKENS? Retries count",
                grouped(self.streams),
                grouped(self.tokens),
                grouped(asked.streams),
                grouped(asked.tokens),
                grouped(tokens)
            ));
        }
        *asked = with_it;
        Ok(())
    }
}
