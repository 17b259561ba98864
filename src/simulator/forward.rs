//! One request to a real API and its answer back.

use super::passing;
use super::service::{Body, event_stream, opening, respond};
use super::stage::Opening;
use super::streaming::Show;
use super::upstream::{Upstream, in_a_line};
use crate::wire::dialect::Dialect;
use crate::wire::encoding::Encoding;
use crate::wire::problem::{ApiError, Problem};
use crate::wire::request::Call;
use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Request, Response, StatusCode};
use serde_json::Value;
use std::io::Read;
use std::sync::Arc;

/// The most of an answer that is read whole, and of a stream that is held.
pub const HELD_LIMIT_BYTES: usize = super::Cassette::LIMIT_BYTES;

/// Passes one request on. Everything in the answer that says something of the API comes back: status, body, and the headers of
/// requests, limits and retries.
///
/// # Errors
/// When the request has not the subject's key or is beyond the budget, or the API cannot be reached.
pub async fn forward(
    show: &Arc<Show>,
    upstream: &Upstream,
    request: Request<Incoming>,
) -> Result<Response<Body>, ApiError> {
    let (head, body) = request.into_parts();
    let dialect = upstream.dialect();
    if !head.uri.path().starts_with(dialect.root()) {
        let root = dialect.root().trim_end_matches('/');
        return Err(ApiError::not_found(format!("Not found: the upstream is asked for what is under {root}")));
    }
    if !has_key(dialect, &head.headers, upstream.subject_key()) {
        let header = dialect.key_header().name;
        let message = format!("{header}: this simulator passes on to a real API, and only for the key it gave out");
        return Err(ApiError::new(Problem::NoKey, message));
    }
    let body = show.intake.take(body).await?;
    let is_message = dialect.call(head.uri.path()) == Some(Call::Answer);
    // What is no JSON is for the API to refuse.
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(consent) = upstream.consent() {
        consent.admit(&head, &asked).map_err(|why| withheld(show, why))?;
    }
    if is_message && !dialect.terms(&asked).stream {
        show.stage.asked_for_whole();
    }
    let opening = opening(show, &head, &body);
    let trouble = |why: String| {
        let why = upstream.key().hidden_in(&why);
        show.traffic.trouble(&why);
        ApiError::new(Problem::Unreachable, why)
    };
    let answer = upstream.send(&head, body, opening.encoding).await.map_err(trouble)?;
    let (status, headers) = (answer.status(), handed_back(answer.headers(), upstream));
    show.traffic.limits(dialect, &headers);
    let kind = answer.headers().get(CONTENT_TYPE).cloned().unwrap_or(HeaderValue::from_static("application/json"));
    let encoding = encoding_of(answer.headers(), opening.encoding).map_err(trouble)?;
    let called = format!("{} {}", head.method, head.uri.path());
    let mut response = if status.is_success() && kind.as_bytes().starts_with(b"text/event-stream") {
        let opening = Opening { encoding, ..opening };
        event_stream(encoding, passing::pass(Arc::clone(show), upstream.clone(), opening, answer))
    } else {
        // What is no stream goes on without compression.
        let body = plain(encoding, read(answer).await.map_err(trouble)?).map_err(trouble)?;
        let body = note(show, upstream, &called, status, is_message, body);
        respond(status, kind, Full::from(body).map_err(|never| match never {}).boxed_unsync())
    };
    response.headers_mut().extend(headers);
    Ok(response)
}

/// How an answer is compressed.
///
/// # Errors
/// When it is so otherwise than it may be.
fn encoding_of(headers: &HeaderMap, may_be: Option<Encoding>) -> Result<Option<Encoding>, String> {
    let coding = headers.get(CONTENT_ENCODING).filter(|coding| *coding != "identity");
    let known = coding.and_then(|coding| Encoding::named(coding.to_str().ok()?));
    match coding {
        Some(_) if known.is_none() || known != may_be => {
            Err("the upstream compresses its answers otherwise than it is asked to".to_owned())
        }
        Some(_) | None => Ok(known),
    }
}

/// A whole answer without its compression, and of the size that is read at most.
fn plain(encoding: Option<Encoding>, body: Bytes) -> Result<Bytes, String> {
    let Some(Encoding::Gzip) = encoding else {
        return Ok(body);
    };
    let mut text = Vec::new();
    let decoded = MultiGzDecoder::new(&body[..]).take(HELD_LIMIT_BYTES as u64 + 1).read_to_end(&mut text);
    decoded.map_err(|error| format!("the upstream's compressed answer cannot be read: {error}"))?;
    if text.len() > HELD_LIMIT_BYTES { Err(too_large()) } else { Ok(text.into()) }
}

fn too_large() -> String {
    format!("the upstream's answer is larger than {} MiB", HELD_LIMIT_BYTES >> 20)
}

fn has_key(dialect: Dialect, headers: &HeaderMap, key: &str) -> bool {
    dialect.key_headers().iter().any(|header| {
        let sent = headers.get(header.name).and_then(|value| value.to_str().ok()?.strip_prefix(header.before));
        sent == Some(key)
    })
}

/// Counts a request that is not passed on. Official SDKs try again after 429 and 5xx, and not after 403.
fn withheld(show: &Show, why: String) -> ApiError {
    show.traffic.lock().withheld += 1;
    show.traffic.trouble(&why);
    ApiError::new(Problem::Forbidden, why)
}

/// Headers that clients of the API go by, unless they repeat the key.
fn handed_back(headers: &HeaderMap, upstream: &Upstream) -> HeaderMap {
    let dialect = upstream.dialect();
    let harmless = |value: &HeaderValue| value.to_str().is_ok_and(|text| upstream.key().hidden_in(text) == text);
    let kept = headers.iter().filter(|(name, value)| dialect.is_header_for_clients(name.as_str()) && harmless(value));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The body of an answer that is no stream.
async fn read(mut answer: reqwest::Response) -> Result<Bytes, String> {
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(in_a_line)? {
        if body.len() + chunk.len() > HELD_LIMIT_BYTES {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Counts what an answer that is no stream says, and returns its body: as it was, unless an error repeats the key.
fn note(show: &Show, upstream: &Upstream, called: &str, status: StatusCode, is_message: bool, body: Bytes) -> Bytes {
    if status.is_success() {
        if is_message && let Ok(message) = serde_json::from_slice::<Value>(&body) {
            let tokens = upstream.dialect().reported(&message);
            let mut traffic = show.traffic.lock();
            traffic.input_tokens += tokens.input_tokens;
            traffic.output_tokens += tokens.output_tokens;
        }
        return body;
    }
    show.stage.is_refused();
    let text = String::from_utf8_lossy(&body);
    let hidden = upstream.key().hidden_in(&text);
    show.traffic.refusal(upstream.dialect(), called, status.as_u16(), &hidden);
    if hidden == text { body } else { Bytes::from(hidden) }
}
