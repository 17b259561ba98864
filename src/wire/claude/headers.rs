//! The headers of every answer: request id, organisation, and the limits with what is left of them.

use crate::wire::answer::{InUse, LimitHeaders};
use jiff::{SignedDuration, Timestamp};

/// The header with a request's id.
pub const REQUEST_ID: &str = "request-id";
/// How the headers of limits begin.
const LIMIT: &str = "anthropic-ratelimit-";

/// By the API's documentation on rate limits.
pub const TOLD: LimitHeaders = LimitHeaders {
    requests: "anthropic-ratelimit-requests-limit",
    input_tokens: "anthropic-ratelimit-input-tokens-limit",
    output_tokens: "anthropic-ratelimit-output-tokens-limit",
    tokens: "anthropic-ratelimit-tokens-limit",
};
/// Families of headers that say nothing about what an account may use: subscriptions, priority tier and fast mode have limits of their own.
const OTHER_FAMILIES: [&str; 3] = ["anthropic-ratelimit-unified-", "anthropic-priority-", "anthropic-fast-"];
/// The same, one by one.
const OTHERS: [&str; 5] =
    ["anthropic-organization-id", TOLD.tokens, "anthropic-version", "anthropic-workspace-id", REQUEST_ID];

/// A limit as it is published: so many a minute, replenished continuously.
struct PublishedLimit {
    name: &'static str,
    per_minute: u64,
}

/// The Build tier of a Sonnet model: 5,000 requests, 5 M input and 1 M output tokens a minute (vendor's documentation, September 2026).
/// The simulator shows these limits and does not enforce them.
const LIMITS: [PublishedLimit; 4] = [
    PublishedLimit { name: "requests", per_minute: 5_000 },
    PublishedLimit { name: "input-tokens", per_minute: 5_000_000 },
    PublishedLimit { name: "output-tokens", per_minute: 1_000_000 },
    PublishedLimit { name: "tokens", per_minute: 6_000_000 },
];

/// The headers that every answer has, with `retry-after` where no request is left.
pub fn of_answer(request_id: &str, in_use: InUse, now: Timestamp) -> Vec<(String, String)> {
    let mut headers = vec![
        (REQUEST_ID.to_owned(), request_id.to_owned()),
        ("anthropic-organization-id".to_owned(), "00000000-0000-4000-8000-000000000000".to_owned()),
        ("cache-control".to_owned(), "no-cache".to_owned()),
    ];
    for limit in &LIMITS {
        let is_requests = limit.name == "requests";
        let missing = if is_requests { requests(in_use, limit.per_minute) } else { 0 };
        // `reset` is when the bucket will be full again.
        let full_in = SignedDuration::from_secs((missing * 60).div_ceil(limit.per_minute) as i64);
        let reset = now.checked_add(full_in).unwrap_or(Timestamp::UNIX_EPOCH);
        let mut add = |part, value| headers.push((format!("{LIMIT}{}-{part}", limit.name), value));
        add("limit", limit.per_minute.to_string());
        add("remaining", (limit.per_minute - missing).to_string());
        add("reset", reset.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        if is_requests && missing == limit.per_minute {
            // Replenished continuously, so that one request is back after 60 / per_minute seconds; the header has whole ones.
            headers.push(("retry-after".to_owned(), 60_u64.div_ceil(limit.per_minute).to_string()));
        }
    }
    headers
}

fn requests(in_use: InUse, per_minute: u64) -> u64 {
    match in_use {
        InUse::Open(streams) => u64::from(streams).min(per_minute),
        InUse::All => per_minute,
    }
}

/// Whether a header says how much an account may use.
pub fn is_limit(name: &str) -> bool {
    name.starts_with(LIMIT) && name.ends_with("-limit")
}

/// Whether a header of the API's own says nothing about what an account may use.
pub fn is_beside_limits(name: &str) -> bool {
    // What is left of a limit now, and until when.
    let is_state = name.starts_with("anthropic-") && (name.ends_with("-remaining") || name.ends_with("-reset"));
    is_state || OTHERS.contains(&name) || OTHER_FAMILIES.iter().any(|family| name.starts_with(family))
}

/// Whether clients of the API go by a header.
pub fn is_for_clients(name: &str) -> bool {
    [REQUEST_ID, "x-should-retry", "retry-after-ms", "retry-after"].contains(&name) || name.starts_with("anthropic-")
}
