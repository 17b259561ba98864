//! Headers of a response, as they are pasted under `[limits]`.

use crate::wire::dialect::Dialect;

/// Families of headers that say nothing about what an account may use: what a proxy adds is about the connection.
const OTHER_FAMILIES: [&str; 3] = ["cf-", "x-", "access-control-"];
/// The same, one by one.
const OTHERS: [&str; 25] = [
    "age",
    "alt-svc",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-security-policy",
    "content-type",
    "date",
    "etag",
    "expires",
    "keep-alive",
    "last-modified",
    "nel",
    "pragma",
    "referrer-policy",
    "report-to",
    "retry-after",
    "server",
    "server-timing",
    "set-cookie",
    "strict-transport-security",
    "transfer-encoding",
    "vary",
    "via",
];

/// Whether a key under `[limits]` is a header that is no limit, and is passed over. Names of headers have no letter case (RFC 9110, section
/// 5.1).
pub fn is_passed_over(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let is_beside_limits = Dialect::ALL.iter().any(|dialect| dialect.is_header_beside_limits(&key));
    is_beside_limits || OTHERS.contains(&key.as_str()) || OTHER_FAMILIES.iter().any(|family| key.starts_with(family))
}

/// The plan with the lines `name: value` under `[limits]` written as TOML, each in its place; `None` if there are none. Also takes the
/// `<` that `curl -v` puts before a header, and passes over a status line.
pub fn as_toml(text: &str) -> Option<String> {
    let mut is_in_limits = false;
    let mut any = false;
    let mut seen: Vec<String> = Vec::new();
    let lines = text.split('\n').map(|line| {
        let trimmed = line.trim();
        if trimmed.starts_with('[') {
            is_in_limits = trimmed.trim_start_matches('[').trim_start().starts_with("limits");
            seen.clear();
        }
        match header(trimmed).filter(|_| is_in_limits) {
            // A response may have a header several times, and a table of TOML a key once.
            Some(Header::Field { name, .. }) if is_passed_over(name) && seen.contains(&name.to_ascii_lowercase()) => {
                any = true;
                String::new()
            }
            Some(Header::Field { name, value }) => {
                any = true;
                seen.push(name.to_ascii_lowercase());
                // A JSON string is a TOML string, but for the delete character.
                format!("{name} = {}", serde_json::Value::from(value).to_string().replace('\u{7f}', "\\u007f"))
            }
            Some(Header::Status) => {
                any = true;
                String::new()
            }
            None => line.to_owned(),
        }
    });
    let lines: Vec<String> = lines.collect();
    any.then(|| lines.join("\n"))
}

enum Header<'a> {
    Field { name: &'a str, value: &'a str },
    Status,
}

fn header(line: &str) -> Option<Header<'_>> {
    let line = line.strip_prefix("< ").unwrap_or(line);
    if line.starts_with("HTTP/") {
        return Some(Header::Status);
    }
    let (name, value) = line.split_once(':')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_name.then(|| Header::Field { name, value: value.trim() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_headers_become_toml_in_their_place() {
        let text = "[[workload]]\nname: no header here\n[limits]\nHTTP/2 200\nAnthropic-Ratelimit-Requests-Limit: 50\n< request-id: req_\"1\"\nrpm = 3\n";
        let toml = "[[workload]]\nname: no header here\n[limits]\n\nAnthropic-Ratelimit-Requests-Limit = \"50\"\nrequest-id = \"req_\\\"1\\\"\"\nrpm = 3\n";
        assert_eq!(as_toml(text).as_deref(), Some(toml));
        assert_eq!(as_toml("[limits]\nrpm = 3\n"), None);
        let twice = as_toml("[limits]\r\nSet-Cookie: a\r\nset-cookie: b\r\n[limits.m]\r\nset-cookie: c\r\n");
        assert_eq!(twice.as_deref(), Some("[limits]\r\nSet-Cookie = \"a\"\n\n[limits.m]\r\nset-cookie = \"c\"\n"));
    }

    #[test]
    fn which_headers_are_no_limits() {
        for key in [
            "Request-Id",
            "anthropic-ratelimit-unified-5h-utilization",
            "anthropic-ratelimit-requests-remaining",
            "CF-RAY",
        ] {
            assert!(is_passed_over(key), "{key}");
        }
        for key in ["anthropic-ratelimit-requests-limit", "anthropic-ratelimit-request-limit", "rpms", "claude-opus-5"]
        {
            assert!(!is_passed_over(key), "{key}");
        }
    }
}
