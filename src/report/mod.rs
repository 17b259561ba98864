//! A run as people and programs read it. Everything is made in memory; where it is saved is for others to know.

mod answer;
pub mod chart;
mod conditions;
mod container;
mod costs;
mod csv;
mod cures;
mod doubts;
mod estimate;
mod glossary;
pub mod page;
mod pictures;
pub mod plan;
mod proof;
mod readings;
mod sentence;
mod sites;

pub use chart::ChartError;
pub use cures::{doubt_text, proof_doubt_text};
pub use doubts::doubts_text;
pub use estimate::EstimatedSize;
pub use page::columns::Columns;
pub use proof::{fate, proof_json, proof_text};
pub use sentence::{headline, headlines};

use crate::cost::{Analysis, Cost};
use crate::foreign::file_name_part;
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
    let parts = pictured(analysis);
    for format in [Format::Svg, Format::Png] {
        for (name, part) in &parts {
            let time = || pictures::rss_over_time(run, part).draw(format);
            files.extend(drawn("rss-over-time", name.as_deref(), format, time)?);
            files.extend(drawn("cost-line", name.as_deref(), format, || pictures::cost_line(run, part).draw(format))?);
        }
        if is_compared(analysis) {
            files.extend(drawn("comparison", None, format, || pictures::comparison(run, analysis).draw(format))?);
        }
    }
    Ok(files)
}

/// Whether there are so many series that they are compared with one another, a row each, rather than shown side by side.
fn is_compared(analysis: &Analysis) -> bool {
    analysis.series.len() > costs::SIDE_BY_SIDE
}

/// What goes into one pair of pictures: everything, or where that is too much for one, each client by its name.
fn pictured(analysis: &Analysis) -> Vec<(Option<String>, Analysis)> {
    if !is_compared(analysis) {
        return vec![(None, analysis.clone())];
    }
    let mut parts: Vec<(Option<String>, Analysis)> = Vec::new();
    for series in &analysis.series {
        match parts.iter_mut().find(|(_, part)| part.series[0].fitted.client == series.fitted.client) {
            Some((_, part)) => part.series.push(series.clone()),
            None => {
                parts.push((
                    Some(file_name_part(series.fitted.client.name())),
                    Analysis { series: vec![series.clone()], without_line: Vec::new(), proof: None },
                ));
            }
        }
    }
    parts
}

fn drawn(
    picture: &str,
    of: Option<&str>,
    format: Format,
    draw: impl FnOnce() -> Result<Vec<u8>, ChartError>,
) -> Result<Option<Rendered>, ReportError> {
    let of = of.map(|client| format!("-{client}")).unwrap_or_default();
    let name = format!("{picture}{of}.{}", format.extension());
    match draw() {
        Ok(bytes) => Ok(Some((name, bytes))),
        // No reason to lose the numbers.
        Err(ChartError::Empty) => Ok(None),
        Err(source) => Err(ReportError::Chart { name, source }),
    }
}

/// The result on a terminal or in a pipe, within so many columns.
pub fn text(run: &Run, analysis: &Analysis, columns: Columns) -> String {
    page::text(&answer::page(run, analysis), columns)
}

/// `report.md`: the whole result on a page.
pub fn markdown(run: &Run, analysis: &Analysis) -> String {
    page::markdown(&answer::page(run, analysis))
}

/// The table of a run's costs, as Markdown.
pub fn cost_table(run: &Run, analysis: &Analysis) -> String {
    page::table_markdown(&costs::table(run, analysis))
}

/// The costs of a run for other programs and for a plan, with doubts in sentences.
pub fn cost(run: &Run, analysis: &Analysis) -> Cost {
    Cost::of(run, analysis, doubt_text)
}

/// `cost.json`.
///
/// # Errors
/// When it cannot be written as JSON, which would be a mistake in this program.
pub fn cost_json(run: &Run, analysis: &Analysis) -> Result<String, ReportError> {
    Ok(serde_json::to_string_pretty(&cost(run, analysis))? + "\n")
}
