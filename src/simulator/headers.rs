//! The headers of every answer, as the dialect has them.

use crate::wire::answer::InUse;
use crate::wire::dialect::Dialect;
use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use jiff::Timestamp;

/// Adds the headers that every answer has.
pub fn write(headers: &mut HeaderMap, dialect: Dialect, request_id: &str, in_use: InUse) {
    for (name, value) in dialect.answer_headers(request_id, in_use, Timestamp::now()) {
        insert(headers, &name, &value);
    }
}

/// Adds the request's id alone.
pub fn write_id(headers: &mut HeaderMap, dialect: Dialect, request_id: &str) {
    insert(headers, dialect.request_id_header(), request_id);
}

fn insert(headers: &mut HeaderMap, name: &str, value: &str) {
    // All names and values above are plain ASCII; one that were not would be left out rather than end the stream.
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        headers.insert(name, value);
    }
}
