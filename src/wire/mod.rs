//! An API as bytes: server-sent events, what they mean, requests, errors and headers.
//!
//! # The seam
//! What an API calls things is known in one folder, its dialect's, and nowhere else. Everybody else asks the [`Dialect`](dialect::Dialect)
//! and speaks of what is the same in all of them:
//!
//! | neutral | what a dialect makes of it |
//! |---|---|
//! | [`event`]: an answer opens, goes on in pieces, ends, stops or fails | names and JSON of events, read and written |
//! | [`request`]: what is asked for, and by which terms | paths, fields, the headers that a client sends |
//! | [`answer`]: blocks, why it ends, ids, tokens | the whole answer, a count, the headers of limits |
//! | [`problem`]: why there is an error instead | status, kind, body |
//! | [`sse`], [`records`], [`template`], [`length`], [`encoding`], [`gzip`] | nothing: they know bytes alone |
//!
//! # What a second dialect costs
//! A folder beside `claude/` with a table of `Words` in it, its module's line below, and its row in `Dialect`: the variant, where its table
//! is, and its place among all. `tests/wire/dialect.rs` then holds it to what any dialect has to be, and `tests/floors.rs` looks through the sources for words
//! that are outside their folder.
//!
//! Who is to choose takes the place of `Dialect::DEFAULT`, which is all that the makers of scripts, cassettes, upstreams, contracts and
//! built-in clients know; behind them everything carries the dialect that it was made in.
//!
//! Nothing is looked up by name while streams run: a script holds what its events are beside their bytes, which are written once.

pub mod answer;
mod claude;
pub mod dialect;
pub mod encoding;
pub mod event;
pub mod gzip;
pub mod length;
pub mod problem;
pub mod records;
pub mod request;
pub mod sse;
pub mod template;
mod words;
