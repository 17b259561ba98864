//! What a trial, or a heap profile, ends with when it comes to nothing: a reason, and what the subject said last where that says more.

use super::job::Job;
use crate::foreign::printable;
use crate::heap;
use crate::run::{Failure, Phase, Reason};
use crate::scenario::without_keys;
use crate::simulator::SimulatorError;
use crate::store::RunFolder;
use crate::subject::{CgroupError, LastWords, SpawnError};
use std::io;

/// Why a subject came to nothing, or ended early.
#[derive(Debug)]
pub struct TrialError {
    /// What happened.
    pub reason: Reason,
    /// What the subject said last.
    words: Option<LastWords>,
}

impl TrialError {
    /// Of the subject, which may have said why.
    pub fn told(reason: Reason, words: LastWords) -> TrialError {
        TrialError { reason, words: Some(words) }
    }

    /// The subject's memory cannot be read.
    pub fn reading(phase: Phase, source: &io::Error) -> TrialError {
        Reason::NotRead { phase, what: recorded(source) }.into()
    }

    /// No thread to look at it.
    pub fn sampler(source: &io::Error) -> TrialError {
        let what = format!(
            "cannot start a thread to sample memory: {source}; raise the limit of processes (ulimit -u, or the container's pids limit)"
        );
        Reason::Harness { what: recorded(&what) }.into()
    }

    /// The same of the profile that was to be in `file`.
    pub fn of_profile(self, file: &str) -> TrialError {
        let reason = Reason::NoProfile { file: file.to_owned(), because: Box::new(self.reason) };
        TrialError { reason, ..self }
    }

    /// The same of a look into a heap.
    pub fn of_look(self) -> TrialError {
        TrialError { reason: Reason::NoLook { because: Box::new(self.reason) }, ..self }
    }

    /// For the record of a run in `folder`.
    pub fn failure(self, folder: &RunFolder, sequence: Option<u32>, job: Job) -> Failure {
        let TrialError { reason, words } = self;
        let (last_words, log) = match words {
            Some(LastWords { said: Some(said), file }) => {
                let within = file.strip_prefix(folder.path()).unwrap_or(&file);
                (Some(recorded(&said)), Some(recorded(&within.display())))
            }
            Some(LastWords { said: None, .. }) | None => (None, None),
        };
        Failure { sequence, series: job.series, asked: job.streams, reason, last_words, log }
    }
}

/// What others told, as it may be printed and kept: no key is in it, and nothing that a terminal obeys.
pub fn recorded(told: &impl ToString) -> String {
    printable(&without_keys(&told.to_string())).into_owned()
}

impl From<Reason> for TrialError {
    fn from(reason: Reason) -> TrialError {
        TrialError { reason, words: None }
    }
}

impl From<SimulatorError> for TrialError {
    fn from(error: SimulatorError) -> TrialError {
        Reason::Harness { what: recorded(&error) }.into()
    }
}

impl From<CgroupError> for TrialError {
    fn from(error: CgroupError) -> TrialError {
        Reason::Harness { what: recorded(&error) }.into()
    }
}

impl From<SpawnError> for TrialError {
    fn from(error: SpawnError) -> TrialError {
        Reason::NotStarted { what: recorded(&error) }.into()
    }
}

impl From<heap::ProfileError> for TrialError {
    fn from(error: heap::ProfileError) -> TrialError {
        Reason::BadProfile { what: recorded(&error) }.into()
    }
}
