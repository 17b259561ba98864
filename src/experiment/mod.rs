//! From a scenario to a run: fresh processes, phases, plateaus, passes. Knows nothing of terminals.

mod conductor;
mod connections;
mod drive;
mod expected;
mod forecast;
mod idleness;
mod job;
mod ledger;
mod line_error;
mod measure;
mod patience;
mod phases;
mod plateau;
mod profile;
mod progress;
mod prove;
mod prover;
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
pub use line_error::LineError;
pub use measure::{MeasureError, Measured, measure};
pub use progress::{Live, Progress, ProgressSender};
pub use prove::ProveError;
pub use prover::{Prover, ProverError};
pub use setup::Setup;
pub use setup_error::SetupError;
pub use stop::Stop;
