//! Programs that do not do what they should: one line each that says what to look at.

use super::{free_port, probe, tell};
use crate::support::{client_or_left_out, waiting};
use serde_json::Value;

/// Two rungs, two passes, little text: enough to fail with.
const LITTLE: [&str; 9] = ["--streams", "2,4", "--drop", "--chars", "500", "--pace", "1s", "--repeats", "2"];

/// The program is refused with exit code 2 and one line that has these words.
fn refused(command: &[&str], words: &[&str]) {
    let _turn = waiting();
    let folder = tempfile::tempdir().unwrap();
    let output = probe(&LITTLE, command, folder.path());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{command:?}: {said}");
    assert_eq!(said.lines().count(), 1, "{command:?}: {said}");
    for word in words {
        assert!(said.contains(word), "{command:?} should say '{word}': {said}");
    }
}

/// The same of a program in Python, where that is installed.
fn refused_in_python(program: &str, words: &[&str]) {
    if client_or_left_out("python3") {
        refused(&["python3", "-c", program], words);
    }
}

#[test]
fn a_program_that_is_not_there() {
    refused(&["no-such-program"], &["no-such-program", "installed"]);
}

#[test]
fn a_program_that_exits_early() {
    refused(&["sh", "-c", "echo no config >&2; exit 3"], &["before it opened a stream", "exit status: 3", "no config"]);
}

#[test]
fn what_fails_twice_alike_is_not_tried_eight_times() {
    let _turn = waiting();
    let folder = tempfile::tempdir().unwrap();
    let starts = folder.path().join("starts");
    let program = format!("echo once >> {}; echo no config, $$ >&2; exit 3", starts.display());
    let output = probe(&["--streams", "1,2,3,4", "--drop"], &["sh", "-c", &program], folder.path());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(std::fs::read_to_string(starts).unwrap().lines().count(), 2);
    assert_eq!(said.matches("no config").count(), 1, "{said}");
    assert!(said.contains("the other trials are left out"), "{said}");
}

/// A program that does nothing is not waited for as one that is starting, and not started twice.
#[test]
fn a_program_that_does_nothing() {
    let _turn = waiting();
    let folder = tempfile::tempdir().unwrap();
    let starts = folder.path().join("starts");
    let program = format!("echo once >> {}; exec sleep 1000", starts.display());
    let output = probe(&["--streams", "1,2"], &["sh", "-c", &program], folder.path());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    let seconds: u64 =
        said.split_once("opened no stream within ").unwrap().1.split(' ').next().unwrap().parse().unwrap();
    assert!(seconds < 30 && said.contains(" s, and does nothing: "), "{said}");
    assert!(said.contains("the other trials are left out"), "{said}");
    assert_eq!(std::fs::read_to_string(starts).unwrap().lines().count(), 1, "neither again nor in the other mode");
}

/// A server that listens, but not where its users are sent.
#[test]
fn a_server_on_another_port_is_told_its_port() {
    let program = "import socket, sys; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], file=sys.stderr); sys.stdin.read()";
    if !client_or_left_out("python3") {
        return;
    }
    let _turn = waiting();
    let folder = tempfile::tempdir().unwrap();
    let drive = ["--streams", "1,2", "--drive", "http://127.0.0.1:1/chat"];
    let output = probe(&drive, &["python3", "-c", program], folder.path());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    let port = said.split_once("its last words: \"").unwrap().1.split('"').next().unwrap();
    assert!(
        said.contains(&format!("nothing answers at http://127.0.0.1:1/chat (the server listens on port {port})")),
        "{said}"
    );
    assert!(said.contains("the other trials are left out"), "{said}");
    let run = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    assert_eq!(std::fs::read_dir(run.join("subjects")).unwrap().count(), 1, "one trial has shown it");
}

