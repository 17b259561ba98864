//! Headers, errors, and the answers that are one JSON text.

use crate::body::{assert_id, events, message_id};
use crate::server::{Answer, Reader, asking, client, post, spec, start, stream_client, url};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::HashSet;
use stream_probe::scenario::{Http, Shape};
use stream_probe::simulator::{Conduct, Simulator};

fn chat() -> Simulator {
    start(&spec(Shape::Chat, 200), Conduct::Free)
}

const LIMITS: [&str; 4] = ["requests", "tokens", "input-tokens", "output-tokens"];

fn limit(answer: &Answer, name: &str, part: &str) -> u64 {
    answer.header(&format!("anthropic-ratelimit-{name}-{part}")).parse().unwrap()
}

/// What every answer has in its header. `asked` is when it was asked for.
fn assert_headers(answer: &Answer, asked: Timestamp) {
    assert_id(answer.header("request-id"), "req_01");
    let organization = answer.header("anthropic-organization-id");
    let parts: Vec<usize> = organization.split('-').map(str::len).collect();
    assert!(parts == [8, 4, 4, 4, 12] && organization.chars().all(|c| c == '-' || c.is_ascii_hexdigit()));
    assert!(answer.headers.contains_key("date"));

    for name in LIMITS {
        assert!(limit(answer, name, "remaining") <= limit(answer, name, "limit"), "{name}");
        // RFC 3339 in whole seconds, as in 2026-08-25T00:00:00Z.
        let reset = answer.header(&format!("anthropic-ratelimit-{name}-reset"));
        assert!(reset.len() == 20 && reset.ends_with('Z') && reset.as_bytes()[10] == b'T', "{reset}");
        // A limit a minute is back in full within a minute; cut to the second it may lie just before the question.
        let within = asked.as_second() - 1..=Timestamp::now().as_second() + 60;
        assert!(within.contains(&reset.parse::<Timestamp>().unwrap().as_second()), "{name}: {reset}");
    }
    let of = |name| limit(answer, name, "limit");
    assert_eq!(of("tokens"), of("input-tokens") + of("output-tokens"));
    assert!(LIMITS[1..].iter().all(|name| limit(answer, name, "remaining").is_multiple_of(1_000)));
}

#[tokio::test]
async fn headers_of_every_kind_of_answer() {
    let (simulator, client) = (chat(), client());
    let messages = format!("{}/v1/messages", url(&simulator));
    let asked = Timestamp::now();
    let ask = |url: &str, body: String| Answer::to(post(&client, url).header("accept-encoding", "br, gzip").body(body));

    let stream = ask(&messages, asking(true)).await;
    assert_eq!(stream.header("content-encoding"), "gzip");
    assert_eq!((stream.status, stream.header("content-type")), (200, "text/event-stream; charset=utf-8"));
    assert_eq!(stream.header("cache-control"), "no-cache");
    assert_eq!(stream.header("transfer-encoding"), "chunked");
    let whole = ask(&messages, asking(false)).await;
    let count = ask(&format!("{messages}/count_tokens"), asking(false)).await;
    let error = ask(&messages, String::new()).await;
    let nowhere = ask(&format!("{messages}/nowhere"), asking(true)).await;
    for (answer, status) in [(&whole, 200), (&count, 200), (&error, 400), (&nowhere, 404)] {
        assert_eq!((answer.status, answer.header("content-type")), (status, "application/json"));
    }

    let answers = [stream, whole, count, error, nowhere];
    answers.iter().for_each(|answer| assert_headers(answer, asked));
    // Streams alone are compressed.
    let compressed = answers.iter().map(|answer| answer.headers.contains_key("content-encoding"));
    assert!(compressed.eq([true, false, false, false, false]));
    let ids: HashSet<&str> = answers.iter().map(|answer| answer.header("request-id")).collect();
    assert_eq!(ids.len(), answers.len());
    let organizations: HashSet<&str> =
        answers.iter().map(|answer| answer.header("anthropic-organization-id")).collect();
    assert_eq!(organizations.len(), 1);
}

