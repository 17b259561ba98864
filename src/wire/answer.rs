//! What an answer is made of, whatever the dialect.

use serde_json::{Map, Value};

/// A block of an answer that is made up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Text.
    Text(String),
    /// What the model thinks before it answers.
    Thinking(String),
    /// A call of a tool.
    Call {
        /// The call's id.
        id: String,
        /// The tool's name.
        name: &'static str,
        /// The input, one JSON object.
        input: String,
    },
}

/// Why an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It has been said.
    Said,
    /// It calls tools and waits for what they bring.
    Calls,
}

/// What an id is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Id {
    /// Of a request.
    Request,
    /// Of an answer.
    Answer,
    /// Of a tool's call.
    Call,
}

/// What is in use of the request limit.
#[derive(Clone, Copy, Debug)]
pub enum InUse {
    /// As many requests as streams are open.
    Open(u32),
    /// All of it.
    All,
}

/// The headers of an answer that say how much an account may use a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitHeaders {
    /// Requests.
    pub requests: &'static str,
    /// Input tokens.
    pub input_tokens: &'static str,
    /// Output tokens.
    pub output_tokens: &'static str,
    /// Input and output tokens together.
    pub tokens: &'static str,
}

/// Tokens of an answer, as it reports them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of the prompt.
    pub input_tokens: u64,
    /// Of the answer.
    pub output_tokens: u64,
}

/// A whole answer on its way to be put together from the events of a stream.
#[derive(Clone, Debug, Default)]
pub struct Pieces {
    /// What is said of the answer as a whole.
    pub answer: Map<String, Value>,
    /// Its blocks.
    pub blocks: Vec<Map<String, Value>>,
    /// The pieces of the last block's input.
    pub input: String,
}
