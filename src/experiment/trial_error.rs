//! Why a trial came to nothing, in words that say what to look at.

use crate::foreign::printable;
use crate::run::{FailureKind, Phase, Refusal};
use crate::scenario::without_keys;
use crate::simulator::SimulatorError;
use crate::subject::{CgroupError, LastWords, SpawnError};
use crate::units::{Bytes, counted};
use crate::wire::dialect::Dialect;
use std::io;
use std::process::ExitStatus;

/// Why a trial came to nothing, or ended early.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The simulator did not start.
    #[error(transparent)]
    Simulator(#[from] SimulatorError),
    /// The subject did not start.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    /// It was to run in a memory cgroup, and that could not be made.
    #[error(transparent)]
    Cgroup(#[from] CgroupError),
    /// The subject ended before it was asked to.
    #[error("the subject ended in phase {phase} ({status}){}", streams(*.opened))]
    Ended {
        /// When.
        phase: Phase,
        /// How.
        status: ExitStatus,
        /// Streams that it had opened.
        opened: u32,
        /// What it said last.
        words: LastWords,
    },
    /// Nothing can look at it.
    #[error(
        "cannot start a thread to sample memory: {0}; raise the limit of processes (ulimit -u, or the container's pids limit)"
    )]
    Sampler(io::Error),
    /// The kernel killed it at its limit.
    #[error("the kernel killed the subject in phase {phase}, at its limit of {limit} (oom_kill {kills} in its cgroup)")]
    Killed {
        /// When.
        phase: Phase,
        /// The limit.
        limit: Bytes,
        /// The cgroup's own count.
        kills: u64,
    },
    /// The subject opened no stream.
    #[error("the subject opened no stream within {seconds} s{}: {}", if *.idle { ", and does nothing" } else { "" }, hint(.refused.as_ref()))]
    NoStream {
        /// How long it was waited for.
        seconds: u64,
        /// Whether it was waited for no longer because it did nothing.
        idle: bool,
        /// How many of its requests were refused, and what the first was told.
        refused: Option<(u32, Refusal)>,
        /// What it said last.
        words: LastWords,
    },
    /// The subject opened streams and held none of them.
    #[error(
        "the subject opened {opened} streams and ended every one before any text came: has it a read timeout that silence of some seconds \
         outlasts?"
    )]
    NotHeld {
        /// How many.
        opened: u32,
        /// What it said last.
        words: LastWords,
    },
    /// The subject asked for messages that are not streamed.
    #[error("the subject asked for {whole} whole messages and for no stream: it has to send \"stream\": true")]
    NotStreaming {
        /// How many.
        whole: u32,
        /// What it said last.
        words: LastWords,
    },
    /// The real API behind the streams did not do as it was asked.
    #[error("{url} did not give all the streams that it was asked for: {what}")]
    Upstream {
        /// Where it is.
        url: String,
        /// What it said, or what happened.
        what: String,
    },
    /// The server under test did not answer.
    #[error("nothing answers at {url} ({why}): write the address at which the server listens")]
    NotDriven {
        /// Where.
        url: String,
        /// What went wrong.
        why: String,
        /// What the server said last.
        words: LastWords,
    },
    /// The server under test answered, and not with what opens a stream.
    #[error("the server at {url} opened {opened} of the {asked} streams that users asked it for: {what}")]
    UserRefused {
        /// Where.
        url: String,
        /// How many users asked.
        asked: u32,
        /// How many streams came.
        opened: u32,
        /// What the first user got that was no answer.
        what: String,
        /// What the server said last.
        words: LastWords,
    },
    /// A reading failed.
    #[error("cannot read the subject's memory in phase {phase}: {source}")]
    Reading {
        /// When.
        phase: Phase,
        /// Why.
        source: io::Error,
    },
}

impl TrialError {
    /// One line for the record, with what the subject said last. It may be printed and kept: no key is in it, and nothing that a terminal
    /// obeys.
    pub fn why(&self) -> String {
        let what = self.to_string();
        let line = match self.words() {
            Some(words) if what.ends_with('?') => format!("{what} {words}"),
            Some(words) => format!("{what}; {words}"),
            None => what,
        };
        printable(&without_keys(&line)).into_owned()
    }

