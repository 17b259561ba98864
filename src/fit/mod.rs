//! Lines through measurements, with intervals, and the tests that say when a line is the wrong
//! picture.
//!
//! The question is always the same: what does *one more* stream cost? The answer is the slope of
//!
//! ```text
//! memory = base + per-stream x N
//! ```
//!
//! fitted over trials with different N. Three decisions follow from how processes use memory, and
//! everything in this room keeps to them.
//!
//! **A line with an intercept.** A process that holds no stream still has a runtime, code and
//! pools. A line forced through the origin must put that base into the slope, and so overstates the
//! cost of a stream most where N is small.
//!
//! **Never the difference divided by N.** `(memory at N - memory at 0) / N` rests on one trial at
//! each end, counts everything that is allocated once (TLS tables, connection pool, warmed-up
//! allocator) as if every stream had caused it, and has no error of its own. The slope over several
//! N leaves one-off costs in the intercept, where they belong, and comes with an interval.
//!
//! **One number for each process.** Readings inside one process are copies of each other more than
//! repetitions: fitting thousands of them gives an interval that is far too narrow. What varies is
//! the process, so each trial is first reduced to one number, the [`median`] of its plateau, and
//! only then enters a fit (Georges, Buytaert and Eeckhout, "Statistically Rigorous Java Performance
//! Evaluation", OOPSLA 2007).
//!
//! | question | answer |
//! |---|---|
//! | what does one stream cost, how surely | [`Line`]: least squares, 95 % t-intervals |
//! | the same, with more than one cause | [`LeastSquares`] |
//! | does one odd trial decide the answer | [`TheilSen`], to be laid beside the line |
//! | is it a line at all | [`LackOfFit`], from trials repeated at the same N |
//! | how surely at best, where values are known in whole steps | [`Line::fit_in_steps`] |
//! | what, if it is not | [`Piecewise`], two slopes and where they meet |
//! | how many streams fit below a limit | [`Line::largest_below`], by the prediction bound |
//!
//! Everything here is pure: no disk, no clock, no randomness. Units are the caller's; a slope has
//! the unit of y for each unit of x.

mod design;
mod error;
mod estimate;
mod householder;
mod lack_of_fit;
mod largest;
mod least_squares;
mod line;
mod order;
mod piecewise;
mod robust;
mod rounding;
mod twofold;

pub use design::Design;
pub use error::FitError;
pub use estimate::{Estimate, student_bound};
pub use lack_of_fit::LackOfFit;
pub use largest::Largest;
pub use least_squares::{Coefficient, Intercept, LeastSquares};
pub use line::{Line, Point};
pub use order::{median, quantile};
pub use piecewise::Piecewise;
pub use robust::TheilSen;
