//! A trial, or a heap profile, that came to nothing: what happened, as data, and the one sentence that says it.

use super::{Phase, Refusal};
use crate::foreign::printable;
use crate::units::{Bytes, counted, significant};
use crate::wire::dialect::Dialect;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// A trial that gave nothing to measure, or less than it was to, and why. Shown, it is one line that may be printed, also where the record
/// is anyone's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Order of start within the run; a heap profile has none, and is known by its series and its streams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u32>,
    /// Which of the scenario's series.
    pub series: u32,
    /// Streams asked for.
    pub asked: u32,
    /// What happened.
    #[serde(flatten)]
    pub reason: Reason,
    /// The line of the subject's standard error, near its end, that says what went wrong, quotable; `None` if there was none, or it says nothing of this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_words: Option<String>,
    /// The file in the run's folder with all that it wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
}

/// What kept a trial, or a heap profile, from its end. What others told is kept in their words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Reason {
    /// The record is older than reasons are, and has a sentence.
    Told {
        /// The sentence.
        why: String,
    },
    /// The harness could not begin: its server, a cgroup, a thread.
    Harness {
        /// What it says.
        what: String,
    },
    /// The subject could not be started.
    NotStarted {
        /// What the system says.
        what: String,
    },
    /// The subject ended before it was asked to.
    Ended {
        /// When.
        phase: Phase,
        /// How: `exit status: 3`.
        status: String,
        /// Streams that it had opened.
        opened: u32,
    },
    /// It ended well, and what it had started went on without it.
    InBackground {
        /// When.
        phase: Phase,
    },
    /// The kernel killed it at its limit.
    Killed {
        /// When.
        phase: Phase,
        /// The limit.
        limit: Bytes,
        /// The cgroup's own count.
        kills: u64,
    },
    /// It opened no stream.
    NoStream {
        /// How long it was waited for.
        seconds: u64,
        /// Whether it was waited for no longer because it did nothing.
        idle: bool,
        /// How many of its requests were refused.
        requests: u32,
        /// What the first of them was told.
        refusal: Option<Refusal>,
    },
    /// It broke streams off that it had opened.
    BrokenOff {
        /// When that was noticed.
        phase: Phase,
        /// Streams that it opened, with those that it opened again.
        opened: u32,
        /// How many of them it broke off.
        broken_off: u32,
        /// How long the first of these had been open, milliseconds.
        after_ms: u64,
        /// Whether that one had been sent text by then.
        had_text: bool,
        /// A process of it that ended at that time.
        lost: Option<LostProcess>,
    },
    /// It opened streams, and ended every one before any text came.
    NotHeld {
        /// How many.
        opened: u32,
    },
    /// It asked for messages that are not streamed.
    NotStreaming {
        /// For how many.
        whole: u32,
    },
    /// A real API did not give what it was asked for.
    Upstream {
        /// Where it is.
        url: String,
        /// What it said, or what happened.
        what: String,
    },
    /// Nothing answers where the server under test is said to listen.
    NotDriven {
        /// Where.
        url: String,
        /// What went wrong.
        what: String,
    },
    /// The server under test told its users no.
    UserRefused {
        /// Where.
        url: String,
        /// How many streams came.
        opened: u32,
        /// What the first user got that was no answer.
        what: String,
    },
    /// Its memory could not be read.
    NotRead {
        /// When.
        phase: Phase,
        /// What the system says.
        what: String,
    },
    /// There is no heap profile of it.
    NoProfile {
        /// The file that it was to be in.
        file: String,
        /// Why not.
        because: Box<Reason>,
    },
    /// So few streams came that a profile would be one of fewer than it is to be of.
    FewStreams {
        /// How many.
        opened: u32,
    },
    /// There were streams without all their text at the time at which they are to be profiled.
    NotFull,
    /// What the profiler wrote is no profile.
    BadProfile {
        /// What is wrong with it.
        what: String,
    },
    /// What the profiler wrote is empty, which dhat does without complaint where it is not the process's allocator.
    EmptyProfile,
}

/// A process of a subject that ended while others went on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostProcess {
    /// The name of its program, quotable.
    pub name: String,
    /// The signal that ended it, where that was seen: `SIGKILL`.
    pub signal: Option<String>,
}

impl Reason {
    /// When it happened, where that says something.
    pub fn phase(&self) -> Option<Phase> {
        match self {
            Reason::Ended { phase, .. }
            | Reason::InBackground { phase }
            | Reason::BrokenOff { phase, .. }
            | Reason::Killed { phase, .. }
            | Reason::NotRead { phase, .. } => Some(*phase),
            Reason::NoProfile { because, .. } => because.phase(),
            Reason::Told { .. }
            | Reason::Harness { .. }
            | Reason::NotStarted { .. }
            | Reason::NoStream { .. }
            | Reason::NotHeld { .. }
            | Reason::NotStreaming { .. }
            | Reason::Upstream { .. }
            | Reason::NotDriven { .. }
            | Reason::UserRefused { .. }
            | Reason::FewStreams { .. }
            | Reason::NotFull
            | Reason::BadProfile { .. }
            | Reason::EmptyProfile => None,
        }
    }

