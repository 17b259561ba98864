//! Why a run cannot begin.

use crate::sampler::FileLimitError;
use crate::simulator::{AuthorityError, CassetteError, NoTimes, NotAKey};
use crate::subject::ProgramError;
use crate::units::{Bytes, counted, grouped};
use std::io;
use std::path::PathBuf;

/// Why a run cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Too many streams for the limit of open files.
    #[error(transparent)]
    Files(#[from] FileLimitError),
    /// Prompts that the machine has no memory for.
    #[error(
        "{streams} with a prompt of {chars} characters each take {needs} while they are sent, a copy here and there, and half of this \
         machine's memory is {there_is}: choose fewer streams, or shorter prompts",
        streams = counted(u64::from(*.streams), "stream"), chars = grouped(u64::from(*.chars))
    )]
    Prompts {
        /// The most streams of one subject.
        streams: u32,
        /// The longest prompt.
        chars: u32,
        /// What both come to.
        needs: Bytes,
        /// Half of what the machine has.
        there_is: Bytes,
    },
    /// No certificate.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The run's folder.
    #[error("cannot write {path}: {source}", path = .path.display())]
    Folder {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The recording.
    #[error(transparent)]
    Cassette(#[from] CassetteError),
    /// The recording's times.
    #[error(transparent)]
    NoTimes(#[from] NoTimes),
    /// A real API is to be asked, and there is no key for it.
    #[error(transparent)]
    Key(#[from] NotAKey),
    /// Clients cannot be started: a line each.
    #[error("{}", .0.iter().map(ProgramError::to_string).collect::<Vec<_>>().join("\n"))]
    Programs(Vec<ProgramError>),
    /// The requests of users would go to somebody else.
    #[error(
        "something listens at {url} already, and would be sent the requests: end it, or let the server listen elsewhere"
    )]
    Taken {
        /// Where users are to ask.
        url: String,
    },
    /// A machine that this program does not measure on.
    #[error("probe measures on Linux: memory is read from /proc, and there is no /proc/self/statm here")]
    NotLinux,
}
