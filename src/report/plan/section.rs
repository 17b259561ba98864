//! A plan as sections of words, which the terminal and the page both show.

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
