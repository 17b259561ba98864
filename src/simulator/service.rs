//! Requests to answers.

use super::fault::Fault;
use super::forward::forward;
use super::headers;
use super::script::{FirstTurn, Script};
use super::source::Source;
use super::stage::Opening;
use super::streaming::{Cut, Show, cut, speak};
use crate::wire::answer::{Id, InUse};
use crate::wire::dialect::Dialect;
use crate::wire::encoding::Encoding;
use crate::wire::problem::{ApiError, Problem};
use crate::wire::request::{Asked, Call};
use bytes::Bytes;
use fastrand::Rng;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, VARY};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode, Version};
use serde_json::Value;
use std::convert::Infallible;
use std::sync::Arc;

/// The body of an answer; it may end in a broken connection.
pub(super) type Body = UnsyncBoxBody<Bytes, Cut>;

/// Answers one request.
pub async fn serve(show: Arc<Show>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let mut rng = Rng::new();
    let dialect = show.source.dialect();
    let request_id = dialect.id(Id::Request, &mut rng);
    let message_id = dialect.id(Id::Answer, &mut rng);
    let called = format!("{} {}", request.method(), request.uri().path());
    let answered = match &show.source {
        Source::Script(script) => answer(&show, script, request, message_id).await,
        Source::Upstream(upstream) => forward(&show, upstream, request).await,
    };
    let is_error = answered.is_err();
    let mut response = answered.unwrap_or_else(|error| {
        let (status, body) = (dialect.status(error.problem), dialect.error_body(&error, &request_id));
        show.stage.is_refused();
        show.traffic.refusal(dialect, &called, status, &body.to_string());
        // Every status of a dialect is one of HTTP's, of which only the API knows more.
        json_response(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), &body)
    });
    let limited = response.status() == StatusCode::TOO_MANY_REQUESTS;
    let in_use = if limited { InUse::All } else { InUse::Open(show.stage.open()) };
    match &show.source {
        Source::Script(_) => headers::write(response.headers_mut(), dialect, &request_id, in_use),
        Source::Upstream(_) if is_error => headers::write_id(response.headers_mut(), dialect, &request_id),
        // The API has said all this for itself.
        Source::Upstream(_) => {}
    }
    Ok(response)
}

async fn answer(
    show: &Arc<Show>,
    script: &Arc<Script>,
    request: Request<Incoming>,
    message_id: String,
) -> Result<Response<Body>, ApiError> {
    let (head, body) = request.into_parts();
    let dialect = script.dialect;
    // SDKs send beta calls to the same path with a query, which is no part of `path`.
    let path = head.uri.path();
    let call = dialect.call(path).ok_or_else(|| nothing_there(dialect, &head))?;
    let method = if call.is_read() { Method::GET } else { Method::POST };
    if head.method != method {
        return Err(ApiError::new(Problem::Method, format!("Method Not Allowed: {path} takes {method}")));
    }
    let version = has_headers(dialect, &head.headers)?;
    let is_counted = match call {
        Call::Models => return Ok(json_response(StatusCode::OK, &dialect.models())),
        Call::Model => return Ok(json_response(StatusCode::OK, &dialect.model_at(path))),
        Call::Count => true,
        Call::Answer => false,
    };
    let body = show.intake.take(body).await?;
    let (asked, opening) = (dialect.asked(&version, &body)?, opening(show, &head, &body));
    let first_turn = script.first_turn.as_deref().filter(|turn| asked.stream && dialect.awaits_call(&body, turn.tool));
    // Its room is for others while the answer is sent.
    drop(body);
    if is_counted {
        return Ok(json_response(StatusCode::OK, &dialect.counted(asked.input_tokens)));
    }
    match first_turn {
        Some(FirstTurn { call, .. }) => Ok(called(show, call, &asked, &message_id)),
        None => told(show, script, asked, opening, message_id),
    }
}

