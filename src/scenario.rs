//! What is to be run: the modes, the ladder of stream counts, the shape and pace of a stream, the transport, the passes.
//!
//! Everything here is data that can be printed, stored and compared. Nothing here opens a socket or reads a clock.

mod client;
mod ending;
mod flush;
mod held;
mod ladder;
mod mode;
mod own_program;
mod pace;
mod prompt;
mod secret;
mod stream;
mod tempo;

pub use client::{Client, Stack};
pub use ending::Ending;
pub use flush::{Flush, NoFlush};
pub use held::Held;
pub use ladder::Ladder;
pub use mode::Mode;
pub use own_program::{NotAName, OwnProgram, checked_name};
pub use pace::Pace;
pub use prompt::prompt_of;
pub use secret::{Secret, without_keys};
pub use stream::{Http, Shape, StreamSpec};
pub use tempo::{NotASpeed, Speed, Tempo};

use crate::foreign::file_name_part;
use crate::units::Bytes;
use crate::wire::dialect::Dialect;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Why a scenario cannot be run. Each text says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// The text is not a list of whole numbers.
    #[error("'{0}' is not a number of streams: write one number such as 24, or a ladder such as 1,8,24")]
    NotALadder(String),
    /// A rung of zero streams.
    #[error(
        "no streams: a trial needs at least one open stream; the base comes from the fitted line, not from an empty trial"
    )]
    ZeroStreams,
    /// Fewer than two different numbers.
    #[error(
        "'{0}' streams: a line needs two different numbers of streams, such as 1 and 24; one number such as 24 stands for five up to it"
    )]
    OneRung(String),
    /// A pace that is neither `real` nor a duration.
    #[error("'{0}' is not a pace: write real, or the time in which each stream gets its whole text, such as 8s")]
    NotAPace(String),
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
    /// Headers beside its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Header>,
}

/// A header of a user's request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// What it says, which may be a user's token.
    pub value: Secret,
}

/// What stands for the number of a user, from 1, in the address and the body of a request.
const USER: &str = "{n}";
/// What stands for the user's prompt in the body of a request.
const PROMPT: &str = "{prompt}";
/// What a user asks of whom no prompt is wanted.
const SHORT_PROMPT: &str = "What is next?";

impl Drive {
    /// Where user `number` sends the request.
    pub fn url_of(&self, number: u32) -> String {
        self.url.replace(USER, &number.to_string())
    }

    /// What that user sends, with a prompt of so many characters in the place of `{prompt}`, if it has one; a short question at 0, because a
    /// server may refuse none.
    pub fn body_of(&self, number: u32, prompt_chars: u32) -> Option<String> {
        let body = self.body.as_ref()?.replace(USER, &number.to_string());
        let prompt = || if prompt_chars == 0 { SHORT_PROMPT.to_owned() } else { prompt_of(number, prompt_chars) };
        Some(if self.takes_prompts() { body.replace(PROMPT, &prompt()) } else { body })
    }

    /// Whether its body has a place for prompts.
    pub fn takes_prompts(&self) -> bool {
        self.body.as_ref().is_some_and(|body| body.contains(PROMPT))
    }

    /// The text without what headers say, which belongs into no record.
    pub fn without_header_values(&self, text: &str) -> String {
        self.headers.iter().fold(text.to_owned(), |text, header| header.value.hidden_in(&text))
    }
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
    /// Characters of the prompt that each stream is opened with, ascending; 0 is the program's own, and so is a list of none. With more
    /// than one length the answer has an axis of prompts. Text and prompts are varied one at a time: what is not varied has its greatest
    /// length.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prompt_chars: Vec<u32>,
    /// Where streams come from.
    pub origin: Origin,
    /// The model that subjects are told to ask for.
    pub model: String,
    /// HTTP version.
    pub http: Http,
    /// Streams that a client may have on one connection of HTTP/2; `None` for as many as APIs commonly allow, and for the built-in client for
    /// as many as it opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http2_streams: Option<u32>,
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// When compressed events go out to clients that take them; `None` compresses nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<Flush>,
    /// How fast the text comes.
    pub pace: Pace,
    /// Whether subjects fall behind: the built-in client does not read its text, others are sent theirs as fast as sockets take it, and users
    /// of a server read no further than the head of their answer.
    pub slow_reader: bool,
    /// How many times each subject opens all its streams, one time after the other: more than once tells a leak.
    #[serde(default = "once")]
    pub waves: u32,
    /// Whether the users of a server hang up in the middle of their answers, in every wave but the first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hang_up: bool,
    /// How the streams of a trial end, ascending and each once; with both there are trials of both.
    #[serde(default = "together", skip_serializing_if = "are_together")]
    pub endings: Vec<Ending>,
    /// How a subject that is a server is made to open streams.
    pub drive: Option<Drive>,
    /// Seconds that the first stream may take, whatever the subject does until then; `None`: as long as it is at work, up to half a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_within: Option<u32>,
    /// The most passes; the least is [`Scenario::MIN_PASSES`].
    pub repeats: u32,
    /// The share of the slope that half of its interval is to be no more than, above 0 and below 1; `None`: [`Scenario::PRECISION`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
    /// Seconds that a run may take, if somebody says how many: no pass is begun that would take longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<u32>,
    /// The number of streams that is planned for, where it is more than the ladder has: it is measured too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_for: Option<u32>,
    /// Whether more streams than were asked for may be opened where fewer do not tell what one costs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_lengthen: bool,
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
    /// Whether that is for the line of a proof, which is followed by trials at the limit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub for_a_proof: bool,
}

