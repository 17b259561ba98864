//! What a request asks for, whatever the dialect, as far as it decides what comes back.

/// Characters a token, the usual estimate for English.
pub const CHARS_PER_TOKEN: u64 = 4;

/// What is asked for at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// An answer, streamed or whole.
    Answer,
    /// A count of tokens, which is free of charge.
    Count,
    /// The models that there are.
    Models,
    /// What there is to say of one model.
    Model,
}

impl Call {
    /// Whether it only reads: with GET, without a body.
    pub fn is_read(self) -> bool {
        match self {
            Call::Answer | Call::Count => false,
            Call::Models | Call::Model => true,
        }
    }
}

/// A request that can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The model, whose name stands in the answer.
    pub model: String,
    /// The most output tokens; counting tokens needs none.
    pub max_tokens: Option<u64>,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// Tokens of messages, system prompt and tools: an estimate, and one for the count that is asked for and for the answer's own.
    pub input_tokens: u64,
}

/// What decides how long an answer may become and how it comes, of a request that somebody else will judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// The most output tokens, where that is a whole number.
    pub max_tokens: Option<u64>,
}

/// A header that carries the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyHeader {
    /// Its name, in lower case.
    pub name: &'static str,
    /// What stands before the key.
    pub before: &'static str,
}

/// The environment variables that a program of a dialect goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variables {
    /// Where the API is.
    pub base_url: &'static str,
    /// The key for it.
    pub api_key: &'static str,
    /// The token for it, which is sent as a bearer's.
    pub auth_token: &'static str,
    /// Other credentials, with which a subject has no business.
    pub withheld: &'static [&'static str],
}