/// An agent's first turn: said at once and whole, held by nobody, and no stream of the trial.
fn called(show: &Show, call: &Script, asked: &Asked, message_id: &str) -> Response<Body> {
    show.stage.has_called_a_tool();
    let events = stream::iter(call.events(message_id, asked).map(Ok).collect::<Vec<_>>());
    event_stream(None, events)
}

/// What a request with that body says of the stream that it opens.
pub(super) fn opening(show: &Show, head: &Parts, body: &[u8]) -> Opening {
    let accept = head.headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let accept = accept.collect::<Vec<_>>().join(",");
    Opening {
        request_bytes: body.len() as u64,
        is_http2: head.version == Version::HTTP_2,
        encoding: show.compression.and_then(|_| Encoding::accepted(&accept)),
    }
}

/// At that path is nothing, and why somebody may have thought so.
fn nothing_there(dialect: Dialect, head: &Parts) -> ApiError {
    let why = dialect.no_call(head.uri.path()).map(|why| format!(": {why}"));
    ApiError::not_found(format!("Not found{}", why.unwrap_or_default()))
}

/// Any key will do. The version that the request is written for.
fn has_headers(dialect: Dialect, headers: &HeaderMap) -> Result<String, ApiError> {
    if !dialect.key_headers().iter().any(|header| headers.contains_key(header.name)) {
        return Err(ApiError::new(Problem::NoKey, format!("{} header is required", dialect.key_header().name)));
    }
    match dialect.fixed_headers().iter().find(|(name, _)| !headers.contains_key(*name)) {
        Some((name, _)) => Err(ApiError::invalid(format!("{name}: header is required"))),
        None => {
            let version = headers.get(dialect.version_header()).map(HeaderValue::as_bytes).unwrap_or_default();
            Ok(String::from_utf8_lossy(version).into_owned())
        }
    }
}

fn told(
    show: &Arc<Show>,
    script: &Arc<Script>,
    asked: Asked,
    opening: Opening,
    message_id: String,
) -> Result<Response<Body>, ApiError> {
    if asked.max_tokens.is_none() {
        return Err(ApiError::invalid(format!("{}: Field required", script.dialect.most_tokens_field())));
    }
    if !asked.stream {
        show.stage.asked_for_whole();
    }
    let fault = Fault::of_model(&asked.model)?;
    if asked.stream {
        return match fault.and_then(Fault::refusal) {
            Some(refusal) => Err(refusal),
            None => {
                let events = speak(Arc::clone(show), Arc::clone(script), message_id, asked, opening, fault);
                Ok(event_stream(opening.encoding, events))
            }
        };
    }
    let message = script.message(&message_id, &asked);
    match fault {
        None => Ok(json_response(StatusCode::OK, &message)),
        Some(fault) => fault.of_whole().map_or_else(|| Ok(half_of(&message)), Err),
    }
}

/// 200 and a stream of events.
pub(super) fn event_stream(
    encoding: Option<Encoding>,
    events: impl Stream<Item = Result<Bytes, Cut>> + Send + 'static,
) -> Response<Body> {
    let kind = HeaderValue::from_static("text/event-stream; charset=utf-8");
    let mut response = respond(StatusCode::OK, kind, StreamBody::new(events.map_ok(Frame::data)).boxed_unsync());
    if let Some(encoding) = encoding {
        let headers = response.headers_mut();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
    response
}

fn json_response(status: StatusCode, value: &Value) -> Response<Body> {
    let body = Full::from(value.to_string()).map_err(|never| match never {});
    respond(status, HeaderValue::from_static("application/json"), body.boxed_unsync())
}

/// The first half of an answer, and a broken connection.
fn half_of(value: &Value) -> Response<Body> {
    let mut bytes = Bytes::from(value.to_string());
    bytes.truncate(bytes.len() / 2);
    let parts = stream::iter([Ok(Frame::data(bytes))]).chain(stream::once(async { Err(cut().await) }));
    respond(StatusCode::OK, HeaderValue::from_static("application/json"), StreamBody::new(parts).boxed_unsync())
}

/// An answer.
pub(super) fn respond(status: StatusCode, kind: HeaderValue, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
