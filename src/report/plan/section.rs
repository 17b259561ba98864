//! A plan as sections of words, which the terminal and the page both show.

use crate::plan::Plan;
use crate::report::table::Table;

/// One part of the answer.
pub struct Section {
    /// What it is about.
    pub title: String,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// Something in a section.
pub enum Block {
    /// Sentences.
    Words(String),
    /// One line of a list.
    Item(String),
    /// A table.
    Table(Table),
}

impl Section {
    /// A section, or none if it would say nothing.
    pub fn of(title: impl Into<String>, blocks: Vec<Block>) -> Option<Section> {
        (!blocks.is_empty()).then(|| Section { title: title.into(), blocks })
    }
}

/// All sections, in the order they are read.
pub fn sections(plan: &Plan) -> Vec<Section> {
    let mut sections = super::numbers::sections(plan);
    sections.push(super::limits::section(plan));
    let others = [
        super::help::section(plan),
        super::inverse::section(plan),
        super::simulation::section(plan),
        super::money::section(plan),
        super::routes::section(plan),
        super::certainty::section(plan),
        super::certainty::sources(plan),
    ];
    sections.into_iter().flatten().chain(others.into_iter().flatten()).collect()
}
