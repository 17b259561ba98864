//! The programs of `probes/` and the smallest ones of its page keep the contract: they open as many streams as they are told, read them to
//! the end, and go when their input closes. What is not installed here is left out and said; with `PROBE_TEST_CLIENTS=required` that is a
//! failure.

use crate::support::is_required;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use stream_probe::run::Spoken;
use stream_probe::scenario::{Client, Flush, Held, Http, Mode, OwnProgram, Pace, Scenario, Shape, Stack, StreamSpec};
use stream_probe::simulator::{Conduct, Script, Simulator, SimulatorConfig, Stage};
use stream_probe::subject::{Contract, program};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

const STREAMS: u32 = 3;
/// What a runtime may take to start on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(60);

fn simulator(shape: Shape) -> Simulator {
    let spec = StreamSpec { shape, chars: 2_000, delta_chars: None };
    Simulator::start(SimulatorConfig {
        listen: vec!["127.0.0.1:0".parse().unwrap()],
        source: Script::new(&spec, 1).into(),
        pace: Pace::Seconds(0.2),
        conduct: Conduct::Staged,
        http: None,
        http2_streams: Scenario::HTTP2_STREAMS,
        compression: Some(Flush::EachEvent),
        authority: None,
    })
    .unwrap()
}

async fn until(stage: &Stage, who: &str, what: &str, condition: impl Fn(&Stage) -> bool) {
    let met = timeout(PATIENCE, stage.when(condition)).await;
    assert!(met.is_ok(), "{who}: {what} did not come; {} of {} open", stage.open(), stage.opened());
}

/// Longer than the longest argument that Linux takes.
const PROMPT_CHARS: u32 = 200_000;

/// Starts `words` and leads its streams through the phases.
async fn keeps_the_contract(who: &str, words: &[String], client: &Client, mode: Mode, prompt_chars: u32) {
    let agents = client.held() == Held::Agent;
    let simulator = simulator(if agents { Shape::Agent } else { Shape::Chat });
    let mut contract = Contract::new(client, simulator.base_urls(), STREAMS, mode, Http::One);
    contract.prompt_chars = prompt_chars;
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).envs(contract.environment()).kill_on_drop(true);
    let user = tempfile::tempdir().unwrap();
    if agents {
        is_set_otherwise(&mut command, user.path());
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"open\n").await.unwrap();
    let stage = simulator.stage();
    until(stage, who, "streams", |stage| stage.open() == STREAMS).await;
    let request_bytes = simulator.facts().request_bytes.unwrap() / u64::from(STREAMS);
    // An agent sends its instructions and its tools.
    let beside_prompt = if agents { 20_000..200_000 } else { 20..2_000 };
    let asked = u64::from(prompt_chars);
    assert!(
        request_bytes.checked_sub(asked).is_some_and(|rest| beside_prompt.contains(&rest)),
        "{who}: {request_bytes}"
    );
    stage.begin_text(Duration::ZERO);
    until(stage, who, "the text", |stage| stage.full() == STREAMS).await;
    stage.release();
    until(stage, who, "the end", |stage| stage.open() == 0).await;
    drop(input);
    let status = timeout(PATIENCE, child.wait()).await.unwrap_or_else(|_| panic!("{who} stays")).unwrap();
    assert!(status.success(), "{who}: {status}");
    assert_eq!((stage.opened(), stage.refused(), stage.whole()), (STREAMS, 0, 0), "{who}");
    assert_eq!(stage.tool_calls(), if agents { STREAMS } else { 0 }, "{who}");
    let left = fs::read_dir(user.path().join("tmp")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "{who} leaves something behind");
    // Every library asks for compressed streams by itself; curl and a bare shell do not.
    let compressed = if words.iter().any(|word| word.ends_with(".sh")) { 0 } else { STREAMS };
    assert_eq!(simulator.facts().spoken.unwrap(), Spoken { http2: 0, gzip: compressed }, "{who}");
}

/// A user who has set up agents otherwise: another API, another provider. Neither is asked for anything.
fn is_set_otherwise(command: &mut Command, user: &Path) {
    let elsewhere = r#"{ "env": { "ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "ANTHROPIC_API_KEY": "theirs" } }"#;
    for folder in [".claude", "tmp"] {
        fs::create_dir(user.join(folder)).unwrap();
    }
    fs::write(user.join(".claude/settings.json"), elsewhere).unwrap();
    command.envs([("HOME", user), ("TMPDIR", &user.join("tmp"))]);
    command.envs([("CLAUDE_CODE_USE_BEDROCK", "1"), ("ANTHROPIC_AUTH_TOKEN", "theirs"), ("CLAUDECODE", "1")]);
}

