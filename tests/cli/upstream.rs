//! `probe --upstream` as a process, with a second simulator as the API: what it counts, what it keeps, what it never keeps, and what it
//! says when the API fails.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;
use stream_probe::scenario::{Flush, Pace, Scenario, Shape, StreamSpec};
use stream_probe::simulator::{Conduct, Script, Simulator, SimulatorConfig};
use tokio::runtime::Runtime;

const KEY: &str = "sk-ant-api03-the-real-one";
/// Two rungs, two passes, one mode: 3 streams a pass. 800 characters are 200 tokens.
const LITTLE: [&str; 8] = ["--streams", "1,2", "--repeats", "2", "--drop", "--chars", "800", "--quiet"];

/// An API of 400 characters a stream, within half a second.
struct Api {
    simulator: Simulator,
    _runtime: Runtime,
}

impl Api {
    fn start() -> Api {
        let runtime = Runtime::new().unwrap();
        let simulator = runtime.block_on(async {
            Simulator::start(SimulatorConfig {
                listen: vec!["127.0.0.1:0".parse().unwrap()],
                source: Script::new(&spec(), 1).into(),
                pace: Pace::Seconds(0.5),
                conduct: Conduct::Free,
                http: None,
                http2_streams: Scenario::HTTP2_STREAMS,
                compression: Some(Flush::EachEvent),
                authority: None,
            })
            .unwrap()
        });
        Api { simulator, _runtime: runtime }
    }

    fn url(&self) -> String {
        self.simulator.base_urls().remove(0)
    }
}

fn spec() -> StreamSpec {
    StreamSpec { shape: Shape::Chat, chars: 400, delta_chars: None }
}

fn probe(arguments: &[&str], out: &Path, program: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_probe"));
    command.args(LITTLE).args(arguments).arg("--out").arg(out).env("ANTHROPIC_API_KEY", KEY);
    if !program.is_empty() {
        command.arg("--").args(program);
    }
    command.stdin(Stdio::null()).output().unwrap()
}

fn replay(cassette: &Path, out: &Path) -> Output {
    let mut replay = Command::new(env!("CARGO_BIN_EXE_probe"));
    replay.args(["--streams", "1,2", "--repeats", "2", "--drop", "--quiet", "--json", "--speed", "10", "--cassette"]);
    replay.arg(cassette).arg("--out").arg(out).output().unwrap()
}

