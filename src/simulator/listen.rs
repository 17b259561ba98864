//! Sockets: one listener an address, one task a connection, all of them ended when the simulator is dropped.

use super::authority::{Authority, AuthorityError};
use super::connections::{Connected, Connections};
use super::intake::Intake;
use super::service::serve;
use super::source::Source;
use super::stage::{Conduct, Stage};
use super::streaming::Show;
use super::traffic::Counter;
use crate::reading::Ends;
use crate::run::{PassedOn, Refusal, SimulatorFacts};
use crate::scenario::{Flush, Http, Pace};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// Connections that may wait to be accepted. The kernel cuts it to net.core.somaxconn (4,096 by default).
const BACKLOG: u32 = 65_535;
/// What a connection may buffer of a request: enough for any header, and no more memory than needed for each of many streams.
const REQUEST_BUFFER: usize = 16 * 1024;

/// How long the head of a request may take: the first one's from when the client connects, a later one's from the end of the answer before
/// it, so that a connection may be idle for as long.
const HEAD_WITHIN: Duration = Duration::from_secs(60);

/// What a simulator serves, where and how.
pub struct SimulatorConfig {
    /// Loopback addresses, one listener each; port 0 takes any free port.
    pub listen: Vec<SocketAddr>,
    /// What streams say.
    pub source: Source,
    /// How fast.
    pub pace: Pace,
    /// Who moves them.
    pub conduct: Conduct,
    /// Restricts what is spoken to one HTTP version; `None` speaks both.
    pub http: Option<Http>,
    /// Streams that a client may have on one connection of HTTP/2, and it is told so. httpcore (httpx) takes one at a time for as long as
    /// nothing is said, and RFC 9113, section 6.5.2, leaves that to it.
    pub http2_streams: u32,
    /// When compressed events go out to clients that take them; `None` compresses nothing.
    pub compression: Option<Flush>,
    /// TLS, if it is to be used.
    pub authority: Option<Arc<Authority>>,
}

/// Why the simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// Binding failed.
    #[error("cannot listen on {address}: {source}; choose another port, or 0 for any free one")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// No certificate.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

/// A running server.
pub struct Simulator {
    addresses: Vec<SocketAddr>,
    show: Arc<Show>,
    scheme: &'static str,
    connections: Arc<Connections>,
    // Aborts every task when dropped.
    _listeners: JoinSet<()>,
}

impl Simulator {
    /// Binds and begins to serve.
    ///
    /// # Errors
    /// When an address cannot be bound.
    pub fn start(config: SimulatorConfig) -> Result<Simulator, SimulatorError> {
        Simulator::start_with(config, HEAD_WITHIN)
    }

    fn start_with(config: SimulatorConfig, head_within: Duration) -> Result<Simulator, SimulatorError> {
        let stage = Stage::new(config.conduct);
        let show = Arc::new(Show {
            source: config.source,
            stage,
            pace: config.pace,
            compression: config.compression,
            compressed: OnceLock::new(),
            traffic: Counter::default(),
            intake: Intake::default(),
        });
        let acceptor = config.authority.as_ref().map(|authority| acceptor(authority, config.http));
        let connections = Arc::new(Connections::default());
        let mut listeners = JoinSet::new();
        let mut addresses = Vec::new();
        for address in config.listen {
            let refused = |source| SimulatorError::Bind { address, source };
            let listener = bind(address).map_err(refused)?;
            let address = listener.local_addr().map_err(refused)?;
            addresses.push(address);
            let serving = Serving {
                show: Arc::clone(&show),
                acceptor: acceptor.clone(),
                http: config.http,
                http2_streams: config.http2_streams,
                head_within,
            };
            listeners.spawn(accept(listener, address, Arc::clone(&connections), serving));
        }
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        Ok(Simulator { addresses, show, scheme, connections, _listeners: listeners })
    }

    /// Where clients point their base URL, one for each address.
    pub fn base_urls(&self) -> Vec<String> {
        self.addresses.iter().map(|address| format!("{}://{address}", self.scheme)).collect()
    }

    /// The addresses that it listens on.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The connections that are open, as its own sockets see them.
    pub fn connections(&self) -> Vec<Ends> {
        self.connections.all()
    }

    /// The cues and counts of its streams.
    pub fn stage(&self) -> &Stage {
        &self.show.stage
    }

    /// The key that programs have to send it.
    pub fn subject_key(&self) -> &str {
        self.show.source.subject_key()
    }

    /// What it passed on to a real API so far; `None` where it says a script.
    pub fn passed_on(&self) -> Option<PassedOn> {
        match &self.show.source {
            Source::Script(_) => None,
            Source::Upstream(_) => Some(self.show.traffic.lock().clone()),
        }
    }

    /// The first answer that was an error, if one was.
    pub fn first_refusal(&self) -> Option<Refusal> {
        self.show.traffic.lock().first_refusal.clone()
    }

    /// Time between two events of one stream; zero where they come from a real API.
    pub fn interval(&self) -> Duration {
        self.show.interval()
    }

    /// What it did so far, for the record.
    pub fn facts(&self) -> SimulatorFacts {
        self.show.stage.facts(self.interval())
    }
}

#[derive(Clone)]
struct Serving {
    show: Arc<Show>,
    acceptor: Option<TlsAcceptor>,
    http: Option<Http>,
    http2_streams: u32,
    head_within: Duration,
}

