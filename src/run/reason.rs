//! What keeps a trial, or a heap profile, from its end: as data, and in words.

use super::{Phase, Refusal};
use crate::units::{Bytes, counted, significant};
use crate::wire::dialect::Dialect;
use serde::{Deserialize, Serialize};
use std::fmt;

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
        refusal: Option<Box<Refusal>>,
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
    /// Its runtime's heap was not looked into.
    NoLook {
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
            Reason::NoProfile { because, .. } | Reason::NoLook { because } => because.phase(),
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
            Reason::NoProfile { because, .. } | Reason::NoLook { because } => because.is_the_subjects(),
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
    pub(super) fn told(&self) -> String {
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
            Reason::NoStream { refusal, .. } => refusal.as_ref().map(|refusal| refusal.to_string()).unwrap_or_default(),
            Reason::NoProfile { because, .. } | Reason::NoLook { because } => because.told(),
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

    pub(super) fn words(&self, asked: u32) -> String {
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
                hint(*requests, refusal.as_deref())
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
            Reason::NoLook { because } => format!("no look into its heap: {}", because.words(asked)),
            Reason::FewStreams { opened } => format!("{opened} of {asked} streams arrived"),
            Reason::NotFull => "the text was not read in time".to_owned(),
            Reason::EmptyProfile => "it is empty: the profiler was not the subject's allocator".to_owned(),
        }
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
