//! A plan as people and programs read it. Everything is made in memory.

mod certainty;
mod doubts;
mod gate;
mod headline;
mod help;
mod interface;
mod inverse;
mod kubernetes;
mod limits;
mod money;
mod numbers;
mod page;
mod pictures;
mod prometheus;
mod routes;
mod simulation;
mod words;
mod yaml;

pub use doubts::doubt_text;
pub use headline::headlines;
pub use interface::{JSON_SCHEMA, SCHEMA, json};
pub use kubernetes::kubernetes;
pub use prometheus::prometheus;

use super::page::columns::Columns;
use super::{Rendered, ReportError};
use crate::plan::Plan;

/// Sentences, then every section, as wide as they are.
pub fn text(plan: &Plan) -> String {
    text_within(plan, None)
}

/// The same within so many columns.
pub fn text_within(plan: &Plan, columns: Columns) -> String {
    super::page::text(&page::page(plan, &[]), columns)
}

/// `plan.md`, showing the pictures of these file names.
pub fn markdown(plan: &Plan, pictures: &[&str]) -> String {
    super::page::markdown(&page::page(plan, pictures))
}

/// Everything that is computed from a plan: `plan.json`, the pictures, `plan.md`.
///
/// # Errors
/// When something cannot be drawn, which would be a mistake in this program.
pub fn render(plan: &Plan) -> Result<Vec<Rendered>, ReportError> {
    let mut files = pictures::pictures(plan)?;
    let shown: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).filter(|name| name.ends_with(".svg")).collect();
    let page = markdown(plan, &shown);
    files.push(("plan.json".to_owned(), json(plan)?.into_bytes()));
    files.push(("plan.md".to_owned(), page.into_bytes()));
    Ok(files)
}
