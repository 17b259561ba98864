//! What went through to a real API, counted: for the report, and for whoever pays.

use super::StreamFacts;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What was passed on to a real API, and what came back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassedOn {
    /// Streams that began.
    pub streams: u32,
    /// What came in all of them together.
    pub content: StreamFacts,
    /// Input tokens, as the API reported them; those read from or written to its cache are not in it.
    pub input_tokens: u64,
    /// Output tokens, as the API reported them.
    pub output_tokens: u64,
    /// Requests that were not passed on, because they went beyond what was agreed to.
    #[serde(default)]
    pub withheld: u32,
    /// The account's limits, as the headers that tell of them had them last.
    pub limits: BTreeMap<String, String>,
    /// The first answer that was an error.
    pub first_refusal: Option<Refusal>,
    /// What went wrong first apart from that: a request went beyond what was agreed to; the API could not be reached, ended a stream early, broke it off, or failed within it; or
    /// the recording could not be written. One line.
    pub trouble: Option<String>,
}

impl PassedOn {
    /// One stream of them, on average.
    pub fn mean_stream(&self) -> StreamFacts {
        let share = |sum: u64| sum.checked_div(u64::from(self.streams)).unwrap_or(0);
        let StreamFacts { chars, text_bytes, deltas, wire_bytes } = self.content;
        StreamFacts {
            chars: share(chars),
            text_bytes: share(text_bytes),
            deltas: share(deltas),
            wire_bytes: share(wire_bytes),
        }
    }

    /// Both together; what went wrong first is the one's.
    pub fn add(&mut self, other: PassedOn) {
        self.streams += other.streams;
        self.content.add(other.content);
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.withheld += other.withheld;
        self.limits.extend(other.limits);
        self.first_refusal = self.first_refusal.take().or(other.first_refusal);
        self.trouble = self.trouble.take().or(other.trouble);
    }

    /// What went wrong, if anything did: what the API said, and else what was seen.
    pub fn complaint(&self) -> Option<String> {
        let refusal = self.first_refusal.as_ref().map(|refusal| format!("it answered {refusal}"));
        // What could not be reached was answered with an error by the harness itself: the reason says more.
        self.trouble.clone().or(refusal)
    }
}

/// An answer that was an error, shortened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Method and path of the request; empty in a record from before they were noted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub called: String,
    /// HTTP status.
    pub status: u16,
    /// The error's kind, as the API names it; empty where the body is not as the API writes it.
    pub kind: String,
    /// The API's words, or the body's, on one line.
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refusal { called, status, kind, message } = self;
        write!(f, "{status}{}{kind}: {message}", if kind.is_empty() { "" } else { " " })?;
        if called.is_empty() { Ok(()) } else { write!(f, " ({called})") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_sums() {
        let content = StreamFacts { chars: 10, text_bytes: 11, deltas: 4, wire_bytes: 100 };
        let mut all = PassedOn { streams: 2, content, output_tokens: 3, ..PassedOn::default() };
        all.add(PassedOn {
            streams: 1,
            content,
            output_tokens: 4,
            trouble: Some("late".into()),
            ..PassedOn::default()
        });
        assert_eq!((all.streams, all.content.text_bytes, all.output_tokens), (3, 22, 7));
        assert_eq!(all.mean_stream(), StreamFacts { chars: 6, text_bytes: 7, deltas: 2, wire_bytes: 66 });
        assert_eq!(all.complaint().as_deref(), Some("late"));
        assert_eq!(PassedOn::default().mean_stream(), StreamFacts::default());
    }
}
