//! Recorded streams told again: the file's format, its damages, and the times of a replay.

use crate::body::{Event, events, message_id, said};
use crate::server::{Answer, Reader, asking, client, config, post, spec, start, stream_client, streamed, url, within};
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};
use stream_probe::scenario::{Http, Pace, Shape, Speed, Tempo};
use stream_probe::simulator::{
    Asked, Cassette, CassetteError, Conduct, Flaw, Recording, Script, Simulator, SimulatorConfig, Timing,
};
use stream_probe::wire::event::Part;

/// A recording written by hand: thinking, a tool call, a server tool's result that comes whole, and text; with spaces, pings, an event
/// of tomorrow and comments where they may be.
const RECORDED: &str = include_str!("../data/cassette.sse");

fn cassette(text: &str) -> Cassette {
    Cassette::parse(text.as_bytes()).unwrap()
}

fn replay(text: &str, tempo: Tempo) -> Script {
    cassette(text).script(tempo).unwrap()
}

fn serving(script: Script, pace: f64, conduct: Conduct) -> Simulator {
    let config = config(&spec(Shape::Chat, 1), conduct);
    Simulator::start(SimulatorConfig { source: script.into(), pace: Pace::Seconds(pace), ..config }).unwrap()
}

fn speed(times: &str) -> Tempo {
    Tempo::Recorded(times.parse::<Speed>().unwrap())
}

/// The recorded events, without comments.
fn recorded() -> Vec<Event> {
    let lines = RECORDED.lines().filter(|line| !line.starts_with(':'));
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    events(text.trim_start_matches('\n'))
}

#[tokio::test]
async fn every_event_is_told_as_it_was_recorded_but_for_the_id() {
    let script = replay(RECORDED, speed("1000"));
    let facts = script.facts;
    let body = streamed(script).await;
    let (told, recorded) = (events(&body), recorded());
    assert_eq!(told[1..], recorded[1..]);
    let fresh = message_id(&told);
    assert_ne!(fresh, "msg_recorded");
    assert_eq!(told[0].data, recorded[0].data.replace("msg_recorded", &fresh));

    // The numbers of the record, counted by hand in the file.
    let text = [said(&told, "text_delta"), said(&told, "thinking_delta"), said(&told, "input_json_delta")].concat();
    assert_eq!(text.concat(), "Café ☕ is open.Hm.{\"city\": \"Zürich\"}");
    assert_eq!(facts.chars, 36);
    assert_eq!(facts.text_bytes, 40);
    assert_eq!((facts.deltas, told.iter().filter(|event| event.is_delta()).count()), (8, 8));
    assert_eq!(facts.wire_bytes, body.len() as u64);
}

#[tokio::test]
async fn without_stream_the_answer_is_the_recorded_message() {
    let simulator = serving(replay(RECORDED, Tempo::Own), 0.1, Conduct::Free);
    let whole =
        Answer::to(post(&client(), &format!("{}/v1/messages", url(&simulator))).body(asking(false))).await.json();
    let expected = json!([
        { "type": "thinking", "thinking": "Hm.", "signature": "c2lnbmVk" },
        { "type": "tool_use", "id": "toolu_01", "name": "weather", "input": { "city": "Zürich" } },
        { "type": "web_search_tool_result", "tool_use_id": "srvtoolu_01", "content": [] },
        { "type": "text", "text": "Café ☕ is open." },
    ]);
    assert_eq!(whole["content"], expected);
    assert_eq!((whole["stop_reason"].as_str(), whole["model"].as_str()), (Some("end_turn"), Some("claude-opus-5")));
    assert_eq!(whole["usage"], json!({ "input_tokens": 25, "output_tokens": 30 }));
    assert!(whole["id"].as_str().unwrap().starts_with("msg_01"));
}

#[tokio::test]
async fn a_replay_goes_through_the_phases() {
    let simulator = serving(replay(RECORDED, speed("100")), 0.1, Conduct::Staged);
    let stage = simulator.stage();
    let mut reader = Reader::open(&stream_client(Http::One), &url(&simulator)).await;
    let recorded = recorded();
    let names =
        |range: std::ops::Range<usize>| recorded[range].iter().map(|event| event.name.clone()).collect::<Vec<_>>();
    let first = recorded.iter().position(Event::is_delta).unwrap();
    assert_eq!(reader.names(first).await, names(0..first));
    assert_eq!(stage.deltas(), 0);

    stage.begin_text(Duration::ZERO);
    within(stage.when(|stage| stage.full() == 1)).await;
    assert_eq!(stage.deltas(), 8);
    let last = recorded.len() - 3;
    assert_eq!(reader.names(last - first).await, names(first..last));
    let more = tokio::time::timeout(Duration::from_millis(10), reader.whenever_next()).await;
    assert!(more.is_err(), "the closing is held back: {more:?}");

    stage.release();
    let closing: Vec<String> = reader.rest().await.into_iter().map(|event| event.name).collect();
    assert_eq!(closing, ["content_block_stop", "message_delta", "message_stop"]);
}

