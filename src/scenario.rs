//! What is to be run: the modes, the ladder of stream counts, the shape and pace of a stream, the transport, the passes.
//!
//! Everything here is data that can be printed, stored and compared. Nothing here opens a socket or reads a clock.

mod secret;
mod tempo;

pub use secret::without_keys;
pub use tempo::{NotASpeed, Speed, Tempo};

use crate::units::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Why a scenario cannot be run. Each text says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// The text is not a list of whole numbers.
    #[error("--streams '{0}' is not a number of streams: write one number such as 24, or a ladder such as 1,8,24")]
    NotALadder(String),
    /// A rung of zero streams.
    #[error(
        "--streams 0: a trial needs at least one open stream; the base comes from the fitted line, not from an empty trial"
    )]
    ZeroStreams,
    /// Fewer than two different numbers.
    #[error(
        "--streams '{0}': a line needs two different numbers of streams; write --streams 24, or a ladder such as 1,8,24"
    )]
    OneRung(String),
    /// A pace that is neither `real` nor a duration.
    #[error("--pace '{0}' is not a pace: write real, or the time in which each stream gets its whole text, such as 8s")]
    NotAPace(String),
}

/// What the subject does with the text it receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Keep the text, in whatever way the program does: what programs other than the built-in client are asked for.
    Retain,
    /// Keep every delta as a string of its own in an array.
    RetainChunks,
    /// Keep one growing string.
    RetainText,
    /// Keep every parsed event whole.
    RetainEvents,
    /// Process each delta and drop it.
    Drop,
}

impl Mode {
    /// Every mode, in the order of tables.
    pub const ALL: [Mode; 5] = [Mode::Retain, Mode::RetainChunks, Mode::RetainText, Mode::RetainEvents, Mode::Drop];

    /// The name used in files, tables and the subject's environment.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Retain => "retain",
            Mode::RetainChunks => "retain-chunks",
            Mode::RetainText => "retain-text",
            Mode::RetainEvents => "retain-events",
            Mode::Drop => "drop",
        }
    }

    /// The mode of that name.
    pub fn from_name(name: &str) -> Option<Mode> {
        Mode::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// Whether text outlives the event that brought it.
    pub fn retains(self) -> bool {
        match self {
            Mode::Retain | Mode::RetainChunks | Mode::RetainText | Mode::RetainEvents => true,
            Mode::Drop => false,
        }
    }

    /// The adjective for sentences: "one more *retained* stream".
    pub fn adjective(self) -> &'static str {
        if self.retains() { "retained" } else { "dropped" }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The numbers of streams at which trials are run, ascending, at least two of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ladder(Vec<u32>);

impl Ladder {
    /// How many rungs one number makes: enough to see a curve, few enough to repeat.
    const RUNGS: u32 = 5;

    /// Evenly spaced rungs from 1 to `top`, both included: five, or every number up to `top` where there are fewer.
    ///
    /// # Errors
    /// When `top` is 0 or 1: no two different numbers.
    pub fn up_to(top: u32) -> Result<Ladder, ScenarioError> {
        let rungs = Self::RUNGS.min(top);
        let step = |i: u32| 1.0 + f64::from(i) * f64::from(top - 1) / f64::from(rungs - 1);
        match top {
            0 => Err(ScenarioError::ZeroStreams),
            1 => Err(ScenarioError::OneRung("1".to_owned())),
            _ => Ok(Ladder((0..rungs).map(|i| step(i).round() as u32).collect())),
        }
    }

    /// The rungs, ascending and without repetition.
    pub fn rungs(&self) -> &[u32] {
        &self.0
    }

    /// The largest number of streams.
    pub fn top(&self) -> u32 {
        self.0.last().copied().unwrap_or(0)
    }

    /// The smallest number of streams.
    pub fn bottom(&self) -> u32 {
        self.0.first().copied().unwrap_or(0)
    }
}

impl FromStr for Ladder {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Ladder, ScenarioError> {
        let mut rungs = text
            .split(',')
            .map(|rung| rung.trim().parse::<u32>())
            .collect::<Result<Vec<u32>, _>>()
            .map_err(|_| ScenarioError::NotALadder(text.to_owned()))?;
        if rungs.contains(&0) {
            return Err(ScenarioError::ZeroStreams);
        }
        if let [top] = rungs[..] {
            return Ladder::up_to(top);
        }
        rungs.sort_unstable();
        rungs.dedup();
        if rungs.len() < 2 {
            return Err(ScenarioError::OneRung(text.to_owned()));
        }
        Ok(Ladder(rungs))
    }
}

/// What a stream is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// One long text block.
    LongForm,
    /// One short text block: 1,200 characters unless told otherwise.
    Chat,
    /// A thinking block with its signature, then text.
    Thinking,
    /// A little text, then tool calls whose input arrives in pieces.
    ToolUse,
}

