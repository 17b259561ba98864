//! From a scenario to a run: fresh processes, phases, plateaus, passes. Knows nothing of terminals.

mod drive;
mod expected;
mod forecast;
mod idleness;
mod ledger;
mod measure;
mod phases;
mod plateau;
mod profile;
mod progress;
mod prove;
mod room;
mod schedule;
mod setup;
mod setup_error;
mod sources;
mod stop;
mod trial;
mod trial_error;
mod troubles;
mod trust;

pub use expected::Expected;
pub use forecast::of_run as expected_run;
pub use measure::{MeasureError, Measured, measure};
pub use progress::{Live, Progress, ProgressSender};
pub use prove::{MOST_LINES, ProveError, expected_lines, expected_trials, predict, prove, rungs};
pub use schedule::EVENTS_PER_SECOND;
pub use setup::Setup;
pub use setup_error::SetupError;
pub use stop::Stop;
pub use trial_error::Cause;
