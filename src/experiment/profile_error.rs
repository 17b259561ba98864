//! Why there is no heap profile: what keeps a trial from its end, and what a profile has beyond that.

use super::trial_error::TrialError;
use crate::heap;
use std::io;

/// Why there is no heap profile.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The subject came to nothing, as one that is measured may.
    #[error("{}", .0.why())]
    Subject(#[from] TrialError),
    /// It is a profile of fewer streams than it was to be of.
    #[error("{open} of {asked} streams arrived")]
    FewStreams {
        /// How many there were.
        open: u32,
        /// How many it asked for.
        asked: u32,
    },
    /// There were streams without all their text.
    #[error("the text was not read in time")]
    NotFull,
    /// The subject wrote no file, or none that can be read.
    #[error(transparent)]
    File(#[from] io::Error),
    /// What it wrote is no profile.
    #[error(transparent)]
    NotAProfile(#[from] heap::ProfileError),
    /// dhat writes an empty profile without complaint when it is not the process's allocator.
    #[error("it is empty: the profiler was not the subject's allocator")]
    Empty,
}