    /// Whether a program that once came to this will come to it again, and take as long.
    pub fn is_final(&self) -> bool {
        matches!(self, Reason::NoStream { .. } | Reason::NotDriven { .. } | Reason::InBackground { .. })
    }

    /// When the kernel killed it, if it was that, at the limit.
    pub fn killed_in(&self) -> Option<Phase> {
        self.phase().filter(|_| matches!(self, Reason::Killed { .. }))
    }

    /// Whether what the subject wrote may say more.
    pub fn is_the_subjects(&self) -> bool {
        match self {
            Reason::Ended { .. }
            | Reason::InBackground { .. }
            | Reason::BrokenOff { .. }
            | Reason::NoStream { .. }
            | Reason::NotHeld { .. }
            | Reason::NotStreaming { .. }
            | Reason::NotDriven { .. }
            | Reason::UserRefused { .. }
            | Reason::FewStreams { .. } => true,
            Reason::NoProfile { because, .. } => because.is_the_subjects(),
            Reason::Told { .. }
            | Reason::Harness { .. }
            | Reason::NotStarted { .. }
            | Reason::Killed { .. }
            | Reason::Upstream { .. }
            | Reason::NotRead { .. }
            | Reason::NotFull
            | Reason::BadProfile { .. }
            | Reason::EmptyProfile => false,
        }
    }

    /// What others told: the system, a program's end, an API, a server.
    fn told(&self) -> String {
        match self {
            Reason::Harness { what }
            | Reason::NotStarted { what }
            | Reason::NotRead { what, .. }
            | Reason::Upstream { what, .. }
            | Reason::NotDriven { what, .. }
            | Reason::UserRefused { what, .. }
            | Reason::BadProfile { what }
            | Reason::Told { why: what } => what.clone(),
            Reason::Ended { status, .. } => status.clone(),
            Reason::NoStream { refusal, .. } => refusal.as_ref().map(Refusal::to_string).unwrap_or_default(),
            Reason::NoProfile { because, .. } => because.told(),
            Reason::BrokenOff { lost, .. } => lost.as_ref().map(ToString::to_string).unwrap_or_default(),
            Reason::Killed { .. }
            | Reason::InBackground { .. }
            | Reason::NotHeld { .. }
            | Reason::NotStreaming { .. }
            | Reason::FewStreams { .. }
            | Reason::NotFull
            | Reason::EmptyProfile => String::new(),
        }
    }

    fn words(&self, asked: u32) -> String {
        match self {
            Reason::Told { why: what }
            | Reason::Harness { what }
            | Reason::NotStarted { what }
            | Reason::BadProfile { what } => what.clone(),
            Reason::Ended { phase, status, opened } => {
                format!("the subject ended in phase {phase} ({status}){}", when_it_had(*opened))
            }
            Reason::InBackground { phase } => format!(
                "the subject ended in phase {phase} (exit status: 0) and left processes behind that go on without it: let it stay in the \
                 foreground, without & and without becoming a daemon"
            ),
            Reason::Killed { phase, limit, kills } => format!(
                "the kernel killed the subject in phase {phase}, at its limit of {limit} (oom_kill {kills} in its cgroup)"
            ),
            Reason::NoStream { seconds, idle, requests, refusal } => format!(
                "the subject opened no stream within {seconds} s{}: {}",
                if *idle { ", and does nothing" } else { "" },
                hint(*requests, refusal.as_ref())
            ),
            Reason::BrokenOff { opened, broken_off, after_ms, had_text, lost, .. } => {
                cut_short(asked, *opened, *broken_off, (*after_ms, *had_text), lost.as_ref())
            }
            Reason::NotHeld { opened } => format!(
                "the subject opened {opened} streams and ended every one before any text came: has it a read timeout that silence of some \
                 seconds outlasts?"
            ),
            Reason::NotStreaming { whole } => format!(
                "the subject asked for {whole} whole messages and for no stream: it has to send \"stream\": true"
            ),
            Reason::Upstream { url, what } => {
                format!("{url} did not give all the streams that it was asked for: {what}")
            }
            Reason::NotDriven { url, what } => {
                format!("nothing answers at {url} ({what}): write the address at which the server listens")
            }
            Reason::UserRefused { url, opened, what } => {
                format!("the server at {url} opened {opened} of the {asked} streams that users asked it for: {what}")
            }
            Reason::NotRead { phase, what } => format!("cannot read the subject's memory in phase {phase}: {what}"),
            Reason::NoProfile { file, because } => format!("no heap profile {file}: {}", because.words(asked)),
            Reason::FewStreams { opened } => format!("{opened} of {asked} streams arrived"),
            Reason::NotFull => "the text was not read in time".to_owned(),
            Reason::EmptyProfile => "it is empty: the profiler was not the subject's allocator".to_owned(),
        }
    }
}