    /// Its kind, for the record.
    pub fn kind(&self) -> FailureKind {
        match self {
            TrialError::Simulator(_) | TrialError::Cgroup(_) | TrialError::Sampler(_) => FailureKind::Harness,
            TrialError::Spawn(_) => FailureKind::NotStarted,
            TrialError::Ended { .. } => FailureKind::Ended,
            TrialError::Killed { .. } => FailureKind::Killed,
            TrialError::NoStream { .. } => FailureKind::NoStream,
            TrialError::NotHeld { .. } => FailureKind::NotHeld,
            TrialError::NotStreaming { .. } => FailureKind::NotStreaming,
            TrialError::Upstream { .. } => FailureKind::Upstream,
            TrialError::NotDriven { .. } => FailureKind::NotDriven,
            TrialError::UserRefused { .. } => FailureKind::UserRefused,
            TrialError::Reading { .. } => FailureKind::NotRead,
        }
    }

    /// When it happened, where that is known.
    pub fn phase(&self) -> Option<Phase> {
        match self {
            TrialError::Ended { phase, .. } | TrialError::Killed { phase, .. } | TrialError::Reading { phase, .. } => {
                Some(*phase)
            }
            TrialError::Simulator(_)
            | TrialError::Spawn(_)
            | TrialError::Cgroup(_)
            | TrialError::Sampler(_)
            | TrialError::NoStream { .. }
            | TrialError::NotHeld { .. }
            | TrialError::NotStreaming { .. }
            | TrialError::Upstream { .. }
            | TrialError::NotDriven { .. }
            | TrialError::UserRefused { .. } => None,
        }
    }

    /// What it has in common with other trials that came to nothing in the same way.
    pub fn cause(&self) -> Cause {
        let said = self.words().and_then(|words| words.said.as_deref()).unwrap_or_default();
        let detail = format!("{}; {said}", self.detail()).replace(|c: char| c.is_ascii_digit(), "");
        Cause { kind: self.kind(), phase: self.phase(), detail }
    }

    /// What others told: the system, a program's end, an API, a server.
    fn detail(&self) -> String {
        match self {
            TrialError::Simulator(error) => error.to_string(),
            TrialError::Spawn(error) => error.to_string(),
            TrialError::Cgroup(error) => error.to_string(),
            TrialError::Sampler(source) | TrialError::Reading { source, .. } => source.to_string(),
            TrialError::Ended { status, .. } => status.to_string(),
            TrialError::NoStream { refused, .. } => hint(refused.as_ref()),
            TrialError::Upstream { what, .. } | TrialError::UserRefused { what, .. } => what.clone(),
            TrialError::NotDriven { why, .. } => why.clone(),
            TrialError::Killed { .. } | TrialError::NotHeld { .. } | TrialError::NotStreaming { .. } => String::new(),
        }
    }

    fn words(&self) -> Option<&LastWords> {
        match self {
            TrialError::Ended { words, .. }
            | TrialError::NoStream { words, .. }
            | TrialError::NotHeld { words, .. }
            | TrialError::NotStreaming { words, .. }
            | TrialError::NotDriven { words, .. }
            | TrialError::UserRefused { words, .. } => Some(words),
            TrialError::Simulator(_)
            | TrialError::Spawn(_)
            | TrialError::Cgroup(_)
            | TrialError::Sampler(_)
            | TrialError::Killed { .. }
            | TrialError::Upstream { .. }
            | TrialError::Reading { .. } => None,
        }
    }
}

/// Why a trial came to nothing, to be compared with why another did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    kind: FailureKind,
    phase: Option<Phase>,
    /// What others told, and the subject's last words, without numbers, which are of the one trial: its streams, a time, a process.
    detail: String,
}

impl Cause {
    /// Whether a program that once came to this will come to it again, and take as long.
    pub fn is_final(&self) -> bool {
        matches!(self.kind, FailureKind::NoStream | FailureKind::NotDriven)
    }

    /// When the kernel killed it, if it was that, at the limit.
    pub fn killed_in(&self) -> Option<Phase> {
        self.phase.filter(|_| self.kind == FailureKind::Killed)
    }
}

/// What to look at when no stream came.
fn hint(refused: Option<&(u32, Refusal)>) -> String {
    match refused {
        None => {
            let (variable, path) = (Dialect::DEFAULT.variables().base_url, Dialect::DEFAULT.answers_path());
            format!("does it take its base URL from {variable}, and does it POST to {path} with \"stream\": true?")
        }
        Some((requests, first)) => format!("its requests were refused, {requests} of them, the first with {first}"),
    }
}

fn streams(opened: u32) -> String {
    match opened {
        0 => " before it opened a stream".to_owned(),
        some => format!(" after it had opened {}", counted(u64::from(some), "stream")),
    }
}
