//! Streams that are compressed, decoded here by another hand: the same events, each when it is to come, with the sum at the end.

use crate::body::{Event, events, message_id, said};
use crate::server::{Answer, SEED, asking, client, config, post, spec, url, within};
use flate2::write::GzDecoder;
use reqwest::{Client, Response};
use std::io::Write;
use std::time::Duration;
use stream_probe::scenario::{Flush, Pace, Shape, StreamSpec, Tempo};
use stream_probe::simulator::{ApiKey, Cassette, Conduct, Script, Simulator, SimulatorConfig, Upstream};
use stream_probe::units::Bytes;

const CASSETTE: &[u8] = include_bytes!("../data/cassette.sse");
/// At once; the smallest, which is each event again; some events; more than there is.
const FLUSHES: [Flush; 4] =
    [Flush::EachEvent, Flush::After(Bytes(1)), Flush::After(Bytes(3_000)), Flush::After(Bytes(1 << 20))];

fn start(flush: Option<Flush>, spec: &StreamSpec, conduct: Conduct) -> Simulator {
    Simulator::start(SimulatorConfig { compression: flush, ..config(spec, conduct) }).unwrap()
}

async fn ask(client: &Client, simulator: &Simulator, accept: &str, body: String) -> Response {
    let request = post(client, &format!("{}/v1/messages", url(simulator))).header("accept-encoding", accept);
    within(request.body(body).send()).await.unwrap()
}

fn asking_for(model: &str) -> String {
    asking(true).replace("claude-sonnet-4-5", model)
}

/// A compressed stream as it comes.
struct Decoded {
    response: Response,
    decoder: GzDecoder<Vec<u8>>,
    wire_bytes: usize,
}

impl Decoded {
    async fn open(simulator: &Simulator, model: &str) -> Decoded {
        Decoded::read(ask(&client(), simulator, "gzip, deflate", asking_for(model)).await)
    }

    fn read(response: Response) -> Decoded {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-encoding"], "gzip");
        assert_eq!(response.headers()["vary"], "accept-encoding");
        assert!(!response.headers().contains_key("content-length"));
        Decoded { response, decoder: GzDecoder::new(Vec::new()), wire_bytes: 0 }
    }

    /// All that came within a moment, decoded.
    async fn so_far(&mut self) -> String {
        let moment = Duration::from_millis(100);
        while let Ok(Ok(Some(bytes))) = tokio::time::timeout(moment, self.response.chunk()).await {
            self.take(&bytes);
        }
        self.decoder.flush().unwrap();
        String::from_utf8(self.decoder.get_ref().clone()).unwrap()
    }

    fn take(&mut self, bytes: &[u8]) {
        self.wire_bytes += bytes.len();
        self.decoder.write_all(bytes).unwrap();
    }

    /// To its end, with its sum and its length checked, and nothing behind it.
    async fn whole(mut self) -> (Vec<Event>, usize) {
        while let Some(bytes) = within(self.response.chunk()).await.unwrap() {
            self.take(&bytes);
        }
        let text = String::from_utf8(self.decoder.finish().unwrap()).unwrap();
        (events(&text), self.wire_bytes)
    }

    /// Until the connection breaks.
    async fn broken(mut self) -> Vec<Event> {
        loop {
            match within(self.response.chunk()).await {
                Ok(Some(bytes)) => self.take(&bytes),
                Ok(None) => panic!("it ended"),
                Err(_) => return events(&self.so_far().await),
            }
        }
    }
}

/// What is alike in two streams of a simulator.
fn without_id(told: &[Event]) -> Vec<String> {
    let id = message_id(told);
    told.iter().map(|event| format!("{}: {}", event.name, event.data.replace(&id, ""))).collect()
}

#[tokio::test]
async fn every_shape_says_the_same_compressed() {
    for shape in Shape::ALL {
        for flush in FLUSHES {
            let simulator = start(Some(flush), &spec(shape, 9_000), Conduct::Free);
            let plain = ask(&client(), &simulator, "br, identity", asking(true)).await;
            assert!(!plain.headers().contains_key("content-encoding"), "{shape:?}");
            let plain = within(plain.text()).await.unwrap();
            // Two, so that what is a stream's own is told from what is shared.
            let (one, wire_bytes) = Decoded::open(&simulator, "claude-sonnet-4-5").await.whole().await;
            let (other, _) = Decoded::open(&simulator, &"long".repeat(60)).await.whole().await;
            assert_eq!(without_id(&one), without_id(&events(&plain)), "{shape:?} {flush:?}");
            assert_ne!(message_id(&one), message_id(&other));
            assert_eq!(other[0].json()["message"]["model"], "long".repeat(60));
            assert_eq!(without_id(&one)[1..], without_id(&other)[1..], "{shape:?} {flush:?}");
            assert!(wire_bytes * 2 < plain.len(), "{shape:?} {flush:?}: {wire_bytes} of {}", plain.len());
        }
    }
}

