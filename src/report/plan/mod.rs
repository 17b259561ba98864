//! A plan as people and programs read it. Everything is made in memory.

mod certainty;
mod gate;
mod headline;
mod help;
mod interface;
mod inverse;
mod kubernetes;
mod limits;
mod markdown;
mod money;
mod numbers;
mod pictures;
mod prometheus;
mod routes;
mod section;
mod sections;
mod simulation;
mod text;
mod words;
mod yaml;

pub use headline::headlines;
pub use interface::{JSON_SCHEMA, SCHEMA, json};
pub use kubernetes::kubernetes;
pub use markdown::markdown;
pub use prometheus::prometheus;
pub use text::{text, text_within};

use super::{Rendered, ReportError};
use crate::plan::Plan;

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
