//! The one place to ask what an API calls things.

use super::answer::{Block, Id, InUse, LimitHeaders, Pieces, Reason, Usage};
use super::claude;
use super::event::{Event, EventError};
use super::problem::{ApiError, Problem};
use super::request::{Asked, Call, KeyHeader, Terms, Variables};
use super::sse::frame;
use super::template::Template;
use super::words::Words;
use bytes::Bytes;
use fastrand::Rng;
use jiff::Timestamp;
use serde_json::Value;

/// How an API speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The Messages API of Claude.
    Claude,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Dialect; 1] = [Dialect::Claude];
    /// What is spoken where nobody chooses.
    pub const DEFAULT: Dialect = Dialect::Claude;

    const fn words(self) -> &'static Words {
        match self {
            Dialect::Claude => &claude::WORDS,
        }
    }
}

/// What clients are told, and what they send.
impl Dialect {
    /// The environment variables that its programs go by.
    pub const fn variables(self) -> Variables {
        self.words().variables
    }

    /// Where the real API is, as an example of a base URL.
    pub const fn public_url(self) -> &'static str {
        self.words().public_url
    }

    /// The model that clients are told to ask for unless the user names another.
    pub const fn model(self) -> &'static str {
        self.words().model
    }

    /// The most output tokens that the built-in client asks for.
    pub const fn most_tokens(self) -> u64 {
        self.words().most_tokens
    }

    /// How the paths begin of all that the API answers.
    pub const fn root(self) -> &'static str {
        self.words().root
    }

    /// Where answers are created.
    pub const fn answers_path(self) -> &'static str {
        self.words().answers_path
    }

    /// What is asked for at `path`; `None` for all that is neither an answer nor a count.
    pub fn call(self, path: &str) -> Option<Call> {
        (self.words().call)(path)
    }

    /// What is likely to be the matter with a request for a path at which nothing is; `None` where nobody knows.
    pub fn no_call(self, path: &str) -> Option<&'static str> {
        (self.words().no_call)(path)
    }

    /// The headers in which the API looks for the key; the first is the one that clients of this crate send, the last the one for a token.
    pub const fn key_headers(self) -> &'static [KeyHeader] {
        self.words().key_headers
    }

    /// The header in which clients of this crate send the key.
    pub const fn key_header(self) -> KeyHeader {
        self.words().key_headers[0]
    }

    /// The header in which a token is sent.
    pub const fn token_header(self) -> KeyHeader {
        let headers = self.words().key_headers;
        headers[headers.len() - 1]
    }

    /// Headers that every request must have, beside the key and those of any JSON.
    pub const fn fixed_headers(self) -> &'static [(&'static str, &'static str)] {
        self.words().fixed_headers
    }

    /// How keys of the real API begin.
    pub const fn key_prefix(self) -> &'static str {
        self.words().key_prefix
    }

    /// No key of anybody's, made up, with `tail` at its end.
    pub fn made_up_key(self, tail: &str) -> String {
        format!("{}{tail}", self.words().made_up_key)
    }

    /// What programs are given as their key where any will do, because a simulator answers.
    pub const fn simulated_key(self) -> &'static str {
        self.words().simulated_key
    }

    /// The body of a small streaming request.
    pub fn request(self, prompt: &str, model: &str, max_tokens: u64) -> Vec<u8> {
        (self.words().request)(prompt, model, max_tokens)
    }
}

/// What servers read of requests.
impl Dialect {
    /// The header that says which version of the API a request is written for.
    pub const fn version_header(self) -> &'static str {
        self.words().version_header
    }

    /// Reads the body of a request, which is written for that version of the API.
    ///
    /// # Errors
    /// When there is no such version, or the body is none of it, in the API's words.
    pub fn asked(self, version: &str, body: &[u8]) -> Result<Asked, ApiError> {
        (self.words().asked)(version, body)
    }

    /// Whether a request with that body offers the tool, and its conversation has no tool's result yet; not of one that cannot be read.
    pub fn awaits_call(self, body: &[u8], tool: &str) -> bool {
        (self.words().awaits_call)(body, tool)
    }

    /// The answer to who asks which models there are.
    pub fn models(self) -> Value {
        (self.words().models)()
    }

    /// The answer to who asks at `path` what there is to say of a model.
    pub fn model_at(self, path: &str) -> Value {
        (self.words().model_at)(path)
    }

    /// The terms of a request that the API itself will judge; what is no request has none.
    pub fn terms(self, body: &Value) -> Terms {
        (self.words().terms)(body)
    }

    /// The field of a request that limits its output tokens.
    pub const fn most_tokens_field(self) -> &'static str {
        self.words().most_tokens_field
    }
}

/// Events of a stream.
impl Dialect {
    /// Reads one event of a stream: its name, as [`SseEvent`](super::sse::SseEvent) has it, and its data.
    ///
    /// # Errors
    /// [`EventError`] if the data does not fit the name.
    pub fn read<'a>(self, name: &'a str, data: &'a str) -> Result<Event<'a>, EventError> {
        (self.words().read)(name, data)
    }