#[tokio::test]
async fn a_recording_is_compressed_too() {
    let script = Cassette::parse(CASSETTE).unwrap().script(Tempo::Even).unwrap();
    let simulator =
        Simulator::start(SimulatorConfig { source: script.into(), ..config(&spec(Shape::Chat, 1), Conduct::Free) })
            .unwrap();
    let plain = within(ask(&client(), &simulator, "", asking(true)).await.text()).await.unwrap();
    let (told, _) = Decoded::open(&simulator, "m").await.whole().await;
    assert_eq!(without_id(&told), without_id(&events(&plain)));
}

/// Each delta in a chunk of its own that can be read at once.
#[tokio::test]
async fn every_event_is_sent_when_it_is_due() {
    let simulator = start(Some(Flush::EachEvent), &spec(Shape::Chat, 2_000), Conduct::Staged);
    let mut stream = Decoded::open(&simulator, "m").await;
    let opening = events(&stream.so_far().await);
    assert_eq!(
        opening.iter().map(|event| &event.name[..]).collect::<Vec<_>>(),
        ["message_start", "content_block_start", "ping"]
    );
    simulator.stage().begin_text(Duration::ZERO);
    within(simulator.stage().when(|stage| stage.full() == 1)).await;
    let full = events(&stream.so_far().await);
    assert_eq!(said(&full, "text_delta").concat().len(), 2_000);
    assert_ne!(full.last().unwrap().name, "message_stop");
    simulator.stage().release();
    assert_eq!(stream.whole().await.0.last().unwrap().name, "message_stop");
}

/// What is held back comes in pieces, and the text is whole before the stream waits for its end.
#[tokio::test]
async fn an_intermediary_sends_late_and_not_too_late() {
    let spec = spec(Shape::LongForm, 30_000);
    let config = SimulatorConfig {
        compression: Some(Flush::After(Bytes(16_384))),
        pace: Pace::Seconds(0.3),
        ..config(&spec, Conduct::Staged)
    };
    let simulator = Simulator::start(config).unwrap();
    let mut stream = Decoded::open(&simulator, "m").await;
    assert_eq!(stream.so_far().await, "", "nothing goes before there is enough of it");
    simulator.stage().begin_text(Duration::ZERO);
    within(simulator.stage().when(|stage| stage.full() == 1)).await;
    assert_eq!(said(&events(&stream.so_far().await), "text_delta").concat().len(), 30_000);
    simulator.stage().release();
    assert_eq!(stream.whole().await.0.last().unwrap().name, "message_stop");
}

#[tokio::test]
async fn faults_are_compressed_too() {
    for flush in FLUSHES {
        let simulator = start(Some(flush), &spec(Shape::LongForm, 20_000), Conduct::Free);
        let (told, _) = Decoded::open(&simulator, "probe-fault-mid-stream").await.whole().await;
        assert_eq!(told.last().unwrap().name, "error", "{flush:?}");
        let text = said(&told, "text_delta").concat();
        let (whole, _) = Decoded::open(&simulator, "m").await.whole().await;
        let whole = said(&whole, "text_delta").concat();
        assert!((5_000..15_000).contains(&text.len()) && whole.starts_with(&text), "{flush:?}: {}", text.len());
        let cut = Decoded::open(&simulator, "probe-fault-cut").await.broken().await;
        assert!(whole.starts_with(&said(&cut, "text_delta").concat()), "{flush:?}");
    }
}

#[tokio::test]
async fn only_streams_and_only_for_who_asks() {
    let chat = spec(Shape::Chat, 200);
    let (simulator, client) = (start(Some(Flush::EachEvent), &chat, Conduct::Free), client());
    for (accept, body) in [("gzip;q=0", asking(true)), ("br, zstd", asking(true)), ("gzip", asking(false))] {
        let answer = ask(&client, &simulator, accept, body).await;
        assert!(!answer.headers().contains_key("content-encoding"), "{accept}");
    }
    let never = start(None, &chat, Conduct::Free);
    let plain = post(&client, &format!("{}/v1/messages", url(&never))).header("accept-encoding", "gzip");
    assert_eq!(events(&Answer::to(plain.body(asking(true))).await.body).last().unwrap().name, "message_stop");
    Decoded::open(&simulator, "m").await.whole().await;
    let counts = |simulator: &Simulator| simulator.facts().spoken.unwrap();
    assert_eq!((counts(&simulator).gzip, counts(&simulator).http2, counts(&never).gzip), (1, 0, 0));
    assert_eq!(simulator.facts().opened, 3);
}

