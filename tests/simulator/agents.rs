//! The shape of agents: a call of a tool first, which is no stream, and then the answer to its result, which is held.

use crate::body::{events, said};
use crate::server::{Answer, client, post, spec, start, url, within};
use serde_json::{Value, json};
use stream_probe::scenario::Shape;
use stream_probe::simulator::Conduct;

fn request(messages: &Value, tool: &str) -> String {
    let tools = json!([{ "name": tool, "input_schema": { "type": "object" } }]);
    json!({ "model": "m", "max_tokens": 9, "stream": true, "messages": messages, "tools": tools }).to_string()
}

#[tokio::test]
async fn a_tool_is_called_before_the_stream_that_is_held() {
    let simulator = start(&spec(Shape::Agent, 400), Conduct::Staged);
    let stage = simulator.stage();
    let ask = |body: String| post(&client(), &format!("{}/v1/messages", url(&simulator))).body(body);
    let task = json!({ "role": "user", "content": "Write." });

    // Whole at once, although no stream may begin its text.
    let call = events(&Answer::to(ask(request(&json!([task]), "Bash"))).await.body);
    let block = &call[1].json()["content_block"];
    assert_eq!([&block["type"], &block["name"]], ["tool_use", "Bash"]);
    let input: Value = serde_json::from_str(&said(&call, "input_json_delta").concat()).unwrap();
    assert_eq!(input["command"], "true");
    assert_eq!(call[call.len() - 2].json()["delta"]["stop_reason"], "tool_use");
    assert_eq!((stage.tool_calls(), stage.opened()), (1, 0));

    // Its result is answered by a stream, and so is who offers another tool.
    let result = json!({ "role": "user", "content": [{ "type": "tool_result", "tool_use_id": block["id"] }] });
    let said_so = json!({ "role": "assistant", "content": [{ "type": "tool_use", "id": block["id"] }] });
    let held = [request(&json!([task, said_so, result]), "Bash"), request(&json!([task]), "Read")];
    let [answered, other] = held.map(|body| tokio::spawn(Answer::to(ask(body))));
    within(stage.when(|stage| stage.open() == 2)).await;
    stage.begin_text(std::time::Duration::ZERO);
    within(stage.when(|stage| stage.full() == 2)).await;
    stage.release();
    for answer in [answered.await.unwrap(), other.await.unwrap()] {
        assert_eq!(said(&events(&answer.body), "text_delta").concat().chars().count(), 400);
    }
    assert_eq!((stage.tool_calls(), stage.opened(), simulator.facts().tool_calls), (1, 2, 1));
}