    /// Whether the data is whole also where reading the event took nothing from it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn is_whole(self, event: &Event<'_>, data: &str) -> Result<(), serde_json::Error> {
        (self.words().is_whole)(event, data)
    }

    /// What the event is called, also where it came without a name.
    pub fn name<'e>(self, event: &'e Event<'_>) -> &'e str {
        (self.words().name)(event)
    }

    /// An event that was read, on the wire again, with data that may have been changed. One that came without a name is given its own:
    /// clients may go by names.
    pub fn record(self, event: &Event<'_>, data: &str) -> String {
        frame(self.name(event), data)
    }

    /// An event on the wire, with blanks for what is empty or 0 in it and is decided by the request. `None` where this dialect says nothing.
    pub fn write(self, event: &Event<'_>, rng: &mut Rng) -> Option<Template> {
        (self.words().write)(event, rng)
    }

    /// The event with which a stream fails after its status 200.
    pub fn failure(self, error: &ApiError) -> Option<Template> {
        let event = Event::Fails { kind: self.kind(error.problem).into(), message: error.message.as_str().into() };
        self.write(&event, &mut Rng::with_seed(0))
    }

    /// What tells a piece of the answer from everything before it, in the bytes of a stream.
    pub const fn delta_mark(self) -> &'static [u8] {
        self.words().delta_mark
    }

    /// The name of the event that opens an answer.
    pub const fn first_event(self) -> &'static str {
        self.words().first_event
    }

    /// The name of the event that says that an answer is complete.
    pub const fn last_event(self) -> &'static str {
        self.words().last_event
    }

    /// What stands behind thinking to prove it; `None` where nothing does.
    pub fn signature(self) -> Option<String> {
        self.words().signature.map(|signature| signature())
    }

    /// A recorded opening, with a blank in the place of the id that it was recorded with.
    pub fn with_id_blank(self, record: Bytes, id: &str) -> Template {
        (self.words().with_id_blank)(record, id)
    }

    /// How an answer says why it ends.
    pub fn stop_reason(self, reason: Reason) -> &'static str {
        (self.words().stop_reason)(reason)
    }
}

/// Answers that are one JSON text.
impl Dialect {
    /// A whole answer of these blocks. What the request decides is left for [`Dialect::fill`].
    pub fn whole(self, blocks: &[Block], reason: Reason, output_tokens: u64) -> Value {
        (self.words().whole)(blocks, reason, output_tokens)
    }

    /// Fills in what the request decides; `None` stays as it is.
    pub fn fill(self, answer: &mut Value, id: &str, model: Option<&str>, input_tokens: Option<u64>) {
        (self.words().fill)(answer, id, model, input_tokens);
    }

    /// Takes an event, with its data read as JSON, into the whole answer that the events of a stream make together. What is not known, or
    /// has another form, is passed over.
    pub fn collect(self, pieces: &mut Pieces, event: &Event<'_>, data: &Value) {
        (self.words().collect)(pieces, event, data);
    }

    /// The whole answer, as far as it has come.
    pub fn collected(self, pieces: Pieces) -> Value {
        (self.words().collected)(pieces)
    }

    /// The tokens that a whole answer reports; 0 where it reports none.
    pub fn reported(self, answer: &Value) -> Usage {
        (self.words().reported)(answer)
    }

    /// The answer to who has tokens counted.
    pub fn counted(self, input_tokens: u64) -> Value {
        (self.words().counted)(input_tokens)
    }
}

/// Errors and headers.
impl Dialect {
    /// The HTTP status of an error.
    pub fn status(self, problem: Problem) -> u16 {
        (self.words().status)(problem).0
    }

    /// What an error is called in its body.
    pub fn kind(self, problem: Problem) -> &'static str {
        (self.words().status)(problem).1
    }

    /// The body of an error.
    pub fn error_body(self, error: &ApiError, request_id: &str) -> Value {
        (self.words().error_body)(error, request_id)
    }

    /// Kind and message that an error's body says; `None` for what is not as the API writes it.
    pub fn error_said(self, body: &str) -> (Option<String>, Option<String>) {
        (self.words().error_said)(body)
    }

    /// The header with a request's id.
    pub const fn request_id_header(self) -> &'static str {
        self.words().request_id_header
    }

    /// The headers that every answer has `now`: its request's id, and the limits with what is left of them.
    pub fn answer_headers(self, request_id: &str, in_use: InUse, now: Timestamp) -> Vec<(String, String)> {
        (self.words().answer_headers)(request_id, in_use, now)
    }

    /// The headers that say how much an account may use.
    pub const fn limit_headers(self) -> LimitHeaders {
        self.words().limit_headers
    }

    /// Whether a header, by its name in lower case, is one of the API's own that does not say how much an account may use: what is left
    /// of a limit, limits of other kinds of use, ids.
    pub fn is_header_beside_limits(self, name: &str) -> bool {
        (self.words().is_header_beside_limits)(name)
    }

    /// Whether a header, by its name in lower case, says how much an account may use.
    pub fn is_limit_header(self, name: &str) -> bool {
        (self.words().is_limit_header)(name)
    }

    /// Whether clients of the API go by a header, by its name in lower case.
    pub fn is_header_for_clients(self, name: &str) -> bool {
        (self.words().is_header_for_clients)(name)
    }

    /// A made-up id.
    pub fn id(self, of: Id, rng: &mut Rng) -> String {
        (self.words().id)(of, rng)
    }

    /// A made-up id in the place of `id`, which looks like it.
    pub fn stand_in(self, id: &str, rng: &mut Rng) -> String {
        (self.words().stand_in)(id, rng)
    }
}