impl Shape {
    /// The name used in files and options.
    pub fn name(self) -> &'static str {
        match self {
            Shape::LongForm => "long-form",
            Shape::Chat => "chat",
            Shape::Thinking => "thinking",
            Shape::ToolUse => "tool-use",
        }
    }

    /// Characters in a stream when the user names no number. 60,000 is the published case this project reproduces.
    pub fn default_chars(self) -> u32 {
        match self {
            Shape::LongForm | Shape::Thinking | Shape::ToolUse => 60_000,
            Shape::Chat => 1_200,
        }
    }
}

/// One stream's content, the same for all streams of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamSpec {
    /// What it is made of.
    pub shape: Shape,
    /// Characters of text, thinking and tool input together.
    pub chars: u32,
    /// Characters in every delta; `None` follows the recorded distribution.
    pub delta_chars: Option<u32>,
}

/// The HTTP version between subject and simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
pub enum Http {
    /// HTTP/1.1: one connection a stream.
    #[serde(rename = "1")]
    #[value(name = "1")]
    One,
    /// HTTP/2: streams share connections.
    #[serde(rename = "2")]
    #[value(name = "2")]
    Two,
}

impl Http {
    /// `1` or `2`.
    pub fn version(self) -> u8 {
        match self {
            Http::One => 1,
            Http::Two => 2,
        }
    }
}

/// How fast text arrives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pace {
    /// As a model writes: first token after a second, then 80 tokens a second at 4 characters a token.
    Real,
    /// The whole text within this many seconds.
    Seconds(f64),
}

impl Pace {
    /// Characters a second at real pace: 80 tokens/s (the middle of 60 to 100) at 4 characters a token, the usual estimate for English.
    pub const REAL_CHARS_PER_SECOND: f64 = 80.0 * 4.0;

    /// From the start of streaming to the first delta.
    pub fn first_token_after(self) -> Duration {
        match self {
            Pace::Real => Duration::from_secs(1),
            Pace::Seconds(_) => Duration::from_millis(50),
        }
    }

    /// From the first delta to the last.
    pub fn text_within(self, chars: u32) -> Duration {
        match self {
            Pace::Real => Duration::from_secs_f64(f64::from(chars) / Self::REAL_CHARS_PER_SECOND),
            Pace::Seconds(seconds) => Duration::from_secs_f64(seconds),
        }
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pace::Real => f.write_str("real"),
            Pace::Seconds(seconds) => write!(f, "{seconds}s"),
        }
    }
}

impl FromStr for Pace {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Pace, ScenarioError> {
        let refuse = || ScenarioError::NotAPace(text.to_owned());
        if text == "real" {
            return Ok(Pace::Real);
        }
        let number = text.strip_suffix('s').unwrap_or(text);
        let seconds: f64 = number.parse().map_err(|_| refuse())?;
        // A day is beyond any stream's life, and a tenth of a second is beyond what a socket's reader can follow.
        if (0.1..=86_400.0).contains(&seconds) { Ok(Pace::Seconds(seconds)) } else { Err(refuse()) }
    }
}

