//! Every dialect, held to itself: what it writes it reads, and what it tells clients is what it asks of them.

use fastrand::Rng;
use serde_json::Value;
use stream_probe::wire::answer::{Block, Id, InUse, Pieces, Reason};
use stream_probe::wire::dialect::Dialect;
use stream_probe::wire::event::{BlockKind, Delta, Event, Part};
use stream_probe::wire::problem::{ApiError, Problem};
use stream_probe::wire::request::{Asked, Call};
use stream_probe::wire::sse::{Decoder, SseEvent};
use stream_probe::wire::template::Blank;

fn asked() -> Asked {
    Asked { model: "m\"".to_owned(), max_tokens: Some(9), stream: true, input_tokens: 7 }
}

/// The version that clients of this crate write for.
fn version(dialect: Dialect) -> &'static str {
    let header = dialect.version_header();
    dialect.fixed_headers().iter().find(|(name, _)| *name == header).map_or("", |(_, version)| version)
}

/// The events that come of what is written of one.
fn read_back(dialect: Dialect, event: &Event<'_>) -> Vec<Event<'static>> {
    let written = dialect.write(event, &mut Rng::with_seed(1)).map(|template| template.fill("an-id", &asked()));
    let mut read = Vec::new();
    if let Some(record) = written {
        let take = |event: SseEvent<'_>| read.push(dialect.read(event.name, event.data).unwrap().into_owned());
        Decoder::new(usize::MAX).push(&record, take).unwrap();
    }
    read
}

/// An answer with a block of every kind.
fn told(dialect: Dialect) -> Vec<Event<'static>> {
    let opens = |index, kind| Event::BlockOpens { index, kind };
    let delta = |index, delta| Event::Delta { index, delta };
    let mut events = vec![
        opens(0, BlockKind::Thinking("".into())),
        delta(0, Delta::Thinking("so\n".into())),
        delta(0, Delta::Signature(dialect.signature().unwrap_or_default().into())),
        Event::BlockEnds { index: 0 },
        opens(1, BlockKind::Text("".into())),
        Event::Alive,
        delta(1, Delta::Text("\"Hello\" ".into())),
        delta(1, Delta::Text("漢".into())),
        Event::BlockEnds { index: 1 },
        opens(2, BlockKind::ToolUse { id: "call".into(), name: "tool".into() }),
        delta(2, Delta::InputJson("{\"a\":".into())),
        delta(2, Delta::InputJson("1}".into())),
        Event::BlockEnds { index: 2 },
    ];
    events.push(Event::Ends {
        stop_reason: Some(dialect.stop_reason(Reason::Calls).into()),
        input_tokens: Some(7),
        output_tokens: Some(5),
    });
    events.push(Event::Stops);
    events
}

#[test]
fn what_a_dialect_writes_it_reads() {
    for dialect in Dialect::ALL {
        let blank = Event::Opens { id: "".into(), model: "".into(), input_tokens: 0, output_tokens: 1 };
        let filled = Event::Opens { id: "an-id".into(), model: "m\"".into(), input_tokens: 7, output_tokens: 1 };
        assert_eq!(read_back(dialect, &blank), [filled]);
        for event in told(dialect) {
            let read = read_back(dialect, &event);
            // A dialect may have no such event, and says something else then in no case; of what is said nothing may be lost.
            assert!(read.is_empty() || read == [event.clone()], "{event:?} was read as {read:?}");
            assert!(!read.is_empty() || !matches!(event.part(), Part::Delta | Part::Stops), "{event:?} is not written");
        }
        for problem in Problem::ALL {
            let failure = dialect.failure(&ApiError::new(problem, "Oh \"no\"")).unwrap().fill("", &asked());
            let mut decoder = Decoder::new(usize::MAX);
            let fails = Event::Fails { kind: dialect.kind(problem).into(), message: "Oh \"no\"".into() };
            decoder.push(&failure, |event| assert_eq!(dialect.read(event.name, event.data).unwrap(), fails)).unwrap();
        }
    }
}

/// Deltas are told apart by what they are, and by a mark in their bytes where nothing else is known of a stream.
#[test]
fn a_mark_is_in_deltas_alone() {
    for dialect in Dialect::ALL {
        for event in told(dialect) {
            let Some(template) = dialect.write(&event, &mut Rng::with_seed(1)) else { continue };
            let bytes = template.fill("an-id", &asked());
            let mark = dialect.delta_mark();
            let marked = bytes.windows(mark.len()).any(|window| window == mark);
            assert_eq!(marked, event.part() == Part::Delta, "{event:?}");
        }
    }
}

