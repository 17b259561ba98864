//! From a scenario to a run: fresh processes, phases, plateaus, passes. Knows nothing of terminals and files' names.

mod measure;
mod plateau;
mod profile;
mod progress;
mod schedule;
mod setup;
mod trial;

pub use measure::{MeasureError, measure};
pub use progress::{Live, Progress, ProgressSender};
pub use setup::{Setup, SetupError};
