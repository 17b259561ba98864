//! Why a trial came to nothing, in words that say what to look at.

use crate::run::{Phase, Refusal};
use crate::simulator::SimulatorError;
use crate::subject::{CgroupError, SpawnError};
use crate::units::Bytes;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::{fs, io};

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
    #[error("the subject ended in phase {phase} ({status}){}; {}", streams(*.opened), last_words(.log))]
    Ended {
        /// When.
        phase: Phase,
        /// How.
        status: ExitStatus,
        /// Streams that it had opened.
        opened: u32,
        /// Its standard error.
        log: PathBuf,
    },
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
    #[error("the subject opened no stream within {seconds} s: {} {}", hint(.refused.as_ref()), last_words(.log))]
    NoStream {
        /// How long it was waited for.
        seconds: u64,
        /// How many of its requests were refused, and what the first was told.
        refused: Option<(u32, Refusal)>,
        /// Its standard error.
        log: PathBuf,
    },
    /// The subject opened streams and held none of them.
    #[error(
        "the subject opened {opened} streams and ended every one before any text came: has it a read timeout that silence of some seconds \
         outlasts? {}",
        last_words(.log)
    )]
    NotHeld {
        /// How many.
        opened: u32,
        /// Its standard error.
        log: PathBuf,
    },
    /// The subject asked for messages that are not streamed.
    #[error("the subject asked for {whole} whole messages and for no stream: it has to send \"stream\": true; {}", last_words(.log))]
    NotStreaming {
        /// How many.
        whole: u32,
        /// Its standard error.
        log: PathBuf,
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
    #[error("nothing answers at {url} ({why}): is that where the server listens? {}", last_words(.log))]
    NotDriven {
        /// Where.
        url: String,
        /// What went wrong.
        why: String,
        /// The server's standard error.
        log: PathBuf,
    },
    /// The server under test answered, and not with what opens a stream.
    #[error("the server at {url} opened {opened} of the {asked} streams that users asked it for: {what}; {}", last_words(.log))]
    UserRefused {
        /// Where.
        url: String,
        /// How many users asked.
        asked: u32,
        /// How many streams came.
        opened: u32,
        /// What the first user got that was no answer.
        what: String,
        /// The server's standard error.
        log: PathBuf,
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

/// What to look at when no stream came.
fn hint(refused: Option<&(u32, Refusal)>) -> String {
    match refused {
        None => {
            "does it take its base URL from ANTHROPIC_BASE_URL, and does it POST to /v1/messages with \"stream\": true?"
                .to_owned()
        }
        Some((requests, first)) => format!("its requests were refused, {requests} of them, the first with {first};"),
    }
}

fn streams(opened: u32) -> String {
    match opened {
        0 => " before it opened a stream".to_owned(),
        1 => " after it had opened 1 stream".to_owned(),
        more => format!(" after it had opened {more} streams"),
    }
}

/// What a subject wrote to standard error, at its end.
fn last_words(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    match text.lines().rev().find(|line| !line.trim().is_empty()) {
        Some(line) => format!("its last words: \"{}\"; all of them are in {}", line.trim(), log.display()),
        None => "it wrote nothing to its standard error".to_owned(),
    }
}