/// The program under measurement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Client {
    /// The built-in client: reqwest, one shared client for all streams.
    Reqwest,
    /// One of the programs in `probes/`.
    Stack(Stack),
    /// Any command.
    Command {
        /// The program and its arguments, as given.
        words: Vec<String>,
    },
    /// A subject of known cost, for proving the harness: keeps `bytes` for each stream from its first text on.
    Ballast {
        /// Bytes kept per stream.
        bytes: Bytes,
        /// Whether every page of them is written to.
        touched: bool,
    },
}

/// A client stack for which `probes/` has a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stack {
    /// The official Node SDK, `messages.create({ stream: true })`.
    NodeSdk,
    /// The official Node SDK, `messages.stream()`.
    NodeSdkHelper,
    /// Node's own `fetch`.
    NodeFetch,
    /// The official Python SDK, asynchronous, `messages.create(stream=True)`.
    PythonSdk,
    /// The official Python SDK, asynchronous, `messages.stream()`.
    PythonSdkHelper,
    /// httpx, asynchronous.
    PythonHttpx,
    /// aiohttp.
    PythonAiohttp,
    /// curl, one process a stream.
    Curl,
}

impl Stack {
    /// All of them, in the order of tables.
    pub const ALL: [Stack; 8] = [
        Stack::NodeSdk,
        Stack::NodeSdkHelper,
        Stack::NodeFetch,
        Stack::PythonSdk,
        Stack::PythonSdkHelper,
        Stack::PythonHttpx,
        Stack::PythonAiohttp,
        Stack::Curl,
    ];

    /// The name used in files, tables and options.
    pub fn name(self) -> &'static str {
        match self {
            Stack::NodeSdk => "node-sdk",
            Stack::NodeSdkHelper => "node-sdk-helper",
            Stack::NodeFetch => "node-fetch",
            Stack::PythonSdk => "python-sdk",
            Stack::PythonSdkHelper => "python-sdk-helper",
            Stack::PythonHttpx => "python-httpx",
            Stack::PythonAiohttp => "python-aiohttp",
            Stack::Curl => "curl",
        }
    }
}

impl Client {
    /// The name used in files, tables and folder names.
    pub fn name(&self) -> &str {
        match self {
            Client::Reqwest => "reqwest",
            Client::Stack(stack) => stack.name(),
            Client::Command { .. } => "command",
            Client::Ballast { .. } => "ballast",
        }
    }

    /// Whether this program plays the client itself, on one thread and with little processor time for each event: then trials can run
    /// side by side, all modes of keeping text are there, and heaps can be profiled.
    pub fn is_built_in(&self) -> bool {
        match self {
            Client::Reqwest | Client::Ballast { .. } => true,
            Client::Stack(_) | Client::Command { .. } => false,
        }
    }

    /// What this client does when it is asked for `mode`: only the built-in one knows different ways of keeping text.
    pub fn mode(&self, mode: Mode) -> Mode {
        if mode.retains() && !self.is_built_in() { Mode::Retain } else { mode }
    }

    /// Without words that look like an API key, for the record.
    fn without_secrets(&self) -> Client {
        match self {
            Client::Command { words } => {
                Client::Command { words: words.iter().map(|word| without_keys(word)).collect() }
            }
            Client::Reqwest | Client::Stack(_) | Client::Ballast { .. } => self.clone(),
        }
    }
}

/// One line of the answer: a program, and what it does with text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// The program.
    pub client: Client,
    /// What it does with text.
    pub mode: Mode,
}

/// Where streams come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Made up by the simulator.
    Simulated,
    /// A recorded stream, replayed.
    Cassette {
        /// Its file.
        file: PathBuf,
        /// When its events come.
        tempo: Tempo,
    },
    /// Passed on from a real API.
    Upstream {
        /// Where it is.
        url: String,
    },
}

