//! Errors on demand, as they come over the socket.

use crate::body::events;
use crate::server::{Answer, asking, client, post, spec, start, url, within};
use serde_json::{Value, json};
use stream_probe::scenario::Shape;
use stream_probe::simulator::{Conduct, Simulator};

fn chat() -> Simulator {
    start(&spec(Shape::Chat, 2_000), Conduct::Free)
}

fn for_model(simulator: &Simulator, model: &str) -> reqwest::RequestBuilder {
    let body = asking(true).replace("claude-sonnet-4-5", model);
    post(&client(), &format!("{}/v1/messages", url(simulator))).body(body)
}

#[tokio::test]
async fn refusals_are_worded_as_the_api_does() {
    let simulator = chat();
    for (model, status, kind) in [
        ("probe-fault-overloaded", 529, "overloaded_error"),
        ("probe-fault-rate-limit", 429, "rate_limit_error"),
        ("probe-fault-invalid", 400, "invalid_request_error"),
    ] {
        let answer = Answer::to(for_model(&simulator, model)).await;
        assert_eq!(answer.status, status, "{model}");
        assert_eq!(answer.json()["error"]["type"], kind);
        assert_eq!(answer.json()["request_id"], answer.header("request-id"));
        assert_eq!(answer.headers.contains_key("retry-after"), status == 429, "{model}");
        if status == 429 {
            assert_eq!(answer.header("anthropic-ratelimit-requests-remaining"), "0");
            assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
        }
    }
    assert_eq!(simulator.stage().refused(), 3);
    assert_eq!(simulator.stage().opened(), 0);
}

#[tokio::test]
async fn a_stream_breaks_off_with_an_error_event() {
    let simulator = chat();
    let answer = Answer::to(for_model(&simulator, "probe-fault-mid-stream")).await;
    assert_eq!(answer.status, 200);
    let events = events(&answer.body);
    assert_eq!(events.iter().filter(|event| event.name == "content_block_delta").count(), 10);
    let last = events.last().unwrap();
    assert_eq!(last.name, "error");
    let said: Value = serde_json::from_str(&last.data).unwrap();
    assert_eq!(said, json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}));
    assert!(events.iter().all(|event| event.name != "message_stop"));
}

#[tokio::test]
async fn a_stream_breaks_off_with_its_connection() {
    let simulator = chat();
    let response = within(for_model(&simulator, "probe-fault-cut").send()).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(within(response.text()).await.is_err(), "a cut body is an error");
    within(simulator.stage().when(|stage| stage.open() == 0)).await;
}
