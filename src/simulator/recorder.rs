//! Keeping the first stream that completes as a file.

use super::key::Credentials;
use super::recording::Recording;
use super::upstream::UpstreamError;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Writes one recording, once.
#[derive(Debug)]
pub struct Recorder {
    path: PathBuf,
    state: Mutex<State>,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Written,
    Failed,
}

impl Recorder {
    /// A recorder to the file `path`.
    ///
    /// # Errors
    /// When its folder does not exist: that is better known before anything is spent on an answer.
    pub fn new(path: &Path) -> Result<Recorder, UpstreamError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() || path.file_name().is_none() {
            return Err(UpstreamError::NoFolder(path.display().to_string()));
        }
        Ok(Recorder { path: path.to_owned(), state: Mutex::new(State::Waiting) })
    }

    /// Whether no stream has completed yet.
    pub fn is_wanted(&self) -> bool {
        self.state() == State::Waiting
    }

    /// Whether the file is there.
    pub fn is_written(&self) -> bool {
        self.state() == State::Written
    }

    fn state(&self) -> State {
        // Nothing panics while it holds the lock, so that what is in it is whole.
        *self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Writes `recording`, unless one has been written. The file appears whole or not at all. It is written at once, on this thread: it
    /// is small, and who has seen the stream end can rely on it.
    ///
    /// # Errors
    /// One line: the file, and why it cannot be written.
    pub fn keep(&self, recording: &Recording, key: &Credentials) -> Result<(), String> {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if *state != State::Waiting {
            return Ok(());
        }
        let written = self.write(&key.hidden_in(recording.text()));
        *state = if written.is_ok() { State::Written } else { State::Failed };
        written.map_err(|error| format!("cannot write the recording {}: {error}", self.path.display()))
    }

    fn write(&self, text: &str) -> io::Result<()> {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let part = self.path.with_file_name(name);
        let written = fs::write(&part, text).and_then(|()| fs::rename(&part, &self.path));
        if written.is_err() {
            let _ = fs::remove_file(&part);
        }
        written
    }
}
