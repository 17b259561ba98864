//! `probe serve` as a process: telling a recording, and passing on to an API with a key that nobody else gets to see.

use nix::sys::signal::Signal;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;
use stream_probe::client::{ClientConfig, StreamClient};
use stream_probe::scenario::{Flush, Pace, Scenario, Shape, StreamSpec};
use stream_probe::simulator::{Conduct, Script, Simulator, SimulatorConfig};

const KEY: &str = "sk-ant-api03-the-real-one";
const CASSETTE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/cassette.sse");

fn serve(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_probe"));
    command.arg("serve").args(arguments).env("ANTHROPIC_API_KEY", KEY);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A server that says where it is.
struct Server {
    process: Child,
    out: BufReader<ChildStdout>,
    said: String,
}

impl Server {
    fn start(arguments: &[&str]) -> Server {
        let mut process = serve(arguments).spawn().unwrap();
        let out = BufReader::new(process.stdout.take().unwrap());
        let mut server = Server { process, out, said: String::new() };
        while !server.said.contains("ANTHROPIC_API_KEY=") {
            assert_ne!(server.out.read_line(&mut server.said).unwrap(), 0, "{}", server.said);
        }
        server
    }

    /// What it told to set `name` to.
    fn told(&self, name: &str) -> String {
        let value = self.said.split(&format!("{name}=")).nth(1).unwrap_or_else(|| panic!("{}", self.said));
        value.split_whitespace().next().unwrap().to_owned()
    }

    /// One stream of it, whole.
    async fn stream(&self) -> String {
        let client = StreamClient::new(&ClientConfig::default(), self.told("ANTHROPIC_API_KEY")).unwrap();
        let answer = client.open(&self.told("ANTHROPIC_BASE_URL")).await.unwrap();
        tokio::time::timeout(Duration::from_secs(60), answer.text()).await.unwrap().unwrap()
    }

    /// Interrupts it; all that it said, on both outputs.
    fn end(self) -> String {
        self.end_by(Signal::SIGINT)
    }

    fn end_by(mut self, signal: Signal) -> String {
        let pid = nix::unistd::Pid::from_raw(self.process.id() as i32);
        nix::sys::signal::kill(pid, signal).unwrap();
        self.out.read_to_string(&mut self.said).unwrap();
        self.process.stderr.take().unwrap().read_to_string(&mut self.said).unwrap();
        assert!(self.process.wait().unwrap().success(), "{}", self.said);
        std::mem::take(&mut self.said)
    }
}

/// Nobody is left behind by a test that fails.
impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn a_recording_is_told() {
    let server = Server::start(&["--cassette", CASSETTE, "--speed", "100"]);
    let told = server.stream().await;
    assert!(told.contains("\"text\":\"Café \"") && told.ends_with("data: {\"type\":\"message_stop\"}\n\n"), "{told}");
    assert!(!server.end().contains(KEY));
}

#[tokio::test]
async fn passed_on_recorded_and_the_key_nowhere() {
    let spec = StreamSpec { shape: Shape::Chat, chars: 400, delta_chars: None };
    let api = Simulator::start(SimulatorConfig {
        listen: vec!["127.0.0.1:0".parse().unwrap()],
        source: Script::new(&spec, 1).into(),
        pace: Pace::Seconds(0.1),
        conduct: Conduct::Free,
        http: None,
        http2_streams: Scenario::HTTP2_STREAMS,
        compression: Some(Flush::EachEvent),
        authority: None,
    })
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answer.sse");
    let server = Server::start(&["--upstream", &api.base_urls()[0], "--record", file.to_str().unwrap()]);
    assert_ne!(server.told("ANTHROPIC_API_KEY"), KEY);
    let told = server.stream().await;
    let (subject_key, said) = (server.told("ANTHROPIC_API_KEY"), server.end());
    assert!(said.contains("Passed on: 1 streams, 32 input and 100 output tokens."), "{said}");
    assert!(said.contains(&format!("Recorded: {}", file.display())), "{said}");
    let recorded = std::fs::read_to_string(&file).unwrap();
    for text in [&told, &said, &recorded] {
        assert!(!text.contains(KEY), "{text}");
    }
    assert!(!recorded.contains(&subject_key));

    let again = Server::start(&["--cassette", file.to_str().unwrap(), "--speed", "100"]);
    let deltas =
        |text: &str| text.lines().filter(|line| line.contains("text_delta")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(deltas(&again.stream().await), deltas(&told));
    again.end();
}

/// Bytes of memory that the server has resident.
fn resident(server: &Server) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/status", server.process.id())).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 1024
}

/// Sends as much of a body as is taken: all but its last byte, or until nothing more is for a second.
fn begin_a_body(address: &str, bytes: usize) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    let head = "POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: key\r\nanthropic-version: 2023-06-01\r\n";
    write!(stream, "{head}content-length: {bytes}\r\n\r\n").unwrap();
    let piece = [b' '; 1 << 16];
    let mut left = bytes - 1;
    while left > 0 {
        match stream.write(&piece[..left.min(piece.len())]) {
            Ok(written) => left -= written,
            Err(_) => break,
        }
    }
    stream
}

