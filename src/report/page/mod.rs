//! What is said of a run, of a proof and of a plan, before it is written: a title, sentences, pictures, and sections of blocks. A writer knows
//! how each kind of block looks where it writes; what is said, and in which order, it does not know.

pub mod columns;
mod markdown;
mod table;
mod text;
mod words;

pub use markdown::{markdown, table_markdown};
pub use table::{Row, Table};
pub use text::text;
pub use words::{Span, Words};

/// Everything that is said of one thing.
#[derive(Default)]
pub struct Page {
    /// What it is about.
    pub title: String,
    /// The answer in plain sentences.
    pub said: Vec<String>,
    /// What is drawn beside it, which a terminal does not show.
    pub pictures: Vec<Block>,
    /// The rest, in the order it is read.
    pub sections: Vec<Section>,
}

/// One part of it.
pub struct Section {
    /// What it is about; none where its blocks say so themselves.
    pub title: Option<String>,
    /// What it says.
    pub blocks: Vec<Block>,
    /// What of it a terminal shows.
    pub terminal: Terminal,
}

/// What a terminal, where lines are dear, shows of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// All of it, its blocks indented below the title.
    Titled,
    /// All of it but the title.
    Untitled,
    /// Nothing: it is read on the page.
    Left,
}

/// Something in a section.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Sentences.
    Words(Words),
    /// One line of a list.
    Item(Words),
    /// One line of a list of what speaks against the answer. Where no title says that it is one, the line does.
    Doubt {
        /// What is doubted.
        about: String,
        /// Why.
        why: String,
    },
    /// Lines of a list that begin with a number each.
    Counted(Vec<(u64, String)>),
    /// A table.
    Table(Table),
    /// A file with a picture.
    Picture {
        /// Its name.
        file: String,
        /// What is to be seen on it.
        shows: String,
    },
}

impl Section {
    /// A section, or none if it would say nothing. Of a table alone a terminal does without the title: the heading says what it is about.
    pub fn of(title: impl Into<String>, blocks: Vec<Block>) -> Option<Section> {
        let terminal = if matches!(blocks[..], [Block::Table(_)]) { Terminal::Untitled } else { Terminal::Titled };
        (!blocks.is_empty()).then(|| Section { title: Some(title.into()), blocks, terminal })
    }

    /// One that needs no title.
    pub fn untitled(blocks: Vec<Block>) -> Section {
        Section { title: None, blocks, terminal: Terminal::Untitled }
    }

    /// One that a terminal leaves to the page.
    pub fn left_to_the_page(title: impl Into<String>, blocks: Vec<Block>) -> Section {
        Section { title: Some(title.into()), blocks, terminal: Terminal::Left }
    }
}

impl Block {
    /// Sentences.
    pub fn words(words: impl Into<Words>) -> Block {
        Block::Words(words.into())
    }

    /// One line of a list.
    pub fn item(words: impl Into<Words>) -> Block {
        Block::Item(words.into())
    }
}
