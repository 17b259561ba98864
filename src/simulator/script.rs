//! What every stream of a run will say, built once: the events as bytes, ready to send, shared by all streams, and when each is due.

use super::generated;
use crate::run::StreamFacts;
use crate::scenario::{Pace, StreamSpec};
use crate::wire::answer::Id;
use crate::wire::dialect::Dialect;
use crate::wire::event::Part;
use crate::wire::request::Asked;
use crate::wire::template::{Blank, Template};
use bytes::Bytes;
use fastrand::Rng;
use serde_json::Value;
use std::iter;
use std::time::Duration;

/// An event of a script: what it is, known when it was written, and its bytes.
#[derive(Clone, Debug)]
pub struct Told {
    /// What it is to the phases of a stream.
    pub part: Part,
    /// What it is on the wire.
    pub template: Template,
}

/// What somebody is answered first who offers a tool.
#[derive(Clone, Debug)]
pub struct FirstTurn {
    /// The tool.
    pub tool: &'static str,
    /// A call of it.
    pub call: Script,
}

/// One stream's events.
#[derive(Clone, Debug)]
pub struct Script {
    /// In which dialect they are.
    pub dialect: Dialect,
    /// The first event.
    pub start: Template,
    /// After it and before the first delta: the first block opens, a sign of life.
    pub opening: Vec<Told>,
    /// All deltas, and the block boundaries between them.
    pub body: Vec<Told>,
    /// The last block's end, the answer's end and stop.
    pub closing: Vec<Told>,
    /// When they are due.
    pub timing: Timing,
    /// The answer as a response that is not streamed holds it, with the same blanks as the first event.
    pub whole: Value,
    /// Its size in numbers.
    pub facts: StreamFacts,
    /// What comes before it in an agent's conversation, if anything does.
    pub first_turn: Option<Box<FirstTurn>>,
}

/// When the events of body and closing are due. Those of the opening come at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timing {
    /// The body evenly over the time that the pace gives it, the closing right after it.
    Even,
    /// Each at a time of its own after the response's head: first those of the body, then those of the closing, never backwards.
    Recorded(Vec<Duration>),
}

impl Script {
    /// Builds the script of `spec`; the same seed gives the same bytes.
    pub fn new(spec: &StreamSpec, seed: u64) -> Script {
        generated::script(Dialect::DEFAULT, spec, seed)
    }

    /// All events as the answer to `asked`, with its id.
    pub fn events(&self, id: &str, asked: &Asked) -> impl Iterator<Item = Bytes> {
        let told = self.opening.iter().chain(&self.body).chain(&self.closing).map(|told| &told.template);
        iter::once(&self.start).chain(told).map(|event| event.fill(id, asked))
    }

    /// The whole answer to `asked`, with its id. A recording says the model and the tokens that were recorded.
    pub(super) fn message(&self, id: &str, asked: &Asked) -> Value {
        let mut message = self.whole.clone();
        let model = self.start.has(Blank::Model).then_some(asked.model.as_str());
        let input_tokens = self.start.has(Blank::InputTokens).then_some(asked.input_tokens);
        self.dialect.fill(&mut message, id, model, input_tokens);
        message
    }

    /// From the response's head to the first delta.
    pub fn first_text_after(&self, pace: Pace) -> Duration {
        match &self.timing {
            Timing::Even => pace.first_token_after(),
            Timing::Recorded(times) => times.first().copied().unwrap_or_default(),
        }
    }

    /// From the first event of the body to the last, in free conduct.
    pub fn text_within(&self, pace: Pace) -> Duration {
        match &self.timing {
            Timing::Even => pace.text_within(self.facts.chars as u32),
            Timing::Recorded(_) => self.due(self.body.len().saturating_sub(1), pace),
        }
    }

    /// Time between two events of the body: all of them alike where they are spaced evenly, and the mean where they are recorded.
    pub fn interval(&self, pace: Pace) -> Duration {
        let gaps = match &self.timing {
            Timing::Even => self.body.len(),
            Timing::Recorded(_) => self.body.len().saturating_sub(1),
        };
        self.text_within(pace) / gaps.max(1) as u32
    }

    /// When event `at` of the body is due after the first one is.
    pub fn due(&self, at: usize, pace: Pace) -> Duration {
        match &self.timing {
            Timing::Even => self.interval(pace) * at as u32,
            Timing::Recorded(times) => since_first(times, at).unwrap_or_default(),
        }
    }

    /// When event `at` of the closing is due after the body's first one is; `None`: as soon as it may come.
    pub fn closing_due(&self, at: usize) -> Option<Duration> {
        match &self.timing {
            Timing::Even => None,
            Timing::Recorded(times) => since_first(times, self.body.len() + at),
        }
    }

    /// The same with its bytes counted, as the built-in client asks for it: its model, and a prompt of two digits of tokens.
    pub(super) fn weighed(mut self) -> Script {
        let model = self.dialect.model().to_owned();
        let asked = Asked { model, max_tokens: None, stream: true, input_tokens: 10 };
        // All ids are of one length.
        let id = self.dialect.id(Id::Answer, &mut Rng::with_seed(0));
        self.facts.wire_bytes = self.events(&id, &asked).map(|event| event.len() as u64).sum();
        self
    }
}

fn since_first(times: &[Duration], at: usize) -> Option<Duration> {
    Some(times.get(at)?.saturating_sub(*times.first()?))
}
