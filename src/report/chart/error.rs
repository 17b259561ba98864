//! Why a picture could not be drawn.

/// Why a picture could not be drawn. No file is better than half a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChartError {
    /// There is no measured point in the input.
    #[error("nothing was measured, so there is nothing to draw")]
    Empty,
    /// A number is infinite, not a number, or too large for any axis.
    #[error("cannot draw {what} of {value}")]
    NotDrawable {
        /// What the number stands for.
        what: &'static str,
        /// The number.
        value: f64,
    },
    /// Something belongs to a series that is not listed.
    #[error("series {index} is not among the {series} series of the picture")]
    UnknownSeries {
        /// The index that was given.
        index: usize,
        /// How many series are listed.
        series: usize,
    },
    /// Titles, remarks or rows would fill pages.
    #[error("the picture would fill pages: its texts are too long or its rows too many")]
    TooMuchText,
    /// The typeface that comes with the program was not accepted.
    #[error("the built-in typeface could not be loaded")]
    Font,
    /// The drawing library refused.
    #[error("drawing failed: {0}")]
    Drawing(String),
    /// The PNG could not be encoded.
    #[error("the PNG could not be encoded")]
    Png(#[from] png::EncodingError),
}

/// Beyond this no axis is sensible, and sums of squares would begin to overflow.
const LARGEST: f64 = 1e18;

/// Lets only numbers through that an axis can show.
pub(super) fn drawable(what: &'static str, values: impl IntoIterator<Item = f64>) -> Result<(), ChartError> {
    for value in values {
        if !value.is_finite() || value.abs() > LARGEST {
            return Err(ChartError::NotDrawable { what, value });
        }
    }
    Ok(())
}
