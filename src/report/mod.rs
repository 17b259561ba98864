//! A run as people and programs read it. Everything is made in memory; where it is saved is for others to know.

pub mod chart;
mod csv;
mod markdown;
mod pictures;
pub mod plan;
mod proof;
mod sentence;
mod sites;
mod table;
mod text;

pub use chart::ChartError;
pub use markdown::markdown;
pub use proof::{proof_json, proof_text};
pub use sentence::{headline, headlines};
pub use text::text;

use crate::cost::{Analysis, Cost};
use crate::run::Run;
use chart::Format;

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A picture.
    #[error("cannot draw {name}: {source}")]
    Chart {
        /// Which.
        name: String,
        /// Why.
        source: ChartError,
    },
    /// A table.
    #[error("cannot write samples.csv: {0}")]
    Csv(#[from] ::csv::Error),
    /// A record.
    #[error("cannot write cost.json: {0}")]
    Json(#[from] serde_json::Error),
}

/// A file of a run's folder: its name and its bytes.
pub type Rendered = (String, Vec<u8>);

/// Everything that is computed from a run: `cost.json`, `samples.csv`, the pictures, `report.md`.
///
/// # Errors
/// When something cannot be drawn, which would be a mistake in this program.
pub fn render(run: &Run, analysis: &Analysis) -> Result<Vec<Rendered>, ReportError> {
    let mut files = vec![
        ("cost.json".to_owned(), cost_json(run, analysis)?.into_bytes()),
        ("samples.csv".to_owned(), csv::samples(run)?),
        ("report.md".to_owned(), markdown(run, analysis).into_bytes()),
    ];
    for format in [Format::Svg, Format::Png] {
        let name = |picture: &str| format!("{picture}.{}", format.extension());
        let failed = |name: String| move |source| ReportError::Chart { name, source };
        let time = name("rss-over-time");
        files.push((time.clone(), pictures::rss_over_time(run, analysis).draw(format).map_err(failed(time))?));
        let line = name("cost-line");
        files.push((line.clone(), pictures::cost_line(run, analysis).draw(format).map_err(failed(line))?));
    }
    Ok(files)
}

/// The table of a run's costs, as Markdown.
pub fn cost_table(run: &Run, analysis: &Analysis) -> String {
    table::Table::of_costs(run, analysis).markdown()
}

/// `cost.json`.
///
/// # Errors
/// When it cannot be written as JSON, which would be a mistake in this program.
pub fn cost_json(run: &Run, analysis: &Analysis) -> Result<String, ReportError> {
    Ok(serde_json::to_string_pretty(&Cost::of(run, analysis))? + "\n")
}
