//! The Messages API of Claude.

mod error;
mod event;
mod headers;
mod models;
mod raw;
mod request;
mod turn;
mod whole;
mod write;

use super::answer::Id;
use super::request::{KeyHeader, Variables};
use super::template::{Blank, Template};
use super::words::Words;
use bytes::Bytes;
use fastrand::Rng;

/// All that this dialect is.
pub(super) const WORDS: Words = Words {
    variables: Variables {
        base_url: "ANTHROPIC_BASE_URL",
        api_key: "ANTHROPIC_API_KEY",
        auth_token: "ANTHROPIC_AUTH_TOKEN",
        withheld: &["ANTHROPIC_AUTH_TOKEN"],
    },
    public_url: "https://api.anthropic.com",
    // Current in November 2026, when 4.5 reaches its end of life.
    model: "claude-sonnet-5-5",
    // The limit of the 200K-context models.
    most_tokens: 64_000,
    root: "/v1/",
    answers_path: request::MESSAGES_PATH,
    call: request::call,
    no_call: request::no_call,
    key_headers: &[KeyHeader { name: "x-api-key", before: "" }, KeyHeader { name: "authorization", before: "Bearer " }],
    fixed_headers: &[(request::VERSION, "2023-06-01")],
    key_prefix: "sk-ant-",
    made_up_key: "sk-ant-probe-",
    simulated_key: "sk-ant-probe-simulated",
    request: request::request,
    version_header: request::VERSION,
    asked: request::asked,
    awaits_call: turn::awaits_call,
    models: models::all,
    model_at: models::at,
    terms: request::terms,
    most_tokens_field: "max_tokens",
    read: event::read,
    is_whole: event::is_whole,
    name: event::name,
    write: write::write,
    delta_mark: write::DELTA,
    first_event: "message_start",
    last_event: "message_stop",
    signature: Some(write::signature),
    with_id_blank,
    stop_reason: whole::stop_reason,
    whole: whole::whole,
    fill: whole::fill,
    collect: whole::collect,
    collected: whole::collected,
    reported: whole::reported,
    counted: whole::counted,
    status: error::status,
    error_body: error::body,
    error_said: error::said,
    request_id_header: headers::REQUEST_ID,
    answer_headers: headers::of_answer,
    limit_headers: headers::TOLD,
    is_limit_header: headers::is_limit,
    is_header_beside_limits: headers::is_beside_limits,
    is_header_for_clients: headers::is_for_clients,
    id,
    stand_in,
};

/// An id of the API's form: a prefix, `01`, and 22 characters of base 58.
fn id_after(prefix: &str, rng: &mut Rng) -> String {
    const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let tail = (0..22).map(|_| char::from(BASE58[rng.usize(..BASE58.len())]));
    format!("{prefix}01{}", tail.collect::<String>())
}

fn id(of: Id, rng: &mut Rng) -> String {
    let prefix = match of {
        Id::Request => "req_",
        Id::Answer => "msg_",
        Id::Call => "toolu_",
    };
    id_after(prefix, rng)
}

/// A made-up id in the place of `id`, with the same prefix.
fn stand_in(id: &str, rng: &mut Rng) -> String {
    let prefix = id.split_once('_').map_or("id", |(prefix, _)| prefix);
    id_after(&format!("{prefix}_"), rng)
}

/// A recorded opening, with a blank in the place of its id.
fn with_id_blank(record: Bytes, id: &str) -> Template {
    Template::from(record).with_string(Blank::Id, "id", id)
}
