//! From a run to what one more stream costs. Pure: the same run gives the same answer, today and with the next version's mathematics.
//!
//! One number per trial and phase, the median over the plateau, goes into a line; samples within one process are not independent, and
//! a line through thousands of them would claim far too narrow an interval. The slope is the cost of one more stream, the intercept
//! the base; a difference divided by N would mix the two.

mod analysis;
mod doubt;
mod interface;
mod points;
mod reading;
mod text_axis;

pub use analysis::{Analysis, AnalysisError, CONFIDENCE, ContainerSource, Fits, LengthLine, Processor, SeriesAnalysis};
pub use doubt::Doubt;
pub use interface::{
    AccountLimits, Cost, JSON_SCHEMA, LimitCost, ModeCost, Prediction, SCHEMA, StreamKind, TextAxisCost,
};
pub use points::TrialPoint;
pub use reading::Reading;
pub use text_axis::TextAxis;

/// A plan fills a container up to this share of its limit: what kills is the peak, and the peak is not on the plateau.
pub const SAFE_SHARE: f64 = 0.7;
