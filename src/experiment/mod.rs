//! From a scenario to a run: fresh processes, phases, plateaus, passes. Knows nothing of terminals.

mod drive;
mod expected;
mod idleness;
mod measure;
mod phases;
mod plateau;
mod profile;
mod progress;
mod prove;
mod schedule;
mod setup;
mod stop;
mod trial;
mod trial_error;
mod troubles;

pub use expected::Expected;
pub use measure::{MeasureError, Measured, measure};
pub use progress::{Live, Progress, ProgressSender};
pub use prove::{MOST_LINES, ProveError, expected_lines, expected_trials, predict, prove, rungs};
pub use schedule::EVENTS_PER_SECOND;
pub use setup::{Setup, SetupError};
pub use stop::Stop;
pub use trial_error::Cause;