#[tokio::test]
async fn times_are_as_recorded_and_as_much_faster_as_asked() {
    let script = replay(RECORDED, Tempo::Own);
    // First delta at 1.0 s, last event of the body at 3.75 s after the head.
    assert_eq!(script.first_text_after(Pace::Real), Duration::from_secs(1));
    assert_eq!(script.text_within(Pace::Real), Duration::from_millis(2_750));
    let fast = replay(RECORDED, speed("5"));
    assert_eq!(fast.text_within(Pace::Real), Duration::from_millis(550));

    let simulator = serving(fast, 60.0, Conduct::Free);
    let asked = Instant::now();
    let mut reader = Reader::open(&stream_client(Http::One), &url(&simulator)).await;
    while !reader.next().await.unwrap().is_delta() {}
    assert!(asked.elapsed() >= Duration::from_millis(200));
    let told = reader.rest().await;
    assert_eq!(told.last().unwrap().name, "message_stop");
    // The last event was recorded at 4.0 s.
    let took = asked.elapsed();
    assert!(took >= Duration::from_millis(800) && took < Duration::from_secs(30), "{took:?}");
    assert!(simulator.facts().late_max_ms < 10_000.0, "{:?}", simulator.facts());
}

#[tokio::test]
async fn a_plain_capture_is_spaced_evenly() {
    // As `curl -i -N` writes it: with a head, CRLF, and no times.
    let plain = RECORDED.lines().filter(|line| !line.starts_with(':')).collect::<Vec<_>>().join("\r\n");
    let capture = format!("HTTP/1.1 200 OK\r\nrequest-id: req_secret\r\n\r\n{plain}\r\n");
    let cassette = cassette(&capture);
    assert!(!cassette.is_timed());
    let script = cassette.script(Tempo::Own).unwrap();
    assert_eq!(script.timing, Timing::Even);
    assert_eq!(script.text_within(Pace::Seconds(0.5)), Duration::from_millis(500));
    assert_eq!(events(&streamed(script).await)[1..], recorded()[1..]);
    let error = cassette.script(speed("2")).unwrap_err().to_string();
    assert!(error.starts_with("a speed is for") && error.contains("set a pace"), "{error}");
    // And a recording with times is told evenly where that is asked for.
    assert_eq!(replay(RECORDED, Tempo::Even).timing, Timing::Even);
}

#[tokio::test]
async fn a_recording_that_fails_is_told_like_that() {
    let cut_at = |mark: &str| &RECORDED[..RECORDED.find(mark).unwrap()];
    let error = "event: error\ndata: {\"type\": \"error\", \"error\": {\"type\": \"overloaded_error\", \"message\": \"x\"}}\n\n";
    // Between two events, and before the first delta.
    for (mark, at) in [(": at 3.75", "3.75"), (": at 1.0\n", "1.0")] {
        let text = format!("{}: at {at}\n{error}", cut_at(mark));
        let simulator = serving(replay(&text, speed("1000")), 0.1, Conduct::Staged);
        let stage = simulator.stage();
        let mut reader = Reader::open(&stream_client(Http::One), &url(&simulator)).await;
        assert_eq!((reader.names(1).await, stage.full()), (vec!["message_start".to_owned()], 0));
        stage.begin_text(Duration::ZERO);
        within(stage.when(|stage| stage.full() == 1)).await;
        stage.release();
        assert_eq!(reader.rest().await.last().unwrap().name, "error");
    }
}