/// What an API compressed goes through as it came, in phases, and is counted and recorded as if it had not been.
#[tokio::test]
async fn what_is_passed_on_stays_compressed() {
    let text = spec(Shape::LongForm, 6_000);
    for flush in FLUSHES {
        let api = start(Some(flush), &text, Conduct::Free);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("answer.sse");
        let upstream = Upstream::new(&url(&api), ApiKey::new("sk-ant-of-nobody").unwrap(), Some(&file)).unwrap();
        let source = upstream.clone().into();
        let simulator = Simulator::start(SimulatorConfig { source, ..config(&text, Conduct::Staged) }).unwrap();
        let stage = simulator.stage();
        let request = client().post(format!("{}/v1/messages", url(&simulator)));
        let request = request.header("x-api-key", simulator.subject_key()).header("anthropic-version", "2023-06-01");
        let request = request.header("accept-encoding", "gzip, br").body(asking(true));
        let mut stream = Decoded::read(within(request.send()).await.unwrap());
        assert!(said(&events(&stream.so_far().await), "text_delta").is_empty(), "{flush:?}: text waits for its cue");
        stage.begin_text(Duration::ZERO);
        within(stage.when(|stage| stage.full() == 1)).await;
        let full = events(&stream.so_far().await);
        assert_eq!(said(&full, "text_delta").concat().len(), 6_000, "{flush:?}");
        assert_ne!(full.last().unwrap().name, "message_stop", "{flush:?}: the end waits for its release");
        stage.release();
        let (told, wire_bytes) = stream.whole().await;
        assert_eq!(told.last().unwrap().name, "message_stop");
        let facts = Script::new(&text, SEED).facts;
        let passed_on = simulator.passed_on().unwrap();
        assert_eq!((passed_on.content.chars, passed_on.content.deltas), (facts.chars, facts.deltas), "{flush:?}");
        assert!(passed_on.content.wire_bytes > 2 * wire_bytes as u64 && passed_on.trouble.is_none(), "{passed_on:?}");
        assert_eq!((stage.deltas(), simulator.facts().spoken.unwrap().gzip), (facts.deltas, 1));
        assert!(upstream.is_recorded());
        assert_eq!(Cassette::read(&file).unwrap().facts().chars, facts.chars);
        // Nothing is compressed for who does not ask, though the API could.
        let plain = client().post(format!("{}/v1/messages", url(&simulator))).header("anthropic-version", "2023-06-01");
        let answer = Answer::to(plain.header("x-api-key", simulator.subject_key()).body(asking(true))).await;
        assert_eq!(events(&answer.body).last().unwrap().name, "message_stop");
    }
}

/// A break, an error and a sum that is wrong.
#[tokio::test]
async fn what_fails_compressed_fails_here() {
    let api = start(Some(Flush::EachEvent), &spec(Shape::Chat, 1_000), Conduct::Free);
    let upstream = Upstream::new(&url(&api), ApiKey::new("sk-ant-of-nobody").unwrap(), None).unwrap();
    let source = upstream.into();
    let any = spec(Shape::Chat, 1);
    let simulator = Simulator::start(SimulatorConfig { source, ..config(&any, Conduct::Free) }).unwrap();
    let ask = async |model: &str| {
        let request =
            client().post(format!("{}/v1/messages", url(&simulator))).header("anthropic-version", "2023-06-01");
        let request = request.header("x-api-key", simulator.subject_key()).header("accept-encoding", "gzip");
        within(request.body(asking_for(model)).send()).await.unwrap()
    };
    let told = Decoded::read(ask("probe-fault-mid-stream").await).whole().await.0;
    assert_eq!(told.last().unwrap().name, "error");
    assert!(simulator.passed_on().unwrap().trouble.unwrap().contains("overloaded_error"));
    let told = Decoded::read(ask("probe-fault-cut").await).broken().await;
    assert!(!said(&told, "text_delta").is_empty());
    let refused = ask("probe-fault-rate-limit").await;
    assert_eq!((refused.status().as_u16(), refused.headers().contains_key("content-encoding")), (429, false));
}
