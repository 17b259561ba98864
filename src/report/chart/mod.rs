//! Pictures of a run, drawn into memory.
//!
//! One picture a file: [`RssOverTime`] shows what the process held while it ran, [`CostLine`] what one more stream
//! costs, [`Comparison`] what it costs many clients. Of a plan, [`Utilisation`] shows how much of every limit it uses,
//! [`Growth`] what grows with its streams. Each takes plain numbers (bytes, seconds, counts, names) and gives the bytes
//! of a finished [`Format`]; where they are saved is for others to know. The same input gives the same bytes, on every
//! machine: the typeface is part of the program.
//!
//! A picture is laid out once, on a sketch, and both formats are drawn from it.

mod axis;
mod bitmap;
mod comparison;
mod cost_line;
mod error;
mod estimate;
mod font;
mod frame;
mod growth;
mod labels;
mod legend;
mod limit;
mod number;
mod paint;
mod palette;
mod panel;
mod residuals;
mod rss_over_time;
mod series_line;
mod sketch;
mod smooth;
mod svg;
mod thin;
mod trial_line;
mod utilisation;
mod words;

pub use comparison::{ComparedValue, Comparison, ComparisonRow};
pub use cost_line::{CostLine, FitMark, Outcomes};
pub use error::ChartError;
pub use estimate::EstimateBytes;
pub use growth::{Growth, GrowthLine, PlannedPoint};
pub use limit::LimitLines;
pub use rss_over_time::{PhaseSpan, RssOverTime};
pub use series_line::{BentSpec, LineSpec, Rank, SeriesLine};
pub use trial_line::TrialTrace;
pub use utilisation::{UsedLimit, Utilisation};

/// No picture is higher than this many units; only long texts or very many rows could make it so.
const HIGHEST: f64 = 3_000.0;

/// The kind of file a picture is drawn as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Scalable, for web pages; text stays text.
    Svg,
    /// Pixels, at twice the size of the SVG.
    Png,
}

impl Format {
    /// How the names of such files end.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }

    fn file(self, sketch: &sketch::Sketch) -> Result<Vec<u8>, ChartError> {
        if sketch.height > HIGHEST {
            return Err(ChartError::TooMuchText);
        }
        match self {
            Self::Svg => svg::file(sketch),
            Self::Png => bitmap::file(sketch),
        }
    }
}
