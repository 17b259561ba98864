//! Requests to answers.

use super::answer::ApiError;
use super::asked::Asked;
use super::fault::Fault;
use super::forward::forward;
use super::headers::{self, InUse};
use super::script::Script;
use super::source::Source;
use super::streaming::{Cut, Show, cut, speak};
use crate::wire::request::{COUNT_TOKENS_PATH, KEY_HEADER, MESSAGES_PATH, VERSION_HEADER};
use bytes::Bytes;
use fastrand::Rng;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;

/// The body of an answer; it may end in a broken connection.
pub(super) type Body = UnsyncBoxBody<Bytes, Cut>;

/// Answers one request.
pub async fn serve(show: Arc<Show>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let mut rng = Rng::new();
    let request_id = headers::id("req_", &mut rng);
    let message_id = headers::id("msg_", &mut rng);
    let answered = match &show.source {
        Source::Script(script) => answer(&show, script, request, message_id).await,
        Source::Upstream(upstream) => forward(&show, upstream, request).await,
    };
    let is_error = answered.is_err();
    let mut response = answered.unwrap_or_else(|error| {
        let body = error.body(&request_id);
        show.stage.is_refused();
        show.traffic.refusal(error.status.as_u16(), &body.to_string());
        json_response(error.status, &body)
    });
    let limited = response.status() == StatusCode::TOO_MANY_REQUESTS;
    let in_use = if limited { InUse::All } else { InUse::Open(show.stage.open()) };
    match &show.source {
        Source::Script(_) => headers::write(response.headers_mut(), &request_id, in_use),
        Source::Upstream(_) if is_error => headers::write_id(response.headers_mut(), &request_id),
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
    // SDKs send beta calls to the same path with a query, which is no part of `path`.
    let path = head.uri.path();
    if ![MESSAGES_PATH, COUNT_TOKENS_PATH].contains(&path) {
        return Err(ApiError::not_found("Not found"));
    }
    if head.method != Method::POST {
        return Err(ApiError {
            status: StatusCode::METHOD_NOT_ALLOWED,
            kind: "invalid_request_error",
            message: "Method Not Allowed".to_owned(),
        });
    }
    if !head.headers.contains_key(KEY_HEADER) && !head.headers.contains_key(AUTHORIZATION) {
        return Err(ApiError {
            status: StatusCode::UNAUTHORIZED,
            kind: "authentication_error",
            message: format!("{KEY_HEADER} header is required"),
        });
    }
    if !head.headers.contains_key(VERSION_HEADER.0) {
        return Err(ApiError::invalid(format!("{}: header is required", VERSION_HEADER.0)));
    }
    let asked = Asked::read(&show.intake.take(body).await?)?;
    if path == COUNT_TOKENS_PATH {
        return Ok(json_response(StatusCode::OK, &json!({ "input_tokens": asked.input_tokens })));
    }
    if asked.max_tokens.is_none() {
        return Err(ApiError::invalid("max_tokens: Field required"));
    }
    if !asked.stream {
        show.stage.asked_for_whole();
    }
    let fault = Fault::of_model(&asked.model)?;
    if asked.stream {
        return match fault.and_then(Fault::refusal) {
            Some(refusal) => Err(refusal),
            None => Ok(event_stream(speak(Arc::clone(show), Arc::clone(script), message_id, asked, fault))),
        };
    }
    let message = script.message(&message_id, &asked);
    match fault {
        None => Ok(json_response(StatusCode::OK, &message)),
        Some(fault) => fault.of_whole().map_or_else(|| Ok(half_of(&message)), Err),
    }
}

/// 200 and a stream of events.
pub(super) fn event_stream(events: impl Stream<Item = Result<Bytes, Cut>> + Send + 'static) -> Response<Body> {
    let kind = HeaderValue::from_static("text/event-stream; charset=utf-8");
    respond(StatusCode::OK, kind, StreamBody::new(events.map_ok(Frame::data)).boxed_unsync())
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
