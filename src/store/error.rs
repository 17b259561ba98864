//! Why a run folder could not be written or read.

use super::RUN_FILE;
use crate::foreign::quotable;
use crate::run::SCHEMA;
use crate::units::Bytes;
use std::io;
use std::path::PathBuf;

/// Why a run folder could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There can be no folder for a run.
    #[error("cannot write {path}: {source}; choose another folder", path = .path.display())]
    Create {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What a run may take cannot be written.
    #[error("{path} has no room for the {needs} that a run may take ({source}): free some, or choose another folder", path = .path.display())]
    NoRoom {
        /// Where.
        path: PathBuf,
        /// How much was tried.
        needs: Bytes,
        /// Why.
        source: io::Error,
    },
    /// Where the link to the newest run is kept, there is something of somebody else's.
    #[error("{path} is {what}, and not the link to the newest run that probe keeps there: move it away, or choose another folder", path = .path.display())]
    NotOurs {
        /// Where.
        path: PathBuf,
        /// What is there.
        what: &'static str,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {source}", path = .path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Of several files some cannot be written.
    #[error("cannot write {missing} in {folder}: {source}{}", saved_too(.saved), folder = .folder.display(), missing = list(.missing))]
    WriteSome {
        /// Where.
        folder: PathBuf,
        /// Which were not written.
        missing: Vec<String>,
        /// Which were.
        saved: Vec<String>,
        /// Why the first was not.
        source: io::Error,
    },
    /// The folder is there no more.
    #[error("{path} was removed while the run went on", path = .path.display())]
    Gone {
        /// Where it was.
        path: PathBuf,
    },
    /// There is no such run.
    #[error("cannot read {path}: {source}; name a folder that holds a {RUN_FILE}, or measure with: probe --streams 24", path = .path.display())]
    Read {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The record is damaged.
    #[error("{path} is damaged: {}", quotable(&.source.to_string()), path = .path.display())]
    Damaged {
        /// Where.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// The record says what cannot be.
    #[error("{path} is damaged: {what}", path = .path.display())]
    Contradicts {
        /// Where.
        path: PathBuf,
        /// What it says.
        what: String,
    },
    /// The record is of another version.
    #[error("{path} is a '{}' and this program reads '{SCHEMA}': render it with the probe that wrote it, or a newer one", quotable(.found), path = .path.display())]
    Version {
        /// What it says it is.
        found: String,
        /// Where.
        path: PathBuf,
    },
}

/// Names in a list that are told; a run has some twenty files.
const TOLD: usize = 3;

fn list(names: &[String]) -> String {
    match names.len().checked_sub(TOLD) {
        Some(more @ 1..) => format!("{} and {more} more", names[..TOLD].join(", ")),
        _ => names.join(", "),
    }
}

fn saved_too(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("; saved there: {}", list(names)) }
}