impl Origin {
    fn without_secrets(&self) -> Origin {
        match self {
            Origin::Simulated => Origin::Simulated,
            Origin::Cassette { file, tempo } => {
                Origin::Cassette { file: without_keys(&file.to_string_lossy()).into(), tempo: *tempo }
            }
            Origin::Upstream { url } => Origin::Upstream { url: without_keys(url) },
        }
    }
}

/// How a subject that is a server is made to open streams: one request of a user for each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drive {
    /// Where users send their requests.
    pub url: String,
    /// HTTP method.
    pub method: String,
    /// The request's body.
    pub body: Option<String>,
}

/// All that decides what a run measures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// The programs under measurement and what they do with text, one line of the answer each.
    pub series: Vec<Series>,
    /// The numbers of streams.
    pub ladder: Ladder,
    /// What a stream holds, by ascending length; with more than one length the answer has a second axis.
    pub streams: Vec<StreamSpec>,
    /// Where streams come from.
    pub origin: Origin,
    /// The model that subjects are told to ask for.
    pub model: String,
    /// HTTP version.
    pub http: Http,
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// How fast the text comes.
    pub pace: Pace,
    /// Whether subjects fall behind: the built-in client does not read its text, and others are sent theirs as fast as sockets take it.
    pub slow_reader: bool,
    /// How a subject that is a server is made to open streams.
    pub drive: Option<Drive>,
    /// The most passes over the ladder; the least is [`Scenario::MIN_PASSES`].
    pub repeats: u32,
    /// Seed of trial order, delta sizes, text and padding.
    pub seed: u64,
    /// Whether subjects run with randomised addresses, as the system has it, rather than fixed ones.
    pub random_addresses: bool,
    /// Whether a heap profile is taken in processes of its own, where the client can be profiled.
    pub heap: bool,
    /// Whether subjects are asked to collect their garbage, after which memory is measured once more.
    pub collect: bool,
    /// A container's memory limit to compare with.
    pub limit: Option<Bytes>,
    /// Whether subjects run under that limit: runtimes such as V8 read the limit of their container, and size their heap by it.
    #[serde(default)]
    pub confined: bool,
}

impl Scenario {
    /// A slope's interval needs replicates.
    pub const MIN_PASSES: u32 = 2;

