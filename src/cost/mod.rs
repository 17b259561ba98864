//! From a run to what one more stream costs. Pure: the same run gives the same answer, today and with the next version's mathematics.
//!
//! One number per trial and quantity, the median over the plateau, goes into a line; samples within one process are not independent, and
//! a line through thousands of them would claim far too narrow an interval. The slope is the cost of one more stream, the intercept
//! the base; a difference divided by N would mix the two.
//!
//! [`Quantity`] is the closed list of what is measured, [`Lines`] a line for each of them. They come first ([`Fitted`]), then what speaks
//! against them ([`Doubt`]), then pieces where they are no lines ([`SeriesAnalysis`]). [`Cost`] is the same for other programs: it is
//! written, and read again by a plan.

mod analysis;
mod bound;
mod container;
mod cure;
mod curved;
mod doubt;
mod doubted;
mod fits;
mod fitted;
mod harder;
mod interface;
mod leak;
mod levels;
mod lever;
mod lines;
#[cfg(test)]
mod made_up;
mod outside;
mod over_time;
mod plane;
mod prompt_axis;
mod proof_doubt;
mod quantity;
mod reading;
#[cfg(test)]
pub(crate) mod schema;
mod shares;
mod text_axis;
mod trial;

pub use analysis::{Analysis, AnalysisError, SeriesAnalysis};
pub use bound::{Bound, Seen, met_by};
pub use container::ContainerSource;
pub use cure::{Cure, Tried};
pub use doubt::{ChargePart, Doubt};
pub use fits::Fits;
pub use fitted::{Fitted, Length, LengthLine, Processor};
pub use harder::Harder;
pub use interface::{AccountLimits, Cost, InWords, JSON_SCHEMA, SCHEMA, SeriesCost, StreamKind, ToldDoubt};
pub use leak::{Leak, Stays, Verdict};
pub use lever::Lever;
pub use lines::{BoundTerms, Lines, NoLines, Scatter};
pub use over_time::OverTime;
pub use prompt_axis::{PromptAxis, Prompts};
pub use proof_doubt::ProofDoubt;
pub use quantity::{Quantity, Steps};
pub use reading::Reading;
pub use text_axis::TextAxis;
pub use trial::TrialPoint;

/// The confidence of "need at most" and "fit": one-sided.
pub const CONFIDENCE: f64 = 0.95;

/// A plan fills a container up to this share of its limit: what kills is the peak, and the peak is not on the plateau.
pub const SAFE_SHARE: f64 = 0.7;
