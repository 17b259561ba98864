//! HTTP versions, TLS, connections, and what is in one write.

use crate::body::{Event, events, message_id, said};
use crate::server::{
    Answer, LOCALHOST, Reader, address, asking, client, config, post, spec, start, stream_client, url, within,
};
use reqwest::Version;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use stream_probe::client::{ClientConfig, ClientError, StreamClient};
use stream_probe::scenario::{Http, Pace, Shape, StreamSpec};
use stream_probe::simulator::{Authority, Conduct, Simulator, SimulatorConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[tokio::test]
async fn both_versions_on_one_port() {
    let simulator = start(&spec(Shape::Chat, 500), Conduct::Free);
    let mut texts = Vec::new();
    for (http, version) in [(Http::One, Version::HTTP_11), (Http::Two, Version::HTTP_2)] {
        let response = within(stream_client(http).open(&url(&simulator))).await.unwrap();
        assert_eq!((response.version(), response.status().as_u16()), (version, 200));
        assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
        assert_eq!(response.headers().contains_key("transfer-encoding"), http == Http::One);
        let told = events(&within(response.text()).await.unwrap());
        assert_eq!(told.last().unwrap().name, "message_stop");
        texts.push(said(&told, "text_delta"));
    }
    assert_eq!(texts[0], texts[1]);
}

#[tokio::test]
async fn a_port_can_be_kept_to_one_version() {
    for (kept, other) in [(Http::One, Http::Two), (Http::Two, Http::One)] {
        let config = SimulatorConfig { http: Some(kept), ..config(&spec(Shape::Chat, 20), Conduct::Free) };
        let simulator = Simulator::start(config).unwrap();
        assert!(within(stream_client(kept).open(&url(&simulator))).await.is_ok(), "{kept:?}");
        assert!(within(stream_client(other).open(&url(&simulator))).await.is_err(), "{kept:?}");
    }
}

fn encrypted(authority: &Arc<Authority>, http: Option<Http>) -> Simulator {
    let config = config(&spec(Shape::Chat, 200), Conduct::Free);
    Simulator::start(SimulatorConfig { authority: Some(Arc::clone(authority)), http, ..config }).unwrap()
}

fn authority() -> Arc<Authority> {
    Arc::new(Authority::new(&["127.0.0.1".parse().unwrap()]).unwrap())
}

fn trusting(authority: &Authority, http: Option<Http>) -> StreamClient {
    let authority_pem = Some(authority.certificate_pem.clone().into_bytes());
    StreamClient::new(&ClientConfig { http, authority_pem, ..ClientConfig::default() }, "key".to_owned()).unwrap()
}

#[tokio::test]
async fn encrypted_in_both_versions() {
    let authority = authority();
    let simulator = encrypted(&authority, None);
    assert!(url(&simulator).starts_with("https://127.0.0.1:"));
    let named = format!("https://localhost:{}", address(&simulator).port());
    for (http, version) in
        [(Some(Http::One), Version::HTTP_11), (Some(Http::Two), Version::HTTP_2), (None, Version::HTTP_2)]
    {
        for url in [url(&simulator), named.clone()] {
            let response = within(trusting(&authority, http).open(&url)).await.unwrap();
            assert_eq!(response.version(), version, "{http:?}");
            let told = events(&within(response.text()).await.unwrap());
            assert_eq!(said(&told, "text_delta").concat().len(), 200);
            assert_eq!(told.last().unwrap().name, "message_stop");
        }
    }
    // A client that takes either gets what the simulator is kept to.
    for (http, version) in [(Http::One, Version::HTTP_11), (Http::Two, Version::HTTP_2)] {
        let kept = encrypted(&authority, Some(http));
        let response = within(trusting(&authority, None).open(&url(&kept))).await.unwrap();
        assert_eq!(response.version(), version);
    }
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_authority_is_refused() {
    let own = authority();
    let simulator = encrypted(&own, None);
    let strangers = [
        StreamClient::new(&ClientConfig::default(), "key".to_owned()).unwrap(),
        trusting(&authority(), None),
        trusting(&authority(), Some(Http::One)),
    ];
    for stranger in strangers {
        let error = within(stranger.open(&url(&simulator))).await.unwrap_err();
        assert!(matches!(&error, ClientError::Http(error) if error.is_connect()), "{error}");
        assert!(error.to_string().contains("certificate"), "{error}");
    }
    // Nor does it answer who speaks no TLS.
    let plain = url(&simulator).replace("https", "http");
    assert!(within(stream_client(Http::One).open(&plain)).await.is_err());
    assert_eq!(simulator.stage().opened(), 0);
    // None of that hurt it.
    assert!(within(trusting(&own, None).open(&url(&simulator))).await.is_ok());
}

/// Stands between client and simulator and counts connections.
async fn counting_relay(to: SocketAddr) -> (SocketAddr, Arc<AtomicU32>) {
    let listener = TcpListener::bind(LOCALHOST).await.unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                let mut far = TcpStream::connect(to).await.unwrap();
                // Either side may go first.
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    (address, count)
}

#[tokio::test]
async fn many_http2_streams_on_one_connection() {
    // More than the 100 and 200 at which HTTP/2 servers commonly draw the line.
    const STREAMS: u32 = 250;
    let config = SimulatorConfig { http2_streams: STREAMS, ..config(&spec(Shape::Chat, 300), Conduct::Staged) };
    let simulator = Simulator::start(config).unwrap();
    let (relay, connections) = counting_relay(address(&simulator)).await;
    let (base_url, client) = (format!("http://{relay}"), stream_client(Http::Two));
    let opening = (0..STREAMS).map(|_| Reader::open(&client, &base_url));
    let mut readers = futures::future::join_all(opening).await;
    within(simulator.stage().when(|stage| stage.open() == STREAMS)).await;
    assert_eq!(connections.load(Ordering::Relaxed), 1);

    simulator.stage().begin_text(Duration::ZERO);
    within(simulator.stage().when(|stage| stage.full() == STREAMS)).await;
    simulator.stage().release();
    let mut ids = HashSet::new();
    for told in futures::future::join_all(readers.iter_mut().map(Reader::rest)).await {
        ids.insert(message_id(&told));
        assert_eq!(said(&told, "text_delta").concat().len(), 300);
        assert_eq!(told.last().unwrap().name, "message_stop");
    }
    assert_eq!(ids.len(), STREAMS as usize);
    within(simulator.stage().when(|stage| stage.open() == 0)).await;
    assert_eq!(connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn several_addresses_share_one_stage() {
    let listen = ["127.0.0.1:0", "127.0.0.2:0"].map(|address| address.parse().unwrap()).to_vec();
    let at = |listen| SimulatorConfig { listen, ..config(&spec(Shape::Chat, 20), Conduct::Staged) };
    let simulator = Simulator::start(at(listen)).unwrap();
    let urls: Vec<String> = simulator.addresses().iter().map(|address| format!("http://{address}")).collect();
    assert_eq!(simulator.base_urls(), urls);
    let client = stream_client(Http::One);
    let mut held = Vec::new();
    for url in urls {
        held.push(Reader::open(&client, &url).await);
    }
    assert_eq!((held.len(), simulator.stage().open()), (2, 2));
    // A second simulator cannot have the same port.
    let error = Simulator::start(at(simulator.addresses().to_vec())).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains(&address(&simulator).to_string()) && error.contains("choose another port"), "{error}");
}

/// An HTTP/1.1 connection read byte by byte.
struct Raw {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Raw {
    async fn connect(simulator: &Simulator) -> Raw {
        Raw { stream: TcpStream::connect(address(simulator)).await.unwrap(), unread: Vec::new() }
    }

    /// Asks for a stream and reads the head of the answer.
    async fn ask(&mut self) -> String {
        let body = asking(true);
        self.send(&format!("content-length: {}\r\n\r\n{body}", body.len())).await
    }

    /// Sends the rest of a request and reads the head of the answer.
    async fn send(&mut self, rest: &str) -> String {
        let head =
            "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nx-api-key: key\r\nanthropic-version: 2023-06-01\r\n";
        within(self.stream.write_all(format!("{head}{rest}").as_bytes())).await.unwrap();
        loop {
            if let Some(end) = find(&self.unread, b"\r\n\r\n") {
                let head: Vec<u8> = self.unread.drain(..end + 4).collect();
                return String::from_utf8(head).unwrap();
            }
            self.read().await;
        }
    }

    /// Reads once: whatever the kernel holds.
    async fn read(&mut self) {
        let mut room = vec![0; 1 << 16];
        // Acknowledge late, as any client may: a server whose small writes wait for that would send its events in pairs.
        self.stream.set_quickack(false).unwrap();
        let count = within(self.stream.read(&mut room)).await.unwrap();
        assert_ne!(count, 0, "the connection ended");
        self.unread.extend_from_slice(&room[..count]);
    }

    /// The chunks that have come whole: `SIZE CRLF bytes CRLF`, the size in hexadecimal.
    fn chunks(&mut self) -> Vec<String> {
        let mut chunks = Vec::new();
        while let Some(line) = find(&self.unread, b"\r\n") {
            let size = usize::from_str_radix(std::str::from_utf8(&self.unread[..line]).unwrap(), 16).unwrap();
            let (begin, end) = (line + 2, line + 2 + size);
            if self.unread.len() < end + 2 {
                break;
            }
            assert_eq!(&self.unread[end..end + 2], b"\r\n");
            chunks.push(String::from_utf8(self.unread[begin..end].to_vec()).unwrap());
            self.unread.drain(..end + 2);
        }
        chunks
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// What one read brought of a stream.
struct Came {
    events: Vec<Event>,
    /// Whether it began and ended with a chunk.
    whole: bool,
    /// Whether the stream ended with it.
    last: bool,
}

impl Came {
    /// Reads, unless something was left from the head, and again where that was less than a chunk.
    async fn from(raw: &mut Raw) -> Came {
        let mut chunks = raw.chunks();
        let mut whole = raw.unread.is_empty();
        while chunks.is_empty() {
            raw.read().await;
            chunks = raw.chunks();
            whole &= raw.unread.is_empty();
        }
        // The chunk of no bytes ends the body.
        let last = chunks.pop_if(|chunk| chunk.is_empty()).is_some();
        // Strict: a chunk that holds less or more than one event is a failure.
        let events = chunks.iter().map(|chunk| Event::read(chunk)).collect();
        Came { events, whole, last }
    }

    fn deltas(&self) -> usize {
        self.events.iter().filter(|event| event.is_delta()).count()
    }

    /// Whether a delta came by itself. The last one may have the end of the message with it, which is due at the same time.
    fn is_one_write(&self) -> bool {
        self.whole && self.deltas() == 1 && (self.last || self.events.len() == 1)
    }
}

#[tokio::test]
async fn every_event_is_a_chunk_and_every_delta_a_write() {
    // 40 deltas 10 ms apart. A reader that is kept from reading for longer gets two at once, which proves nothing; a server that holds
    // events back, or waits 40 ms for their acknowledgement, sends most of them together every time. So the best of many streams counts.
    const DELTAS: usize = 40;
    let spec = StreamSpec { shape: Shape::Chat, chars: 200, delta_chars: Some(5) };
    let config = SimulatorConfig { pace: Pace::Seconds(0.4), ..config(&spec, Conduct::Free) };
    let simulator = Simulator::start(config).unwrap();
    let mut raw = Raw::connect(&simulator).await;
    let mut best = 0;
    for _ in 0..20 {
        let head = raw.ask().await;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(head.contains("\r\ntransfer-encoding: chunked\r\n"), "{head}");
        let (mut told, mut alone, mut last) = (Vec::new(), 0, false);
        while !last {
            let came = Came::from(&mut raw).await;
            alone += usize::from(came.is_one_write());
            last = came.last;
            told.extend(came.events);
        }
        assert_eq!(said(&told, "text_delta").len(), DELTAS);
        assert_eq!(told.last().unwrap().name, "message_stop");
        best = best.max(alone);
        if best > DELTAS / 2 {
            return;
        }
    }
    panic!("at best {best} of {DELTAS} deltas came alone");
}

#[tokio::test]
async fn a_connection_outlives_its_stream() {
    let simulator = start(&spec(Shape::Chat, 40), Conduct::Free);
    let mut raw = Raw::connect(&simulator).await;
    for _ in 0..3 {
        raw.ask().await;
        let (mut told, mut last) = (Vec::new(), false);
        while !last {
            let came = Came::from(&mut raw).await;
            last = came.last;
            told.extend(came.events);
        }
        assert_eq!(said(&told, "text_delta").concat().len(), 40);
        assert!(raw.unread.is_empty());
    }
    assert_eq!(simulator.stage().opened(), 3);
}

#[tokio::test]
async fn a_broken_body_is_said_to_be_broken() {
    let simulator = start(&spec(Shape::Chat, 40), Conduct::Free);
    for body in ["zz\r\n{}\r\n0\r\n\r\n", "-1\r\n", "fffffffffffffffff\r\n{}\r\n", "2\r\n{}}\r\n0\r\n\r\n"] {
        let mut raw = Raw::connect(&simulator).await;
        let head = raw.send(&format!("transfer-encoding: chunked\r\n\r\n{body}")).await;
        assert!(head.starts_with("HTTP/1.1 400 "), "{body:?}: {head}");
        while !raw.unread.ends_with(b"}") {
            raw.read().await;
        }
        let said = String::from_utf8(raw.unread).unwrap();
        assert!(said.contains("invalid_request_error") && said.contains("The request body cannot be read"), "{said}");
        assert!(!said.contains("maximum size"), "{said}");
    }
    // Whole chunks are taken as before.
    let (body, mut raw) = (asking(true), Raw::connect(&simulator).await);
    let whole = format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let head = raw.send(&whole).await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
}

#[tokio::test]
async fn a_request_may_be_larger_than_what_a_connection_buffers() {
    let simulator = start(&spec(Shape::Chat, 40), Conduct::Free);
    let (client, messages) = (client(), format!("{}/v1/messages", url(&simulator)));
    let body = asking(true).replace("Hello", &"Hello ".repeat(100_000));
    let answer = Answer::to(post(&client, &messages).body(body)).await;
    assert_eq!((answer.status, events(&answer.body).last().unwrap().name.as_str()), (200, "message_stop"));
}