#[tokio::test]
async fn unfinished_bodies_hold_no_more_than_a_budget_and_give_it_back() {
    const BUDGET: u64 = 128_000_000;
    const BESIDE: u64 = 40_000_000;
    let server = Server::start(&["--pace", "0.1s", "--chars", "100"]);
    let address = server.told("ANTHROPIC_BASE_URL").replace("http://", "");
    let before = resident(&server);
    let begun: Vec<_> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..30).map(|_| scope.spawn(|| begin_a_body(&address, 31_000_000))).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let held = resident(&server) - before;
    assert!(held < BUDGET + BESIDE, "{held} bytes");
    assert!(held > BUDGET / 2, "the bodies have come in: {held} bytes");
    drop(begun);
    assert!(server.stream().await.contains("message_stop"), "who asks afterwards is answered");
    let patience = std::time::Instant::now() + Duration::from_secs(60);
    while resident(&server) > before + BESIDE {
        assert!(std::time::Instant::now() < patience, "{} bytes are kept", resident(&server) - before);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.end();
}

#[test]
fn its_certificate_goes_when_it_goes() {
    let (first, second) = (Server::start(&["--tls"]), Server::start(&["--tls"]));
    let file = |server: &mut Server| {
        while !server.said.contains("NODE_EXTRA_CA_CERTS=") {
            assert_ne!(server.out.read_line(&mut server.said).unwrap(), 0, "{}", server.said);
        }
        std::path::PathBuf::from(server.told("SSL_CERT_FILE"))
    };
    for (mut server, signal) in [(first, Signal::SIGINT), (second, Signal::SIGTERM)] {
        let file = file(&mut server);
        assert!(std::fs::read_to_string(&file).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
        let id = server.process.id().to_string();
        assert!(!file.to_string_lossy().contains(&id), "nobody can guess its name: {}", file.display());
        server.end_by(signal);
        assert!(!file.exists(), "{signal}");
    }
}

#[test]
fn no_certificate_is_left_where_nothing_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = serve(&["--tls", "--port", &port]).env("TMPDIR", folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_cannot_be_served_is_said_in_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("damaged.sse");
    std::fs::write(&damaged, ": stream-probe cassette 1\n\nevent: ping\ndata: {}\n\n").unwrap();
    let damaged = damaged.to_str().unwrap();
    let plain = folder.path().join("plain.sse");
    std::fs::write(&plain, "event: message_start\ndata: {\"type\":\"message_start\"}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n").unwrap();
    let cut = folder.path().join("cut.sse");
    std::fs::write(&cut, "event: message_start\ndata: {\"type\":\"message_start\"}\n\nevent: ping\ndata: {}\n\n")
        .unwrap();
    let cases: [(&[&str], &str); 7] = [
        (&["--cassette", cut.to_str().unwrap()], "cut.sse, line 4: the recording breaks off after this `ping` event"),
        (&["--cassette", damaged], "damaged.sse, line 3: this event has no time"),
        (&["--cassette", "/no/such.sse"], "cannot read the cassette /no/such.sse"),
        (
            &["--cassette", plain.to_str().unwrap(), "--speed", "2"],
            "--speed: a speed is for a recording with times, and this one has none; set a pace",
        ),
        (&["--upstream", "http://example.org"], "write https://"),
        (&["--upstream", "example.org"], "not the URL"),
        (&["--upstream", "http://localhost:1", "--record", "/no/such/folder/x"], "--record: /no/such/folder/x"),
    ];
    for (arguments, says) in cases {
        let output = serve(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
        assert!(said.starts_with("probe: ") && said.contains(says) && !said.contains(KEY), "{said}");
    }
    let short = serve(&["--upstream", "http://localhost:1"]).env("ANTHROPIC_API_KEY", "k").output().unwrap();
    assert!(String::from_utf8(short.stderr).unwrap().contains("fewer than 8 characters"));
    let output = serve(&["--upstream", "http://localhost:1"]).env_remove("ANTHROPIC_API_KEY").output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("set ANTHROPIC_API_KEY"));
}

/// The option parser lets them through where something is given that excludes what is needed.
#[test]
fn what_is_needed_is_asked_for_though_something_excludes_it() {
    for (arguments, says) in [
        (&["serve", "--record", "x", "--seed", "3"][..], "--record needs --upstream URL"),
        (&["serve", "--speed", "2", "--chars", "3"], "--speed needs --cassette FILE"),
        (&["--record", "x", "--pace", "1s"], "--record needs --upstream URL"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_probe")).args(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn options_that_do_not_go_together() {
    let cases: [&[&str]; 6] = [
        &["--speed", "2"],
        &["--cassette", "x", "--speed", "2", "--pace", "5s"],
        &["--cassette", "x", "--chars", "5"],
        &["--cassette", "x", "--upstream", "http://localhost:1"],
        &["--record", "x"],
        &["--upstream", "http://localhost:1", "--pace", "5s"],
    ];
    for arguments in cases {
        let output = serve(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("Usage"), "{arguments:?}");
    }
}
