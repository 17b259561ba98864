//! Every way of failing that a model's name can ask for.

use crate::body::{events, said};
use crate::server::{Answer, Reader, asking, client, config, post, spec, start, stream_client, url, within};
use jiff::Timestamp;
use reqwest::{Response, Version};
use serde_json::json;
use std::time::Duration;
use stream_probe::scenario::{Http, Pace, Shape};
use stream_probe::simulator::{Conduct, Simulator, SimulatorConfig};

fn chat(conduct: Conduct) -> Simulator {
    start(&spec(Shape::Chat, 4_000), conduct)
}

fn failing(fault: &str, stream: bool) -> String {
    asking(stream).replace("claude-sonnet-4-5", &format!("probe-fault-{fault}"))
}

async fn ask(simulator: &Simulator, fault: &str, stream: bool) -> Answer {
    Answer::to(post(&client(), &format!("{}/v1/messages", url(simulator))).body(failing(fault, stream))).await
}

#[tokio::test]
async fn refusals() {
    let simulator = chat(Conduct::Staged);
    let cases = [
        ("overloaded", 529, "overloaded_error"),
        ("rate-limit", 429, "rate_limit_error"),
        ("invalid", 400, "invalid_request_error"),
        ("of-another-kind", 404, "not_found_error"),
    ];
    for (fault, status, kind) in cases {
        for stream in [true, false] {
            let answer = ask(&simulator, fault, stream).await;
            let body = answer.json();
            assert_eq!((answer.status, body["error"]["type"].as_str()), (status, Some(kind)));
            assert_eq!(body["type"], "error");
            assert_eq!(body["request_id"], answer.header("request-id"));
            assert_eq!(answer.headers.contains_key("retry-after"), status == 429, "{fault}");
        }
    }
    let stage = simulator.stage();
    assert_eq!((stage.refused(), stage.whole(), stage.opened(), stage.broken()), (8, 4, 0, 0));
}

#[tokio::test]
async fn a_rate_limit_comes_with_all_that_is_needed_to_wait_for_it() {
    let simulator = chat(Conduct::Free);
    let asked = Timestamp::now().as_second();
    let answer = ask(&simulator, "rate-limit", true).await;
    let retry_after: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&retry_after), "{retry_after}");
    for name in ["requests", "tokens", "input-tokens", "output-tokens"] {
        let part = |part| answer.header(&format!("anthropic-ratelimit-{name}-{part}"));
        assert_eq!(part("remaining") == "0", name == "requests");
        assert!(part("limit").parse::<u64>().unwrap() > 0);
        let reset: Timestamp = part("reset").parse().unwrap();
        if name == "requests" {
            // Nothing is left: it takes the whole minute until all is back.
            assert!((59..=120).contains(&(reset.as_second() - asked)), "{reset}");
        }
    }
}

/// A body as far as it goes, and whether the connection broke.
async fn read(mut response: Response) -> (String, bool) {
    let mut text = String::new();
    loop {
        match within(response.chunk()).await {
            Ok(Some(bytes)) => text.push_str(std::str::from_utf8(&bytes).unwrap()),
            Ok(None) => return (text, false),
            Err(_) => return (text, true),
        }
    }
}

/// Asks for a stream that fails; `http` is spoken from the first byte.
async fn open(simulator: &Simulator, http: Http, fault: &str) -> Response {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().no_proxy();
    let client = match http {
        Http::One => builder.http1_only(),
        Http::Two => builder.http2_prior_knowledge(),
    };
    let request = post(&client.build().unwrap(), &format!("{}/v1/messages", url(simulator)));
    let response = within(request.body(failing(fault, true)).send()).await.unwrap();
    let version = if http == Http::One { Version::HTTP_11 } else { Version::HTTP_2 };
    assert_eq!((response.status().as_u16(), response.version()), (200, version));
    response
}

#[tokio::test]
async fn streams_that_fail_after_the_cue_and_wait_for_no_other() {
    for http in [Http::One, Http::Two] {
        let simulator = chat(Conduct::Staged);
        let stage = simulator.stage();
        let error = open(&simulator, http, "mid-stream").await;
        let broken = open(&simulator, http, "cut").await;
        let mut sound = Reader::open(&stream_client(http), &url(&simulator)).await;
        assert_eq!((stage.open(), stage.broken(), stage.deltas()), (3, 0, 0));

        stage.begin_text(Duration::ZERO);
        let (error, broken) = tokio::join!(read(error), read(broken));
        within(stage.when(|stage| stage.full() == 1 && stage.open() == 1)).await;
        assert_eq!((stage.broken(), stage.refused(), stage.opened()), (2, 0, 3));
        stage.release();
        let whole = said(&sound.rest().await, "text_delta");

        let failed = events(&error.0);
        let expected = json!({ "type": "error", "error": { "type": "overloaded_error", "message": "Overloaded" } });
        assert_eq!((failed.last().unwrap().name.as_str(), failed.last().unwrap().json()), ("error", expected));
        assert!(!error.1, "the stream ends, the connection does not break");
        assert!(broken.1, "the connection breaks");
        for text in [&error.0, &broken.0] {
            let told = events(text);
            assert_eq!(told[0].name, "message_start");
            assert!(!told.iter().any(|event| event.name == "message_stop"));
            let pieces = said(&told, "text_delta");
            assert_eq!(pieces, whole[..whole.len() / 2], "half of the text");
            assert!(pieces.len() > 10);
        }
    }
}

#[tokio::test]
async fn a_short_stream_fails_when_it_has_said_all() {
    for (chars, deltas) in [(5, 5), (10, 10), (14, 10)] {
        let spec = stream_probe::scenario::StreamSpec { delta_chars: Some(1), ..spec(Shape::Chat, chars) };
        let simulator = start(&spec, Conduct::Free);
        let told = events(&read(open(&simulator, Http::One, "mid-stream").await).await.0);
        assert_eq!(said(&told, "text_delta").len(), deltas);
        assert_eq!(told.last().unwrap().name, "error");
        assert_eq!(simulator.stage().full(), 0);
    }
}

#[tokio::test]
async fn whole_messages_are_counted_and_fail_too() {
    let simulator = chat(Conduct::Staged);
    let messages = format!("{}/v1/messages", url(&simulator));
    let whole = Answer::to(post(&client(), &messages).body(asking(false))).await;
    assert_eq!((whole.status, simulator.stage().whole()), (200, 1));
    assert_eq!(ask(&simulator, "mid-stream", false).await.status, 529);
    let cut = within(post(&client(), &messages).body(failing("cut", false)).send()).await.unwrap();
    assert_eq!(cut.status(), 200);
    let (text, broke) = read(cut).await;
    assert!(broke && !text.is_empty() && text.len() < whole.body.len());
    let stage = simulator.stage();
    assert_eq!((stage.whole(), stage.refused(), stage.opened()), (3, 1, 0));
}

#[tokio::test]
async fn a_failing_stream_that_its_client_leaves_is_not_counted_as_broken() {
    let config = SimulatorConfig { pace: Pace::Seconds(60.0), ..config(&spec(Shape::Chat, 4_000), Conduct::Free) };
    let simulator = Simulator::start(config).unwrap();
    let response = open(&simulator, Http::One, "cut").await;
    assert_eq!(simulator.stage().open(), 1);
    drop(response);
    within(simulator.stage().when(|stage| stage.open() == 0)).await;
    assert_eq!(simulator.stage().broken(), 0);
}
