//! The headers of every answer: request id, organisation, and the limits with what is left of them.

use fastrand::Rng;
use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};

/// A limit as it is published: so many a minute, replenished continuously.
struct Limit {
    name: &'static str,
    per_minute: u64,
}

/// The Build tier of a Sonnet model: 5,000 requests, 5 M input and 1 M output tokens a minute (vendor's documentation, September 2026).
/// The simulator shows these limits and does not enforce them.
const LIMITS: [Limit; 4] = [
    Limit { name: "requests", per_minute: 5_000 },
    Limit { name: "input-tokens", per_minute: 5_000_000 },
    Limit { name: "output-tokens", per_minute: 1_000_000 },
    Limit { name: "tokens", per_minute: 6_000_000 },
];

/// An id of the API's form: a prefix, `01`, and 22 characters of base 58.
pub fn id(prefix: &str, rng: &mut Rng) -> String {
    const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let tail = (0..22).map(|_| char::from(BASE58[rng.usize(..BASE58.len())]));
    format!("{prefix}01{}", tail.collect::<String>())
}

/// What is in use of the request limit.
#[derive(Clone, Copy, Debug)]
pub enum InUse {
    /// As many requests as streams are open.
    Open(u32),
    /// All of it.
    All,
}

impl InUse {
    fn requests(self, per_minute: u64) -> u64 {
        match self {
            InUse::Open(streams) => u64::from(streams).min(per_minute),
            InUse::All => per_minute,
        }
    }
}

/// Adds the headers that every answer has, and `retry-after` where no request is left.
pub fn write(headers: &mut HeaderMap, request_id: &str, in_use: InUse) {
    write_id(headers, request_id);
    insert(headers, "anthropic-organization-id", "00000000-0000-4000-8000-000000000000");
    insert(headers, "cache-control", "no-cache");
    for limit in &LIMITS {
        let is_requests = limit.name == "requests";
        let missing = if is_requests { in_use.requests(limit.per_minute) } else { 0 };
        // `reset` is when the bucket will be full again.
        let full_in = SignedDuration::from_secs((missing * 60).div_ceil(limit.per_minute) as i64);
        let reset = Timestamp::now().checked_add(full_in).unwrap_or(Timestamp::UNIX_EPOCH);
        let name = |part| format!("anthropic-ratelimit-{}-{part}", limit.name);
        insert(headers, &name("limit"), &limit.per_minute.to_string());
        insert(headers, &name("remaining"), &(limit.per_minute - missing).to_string());
        insert(headers, &name("reset"), &reset.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        if is_requests && missing == limit.per_minute {
            // Replenished continuously, so that one request is back after 60 / per_minute seconds; the header has whole ones.
            insert(headers, "retry-after", &60_u64.div_ceil(limit.per_minute).to_string());
        }
    }
}

/// Adds the request's id alone.
pub fn write_id(headers: &mut HeaderMap, request_id: &str) {
    insert(headers, "request-id", request_id);
}

fn insert(headers: &mut HeaderMap, name: &str, value: &str) {
    // All names and values above are plain ASCII; one that were not would be left out rather than end the stream.
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        headers.insert(name, value);
    }
}