fn acceptor(authority: &Authority, http: Option<Http>) -> TlsAcceptor {
    let mut server = (*authority.server).clone();
    match http {
        Some(Http::One) => server.alpn_protocols = vec![b"http/1.1".to_vec()],
        Some(Http::Two) => server.alpn_protocols = vec![b"h2".to_vec()],
        None => {}
    }
    TlsAcceptor::from(Arc::new(server))
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn accept(listener: TcpListener, local: SocketAddr, open: Arc<Connections>, serving: Serving) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, remote)) => {
                let connected = open.enter(Ends { local, remote });
                connections.spawn(connection(stream, connected, serving.clone()));
            }
            // Out of files, or a connection that was gone before it was accepted: neither ends the server.
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

async fn connection(stream: TcpStream, _connected: Connected, serving: Serving) {
    // Without this an event would wait for the acknowledgement of the one before it.
    let _ = stream.set_nodelay(true);
    let asked = AtomicBool::new(false);
    let conversation = async {
        match &serving.acceptor {
            None => speak_http(stream, &serving, &asked).await,
            Some(acceptor) => {
                if let Ok(stream) = acceptor.accept(stream).await {
                    speak_http(stream, &serving, &asked).await;
                }
            }
        }
    };
    tokio::select! {
        () = conversation => {}
        () = nothing_asked(&asked, serving.head_within) => {}
    }
}

/// Completes when nothing was asked within that time. Before the first request's head is there, hyper waits for as long as it takes.
async fn nothing_asked(asked: &AtomicBool, within: Duration) {
    tokio::time::sleep(within).await;
    if asked.load(Ordering::Relaxed) {
        std::future::pending().await
    }
}

async fn speak_http<S>(stream: S, serving: &Serving, asked: &AtomicBool)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = auto::Builder::new(TokioExecutor::new());
    match serving.http {
        Some(Http::One) => builder = builder.http1_only(),
        Some(Http::Two) => builder = builder.http2_only(),
        None => {}
    }
    builder.http1().max_buf_size(REQUEST_BUFFER).timer(TokioTimer::new()).header_read_timeout(serving.head_within);
    builder.http2().max_concurrent_streams(serving.http2_streams);
    let answer = service_fn(|request| {
        asked.store(true, Ordering::Relaxed);
        serve(Arc::clone(&serving.show), request)
    });
    // A client that goes away ends its connection with an error; the stage has counted it already.
    let _ = builder.serve_connection(TokioIo::new(stream), answer).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Shape, StreamSpec};
    use crate::simulator::Script;
    use crate::wire::dialect::Dialect;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const PATIENCE: Duration = Duration::from_secs(60);

    fn simulator(head_within: Duration, conduct: Conduct) -> Simulator {
        let spec = StreamSpec { shape: Shape::Chat, chars: 100, delta_chars: None };
        let config = SimulatorConfig {
            listen: vec!["127.0.0.1:0".parse().unwrap()],
            source: Script::new(&spec, 1).into(),
            pace: Pace::Seconds(0.01),
            conduct,
            http: None,
            http2_streams: 123,
            compression: None,
            authority: None,
        };
        Simulator::start_with(config, head_within).unwrap()
    }

    /// All that comes until the server closes the connection.
    async fn read_to_the_end(mut stream: TcpStream) -> String {
        let mut text = String::new();
        let read = tokio::time::timeout(PATIENCE, stream.read_to_string(&mut text)).await;
        read.expect("the connection is closed").unwrap();
        text
    }

    #[tokio::test]
    async fn who_does_not_ask_in_time_is_let_go() {
        let simulator = simulator(Duration::from_millis(20), Conduct::Free);
        // Nothing, what may become HTTP/2, half of a head, and a whole request after which nothing is asked.
        let whole = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
        for (said, answered) in [("", ""), ("PRI", ""), (&whole[..20], ""), (whole, "HTTP/1.1 404")] {
            let mut stream = TcpStream::connect(simulator.addresses()[0]).await.unwrap();
            stream.write_all(said.as_bytes()).await.unwrap();
            let text = read_to_the_end(stream).await;
            assert!(text.starts_with(answered) && (text.is_empty() == answered.is_empty()), "{said:?}: {text}");
        }
    }

    /// The server's first frame is its settings (RFC 9113, section 3.4): a head of nine bytes, then six for each of them.
    #[tokio::test]
    async fn clients_of_http2_are_told_how_many_streams_they_may_have() {
        let simulator = simulator(PATIENCE, Conduct::Staged);
        let mut stream = TcpStream::connect(simulator.addresses()[0]).await.unwrap();
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!((head[3], head[4]), (4, 0), "settings: {head:?}");
        let mut settings = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
        stream.read_exact(&mut settings).await.unwrap();
        // SETTINGS_MAX_CONCURRENT_STREAMS is number 3.
        let most = settings.chunks(6).find(|setting| setting[..2] == [0, 3]).expect("it is said");
        assert_eq!(most[2..], 123_u32.to_be_bytes());
    }

    #[tokio::test]
    async fn a_stream_outlives_the_patience_for_heads() {
        let simulator = simulator(Duration::from_millis(20), Conduct::Staged);
        let mut stream = TcpStream::connect(simulator.addresses()[0]).await.unwrap();
        let (dialect, key) = (Dialect::DEFAULT, Dialect::DEFAULT.key_header());
        let body = String::from_utf8(dialect.request("x", "m", 9)).unwrap();
        let mut head = format!("POST {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n", dialect.answers_path());
        for (name, value) in dialect.fixed_headers().iter().chain(&[(key.name, "k")]) {
            head.extend([*name, ": ", *value, "\r\n"]);
        }
        let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).await.unwrap();
        simulator.stage().when(|stage| stage.open() == 1).await;
        // Five times its patience.
        tokio::time::sleep(Duration::from_millis(100)).await;
        simulator.stage().begin_text(Duration::ZERO);
        simulator.stage().release();
        assert!(read_to_the_end(stream).await.contains(dialect.last_event()));
    }
}
