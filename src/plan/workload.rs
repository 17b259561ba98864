//! What is to be planned for.

use super::band::Band;
use super::memory_line::{AtText, MemoryLine};
use serde::Serialize;
use std::fmt;

/// Characters, and so at least bytes, of an English token.
pub const BYTES_PER_TOKEN: f64 = 4.0;

/// Streams of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// What it is called.
    pub name: String,
    /// New requests a second, without retries.
    pub arrival: Band,
    /// Mean time from request to the end of the stream, seconds.
    pub duration: Band,
    /// The time that 95 % of the streams stay below, seconds.
    pub p95: Option<f64>,
    /// Share of requests that are sent once more.
    pub retry: Band,
    /// After this a stream is given up, seconds.
    pub timeout: Option<f64>,
    /// Share of streams that hang until the timeout.
    pub hung: Band,
    /// How long a request may wait for its turn, seconds; 0 refuses what cannot start at once, `None` says nothing.
    pub wait: Option<f64>,
    /// Factor for the peaks above the mean.
    pub headroom: Headroom,
    /// The model that is asked.
    pub model: Option<String>,
    /// How its requests are split by how hard they are; empty if nothing is known.
    pub classes: Vec<(Class, f64)>,
    /// Input tokens a request, those read from a cache included.
    pub input: Option<Tokens>,
    /// Share of the input tokens that is read from the cache.
    pub cached: f64,
    /// Output tokens a request.
    pub output: Option<Tokens>,
    /// Bytes of text that one stream brings; `None` takes what was measured.
    pub text_bytes: Option<f64>,
    /// Hours a day at this rate; `None` if it was not said.
    pub hours_a_day: Option<f64>,
    /// Whether an answer within 24 hours is soon enough.
    pub batch: bool,
    /// What its streams cost.
    pub memory: Option<MemoryLine>,
}

/// Where a headroom comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Headroom {
    /// The user gave it.
    Given(f64),
    /// The rule gave it, from timeout over duration.
    Rule {
        /// Timeout over mean duration.
        ratio: f64,
        /// What the rule gives.
        factor: f64,
    },
    /// Nothing was given to derive it from.
    Assumed(f64),
}

impl Headroom {
    /// As the rule gives it.
    pub fn by_rule(timeout: f64, duration: f64) -> Headroom {
        let ratio = timeout / duration;
        Headroom::Rule { ratio, factor: super::formula::headroom(ratio) }
    }

    /// The factor.
    pub fn factor(self) -> f64 {
        match self {
            Headroom::Given(factor) | Headroom::Assumed(factor) | Headroom::Rule { factor, .. } => factor,
        }
    }
}

/// A number of tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tokens {
    /// How many.
    pub count: Band,
    /// Whether they were estimated from characters.
    pub estimated: bool,
}

/// How hard a task is, which decides the model it is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Extraction, classification, short answers.
    Simple,
    /// Most work.
    Moderate,
    /// Long reasoning.
    Complex,
}

impl Class {
    /// All of them.
    pub const ALL: [Class; 3] = [Class::Simple, Class::Moderate, Class::Complex];

    /// As it is written in a plan.
    pub fn name(self) -> &'static str {
        match self {
            Class::Simple => "simple",
            Class::Moderate => "moderate",
            Class::Complex => "complex",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Workload {
    /// Bytes of a request's prompt, as it is sent: what a cache holds of it goes over the line all the same.
    pub fn prompt_bytes(&self) -> Option<Band> {
        Some(self.input?.count.times(BYTES_PER_TOKEN))
    }

    /// What one stream holds of its prompt: of the one that was measured where nobody says how long it is; nothing where it is not known what
    /// is kept of one.
    pub fn memory_of_prompt(&self) -> Band {
        let of_line = |line: &MemoryLine| match self.prompt_bytes() {
            None => Some(Band::exact(line.of_measured_prompt())),
            Some(bytes) => line.of_prompt(bytes),
        };
        self.memory.as_ref().and_then(of_line).unwrap_or(Band::exact(0.0))
    }

    /// The line at this workload's text and prompt, at their likely values.
    pub fn memory_line(&self) -> Option<AtText> {
        let line = self.memory.as_ref()?.at_text(self.text_bytes);
        Some(AtText { per_stream: line.per_stream + self.memory_of_prompt().likely, ..line })
    }

    /// Memory of one process with so many of its streams: base + streams x (open + kept x text + kept of prompts x prompt).
    pub fn memory_bytes(&self, streams: Band) -> Option<Band> {
        Some(self.memory.as_ref()?.bytes(streams, self.text_bytes).plus(self.memory_of_prompts(streams)))
    }

    /// The part of [`Workload::memory_bytes`] that is not the base of the line.
    pub fn memory_beyond_base(&self, streams: Band) -> Option<Band> {
        Some(self.memory.as_ref()?.bytes_beyond_base(streams, self.text_bytes).plus(self.memory_of_prompts(streams)))
    }

    fn memory_of_prompts(&self, streams: Band) -> Band {
        streams.with(self.memory_of_prompt(), |streams, bytes| streams * bytes)
    }

    /// Mean time for which a stream holds its slot, hung ones included, seconds.
    pub fn slot_time(&self) -> Band {
        let timeout = self.timeout.unwrap_or(0.0);
        // Without a timeout none may hang, which is checked when a plan is read.
        self.duration.with(self.hung, |duration, hung| super::formula::slot_time(duration, hung, timeout.max(duration)))
    }

    /// The same with streams that last so many times as long. What was derived from the duration follows it; a timeout is the user's.
    pub fn lasting(&self, times: Band) -> Workload {
        let duration = self.duration.with(times, |seconds, times| seconds * times);
        let headroom = match (self.headroom, self.timeout) {
            (Headroom::Rule { .. }, Some(timeout)) => Headroom::by_rule(timeout, duration.likely),
            (as_it_was, _) => as_it_was,
        };
        Workload { duration, headroom, p95: self.p95.map(|p95| p95 * times.likely), ..self.clone() }
    }

    /// Whether its mean stream is longer than its timeout.
    pub fn outlasts_timeout(&self) -> bool {
        self.timeout.is_some_and(|timeout| self.duration.likely > timeout)
    }

    /// Requests a second that arrive at the API, with retries and headroom.
    pub fn effective_rate(&self) -> Band {
        let headroom = self.headroom.factor();
        self.arrival.with(self.retry, |arrival, retry| super::formula::effective_rate(arrival, retry, headroom))
    }
}
