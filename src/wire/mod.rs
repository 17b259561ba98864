//! The Messages API as bytes: server-sent events, the events in them, the request, the error body.

pub mod event;
pub mod records;
pub mod request;
pub mod sse;
