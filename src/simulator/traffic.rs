//! Counting what goes through to a real API, over all streams of a simulator.

use crate::foreign::{printable, quotable_in_a_line};
use crate::run::{PassedOn, Refusal};
use crate::wire::dialect::Dialect;
use crate::wire::event::Event;
use hyper::header::HeaderMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What an answer's `body` says.
fn refusal(dialect: Dialect, called: &str, status: u16, body: &str) -> Refusal {
    let (kind, message) = dialect.error_said(body);
    let message = quotable_in_a_line(message.as_deref().unwrap_or(body));
    Refusal { called: quotable_in_a_line(called), status, kind: quotable_in_a_line(&kind.unwrap_or_default()), message }
}

/// The counts, shared by all streams.
#[derive(Debug, Default)]
pub struct Counter(Mutex<PassedOn>);

impl Counter {
    /// The counts, to be read or changed.
    pub fn lock(&self) -> MutexGuard<'_, PassedOn> {
        // Nothing panics while it holds the lock, so that what is in it is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the account's limits, of which the last that came count.
    pub fn limits(&self, dialect: Dialect, headers: &HeaderMap) {
        let named = headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let limits = named.filter(|(name, _)| dialect.is_limit_header(name));
        self.lock().limits.extend(limits.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    /// A request, by its method and path, was answered with an error; the first one counts.
    pub fn refusal(&self, dialect: Dialect, called: &str, status: u16, body: &str) {
        self.lock().first_refusal.get_or_insert_with(|| refusal(dialect, called, status, body));
    }

    /// Something went wrong, in a sentence of our own that quotes what is not; the first time counts.
    pub fn trouble(&self, what: &str) {
        self.lock().trouble.get_or_insert_with(|| printable(what).into_owned());
    }
}

/// Tokens of one stream so far, as its events report them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tokens {
    input: u64,
    output: u64,
}

impl Tokens {
    /// Adds to `traffic` what `event` reports beyond what was reported before: both counts are totals and never increments.
    pub fn count(&mut self, event: &Event<'_>, traffic: &mut PassedOn) {
        let (input, output) = match event {
            Event::Opens { input_tokens, output_tokens, .. } => (Some(*input_tokens), Some(*output_tokens)),
            Event::Ends { input_tokens, output_tokens, .. } => (*input_tokens, *output_tokens),
            _ => return,
        };
        let add = |so_far: &mut u64, total: Option<u64>, sum: &mut u64| {
            let more = total.unwrap_or(0).saturating_sub(*so_far);
            *so_far += more;
            *sum = sum.saturating_add(more);
        };
        add(&mut self.input, input, &mut traffic.input_tokens);
        add(&mut self.output, output, &mut traffic.output_tokens);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an API says is kept for a terminal, a report and a record.
    #[test]
    fn what_a_server_says_is_one_line_of_text() {
        let body = r#"{"error":{"type":"x\u001b[2J","message":"a\nb \u001b]52;c;aGk=\u0007\u202ec"}}"#;
        let Refusal { kind, message, .. } = refusal(Dialect::DEFAULT, "POST /", 529, body);
        assert_eq!((kind.as_str(), message.as_str()), ("x\\u{1b}[2J", "a b \\u{1b}]52;c;aGk=\\u{7}\\u{202e}c"));
        let long = refusal(Dialect::DEFAULT, "POST /", 500, &format!("<html>\x1b{}", "x".repeat(100_000)));
        assert!(long.kind.is_empty() && long.message.starts_with("<html>\\u{1b}xxx") && long.message.len() < 300);
        let counter = Counter::default();
        counter.trouble("the upstream failed within a stream: \x1b[2J: \x07");
        assert_eq!(counter.lock().trouble.as_deref(), Some("the upstream failed within a stream: \\u{1b}[2J: \\u{7}"));
    }
}