/// Escape sequences, a line that never ends, text without bound: a subject's standard error may be anything.
#[test]
fn what_a_program_writes_reaches_no_terminal_and_fills_no_disk() {
    let _turn = waiting();
    let folder = tempfile::tempdir().unwrap();
    let program = "printf '\\033[2Jbegin\\n' >&2; head -c 20000000 /dev/zero | tr '\\0' x >&2; printf 'END\\033]52;c;aGk=\\007\\342\\200\\256' >&2";
    let output = probe(&["--streams", "1,2", "--drop"], &["sh", "-c", program], folder.path());
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("xxxEND\\u{1b}]52;c;aGk=\\u{7}\\u{202e}\""), "{said}");
    assert!(said.len() < 1000 && !said.trim_end().contains(stream_probe::foreign::is_unsafe), "{said}");
    let run = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    for log in std::fs::read_dir(run.join("subjects")).unwrap() {
        let text = std::fs::read_to_string(log.unwrap().path()).unwrap();
        assert!(text.len() < (1 << 20) + 200, "{}", text.len());
        assert!(text.starts_with("\x1b[2Jbegin\nxxx") && text.contains("bytes are left out here, of 200000"));
    }
}

#[test]
fn a_program_that_asks_for_whole_messages() {
    let body = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}]}"#;
    let program = client(&format!("ask(connect(), {body:?}); wait()"));
    refused_in_python(&program, &["whole messages", "\"stream\": true"]);
}

/// The only series has such a doubt.
fn doubted(cost: &Value, is_it: impl Fn(&Value) -> bool) {
    let doubts = cost["series"][0]["doubts"].as_array().unwrap();
    assert!(doubts.iter().any(is_it), "{doubts:?}");
}

fn three_of_four(doubt: &Value) -> bool {
    doubt["text"].as_str().unwrap().starts_with("4 streams were asked for and 3 were held")
}

#[test]
fn a_gate_is_told_with_its_number() {
    // Holds at most three streams at once, whatever it is asked for.
    let program = client("for _ in range(min(3, streams)): ask(connect(), STREAM)\nwait()");
    if !client_or_left_out("python3") {
        return;
    }
    let (cost, _) = tell(&LITTLE, &["python3", "-c", &program]);
    doubted(&cost, three_of_four);
}

#[test]
fn a_program_that_does_not_collect_is_told() {
    let program = client("for _ in range(streams): ask(connect(), STREAM)\nwait()");
    if !client_or_left_out("python3") {
        return;
    }
    let (cost, _) = tell(&[&LITTLE[..], &["--collect"]].concat(), &["python3", "-c", &program]);
    doubted(&cost, |doubt| doubt["kind"] == "not-collected" && doubt["trials"] == 4);
}

#[test]
fn a_stream_that_is_lost_on_the_way_is_told() {
    // Ends one of its streams as soon as its text begins.
    let program = client(
        r#"
for _ in range(streams): ask(connect(), STREAM)
first = held.pop(0)
import threading
def lose():
    seen = b""
    while b"content_block_delta" not in seen: seen += first.recv(65536)
    first.close()
threading.Thread(target=lose, daemon=True).start()
wait()
"#,
    );
    if !client_or_left_out("python3") {
        return;
    }
    let (cost, run) = tell(&LITTLE, &["python3", "-c", &program]);
    doubted(&cost, three_of_four);
    // The numbers of the open plateau are not drawn at the number of streams of the full one.
    assert!(cost["series"][0]["open_bytes_per_stream"].is_null());
    assert_eq!(run["trials"].as_array().unwrap().len(), 4);
}

#[test]
fn a_program_that_gives_up_silent_streams_is_told() {
    let program = client("for _ in range(3 * streams): ask(connect(), STREAM).recv(9); held.pop().close()\nwait()");
    refused_in_python(&program, &["ended every one before any text came", "read timeout"]);
}

#[test]
fn a_program_whose_requests_are_refused_is_told_why() {
    let program = client("ask(connect(), '{\"model\":\"m\",\"stream\":true}'); wait()");
    refused_in_python(
        &program,
        &["its requests were refused, 1 of them, the first with 400", "messages: Field required"],
    );
}

#[test]
fn one_stream_after_the_other_is_told() {
    let program = client("for _ in range(streams): read(ask(connect(), STREAM))\nwait()");
    refused_in_python(&program, &["never held more than 1 of the 4", "the next stream when one has ended"]);
}

/// Opens its streams when it is told to, and breaks them off long before there is text.
const GIVES_UP: &str = r#"
import time
sys.stdin.readline()
for _ in range(streams): ask(connect(), STREAM)
time.sleep(.3)
for one in held: one.close()
"#;

#[test]
fn a_read_timeout_is_told() {
    let program = client(&format!("{GIVES_UP}sys.stdin.read()"));
    refused_in_python(
        &program,
        &["streams were broken off by the subject after 0.3", "before any text: a read timeout?"],
    );
}