#[tokio::test]
async fn open_streams_are_taken_from_the_requests_that_remain() {
    let simulator = start(&spec(Shape::Chat, 200), Conduct::Staged);
    let count = format!("{}/v1/messages/count_tokens", url(&simulator));
    let streams = stream_client(Http::One);
    let mut held = Vec::new();
    for open in 0..4 {
        let answer = Answer::to(post(&client(), &count).body(asking(false))).await;
        assert_eq!(limit(&answer, "requests", "limit") - limit(&answer, "requests", "remaining"), open);
        held.push(Reader::open(&streams, &url(&simulator)).await);
    }
}

/// An error as the API words it, its id the one in the header.
fn assert_error(answer: &Answer, status: u16, kind: &str, says: &str) {
    let body = answer.json();
    let message = body["error"]["message"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned();
    let expected = json!({
        "type": "error",
        "error": { "type": kind, "message": message },
        "request_id": answer.header("request-id"),
    });
    // As text, so that the order counts.
    assert_eq!((answer.status, body.to_string()), (status, expected.to_string()));
    assert!(message.contains(says), "{message}");
}

#[tokio::test]
async fn wrong_places_and_methods() {
    let (simulator, client) = (chat(), client());
    for path in ["/", "/v1", "/v1/messages/", "/v1/messages/x", "/v1/complete", "/v2/messages"] {
        let request = post(&client, &format!("{}{path}", url(&simulator))).body(asking(true));
        assert_error(&Answer::to(request).await, 404, "not_found_error", "");
    }
    for path in ["/v1/messages", "/v1/messages/count_tokens"] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let request = client.request(method, format!("{}{path}", url(&simulator))).header("x-api-key", "key");
            assert_error(&Answer::to(request).await, 405, "invalid_request_error", "");
        }
    }
    assert_eq!(simulator.stage().opened(), 0);
}

/// A mistake in the base URL and a client of another API are named, with what was asked.
#[tokio::test]
async fn what_is_likely_wrong_with_a_path_is_said() {
    for (path, says) in [("/v1/v1/messages", "stands there twice"), ("/v1/chat/completions", "Chat Completions")] {
        let (simulator, client) = (chat(), client());
        let answer =
            Answer::to(post(&client, &format!("{}{path}?key=secret", url(&simulator))).body(asking(true))).await;
        assert_error(&answer, 404, "not_found_error", says);
        let refusal = simulator.first_refusal().unwrap().to_string();
        assert!(refusal.starts_with("404 not_found_error: Not found: "), "{refusal}");
        assert!(refusal.ends_with(&format!(" (POST {path})")), "{refusal}");
        assert!(refusal.contains(says) && !refusal.contains("secret"), "{refusal}");
    }
}

#[tokio::test]
async fn models_are_told() {
    let (simulator, client) = (chat(), client());
    let get = |path: &str| {
        let request = client.get(format!("{}{path}", url(&simulator))).header("anthropic-version", "2026-10-21");
        Answer::to(request.header("x-api-key", "key"))
    };
    let all = get("/v1/models?limit=5").await;
    assert_eq!((all.status, all.json()["has_more"].as_bool()), (200, Some(false)));
    let id = all.json()["data"][0]["id"].as_str().unwrap().to_owned();
    for id in [&id[..], "a-model-of-tomorrow"] {
        let one = get(&format!("/v1/models/{id}")).await.json();
        assert_eq!((one["id"].as_str(), one["type"].as_str()), (Some(id), Some("model")));
        assert!(one["created_at"].as_str().unwrap().parse::<Timestamp>().is_ok() && one["max_tokens"].is_u64());
    }
    assert_eq!(get("/v1/models/").await.status, 404);
    let posted = Answer::to(post(&client, &format!("{}/v1/models", url(&simulator))).body(asking(true))).await;
    assert_error(&posted, 405, "invalid_request_error", "/v1/models takes GET");
    let nobody = Answer::to(client.get(format!("{}/v1/models", url(&simulator)))).await;
    assert_error(&nobody, 401, "authentication_error", "x-api-key");
}