#[test]
fn the_events_of_a_stream_make_its_whole_answer() {
    for dialect in Dialect::ALL {
        let blocks = [
            Block::Thinking("so\n".to_owned()),
            Block::Text("\"Hello\" 漢".to_owned()),
            Block::Call { id: "call".to_owned(), name: "tool", input: "{\"a\":1}".to_owned() },
        ];
        let mut whole = dialect.whole(&blocks, Reason::Calls, 5);
        dialect.fill(&mut whole, "an-id", Some("m\""), Some(7));
        let opens = Event::Opens { id: "".into(), model: "".into(), input_tokens: 0, output_tokens: 1 };
        let mut pieces = Pieces::default();
        for event in std::iter::once(opens).chain(told(dialect)) {
            let Some(template) = dialect.write(&event, &mut Rng::with_seed(1)) else { continue };
            let mut decoder = Decoder::new(usize::MAX);
            decoder
                .push(&template.fill("an-id", &asked()), |event| {
                    let data = serde_json::from_str(event.data).unwrap_or_default();
                    dialect.collect(&mut pieces, &dialect.read(event.name, event.data).unwrap(), &data);
                })
                .unwrap();
        }
        let mut collected = dialect.collected(pieces);
        assert_eq!(dialect.reported(&collected), dialect.reported(&whole));
        // How a call came about is said where it opens, and not in the whole.
        if let Some(call) = collected["content"][2].as_object_mut() {
            call.remove("caller");
        }
        assert_eq!(collected, whole);
    }
}

#[test]
fn what_clients_send_is_what_servers_ask_for() {
    for dialect in Dialect::ALL {
        let body = dialect.request("Hello", "m", 9);
        let Asked { model, max_tokens, stream, input_tokens } = dialect.asked(version(dialect), &body).unwrap();
        assert_eq!((model.as_str(), max_tokens, stream), ("m", Some(9), true));
        assert!(input_tokens > 0);
        let terms = dialect.terms(&serde_json::from_slice(&body).unwrap());
        assert_eq!((terms.stream, terms.max_tokens), (true, Some(9)));
        assert_eq!(dialect.asked(version(dialect), b"{}").unwrap_err().problem, Problem::Invalid);
        assert_eq!(dialect.call(dialect.answers_path()), Some(Call::Answer));
        assert!(dialect.answers_path().starts_with(dialect.root()));
        assert_eq!(dialect.call("/"), None);
        assert!(dialect.key_headers().contains(&dialect.key_header()));
        // HTTP/2 has names of headers in lower case, and so have the tables that they are looked up in.
        let names = dialect.key_headers().iter().map(|header| header.name);
        for name in names.chain(dialect.fixed_headers().iter().map(|(name, _)| *name)) {
            assert_eq!(name, name.to_ascii_lowercase());
        }
    }
}

#[test]
fn errors_say_what_they_are() {
    for dialect in Dialect::ALL {
        for problem in Problem::ALL {
            let body = dialect.error_body(&ApiError::new(problem, "Oh"), "an-id").to_string();
            assert_eq!(dialect.error_said(&body), (Some(dialect.kind(problem).to_owned()), Some("Oh".to_owned())));
            assert!((400..600).contains(&dialect.status(problem)));
        }
        assert_eq!(dialect.error_said("<html>"), (None, None));
    }
}

#[test]
fn limits_are_told_and_told_apart() {
    for dialect in Dialect::ALL {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let headers = dialect.answer_headers("an-id", InUse::Open(1), now);
        assert!(headers.contains(&(dialect.request_id_header().to_owned(), "an-id".to_owned())));
        let limits: Vec<_> = headers.iter().filter(|(name, _)| dialect.is_limit_header(name)).collect();
        assert!(!limits.is_empty() && limits.iter().all(|(_, limit)| limit.parse::<u64>().is_ok()));
        assert!(limits.iter().all(|(name, _)| dialect.is_header_for_clients(name)));
        let has_retry = |headers: &[(String, String)]| headers.iter().any(|(name, _)| name == "retry-after");
        assert!(!has_retry(&headers) && has_retry(&dialect.answer_headers("an-id", InUse::All, now)));
    }
}

#[test]
fn ids_are_made_up_and_alike() {
    for dialect in Dialect::ALL {
        let mut rng = Rng::with_seed(1);
        for of in [Id::Request, Id::Answer, Id::Call] {
            let [one, other] = [dialect.id(of, &mut rng), dialect.id(of, &mut rng)];
            assert!(one != other && one.len() == other.len(), "{one} {other}");
            let stand_in = dialect.stand_in(&one, &mut rng);
            assert!(stand_in != one && stand_in[..3] == one[..3], "{one} {stand_in}");
        }
        let opens = Event::Opens { id: "".into(), model: "".into(), input_tokens: 0, output_tokens: 1 };
        let record = dialect.write(&opens, &mut rng).unwrap().fill("old-id", &asked());
        let template = dialect.with_id_blank(record, "old-id");
        assert!(template.has(Blank::Id) && !template.has(Blank::Model));
        assert!(!String::from_utf8_lossy(&template.fill("new-id", &asked())).contains("old-id"));
        assert_eq!(dialect.counted(3).to_string().matches('3').count(), 1);
        assert_ne!(dialect.counted(3), Value::Null);
    }
}
