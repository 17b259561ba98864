//! Simulators to ask, and the asking.

use crate::body::Event;
use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;
use stream_probe::client::{ClientConfig, StreamClient};
use stream_probe::scenario::{Flush, Http, Pace, Scenario, Shape, StreamSpec};
use stream_probe::simulator::{Conduct, Script, Simulator, SimulatorConfig};

pub const SEED: u64 = 7;
pub const LOCALHOST: &str = "127.0.0.1:0";

/// Long before a test that cannot go on would be given up by hand; nothing here takes a tenth of it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for what has to happen, and fails where it does not.
pub async fn within<T>(happens: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, happens).await.expect("waited in vain")
}

pub fn spec(shape: Shape, chars: u32) -> StreamSpec {
    StreamSpec { shape, chars, delta_chars: None }
}

/// One address, one free port, both HTTP versions, no TLS, the text within a tenth of a second.
pub fn config(spec: &StreamSpec, conduct: Conduct) -> SimulatorConfig {
    SimulatorConfig {
        listen: vec![LOCALHOST.parse().unwrap()],
        source: Script::new(spec, SEED).into(),
        pace: Pace::Seconds(0.1),
        conduct,
        http: None,
        http2_streams: Scenario::HTTP2_STREAMS,
        compression: Some(Flush::EachEvent),
        authority: None,
    }
}

pub fn start(spec: &StreamSpec, conduct: Conduct) -> Simulator {
    Simulator::start(config(spec, conduct)).unwrap()
}

pub fn url(simulator: &Simulator) -> String {
    simulator.base_urls().remove(0)
}

pub fn address(simulator: &Simulator) -> SocketAddr {
    simulator.addresses()[0]
}

/// The crate's own client.
pub fn stream_client(http: Http) -> StreamClient {
    StreamClient::new(
        &ClientConfig { http: Some(http), authority_pem: None, ..ClientConfig::default() },
        "key".to_owned(),
    )
    .unwrap()
}

/// A client with nothing set.
pub fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

/// A valid request but for its body.
pub fn post(client: &Client, url: &str) -> RequestBuilder {
    let request = client.post(url).header("x-api-key", "key").header("anthropic-version", "2023-06-01");
    request.header("content-type", "application/json")
}

/// A valid body, of 12 tokens: 47 characters of messages.
pub fn asking(stream: bool) -> String {
    let messages = r#"[{"role":"user","content":"Hello, how are you?"}]"#;
    format!(r#"{{"model":"claude-sonnet-4-5","max_tokens":1024,"messages":{messages},"stream":{stream}}}"#)
}

/// What came back, whole.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub async fn to(request: RequestBuilder) -> Answer {
        let response = within(request.send()).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: within(response.text()).await.unwrap() }
    }

    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers));
        value.to_str().unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// One whole stream of a simulator of its own.
pub async fn streamed(script: Script) -> String {
    let any = spec(Shape::Chat, 1);
    let simulator = Simulator::start(SimulatorConfig { source: script.into(), ..config(&any, Conduct::Free) }).unwrap();
    Answer::to(post(&client(), &format!("{}/v1/messages", url(&simulator))).body(asking(true))).await.body
}

/// A stream that is read event by event.
pub struct Reader {
    response: Response,
    unread: String,
}

impl Reader {
    pub async fn open(client: &StreamClient, url: &str) -> Reader {
        Reader { response: within(client.open(url)).await.unwrap(), unread: String::new() }
    }

    /// The next event; `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<Event> {
        within(self.whenever_next()).await
    }

    /// As [`Reader::next`], however long it takes. Giving up on it loses nothing.
    pub async fn whenever_next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.unread.find("\n\n") {
                let record: String = self.unread.drain(..end + 2).collect();
                return Some(Event::read(&record));
            }
            match self.response.chunk().await.unwrap() {
                Some(bytes) => self.unread.push_str(std::str::from_utf8(&bytes).unwrap()),
                None => {
                    assert_eq!(self.unread, "", "the stream ended within an event");
                    return None;
                }
            }
        }
    }

    /// The names of the next events.
    pub async fn names(&mut self, count: usize) -> Vec<String> {
        let mut names = Vec::new();
        for _ in 0..count {
            names.push(self.next().await.expect("the stream goes on").name);
        }
        names
    }

    /// All events to the end.
    pub async fn rest(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }

    /// Whether the connection broke rather than the stream ended.
    pub async fn breaks(mut self) -> bool {
        loop {
            match within(self.response.chunk()).await {
                Ok(Some(_)) => {}
                Ok(None) => return false,
                Err(_) => return true,
            }
        }
    }
}