#[test]
fn a_retry_hides_no_read_timeout() {
    let program = client(&format!("{GIVES_UP}held.clear()\nfor _ in range(streams): ask(connect(), STREAM)\nwait()"));
    refused_in_python(
        &program,
        &[" streams came where ", "of them were broken off", "a read timeout, and a retry that hides it?"],
    );
}

/// Streams break off for a reason when the process that holds them is gone.
#[test]
fn a_worker_that_is_killed_is_told() {
    let program = client(
        r#"
import signal, time
sys.stdin.readline()
worker = os.fork()
for _ in range(streams // 2): ask(connect(), STREAM)
if worker == 0: time.sleep(1000)
time.sleep(.4)
os.kill(worker, signal.SIGKILL)
wait()
"#,
    );
    refused_in_python(
        &program,
        &["broken off by the subject", "a process of the subject, python3, was killed by SIGKILL"],
    );
}

#[test]
fn a_program_with_a_number_of_its_own_is_told() {
    let program = client("for _ in range(5): ask(connect(), STREAM)\nwait()");
    refused_in_python(&program, &["held 5 streams whatever number it was asked for", "does it read PROBE_STREAMS?"]);
}

#[test]
fn more_streams_than_asked_are_told() {
    let program = client("for _ in range(2 * streams): ask(connect(), STREAM)\nwait()");
    if !client_or_left_out("python3") {
        return;
    }
    let (cost, run) = tell(&LITTLE, &["python3", "-c", &program]);
    doubted(&cost, |doubt| doubt["kind"] == "more-than-asked" && doubt["asked"] == 4 && doubt["opened"] == 8);
    for trial in run["trials"].as_array().unwrap() {
        assert_eq!(trial["simulator"]["broken_off"], 0, "{trial}");
    }
}

#[test]
fn a_program_that_goes_into_the_background_is_told() {
    refused(&["sh", "-c", "sleep 1000 & exit 0"], &["left processes behind", "let it stay in the foreground"]);
}

#[test]
fn how_long_the_first_stream_may_take_is_said() {
    let _turn = waiting();
    let folder = tempfile::tempdir().unwrap();
    let output = probe(&[&LITTLE[..], &["--start-within", "1"]].concat(), &["sleep", "1000"], folder.path());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("opened no stream within 1 s"), "{said}");
}

/// A server that opens two streams for each request, and is told who asks by headers, address and body. The value of a header stands nowhere whole
/// but in the options: the program is in the record.
#[test]
fn requests_that_open_several_streams_are_told() {
    let program = server(
        "POST",
        r#"
        asked = self.rfile.read(int(self.headers["content-length"])).decode()
        assert asked == '{"user":' + self.path.removeprefix("/chat/") + '}', (asked, self.path)
        scheme, who = self.headers["authorization"].split(" of-")
        assert (scheme, who, self.headers["x-more"]) == ("Bearer", "this-user", "1")
        threading.Thread(target=read, args=(ask(connect(), STREAM),), daemon=True).start()
"#,
    );
    if !client_or_left_out("python3") {
        return;
    }
    let _turn = waiting();
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}/chat/{{n}}");
    let headers = ["--drive-header", "Authorization: Bearer of-this-user", "--drive-header", "x-more:1"];
    let drive = [&["--drive", &url, "--drive-body", r#"{"user":{n}}"#][..], &headers].concat();
    let output = probe(&[&LITTLE[..], &drive].concat(), &["python3", "-c", &program, &port], folder.path());
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("Each request opened 2 streams; one more request costs "), "{said}");
    let read = |name: &str| std::fs::read_to_string(folder.path().join("latest").join(name)).unwrap();
    let cost: Value = serde_json::from_str(&read("cost.json")).unwrap();
    assert_eq!(cost["series"][0]["streams_per_request"], 2.0);
    assert!(!cost["series"][0]["doubts"].as_array().unwrap().iter().any(|doubt| doubt["kind"] == "more-than-asked"));
    let run = read("run.json");
    assert!(run.contains("\"Authorization\"") && !run.contains("of-this-user"), "{run}");
}