impl Failure {
    /// Whether two trials came to nothing for the same reason: of the same kind, in the same phase, with the same words of others but for
    /// numbers, which are of the one trial: its streams, a time, a process.
    pub fn is_like(&self, other: &Failure) -> bool {
        let kind = |failure: &Failure| std::mem::discriminant(&failure.reason);
        let words = |failure: &Failure| {
            let said = failure.last_words.as_deref().unwrap_or_default();
            format!("{}; {said}", failure.reason.told()).replace(|c: char| c.is_ascii_digit(), "")
        };
        kind(self) == kind(other) && self.reason.phase() == other.reason.phase() && words(self) == words(other)
    }

    /// The same where nothing is left of what the subject wrote but its last words.
    pub fn without_log(self) -> Failure {
        Failure { log: None, ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = self.reason.words(self.asked);
        if self.reason.is_the_subjects() {
            line.push_str(if line.ends_with('?') { " " } else { "; " });
            match (&self.last_words, &self.log) {
                (Some(words), Some(log)) => {
                    line.push_str(&format!("its last words: \"{words}\"; all of them are in {log}"));
                }
                (Some(words), None) => line.push_str(&format!("its last words: \"{words}\"")),
                (None, _) => line.push_str("it wrote nothing to its standard error"),
            }
        }
        f.write_str(&printable(&line))
    }
}

/// What to look at when no stream came.
fn hint(requests: u32, refusal: Option<&Refusal>) -> String {
    match refusal {
        None => {
            let (variable, path) = (Dialect::DEFAULT.variables().base_url, Dialect::DEFAULT.answers_path());
            format!("does it take its base URL from {variable}, and does it POST to {path} with \"stream\": true?")
        }
        Some(first) => format!("its requests were refused, {requests} of them, the first with {first}"),
    }
}

/// Streams that were broken off, and what that looks like.
fn cut_short(
    asked: u32,
    opened: u32,
    broken_off: u32,
    (after_ms, had_text): (u64, bool),
    lost: Option<&LostProcess>,
) -> String {
    let seconds = significant(after_ms as f64 / 1e3, 2);
    let were = if broken_off == 1 { "was" } else { "were" };
    let how = format!("{were} broken off by the subject after {seconds} s");
    let what = match opened.checked_sub(asked) {
        None | Some(0) => format!("{broken_off} of {opened} streams {how}"),
        Some(_) => format!("{opened} streams came where {asked} were asked, and {broken_off} of them {how}"),
    };
    let is_hidden = if opened > asked { ", and a retry that hides it" } else { "" };
    match (lost, had_text) {
        (Some(lost), _) => format!("{what}: {lost}"),
        (None, false) => format!("{what}, before any text: a read timeout{is_hidden}?"),
        (None, true) => format!("{what}, when text had come: a timeout{is_hidden}?"),
    }
}

impl fmt::Display for LostProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.signal {
            Some(signal) => write!(f, "a process of the subject, {}, was killed by {signal}", self.name),
            None => write!(f, "a process of the subject, {}, was gone", self.name),
        }
    }
}

fn when_it_had(opened: u32) -> String {
    match opened {
        0 => " before it opened a stream".to_owned(),
        some => format!(" after it had opened {}", counted(u64::from(some), "stream")),
    }
}

/// A failure as it may be in a file.
#[derive(Deserialize)]
struct Stored {
    #[serde(default)]
    sequence: Option<u32>,
    series: u32,
    asked: u32,
    #[serde(default)]
    last_words: Option<String>,
    #[serde(default)]
    log: Option<String>,
    #[serde(flatten)]
    reason: Map<String, Value>,
}

impl<'de> Deserialize<'de> for Failure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Failure, D::Error> {
        let Stored { sequence, series, asked, last_words, log, reason } = Stored::deserialize(deserializer)?;
        // Earlier versions wrote a sentence, later a kind and a phase beside it, and never what it is made of.
        let reason = match reason.get("why") {
            Some(Value::String(why)) => Reason::Told { why: why.clone() },
            _ => Reason::deserialize(Value::Object(reason)).map_err(D::Error::custom)?,
        };
        Ok(Failure { sequence, series, asked, reason, last_words, log })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ended(status: &str, last_words: Option<&str>) -> Failure {
        Failure {
            sequence: Some(3),
            series: 0,
            asked: 4,
            reason: Reason::Ended { phase: Phase::Idle, status: status.to_owned(), opened: 0 },
            last_words: last_words.map(str::to_owned),
            log: last_words.map(|_| "subjects/003-sh-4.stderr".to_owned()),
        }
    }