#[test]
fn a_recording_that_is_cut_off_is_refused_wherever_it_is_cut() {
    let whole = RECORDED.trim_end().len();
    let begins = RECORDED.find("event: message_start").unwrap();
    let first = begins + RECORDED[begins..].find("\n\n").unwrap();
    for cut in (first..whole).filter(|cut| RECORDED.is_char_boundary(*cut)) {
        let damage = Cassette::parse(&RECORDED.as_bytes()[..cut]).unwrap_err();
        let read = &RECORDED[..cut];
        match damage.flaw {
            Flaw::CutAfter { .. } | Flaw::CutWithin(_) => {
                let events = (1..).zip(read.lines()).filter(|(_, line)| line.starts_with("event: "));
                let last: Vec<usize> = events.map(|(number, _)| number).collect();
                assert!(last.iter().rev().take(2).any(|line| *line == damage.line), "{cut}: {damage}, {last:?}");
            }
            // Within the line that says when the next event came.
            Flaw::NotATime(_) => assert_eq!(damage.line, read.matches('\n').count() + 1),
            _ => panic!("{cut}: {damage}"),
        }
    }
    let refused = |mark: &str| Cassette::parse(&RECORDED.as_bytes()[..RECORDED.find(mark).unwrap()]).unwrap_err();
    assert_eq!(
        refused(": at 3.75").flaw,
        Flaw::CutAfter { name: "content_block_delta".to_owned(), last: "message_stop" }
    );
    assert_eq!(refused("\"toolu_01\"").flaw, Flaw::CutWithin("content_block_start".to_owned()));
    assert!(Cassette::parse(&RECORDED.as_bytes()[..whole]).is_ok());
}

#[test]
fn what_is_foreign_in_a_recording_is_not_told_to_the_terminal_as_it_is() {
    for text in [
        "event: \u{1b}[2J\ndata: {\n\n",
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":\"\u{1b}[2J\"}\n\n",
    ] {
        let said = Cassette::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(!said.contains('\u{1b}'), "{said:?}");
    }
}

#[tokio::test]
async fn an_editor_may_take_the_last_blank_line() {
    let told = events(&streamed(replay(RECORDED.trim_end(), speed("1000"))).await);
    assert_eq!(told.last().unwrap().name, "message_stop");
}

#[test]
fn what_gateways_write_behind_the_end_is_passed_over() {
    let with = |more: &str| format!("{}\n{more}", RECORDED.trim_end().to_owned() + "\n");
    for more in ["data: [DONE]\n", "data: [DONE]\n\n", ": at 86400\ndata: [DONE]\n\n"] {
        assert_eq!(cassette(&with(more)).facts(), cassette(RECORDED).facts(), "{more}");
    }
    let second = RECORDED[RECORDED.find("event: ").unwrap()..].to_owned();
    let last = RECORDED.lines().rfind(|line| line.starts_with(": at ")).unwrap();
    let damage = Cassette::parse(with(&format!("{last}\n{second}")).as_bytes()).unwrap_err();
    assert_eq!(damage.flaw, Flaw::AnotherAnswer);
    assert!(damage.to_string().contains("another answer"), "{damage}");
}

#[test]
fn damages_say_line_flaw_and_cure() {
    let line = |mark: &str| RECORDED[..RECORDED.find(mark).unwrap()].matches('\n').count() + 1;
    let replaced = |from: &str, to: &str| RECORDED.replacen(from, to, 1).into_bytes();
    let without_start = RECORDED.as_bytes()[RECORDED.find("event: content_block_start").unwrap()..].to_vec();
    let not_utf8 = {
        let mut bytes = RECORDED.as_bytes().to_vec();
        let at = RECORDED.find("Café").unwrap() + 1;
        bytes[at] = 0xFF;
        bytes
    };
    let cases: [(Vec<u8>, usize, &str); 15] = [
        (Vec::new(), 1, "there is no event"),
        (b"\n\n\n".to_vec(), 3, "there is no event"),
        (
            br#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#.to_vec(),
            1,
            "there is no event",
        ),
        (b"data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\"}\n\n".to_vec(), 1, "not message_start"),
        (b"data: [DONE]\n\n".to_vec(), 1, "`message` event"),
        (without_start, 1, "not message_start"),
        (replaced("cassette 1", "cassette 2"), 1, "version 2"),
        (replaced("cassette 1", "cassette one"), 1, "version one"),
        (
            replaced("\"thinking_delta\",", "\"thinking_delta\""),
            line("event: content_block_delta"),
            "`content_block_delta`",
        ),
        (replaced(": at 1.0\n", ""), line(": at 1.0\n"), "no time"),
        (replaced(": at 1.0\n", ": at soon\n"), line(": at 1.0\n"), "'soon' is no time"),
        (replaced(": at 1.0\n", ": at -1\n"), line(": at 1.0\n"), "'-1' is no time"),
        (replaced(": at 1.0\n", ": at NaN\n"), line(": at 1.0\n"), "'NaN' is no time"),
        (replaced(": at 1.0\n", ": at 0.1\n"), line("event: content_block_delta"), "from 0.3 to 0.1"),
        (not_utf8, line("Café"), "not UTF-8"),
    ];
    for (bytes, line, says) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answer.sse");
        std::fs::write(&path, &bytes).unwrap();
        let error = Cassette::read(&path).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{}, line {line}: ", path.display())), "line {line}: {error}");
        assert!(error.contains(says) && !error.contains('\n'), "{says}: {error}");
    }
    let large = vec![b' '; Cassette::LIMIT_BYTES + 1];
    assert_eq!(Cassette::parse(&large).unwrap_err().flaw, Flaw::TooLarge);
    assert!(matches!(Cassette::read(Path::new("/nowhere/x.sse")), Err(CassetteError::Read { .. })));
}

