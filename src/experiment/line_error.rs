//! Why there is no line, for whoever wants one.

use super::measure::MeasureError;
use super::setup_error::SetupError;
use crate::cost::AnalysisError;
use crate::store::StoreError;

/// Why there is no line.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// Nothing can be measured here: the machine, or the program to be measured.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// No trial came to anything.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// No line can be drawn through the trials.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    /// The run's folder, or a record in it.
    #[error(transparent)]
    Store(#[from] StoreError),
}