#[tokio::test]
async fn a_key_and_a_version_are_needed() {
    let (simulator, client) = (chat(), client());
    for path in ["/v1/messages", "/v1/messages/count_tokens"] {
        let ask = || client.post(format!("{}{path}", url(&simulator))).body(asking(true));
        let version = ("anthropic-version", "2023-06-01");
        let answer = Answer::to(ask().header(version.0, version.1)).await;
        assert_error(&answer, 401, "authentication_error", "x-api-key");
        let answer = Answer::to(ask().header("x-api-key", "key")).await;
        assert_error(&answer, 400, "invalid_request_error", "anthropic-version");
        // No content type, and the key in the other place.
        let answer = Answer::to(ask().header(version.0, version.1).header("authorization", "Bearer key")).await;
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
async fn bodies_that_are_no_request() {
    let (simulator, client) = (chat(), client());
    let without = |field: &str| {
        let mut body: Value = serde_json::from_str(&asking(true)).unwrap();
        body.as_object_mut().unwrap().shift_remove(field);
        body.to_string()
    };
    let with = |field: &str, value: Value| {
        let mut body: Value = serde_json::from_str(&asking(true)).unwrap();
        body[field] = value;
        body.to_string()
    };
    let cases = [
        (String::new(), "JSON"),
        ("{".to_owned(), "JSON"),
        ("[]".to_owned(), ""),
        ("\"text\"".to_owned(), ""),
        (asking(true).replace("true}", "true}}"), "JSON"),
        (without("model"), "model"),
        (without("max_tokens"), "max_tokens"),
        (without("messages"), "messages"),
        (with("messages", json!([])), "messages"),
        (with("messages", json!("Hello")), ""),
        (with("max_tokens", json!(-1)), ""),
        (with("stream", json!("yes")), ""),
    ];
    for (body, says) in cases {
        let answer = Answer::to(post(&client, &format!("{}/v1/messages", url(&simulator))).body(body)).await;
        assert_error(&answer, 400, "invalid_request_error", says);
    }
    assert_eq!(simulator.stage().opened(), 0);
}

#[tokio::test]
async fn a_request_may_have_32_megabytes() {
    let (simulator, client) = (chat(), client());
    let messages = format!("{}/v1/messages", url(&simulator));
    let mut body = asking(true).into_bytes();
    body.resize(32_000_000, b' ');
    assert_eq!(Answer::to(post(&client, &messages).body(body.clone())).await.status, 200);
    body.push(b' ');
    assert_error(&Answer::to(post(&client, &messages).body(body)).await, 413, "request_too_large", "");
}

#[tokio::test]
async fn bodies_that_find_no_room_wait_for_their_turn() {
    // Twice what is held at once.
    let (simulator, client) = (chat(), client());
    let messages = format!("{}/v1/messages", url(&simulator));
    let mut body = asking(false).into_bytes();
    body.resize(31_000_000, b' ');
    let body = bytes::Bytes::from(body);
    let answers = (0..8).map(|_| Answer::to(post(&client, &messages).body(body.clone())));
    for answer in futures::future::join_all(answers).await {
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

#[tokio::test]
async fn fields_headers_and_queries_of_sdks_are_taken() {
    let (simulator, client) = (chat(), client());
    let body = json!({
        "model": "claude-opus-5", "max_tokens": 1, "stream": true,
        "messages": [{ "role": "user", "content": [{ "type": "text", "text": "Hello", "cache_control": { "type": "ephemeral" } }] }],
        "system": [{ "type": "text", "text": "Be brief." }], "stop_sequences": ["\n\nHuman:"], "temperature": 0.5,
        "tools": [{ "name": "write_file", "input_schema": { "type": "object" } }], "tool_choice": { "type": "auto" },
        "thinking": { "type": "enabled", "budget_tokens": 1024 }, "metadata": { "user_id": "1" }, "service_tier": "auto",
    });
    let request = post(&client, &format!("{}/v1/messages?beta=true", url(&simulator)))
        .header("accept", "application/json")
        .header("anthropic-beta", "fine-grained-tool-streaming-2025-05-14,files-api-2025-04-14")
        .header("x-stainless-helper-method", "stream");
    let told = events(&Answer::to(request.body(body.to_string())).await.body);
    assert_eq!(told.last().unwrap().name, "message_stop");
    let count = format!("{}/v1/messages/count_tokens?beta=true", url(&simulator));
    assert_eq!(Answer::to(post(&client, &count).body(asking(false))).await.status, 200);
}

#[tokio::test]
async fn an_answer_at_once() {
    let (simulator, client) = (chat(), client());
    let messages = format!("{}/v1/messages", url(&simulator));
    let whole = Answer::to(post(&client, &messages).body(asking(false))).await.json();
    let text = whole["content"][0]["text"].as_str().unwrap();
    assert_eq!(text.chars().count(), 200);
    let expected = json!({
        "id": whole["id"], "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
        "content": [{ "type": "text", "text": text }],
        "stop_reason": "end_turn", "stop_sequence": null,
        "usage": {
            "input_tokens": 12, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
            "cache_creation": { "ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0 },
            "output_tokens": 50, "service_tier": "standard", "inference_geo": "not_available",
        },
    });
    assert_eq!(whole.to_string(), expected.to_string());
    assert_id(whole["id"].as_str().unwrap(), "msg_01");
    // A body that does not say `stream` is answered at once; an answer at once is no stream.
    let silent = asking(false).replace(r#","stream":false"#, "");
    let again = Answer::to(post(&client, &messages).body(silent)).await.json();
    assert_eq!(again["content"], whole["content"]);
    assert_ne!(again["id"], whole["id"]);
    assert_eq!(simulator.stage().opened(), 0);
    let stream = Answer::to(post(&client, &messages).body(asking(true))).await;
    assert_ne!(message_id(&events(&stream.body)), whole["id"].as_str().unwrap());
}

#[tokio::test]
async fn an_answer_says_the_model_and_the_tokens_of_its_request() {
    let (simulator, client) = (chat(), client());
    let messages = format!("{}/v1/messages", url(&simulator));
    for (model, said) in
        [("claude-opus-5-5", "Hi"), ("no\"such\\model", "A longer question, of more tokens than two digits can say. ")]
    {
        let mut body: Value = serde_json::from_str(&asking(true)).unwrap();
        (body["model"], body["system"]) = (model.into(), said.repeat(9).into());
        let count = Answer::to(post(&client, &format!("{messages}/count_tokens")).body(body.to_string())).await.json();
        let told = events(&Answer::to(post(&client, &messages).body(body.to_string())).await.body);
        body["stream"] = false.into();
        let whole = Answer::to(post(&client, &messages).body(body.to_string())).await.json();
        let (first, last) = (told[0].json(), told[told.len() - 2].json());
        assert_eq!([&first["message"]["model"], &whole["model"]], [model; 2]);
        for usage in [&first["message"]["usage"], &last["usage"], &whole["usage"]] {
            assert_eq!(usage["input_tokens"], count["input_tokens"], "{usage}");
        }
    }
    let mut body: Value = serde_json::from_str(&asking(true)).unwrap();
    body["model"] = "m".repeat(257).into();
    assert_error(
        &Answer::to(post(&client, &messages).body(body.to_string())).await,
        400,
        "invalid_request_error",
        "model",
    );
}

#[tokio::test]
async fn tokens_are_counted() {
    let (simulator, client) = (chat(), client());
    let count = format!("{}/v1/messages/count_tokens", url(&simulator));
    let tokens = async |words: usize| {
        // No max_tokens: the API has none here.
        let messages = json!([{ "role": "user", "content": "word ".repeat(words) }]);
        let body = json!({ "model": "claude-sonnet-4-5", "messages": messages });
        let answer = Answer::to(post(&client, &count).body(body.to_string())).await.json();
        assert_eq!(answer.as_object().unwrap().len(), 1, "{answer}");
        answer["input_tokens"].as_u64().unwrap()
    };
    let (few, many) = (tokens(100).await, tokens(1_000).await);
    // 4 characters a token: 900 words of 5 characters are 1,125 of them.
    assert_eq!(many - few, 1_125);
    assert!((125..150).contains(&few), "{few}");
    for field in ["model", "messages"] {
        let mut body: Value = serde_json::from_str(&asking(false)).unwrap();
        body.as_object_mut().unwrap().shift_remove(field);
        let answer = Answer::to(post(&client, &count).body(body.to_string())).await;
        assert_error(&answer, 400, "invalid_request_error", field);
    }
}
