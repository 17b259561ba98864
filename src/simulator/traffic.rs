//! What went through to a real API, counted: for the report, and for whoever pays.

use crate::wire::event::StreamEvent;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Characters of a server's words that are kept.
const WORDS: usize = 300;

/// What a simulator passed on to a real API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Streams that began.
    pub streams: u32,
    /// Delta events that came.
    pub deltas: u64,
    /// Bytes of the bodies of streams that came.
    pub wire_bytes: u64,
    /// Input tokens, as the API reported them; those read from or written to its cache are not in it.
    pub input_tokens: u64,
    /// Output tokens, as the API reported them.
    pub output_tokens: u64,
    /// The first answer that was an error.
    pub first_refusal: Option<Refusal>,
    /// What went wrong first apart from that: the API could not be reached, ended a stream early, broke it off, or failed within it; or
    /// the recording could not be written. One line.
    pub trouble: Option<String>,
}

/// An answer that was an error, shortened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// `rate_limit_error`, ...; empty where the body is not as the API writes it.
    pub kind: String,
    /// The API's words, or the body's, on one line.
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refusal { status, kind, message } = self;
        write!(f, "{status}{}{kind}: {message}", if kind.is_empty() { "" } else { " " })
    }
}

impl Refusal {
    /// What `body` says.
    fn read(status: u16, body: &str) -> Refusal {
        let error = serde_json::from_str::<Value>(body).map(|mut body| body["error"].take()).unwrap_or_default();
        let field = |name: &str| error[name].as_str();
        let message = one_line(field("message").unwrap_or(body));
        Refusal { status, kind: field("type").unwrap_or_default().to_owned(), message }
    }
}

/// The beginning of `text`, without line breaks.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(WORDS).collect()
}

/// The counts, shared by all streams.
#[derive(Debug, Default)]
pub struct Counter(Mutex<Traffic>);

impl Counter {
    /// The counts, to be read or changed.
    pub fn lock(&self) -> MutexGuard<'_, Traffic> {
        // Nothing panics while it holds the lock, so that what is in it is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request was answered with an error; the first one counts.
    pub fn refusal(&self, status: u16, body: &str) {
        self.lock().first_refusal.get_or_insert_with(|| Refusal::read(status, body));
    }

    /// Something went wrong; the first time counts.
    pub fn trouble(&self, what: &str) {
        self.lock().trouble.get_or_insert_with(|| one_line(what));
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
    pub fn count(&mut self, event: &StreamEvent<'_>, traffic: &mut Traffic) {
        let (input, output) = match event {
            StreamEvent::MessageStart { input_tokens, output_tokens, .. } => {
                (Some(*input_tokens), Some(*output_tokens))
            }
            StreamEvent::MessageDelta { input_tokens, output_tokens, .. } => (*input_tokens, *output_tokens),
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