    #[test]
    fn data_is_kept_and_words_are_made_of_it() {
        let failure = ended("exit status: 3", Some("no config"));
        let stored = serde_json::to_value(&failure).unwrap();
        let wanted = json!({
            "sequence": 3, "series": 0, "asked": 4, "kind": "ended", "phase": "idle", "status": "exit status: 3", "opened": 0,
            "last_words": "no config", "log": "subjects/003-sh-4.stderr"
        });
        assert_eq!(stored, wanted);
        assert_eq!(serde_json::from_value::<Failure>(stored).unwrap(), failure);
        let words =
            "the subject ended in phase idle (exit status: 3) before it opened a stream; its last words: \"no config\"";
        assert_eq!(failure.to_string(), format!("{words}; all of them are in subjects/003-sh-4.stderr"));
        assert_eq!(failure.without_log().to_string(), words);
        let because = Box::new(ended("signal: 9", None).reason);
        let profile = Reason::NoProfile { file: "heap.json".to_owned(), because };
        let profile = Failure { sequence: None, reason: profile, last_words: None, log: None, ..ended("", None) };
        let stored = serde_json::to_string(&profile).unwrap();
        assert_eq!(serde_json::from_str::<Failure>(&stored).unwrap(), profile);
        assert!(profile.to_string().starts_with("no heap profile heap.json: the subject ended in phase idle (signal"));
    }

    #[test]
    fn sentences_of_earlier_versions_stay() {
        for more in [json!({}), json!({ "kind": "ended", "phase": "idle" }), json!({ "kind": "untold" })] {
            let mut stored = json!({ "sequence": 1, "series": 0, "asked": 2, "why": "it ended\u{1b}[2J" });
            stored.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let failure: Failure = serde_json::from_value(stored).unwrap();
            assert_eq!(failure.to_string(), "it ended\\u{1b}[2J");
            let again = serde_json::to_string(&failure).unwrap();
            assert_eq!(serde_json::from_str::<Failure>(&again).unwrap(), failure);
        }
        let nothing = json!({ "sequence": 1, "series": 0, "asked": 2, "kind": "ended" });
        assert!(serde_json::from_value::<Failure>(nothing).is_err());
    }

    #[test]
    fn what_broke_streams_off_is_said() {
        let lost = |signal: Option<&str>| LostProcess { name: "python3".to_owned(), signal: signal.map(str::to_owned) };
        let broken = |opened, broken_off, had_text, lost| {
            let reason = Reason::BrokenOff { phase: Phase::Open, opened, broken_off, after_ms: 1213, had_text, lost };
            Failure { reason, ..ended("", None) }
        };
        for (failure, words) in [
            (
                broken(4, 4, false, None),
                "4 of 4 streams were broken off by the subject after 1.2 s, before any text: a read timeout?",
            ),
            (
                broken(8, 4, false, None),
                "8 streams came where 4 were asked, and 4 of them were broken off by the subject after 1.2 s, before any text: a read \
                 timeout, and a retry that hides it?",
            ),
            (
                broken(4, 1, true, None),
                "1 of 4 streams was broken off by the subject after 1.2 s, when text had come: a timeout?",
            ),
            (
                broken(4, 2, true, Some(lost(Some("SIGKILL")))),
                "2 of 4 streams were broken off by the subject after 1.2 s: a process of the subject, python3, was killed by SIGKILL;",
            ),
            (broken(4, 2, true, Some(lost(None))), "a process of the subject, python3, was gone"),
        ] {
            assert!(failure.to_string().contains(words), "{failure}");
            assert_eq!(serde_json::from_value::<Failure>(serde_json::to_value(&failure).unwrap()).unwrap(), failure);
        }
        assert!(!broken(4, 2, true, None).is_like(&broken(4, 2, true, Some(lost(None)))));
    }

    #[test]
    fn alike_is_what_differs_in_numbers_alone() {
        let one = ended("exit status: 3", Some("no config, 4711"));
        assert!(one.is_like(&Failure { asked: 1, ..ended("exit status: 3", Some("no config, 12")) }));
        assert!(!one.is_like(&ended("signal: 9 (SIGKILL)", Some("no config, 4711"))));
        assert!(!one.is_like(&ended("exit status: 3", Some("no room"))));
        let later = Reason::Ended { phase: Phase::Full, status: "exit status: 3".to_owned(), opened: 0 };
        assert!(!one.is_like(&Failure { reason: later, ..one.clone() }));
    }
}
