//! Why a fit can be refused.

use crate::units::{counted, is_or_are};

/// Why no fit can be given. Every fit of this room fails in one of these ways and in no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// Without a degree of freedom left over there is no residual, hence no interval.
    #[error("{} {} too few: this fit needs at least {need}", counted(*.have as u64, "observation"), is_or_are(*.have as u64))]
    TooFew {
        /// Observations given.
        have: usize,
        /// The smallest number that leaves one degree of freedom.
        need: usize,
    },
    /// An observation is infinite or not a number.
    #[error("observation {index} is not a finite number")]
    NotFinite {
        /// Its place in the input, from 0.
        index: usize,
    },
    /// One x alone says nothing about what changes with x.
    #[error("all observations have the same x, so there is no slope to be seen")]
    SameX,
    /// A column of the design does not have one entry for each observation.
    #[error("column {column} has {have} entries for {need} observations")]
    UnequalLengths {
        /// Its place among the columns given, from 0; an intercept does not count.
        column: usize,
        /// Entries in the column.
        have: usize,
        /// Observations.
        need: usize,
    },
    /// A column repeats what the columns before it (and the intercept) already say, as far as
    /// 64-bit numbers can tell, so its effect cannot be told from theirs.
    #[error("coefficient {coefficient} cannot be told apart from those before it")]
    Dependent {
        /// Its place among the coefficients, from 0; a fitted intercept is coefficient 0.
        coefficient: usize,
    },
    /// A result is too large for a 64-bit number.
    #[error("the result is beyond the range of 64-bit numbers")]
    OutOfRange,
}