/// A server that opens a stream for each request of a user, and does what it is told with the text.
#[test]
fn a_server_is_driven() {
    let program = server(
        "PUT",
        r#"
        asked = self.rfile.read(int(self.headers["content-length"]))
        assert asked == b'{"say":"x"}', asked
"#,
    );
    if !client_or_left_out("python3") {
        return;
    }
    // A port that was free a moment ago; the server is told, as a user's would be by its configuration.
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}/chat");
    let drive = ["--drive", &url, "--drive-method", "put", "--drive-body", r#"{"say":"x"}"#];
    let (cost, run) = tell(&[&LITTLE[..], &drive].concat(), &["python3", "-c", &program, &port]);
    assert_eq!(cost["series"][0]["streams_max"], 4);
    for trial in run["trials"].as_array().unwrap() {
        assert_eq!(trial["simulator"]["peak_streams"], trial["asked"], "one stream for each user");
    }
    let _turn = waiting();
    let folder = tempfile::tempdir().unwrap();
    let drive = ["--drive", "http://127.0.0.1:1/chat"];
    let output = probe(&[&LITTLE[..], &drive].concat(), &["sh", "-c", "exit 4"], folder.path());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
}

/// A server that serves only some of its users is quoted, whether none of its streams arrive or too few.
#[test]
fn a_server_that_refuses_its_users_is_quoted() {
    let serves = |users: u32| {
        server(
            "POST",
            &format!(
                r#"
        if next(number) > {users}:
            self.send_response(503)
            self.end_headers()
            self.wfile.write(b'no more\n\x1b[2Jthan {users}')
            return
"#
            ),
        )
    };
    if !client_or_left_out("python3") {
        return;
    }
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}/chat");
    let arguments = [&LITTLE[..], &["--drive", &url]].concat();
    let told = |failure: &Value| {
        (&failure["kind"], &failure["opened"], &failure["asked"]) == (&"user-refused".into(), &3.into(), &4.into())
            && failure["what"].as_str().unwrap().contains("503 Service Unavailable: no more \\u{1b}[2Jthan")
    };

    let few = serves(3);
    let (_, run) = tell(&arguments, &["python3", "-c", &few, &port]);
    let failures = run["failures"].as_array().unwrap();
    assert!(!failures.is_empty() && failures.iter().all(told), "{failures:?}");
    let _turn = waiting();
    let folder = tempfile::tempdir().unwrap();
    let begun = std::time::Instant::now();
    let output = probe(&arguments, &["python3", "-c", &serves(0), &port], folder.path());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    assert!(
        said.contains("opened 0 of the") && said.contains("503 Service Unavailable: no more \\u{1b}[2Jthan 0"),
        "{said}"
    );
    assert!(begun.elapsed().as_secs() < 30, "nothing is waited for that cannot come: {:?}", begun.elapsed());
}

/// The smallest client in Python, and what it is to do.
fn client(does: &str) -> String {
    format!(
        r#"
import os, socket, sys
host, port = os.environ["ANTHROPIC_BASE_URL"].removeprefix("http://").split(":")
streams = int(os.environ["PROBE_STREAMS"])
STREAM = '{{"model":"m","max_tokens":9,"stream":true,"messages":[{{"role":"user","content":"x"}}]}}'
held = []
def connect(): return socket.create_connection((host, int(port)))
def ask(one, body):
    held.append(one)
    one.sendall(("POST /v1/messages HTTP/1.1\r\nhost: h\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\nconnection: close\r\n"
        f"content-type: application/json\r\ncontent-length: {{len(body)}}\r\n\r\n" + body).encode())
    return one
def read(one):
    while one.recv(65536): pass
def wait():
    import threading
    for one in held: threading.Thread(target=read, args=(one,), daemon=True).start()
    sys.stdin.read()
{does}
"#
    )
}

/// The smallest server in Python, at the port that it is given: it answers requests of this method with the stream that it opens for each, once it
/// has done `first`, which knows each request's `number` from 1.
fn server(method: &str, first: &str) -> String {
    client(&format!(
        r#"
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import itertools, threading
number = itertools.count(1)
class Chat(BaseHTTPRequestHandler):
    def do_{method}(self):
{first}
        one = ask(connect(), STREAM)
        self.send_response(200)
        self.end_headers()
        while piece := one.recv(65536): self.wfile.write(piece)
    def log_message(self, *_): pass
class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
server = Server(("127.0.0.1", int(sys.argv[1])), Chat)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
"#
    ))
}