impl Scenario {
    /// A slope's interval needs replicates.
    pub const MIN_PASSES: u32 = 2;
    /// More passes than these are never made.
    pub const MOST_PASSES: u32 = 1000;
    /// The most passes where nothing else is asked for.
    pub const PASSES: u32 = 5;
    /// Streams on one connection of HTTP/2 where nothing else is asked for: RFC 9113 (section 6.5.2) recommends no server to go below it, and many say just that.
    pub const HTTP2_STREAMS: u32 = 100;
    /// How sharp a slope is to be where nothing else is asked for.
    pub const PRECISION: f64 = 0.05;
    /// The seed where nothing else is asked for.
    pub const SEED: u64 = 1;
    /// An API takes requests of up to 32 MB; this leaves room for what is around a prompt.
    pub const MOST_PROMPT_CHARS: u32 = 30_000_000;
    /// A shorter prompt than this is no more than what a program asks by itself.
    pub const FEWEST_PROMPT_CHARS: u32 = 1000;
    /// Chosen so that the slope stays within 5 % of the one at real pace (the README shows both) and the default run under 30 s.
    pub const PACE: Pace = Pace::Seconds(5.0);

    /// These series at these numbers of streams, and everything else as `probe` has it where nothing else is asked for: one long text over
    /// HTTP/1.1, made up by the simulator, and no heap profile.
    pub fn new(series: Vec<Series>, ladder: Ladder) -> Scenario {
        Scenario {
            series,
            ladder,
            streams: vec![StreamSpec::default()],
            prompt_chars: Vec::new(),
            origin: Origin::Simulated,
            model: Dialect::DEFAULT.model().to_owned(),
            http: Http::One,
            http2_streams: None,
            tls: false,
            compression: Some(Flush::EachEvent),
            pace: Self::PACE,
            slow_reader: false,
            waves: once(),
            hang_up: false,
            endings: together(),
            drive: None,
            start_within: None,
            repeats: Self::PASSES,
            precision: None,
            within: None,
            planned_for: None,
            may_lengthen: false,
            seed: Self::SEED,
            random_addresses: false,
            heap: false,
            collect: false,
            limit: None,
            confined: false,
            for_a_proof: false,
        }
    }

