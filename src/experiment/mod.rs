//! From a scenario to a run: fresh processes, phases, plateaus, passes. Knows nothing of terminals and files' names.

mod drive;
mod idleness;
mod measure;
mod phases;
mod plateau;
mod profile;
mod progress;
mod prove;
mod schedule;
mod setup;
mod trial;
mod trial_error;
mod troubles;

pub use measure::{MeasureError, measure};
pub use progress::{Live, Progress, ProgressSender};
pub use prove::{ProveError, predict, prove, rungs};
pub use schedule::EVENTS_PER_SECOND;
pub use setup::{Setup, SetupError};
pub use trial_error::Cause;