#[test]
fn speeds() {
    for (text, times) in [("20", 20.0), ("0.5x", 0.5)] {
        assert_eq!(text.parse::<Speed>().unwrap().times(), times);
    }
    for text in ["0", "-1", "fast", "", "1e9", "NaN"] {
        let error = text.parse::<Speed>().unwrap_err().to_string();
        assert!(error.starts_with(&format!("'{text}' is not a speed")) && error.contains("such as 20"), "{error}");
    }
}

#[tokio::test]
async fn what_the_simulator_says_can_be_recorded_and_told_again() {
    for shape in [Shape::LongForm, Shape::Thinking, Shape::ToolUse] {
        let generated = Script::new(&spec(shape, 3_000), 5);
        let facts = generated.facts;
        let simulator = start(&spec(shape, 3_000), Conduct::Free);
        let whole = Answer::to(post(&client(), &format!("{}/v1/messages", url(&simulator))).body(asking(false))).await;
        let first = streamed(generated.clone()).await;
        let mut recording = Recording::default();
        for (at, record) in first.split_inclusive("\n\n").enumerate() {
            recording.add(Duration::from_millis(at as u64), record.as_bytes());
        }
        let script = replay(recording.text(), speed("1000"));
        assert_eq!(script.facts, facts, "{shape:?}");
        let parts = |script: &Script| [script.opening.len(), script.body.len(), script.closing.len()];
        assert_eq!(parts(&script), parts(&generated));
        let second = streamed(script.clone()).await;
        for kind in ["text_delta", "thinking_delta", "input_json_delta", "signature_delta"] {
            assert_eq!(said(&events(&first), kind), said(&events(&second), kind));
        }
        assert_eq!(script.whole["stop_reason"], whole.json()["stop_reason"]);
        assert_eq!(
            script.whole["content"].as_array().unwrap().len(),
            whole.json()["content"].as_array().unwrap().len()
        );
    }
}

proptest! {
    /// A file with pieces cut out, doubled and moved is read or refused, and what is read can be told.
    #[test]
    fn no_edit_makes_the_reader_panic(edits in prop::collection::vec((0_usize..3_600, 0_usize..200, 0_usize..3_600), 0..6)) {
        let mut text: Vec<char> = RECORDED.chars().collect();
        for (from, count, to) in edits {
            let from = from.min(text.len());
            let piece: Vec<char> = text.drain(from..(from + count).min(text.len())).collect();
            let to = to.min(text.len());
            text.splice(to..to, piece.repeat(to % 3));
        }
        let text: String = text.into_iter().collect();
        if let Ok(cassette) = Cassette::parse(text.as_bytes()) {
            let script = cassette.script(Tempo::Own).unwrap();
            let times = match &script.timing {
                Timing::Even => Vec::new(),
                Timing::Recorded(times) => times.clone(),
            };
            prop_assert_eq!(!times.is_empty(), cassette.is_timed() && script.body.len() + script.closing.len() > 0);
            prop_assert!(times.is_sorted());
            let asked = Asked { model: "m".to_owned(), max_tokens: None, stream: true, input_tokens: 1 };
            let is_delta = |event: &Bytes| event.starts_with(b"event: content_block_delta\n");
            let deltas = script.body.iter().filter(|told| is_delta(&told.template.fill("", &asked))).count();
            prop_assert_eq!(script.body.iter().filter(|told| told.part == Part::Delta).count(), deltas);
            prop_assert_eq!(deltas as u64, script.facts.deltas);
        }
    }
}