    /// A short name for the run's folder: `reqwest-24-retain-chunks-drop`.
    pub fn name(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        let clients = self.series.iter().map(|series| file_name_part(series.client.name()));
        let modes = self.series.iter().map(|series| series.mode.name().to_owned());
        let top = self.ladder.top().to_string();
        for part in clients.chain([top]).chain(modes) {
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

    /// Half of the slope's interval is to be no more than this share of it.
    pub fn precision(&self) -> f64 {
        self.precision.unwrap_or(Self::PRECISION)
    }

    /// The number of streams that the answer is for.
    pub fn asked(&self) -> u32 {
        self.planned_for.unwrap_or(0).max(self.ladder.top())
    }

    /// Which of the streams is the longest: the last.
    pub fn longest(&self) -> u32 {
        self.streams.len().saturating_sub(1) as u32
    }

    /// Which of the prompts is the longest: the last.
    pub fn longest_prompt(&self) -> u32 {
        self.prompt_chars.len().saturating_sub(1) as u32
    }

    /// The characters of prompt number `index`; 0 is the program's own.
    pub fn prompt(&self, index: u32) -> u32 {
        self.prompt_chars.get(index as usize).copied().unwrap_or(0)
    }

    /// Every stream and prompt that are measured together: all lengths of text with the longest prompt, and all prompts with the longest
    /// text.
    pub fn streams_and_prompts(&self) -> Vec<(u32, u32)> {
        let (stream, prompt) = (self.longest(), self.longest_prompt());
        let of_text = (0..stream).map(|shorter| (shorter, prompt));
        of_text.chain((0..=prompt).map(|each| (stream, each))).collect()
    }

    /// Of the ways in which trials end, the one that takes most memory.
    pub fn hardest_ending(&self) -> Ending {
        self.endings.first().copied().unwrap_or_default()
    }

    /// Whether a real API is behind the streams.
    pub fn is_real(&self) -> bool {
        matches!(self.origin, Origin::Upstream { .. })
    }

    /// The one client, where there is only one.
    pub fn only_client(&self) -> Option<&Client> {
        let first = &self.series.first()?.client;
        self.series.iter().all(|series| series.client == *first).then_some(first)
    }

    /// What all series hold; streams where they hold different things, of which each has one.
    pub fn held(&self) -> Held {
        let mut held = self.series.iter().map(|series| series.client.held());
        let first = held.next().unwrap_or_default();
        if held.all(|other| other == first) { first } else { Held::Stream }
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

    /// The label as part of a file's name.
    pub fn file_label(&self, index: usize) -> String {
        file_name_part(&self.label(index))
    }

    /// Without anything that looks like an API key, for the record.
    pub fn without_secrets(&self) -> Scenario {
        let series = self.series.iter().map(|series| Series { client: series.client.without_secrets(), ..*series });
        let drive = self.drive.as_ref().map(|Drive { url, method, body, headers }| Drive {
            url: without_keys(url),
            method: without_keys(method),
            body: body.as_deref().map(without_keys),
            headers: headers
                .iter()
                .map(|Header { name, .. }| Header { name: name.clone(), value: Secret::hidden() })
                .collect(),
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

fn once() -> u32 {
    1
}

fn together() -> Vec<Ending> {
    vec![Ending::Together]
}

fn are_together(endings: &[Ending]) -> bool {
    endings == [Ending::Together]
}

/// The output tokens that `chars` characters are, at 4 characters a token.
pub fn max_tokens(chars: u32) -> u64 {
    u64::from(chars).div_ceil(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The record of a run is shown to others.
    #[test]
    fn no_text_of_a_scenario_keeps_a_key() {
        const KEY: &str = "sk-ant-api03-the-real-one";
        let with = |before: &str| format!("{before}{KEY}");
        let client = Client::Command(OwnProgram::new(vec![with("--key=")], None));
        let scenario = |origin: Origin| Scenario {
            origin,
            model: with("model-"),
            drive: Some(Drive {
                url: with("http://localhost/?"),
                method: with("POST"),
                body: Some(with("key: ")),
                headers: vec![Header { name: "authorization".to_owned(), value: Secret::new(with("Bearer ")) }],
            }),
            ..Scenario::new(vec![Series { client: client.clone(), mode: Mode::Drop }], Ladder::default())
        };
        let cassette = Origin::Cassette { file: with("/home/").into(), tempo: Tempo::Own };
        for origin in [Origin::Simulated, cassette, Origin::Upstream { url: with("https://gateway/") }] {
            let record = serde_json::to_string(&scenario(origin).without_secrets()).unwrap();
            assert!(!record.contains("api03") && record.contains("--key=sk-ant-***"), "{record}");
            assert!(record.contains("\"authorization\"") && !record.contains("Bearer"), "{record}");
        }
    }

    #[test]
    fn users_have_numbers_and_what_their_headers_say_is_hidden() {
        let drive = Drive {
            url: "http://localhost/{n}/chat?user={n}".to_owned(),
            method: "POST".to_owned(),
            body: Some("{\"user\":{n},\"other\":\"{m}\"}".to_owned()),
            headers: vec![Header {
                name: "authorization".to_owned(),
                value: Secret::new("Bearer of-this-user".to_owned()),
            }],
        };
        assert_eq!(drive.url_of(3), "http://localhost/3/chat?user=3");
        assert_eq!(drive.body_of(12, 9).unwrap(), "{\"user\":12,\"other\":\"{m}\"}");
        let asking = Drive { body: Some("{n}: {prompt}".to_owned()), ..drive.clone() };
        assert!(asking.takes_prompts() && !drive.takes_prompts());
        assert_eq!(asking.body_of(12, 9).unwrap(), "12: Question ");
        assert_eq!(asking.body_of(12, 0).unwrap(), "12: What is next?");
        for said in ["no Bearer of-this-user here", "no of-this-user here"] {
            assert!(!drive.without_header_values(said).contains("of-this-user"));
        }
        assert!(!format!("{drive:?}{}", serde_json::to_string(&drive).unwrap()).contains("of-this-user"));
    }
}