#[tokio::test]
async fn programs_of_the_client_stacks() {
    for stack in Stack::ALL {
        let client = Client::Stack(stack);
        match program(&client) {
            Ok(found) => {
                let ways = [(Mode::Retain, PROMPT_CHARS), (Mode::Retain, 0), (Mode::Drop, 0)];
                // An agent takes a second of a processor to start.
                let ways = if stack.holds_agents() { &ways[..1] } else { &ways };
                for &(mode, prompt_chars) in ways {
                    keeps_the_contract(stack.name(), &found.words, &client, mode, prompt_chars).await;
                }
            }
            Err(error) => {
                assert!(!is_required("PROBE_TEST_CLIENTS"), "{error}");
                println!("left out: {error}");
            }
        }
    }
}

/// The page's blocks of code, run as they stand there.
#[tokio::test]
async fn the_smallest_programs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("probes");
    let page = fs::read_to_string(root.join("README.md")).unwrap();
    let page = page.split("## The smallest programs").nth(1).expect("the page has them");
    let folder = tempfile::tempdir().unwrap();
    for (language, name, interpreter) in [
        ("python", "app.py", root.join("python-sdk/.venv/bin/python")),
        ("js", "app.mjs", PathBuf::from("node")),
        ("sh", "app.sh", PathBuf::from("sh")),
    ] {
        let needs = if language == "sh" { Path::new("curl") } else { &interpreter };
        let runs =
            std::process::Command::new(needs).arg("--version").output().is_ok_and(|output| output.status.success());
        if !runs {
            assert!(!is_required("PROBE_TEST_CLIENTS"), "{} is required and does not run here", needs.display());
            println!("left out: {} is not installed", needs.display());
            continue;
        }
        let code = page.split(&format!("```{language}\n")).nth(1).and_then(|rest| rest.split("```").next());
        let file = folder.path().join(name);
        fs::write(&file, code.unwrap_or_else(|| panic!("no block of {language}"))).unwrap();
        let words = [interpreter, file].map(|word| word.display().to_string());
        let client = Client::Command(OwnProgram::new(words.to_vec(), None));
        keeps_the_contract(name, &words, &client, Mode::Retain, 0).await;
    }
}

/// What Python programs install is what was pinned, each version with its hashes.
#[test]
fn what_is_installed_is_pinned() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("probes");
    for folder in ["litellm", "python-aiohttp", "python-httpx", "python-sdk"] {
        let read = |name: &str| fs::read_to_string(root.join(folder).join(name)).unwrap();
        let (wanted, pinned) = (read("requirements.in"), read("requirements.txt"));
        let lines: Vec<&str> = pinned.lines().collect();
        let packages = lines.windows(2).filter(|pair| pair[0].starts_with(|first: char| first.is_ascii_alphabetic()));
        let mut versions = Vec::new();
        for pair in packages {
            let package = pair[0].split([' ', ';']).next().unwrap();
            assert!(package.contains("=="), "{folder}: {package} has no version");
            assert!(pair[1].trim_start().starts_with("--hash=sha256:"), "{folder}: {package} has no hash");
            versions.push(package);
        }
        for line in wanted.lines() {
            // An extra is named where it is asked for, and not where it was found.
            let (name, version) = line.split_once("==").unwrap_or_else(|| panic!("{folder}: {line} has no version"));
            let package = format!("{}=={version}", name.split('[').next().unwrap());
            assert!(versions.contains(&package.as_str()), "{folder}: {package} is not what was pinned");
        }
    }
}

/// Where LiteLLM's proxy passes requests on to, and with which key, is the contract's to say and stands in no file; and the page names the
/// version that is pinned.
#[test]
fn the_gateway_is_told_where_the_api_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("probes");
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let config = read("litellm/config.yaml");
    for (setting, variable) in [("api_base:", "ANTHROPIC_BASE_URL"), ("api_key:", "ANTHROPIC_API_KEY")] {
        let said: Vec<&str> = config.lines().map(str::trim).filter(|line| line.starts_with(setting)).collect();
        assert_eq!(said, [format!("{setting} os.environ/{variable}")]);
    }
    let version = read("litellm/requirements.in").trim().rsplit("==").next().unwrap().to_owned();
    assert!(read("README.md").contains(&format!("LiteLLM's proxy {version}")), "{version}");
}