/// Every file below `folder`, with its text.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(files(&entry.path()));
        } else if kind.is_file() {
            let bytes = fs::read(entry.path()).unwrap();
            found.push((entry.path().display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    found
}

#[test]
fn counted_recorded_and_replayed() {
    let api = Api::start();
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("answer.sse");
    let out = folder.path().join("runs");
    let record = ["--upstream", &api.url(), "--yes", "--json", "--record", cassette.to_str().unwrap()];
    let (recorded, replayed) = thread::scope(|scope| {
        let recorded = scope.spawn(|| probe(&record, &out, &[]));
        // The file appears whole, as soon as the first stream has ended: it can be told while the others go on.
        while !cassette.exists() && !recorded.is_finished() {
            thread::sleep(Duration::from_millis(20));
        }
        let replayed = replay(&cassette, &folder.path().join("replayed"));
        (recorded.join().unwrap(), replayed)
    });
    let said = String::from_utf8_lossy(&recorded.stderr);
    assert!(recorded.status.success(), "{said}");
    assert!(said.contains("recorded"), "{said}");

    let facts = Script::new(&spec(), 1).facts;
    let cost: Value = serde_json::from_slice(&recorded.stdout).unwrap();
    assert_eq!(cost["streams"][0]["chars"], facts.chars);
    assert_eq!(cost["streams"][0]["deltas"], facts.deltas);
    let run: Value = serde_json::from_slice(&fs::read(out.join("latest/run.json")).unwrap()).unwrap();
    let passed_on = &run["passed_on"];
    assert_eq!(passed_on["streams"], 6);
    assert_eq!(passed_on["output_tokens"], 6 * facts.chars.div_ceil(4));
    assert_eq!(passed_on["content"]["wire_bytes"], 6 * facts.wire_bytes);
    assert!(passed_on["limits"]["anthropic-ratelimit-requests-limit"].is_string(), "{passed_on}");
    let report = fs::read_to_string(out.join("latest/report.md")).unwrap();
    // As many input tokens as counting gives for what the built-in client asks: 32 a request.
    assert!(report.contains("6 streams passed on, 192 input and 600 output tokens"), "{report}");

    // The limits that it told are those of a plan with that run.
    let mut plan = Command::new(env!("CARGO_BIN_EXE_probe"));
    plan.args(["plan", "--arrival", "1", "--duration", "10", "--simulate", "0", "--json", "--cost"]);
    let planned = plan.arg(out.join("latest")).output().unwrap();
    let planned: Value = serde_json::from_slice(&planned.stdout).unwrap();
    let limits = planned["workloads"][0]["limits"].as_array().unwrap();
    let rpm = limits.iter().find(|limit| limit["limit"] == "rpm").unwrap();
    let told = passed_on["limits"]["anthropic-ratelimit-requests-limit"].as_str().unwrap();
    assert_eq!(rpm["capacity"].as_f64(), told.parse().ok());

    // Neither the key nor the one that subjects were given instead.
    let kept = files(folder.path());
    assert!(kept.len() > 5, "{kept:?}");
    for (name, text) in &kept {
        assert!(!text.contains(KEY) && !text.contains("sk-ant-probe"), "{name}");
    }
    assert!(!said.contains(KEY));

    assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
    let replayed: Value = serde_json::from_slice(&replayed.stdout).unwrap();
    assert_eq!(replayed["streams"][0]["text_bytes"], cost["streams"][0]["text_bytes"]);
    // The cassette has its own length.
    let of_another = probe(&["--speed", "10", "--json", "--cassette", cassette.to_str().unwrap()], &out, &[]);
    assert_eq!(of_another.status.code(), Some(2));
}

#[test]
fn nothing_is_asked_for_without_consent() {
    let api = Api::start();
    let folder = tempfile::tempdir().unwrap();
    let output = probe(&["--upstream", &api.url()], folder.path(), &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    // 3 streams in each of 2 passes, 200 tokens each.
    for words in ["up to 6 streams", "1,200 output tokens", "--yes"] {
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(api.simulator.stage().opened(), 0);
    assert!(files(folder.path()).is_empty());
}

/// The one line that is said when the API answers to a model of that name.
fn complaint(model: &str) -> String {
    let api = Api::start();
    let folder = tempfile::tempdir().unwrap();
    let output = probe(&["--upstream", &api.url(), "--yes", "--model", model], folder.path(), &[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains(&api.url()), "{said}");
    said
}

#[test]
fn an_api_at_its_limit_is_quoted() {
    let said = complaint("probe-fault-rate-limit");
    assert!(said.contains("429 rate_limit_error: This request would exceed"), "{said}");
}

#[test]
fn an_api_that_cuts_its_streams_is_told() {
    let said = complaint("probe-fault-cut");
    assert!(said.contains("broke a stream off"), "{said}");
}

#[test]
fn an_api_that_fails_within_its_streams_is_quoted() {
    let said = complaint("probe-fault-mid-stream");
    assert!(said.contains("overloaded_error: Overloaded"), "{said}");
}

#[test]
fn an_api_that_is_not_there_is_named() {
    // A port that was free a moment ago.
    let gone = Api::start().url();
    let folder = tempfile::tempdir().unwrap();
    let output = probe(&["--upstream", &gone, "--yes"], folder.path(), &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.contains(&gone) && said.contains("cannot reach the upstream"), "{said}");
}

/// A program of bash alone, which asks for `streams` streams of `tokens` output tokens each, whatever it is told, and ends when it is
/// refused.
fn heedless(streams: &str, tokens: &str) -> String {
    format!(
        r#"
host=${{ANTHROPIC_BASE_URL#http://}}
body='{{"model":"m","max_tokens":{tokens},"stream":true,"messages":[{{"role":"user","content":"x"}}]}}'
for ((i = 0; i < {streams}; i++)); do
    exec {{connection}}<>"/dev/tcp/${{host%:*}}/${{host#*:}}"
    printf 'POST /v1/messages HTTP/1.1\r\nhost: h\r\nx-api-key: %s\r\nanthropic-version: 2023-06-01\r\ncontent-length: %d\r\n\r\n%s' \
        "$ANTHROPIC_API_KEY" ${{#body}} "$body" >&$connection
    read -r status <&$connection
    [[ $status == *403* ]] && exit 1
    cat <&$connection >/dev/null &
done
cat"#
    )
}

#[test]
fn a_program_that_asks_for_more_than_was_agreed_to_is_stopped() {
    // Agreed to: 6 streams and 1,200 tokens.
    let cases = [
        ("$((PROBE_STREAMS * 4))", "200", 6, "6 and 1,200 are asked for"),
        ("$PROBE_STREAMS", "900", 1, "1 and 900 are asked for"),
    ];
    for (streams, tokens, most, says) in cases {
        let api = Api::start();
        let folder = tempfile::tempdir().unwrap();
        let program = heedless(streams, tokens);
        let output = probe(&["--upstream", &api.url(), "--yes", "--strict"], folder.path(), &["bash", "-c", &program]);
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{said}");
        let line = said.lines().find(|line| line.contains("not passed on: 6 streams and 1,200 output tokens"));
        assert!(line.is_some_and(|line| line.contains(says) && line.contains("PROBE_MAX_TOKENS")), "{said}");
        assert_eq!(api.simulator.stage().opened(), most, "{said}");
    }
}

#[test]
fn a_proof_asks_no_real_api() {
    let folder = tempfile::tempdir().unwrap();
    let mut prove = Command::new(env!("CARGO_BIN_EXE_probe"));
    prove.args(["prove", "--limit", "64MiB", "--upstream", "http://127.0.0.1:1", "--yes", "--out"]).arg(folder.path());
    let output = prove.env("ANTHROPIC_API_KEY", KEY).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("leave --upstream out"));
}
