//! The table that a dialect fills in.

use super::answer::{Block, Id, InUse, LimitHeaders, Pieces, Reason, Usage};
use super::event::{Event, EventError};
use super::problem::{ApiError, Problem};
use super::request::{Asked, Call, KeyHeader, Terms, Variables};
use super::template::Template;
use bytes::Bytes;
use fastrand::Rng;
use jiff::Timestamp;
use serde_json::Value;

/// What a dialect has to have, filled in once in its own folder: the methods of [`Dialect`](super::dialect::Dialect) say what each of
/// these is.
pub(super) struct Words {
    pub(super) variables: Variables,
    pub(super) public_url: &'static str,
    pub(super) model: &'static str,
    pub(super) most_tokens: u64,
    pub(super) root: &'static str,
    pub(super) answers_path: &'static str,
    pub(super) call: fn(&str) -> Option<Call>,
    pub(super) no_call: fn(&str) -> Option<&'static str>,
    pub(super) key_headers: &'static [KeyHeader],
    pub(super) fixed_headers: &'static [(&'static str, &'static str)],
    pub(super) key_prefix: &'static str,
    pub(super) made_up_key: &'static str,
    pub(super) simulated_key: &'static str,
    pub(super) request: fn(&str, &str, u64) -> Vec<u8>,
    pub(super) version_header: &'static str,
    pub(super) asked: fn(&str, &[u8]) -> Result<Asked, ApiError>,
    pub(super) awaits_call: fn(&[u8], &str) -> bool,
    pub(super) models: fn() -> Value,
    pub(super) model_at: fn(&str) -> Value,
    pub(super) terms: fn(&Value) -> Terms,
    pub(super) most_tokens_field: &'static str,
    pub(super) read: for<'a> fn(&'a str, &'a str) -> Result<Event<'a>, EventError>,
    pub(super) is_whole: fn(&Event<'_>, &str) -> Result<(), serde_json::Error>,
    pub(super) name: for<'e> fn(&'e Event<'_>) -> &'e str,
    pub(super) write: fn(&Event<'_>, &mut Rng) -> Option<Template>,
    pub(super) delta_mark: &'static [u8],
    pub(super) first_event: &'static str,
    pub(super) last_event: &'static str,
    pub(super) signature: Option<fn() -> String>,
    pub(super) with_id_blank: fn(Bytes, &str) -> Template,
    pub(super) stop_reason: fn(Reason) -> &'static str,
    pub(super) whole: fn(&[Block], Reason, u64) -> Value,
    pub(super) fill: fn(&mut Value, &str, Option<&str>, Option<u64>),
    pub(super) collect: fn(&mut Pieces, &Event<'_>, &Value),
    pub(super) collected: fn(Pieces) -> Value,
    pub(super) reported: fn(&Value) -> Usage,
    pub(super) counted: fn(u64) -> Value,
    pub(super) status: fn(Problem) -> (u16, &'static str),
    pub(super) error_body: fn(&ApiError, &str) -> Value,
    pub(super) error_said: fn(&str) -> (Option<String>, Option<String>),
    pub(super) request_id_header: &'static str,
    pub(super) answer_headers: fn(&str, InUse, Timestamp) -> Vec<(String, String)>,
    pub(super) limit_headers: LimitHeaders,
    pub(super) is_limit_header: fn(&str) -> bool,
    pub(super) is_header_beside_limits: fn(&str) -> bool,
    pub(super) is_header_for_clients: fn(&str) -> bool,
    pub(super) id: fn(Id, &mut Rng) -> String,
    pub(super) stand_in: fn(&str, &mut Rng) -> String,
}