    /// A short name for the run's folder: `reqwest-24-retain-chunks-drop`.
    pub fn name(&self) -> String {
        let mut parts: Vec<&str> = Vec::new();
        let clients = self.series.iter().map(|series| series.client.name());
        let modes = self.series.iter().map(|series| series.mode.name());
        let top = self.ladder.top().to_string();
        for part in clients.chain([top.as_str()]).chain(modes) {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        parts.join("-")
    }

    /// The most streams that all passes open together, without those of heap profiles, and the most output tokens that they ask for.
    pub fn most_streams_and_tokens(&self) -> (u64, u64) {
        let streams_a_pass: u64 = self.ladder.rungs().iter().map(|&streams| u64::from(streams)).sum();
        let of_each_length = streams_a_pass * self.series.len() as u64 * u64::from(self.repeats);
        let tokens: u64 = self.streams.iter().map(|spec| max_tokens(spec.chars)).sum();
        (of_each_length * self.streams.len() as u64, of_each_length * tokens)
    }

    /// The one client, where there is only one.
    pub fn only_client(&self) -> Option<&Client> {
        let first = &self.series.first()?.client;
        self.series.iter().all(|series| series.client == *first).then_some(first)
    }

    /// How series `index` is called beside the others: by its mode where all are of one client, by its client where all have one mode.
    pub fn label(&self, index: usize) -> String {
        let Some(series) = self.series.get(index) else {
            return String::new();
        };
        let (client, mode) = (series.client.name(), series.mode.name());
        let one_mode = self.series.iter().all(|other| other.mode.retains() == series.mode.retains());
        match (self.only_client().is_some(), one_mode) {
            (true, _) => mode.to_owned(),
            (false, true) => client.to_owned(),
            (false, false) => format!("{client}, {mode}"),
        }
    }

    /// Without anything that looks like an API key, for the record.
    pub fn without_secrets(&self) -> Scenario {
        let series = self.series.iter().map(|series| Series { client: series.client.without_secrets(), ..*series });
        let drive = self.drive.as_ref().map(|Drive { url, method, body }| Drive {
            url: without_keys(url),
            method: without_keys(method),
            body: body.as_deref().map(without_keys),
        });
        Scenario {
            series: series.collect(),
            origin: self.origin.without_secrets(),
            model: without_keys(&self.model),
            drive,
            ..self.clone()
        }
    }
}

/// The output tokens that `chars` characters are, at 4 characters a token.
pub fn max_tokens(chars: u32) -> u64 {
    u64::from(chars).div_ceil(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_makes_five_rungs_from_one() {
        assert_eq!("24".parse::<Ladder>().unwrap().rungs(), [1, 7, 13, 18, 24]);
        assert_eq!("5".parse::<Ladder>().unwrap().rungs(), [1, 2, 3, 4, 5]);
        assert_eq!("3".parse::<Ladder>().unwrap().rungs(), [1, 2, 3]);
        assert_eq!("10000".parse::<Ladder>().unwrap().rungs(), [1, 2501, 5001, 7500, 10_000]);
    }

    #[test]
    fn a_list_is_taken_as_given_sorted() {
        assert_eq!("24, 1,8,8".parse::<Ladder>().unwrap().rungs(), [1, 8, 24]);
    }

    #[test]
    fn bad_ladders_say_the_cure() {
        for bad in ["0", "1", "x", "", "8,8", "1,0", "-3", "1.5", "99999999999"] {
            let error = bad.parse::<Ladder>().unwrap_err().to_string();
            assert!(error.contains("--streams"), "{bad}: {error}");
        }
    }

    #[test]
    fn paces() {
        assert_eq!("real".parse(), Ok(Pace::Real));
        assert_eq!("8s".parse(), Ok(Pace::Seconds(8.0)));
        assert_eq!("2.5".parse(), Ok(Pace::Seconds(2.5)));
        assert!("fast".parse::<Pace>().is_err());
        assert!("0s".parse::<Pace>().is_err());
        assert_eq!(Pace::Real.text_within(60_000), Duration::from_secs_f64(187.5));
    }

    /// The record of a run is shown to others.
    #[test]
    fn no_text_of_a_scenario_keeps_a_key() {
        const KEY: &str = "sk-ant-api03-the-real-one";
        let with = |before: &str| format!("{before}{KEY}");
        let scenario = |origin: Origin| Scenario {
            confined: false,
            series: vec![Series { client: Client::Command { words: vec![with("--key=")] }, mode: Mode::Drop }],
            ladder: Ladder::up_to(2).unwrap(),
            streams: Vec::new(),
            origin,
            model: with("model-"),
            http: Http::One,
            tls: false,
            pace: Pace::Real,
            slow_reader: false,
            drive: Some(Drive { url: with("http://localhost/?"), method: with("POST"), body: Some(with("key: ")) }),
            repeats: 2,
            seed: 1,
            random_addresses: false,
            heap: false,
            collect: false,
            limit: None,
        };
        let cassette = Origin::Cassette { file: with("/home/").into(), tempo: Tempo::Own };
        for origin in [Origin::Simulated, cassette, Origin::Upstream { url: with("https://gateway/") }] {
            let record = serde_json::to_string(&scenario(origin).without_secrets()).unwrap();
            assert!(!record.contains("api03") && record.contains("--key=sk-ant-***"), "{record}");
        }
    }
}
