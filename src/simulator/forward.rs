//! One request to a real API and its answer back.

use super::answer::ApiError;
use super::passing;
use super::service::{Body, event_stream, respond};
use super::streaming::Show;
use super::upstream::{Upstream, in_a_line};
use crate::wire::request::{KEY_HEADER, MESSAGES_PATH};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Request, Response, StatusCode};
use serde_json::Value;
use std::sync::Arc;

/// What is under it is passed on.
const VERSION_PATH: &str = "/v1/";
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
    if !head.uri.path().starts_with(VERSION_PATH) {
        return Err(ApiError::not_found("Not found: the upstream is asked for what is under /v1"));
    }
    if !has_key(&head.headers, upstream.subject_key()) {
        let message = format!("{KEY_HEADER}: this simulator passes on to a real API, and only for the key it gave out");
        return Err(ApiError { status: StatusCode::UNAUTHORIZED, kind: "authentication_error", message });
    }
    let body = show.intake.take(body).await?;
    let is_message = head.uri.path() == MESSAGES_PATH;
    // What is no JSON is for the API to refuse.
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(budget) = upstream.budget() {
        budget.admit(&head, &asked).map_err(|why| withheld(show, why))?;
    }
    if is_message && asked["stream"] != true {
        show.stage.asked_for_whole();
    }
    let trouble = |why: String| {
        let why = upstream.key().hidden_in(&why);
        show.traffic.trouble(&why);
        ApiError { status: StatusCode::BAD_GATEWAY, kind: "api_error", message: why }
    };
    let answer = upstream.send(&head, body).await.map_err(trouble)?;
    let (status, headers) = (answer.status(), handed_back(answer.headers(), upstream));
    show.traffic.limits(&headers);
    let kind = answer.headers().get(CONTENT_TYPE).cloned().unwrap_or(HeaderValue::from_static("application/json"));
    if answer.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        return Err(trouble("the upstream compresses its answers although it is asked not to".to_owned()));
    }
    let mut response = if status.is_success() && kind.as_bytes().starts_with(b"text/event-stream") {
        event_stream(passing::pass(Arc::clone(show), upstream.clone(), answer))
    } else {
        let body = read(answer).await.map_err(trouble)?;
        let body = note(show, upstream, status, is_message, body);
        respond(status, kind, Full::from(body).map_err(|never| match never {}).boxed_unsync())
    };
    response.headers_mut().extend(headers);
    Ok(response)
}

fn has_key(headers: &HeaderMap, key: &str) -> bool {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let plain = headers.get(KEY_HEADER).and_then(|value| value.to_str().ok());
    [plain, bearer].contains(&Some(key))
}

/// Counts a request that is not passed on. Official SDKs try again after 429 and 5xx, and not after 403.
fn withheld(show: &Show, why: String) -> ApiError {
    show.traffic.lock().withheld += 1;
    show.traffic.trouble(&why);
    ApiError { status: StatusCode::FORBIDDEN, kind: "permission_error", message: why }
}

/// Headers that clients of the API go by, unless they repeat the key.
fn handed_back(headers: &HeaderMap, upstream: &Upstream) -> HeaderMap {
    let names = ["request-id", "x-should-retry", "retry-after-ms", RETRY_AFTER.as_str()];
    let wanted = |name: &HeaderName| names.contains(&name.as_str()) || name.as_str().starts_with("anthropic-");
    let harmless = |value: &HeaderValue| value.to_str().is_ok_and(|text| upstream.key().hidden_in(text) == text);
    let kept = headers.iter().filter(|(name, value)| wanted(name) && harmless(value));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The body of an answer that is no stream.
async fn read(mut answer: reqwest::Response) -> Result<Bytes, String> {
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(in_a_line)? {
        if body.len() + chunk.len() > HELD_LIMIT_BYTES {
            return Err(format!("the upstream's answer is larger than {} MiB", HELD_LIMIT_BYTES >> 20));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Counts what an answer that is no stream says, and returns its body: as it was, unless an error repeats the key.
fn note(show: &Show, upstream: &Upstream, status: StatusCode, is_message: bool, body: Bytes) -> Bytes {
    if status.is_success() {
        if is_message && let Ok(message) = serde_json::from_slice::<Value>(&body) {
            let tokens = |field: &str| message["usage"][field].as_u64().unwrap_or(0);
            let mut traffic = show.traffic.lock();
            traffic.input_tokens += tokens("input_tokens");
            traffic.output_tokens += tokens("output_tokens");
        }
        return body;
    }
    show.stage.is_refused();
    let text = String::from_utf8_lossy(&body);
    let hidden = upstream.key().hidden_in(&text);
    show.traffic.refusal(status.as_u16(), &hidden);
    if hidden == text { body } else { Bytes::from(hidden) }
}
