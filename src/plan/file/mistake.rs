//! What is wrong with a plan file.

use std::fmt;

/// One mistake: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line in the file, from 1.
    pub line: usize,
    /// The key, or what else it is about; may be empty.
    pub about: String,
    /// What is wrong and what to do.
    pub text: String,
}

/// All mistakes of a file, in the order of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, Mistake { line, about, text }) in self.0.iter().enumerate() {
            let newline = if number > 0 { "\n" } else { "" };
            let colon = if about.is_empty() { "" } else { ": " };
            write!(f, "{newline}line {line}: {about}{colon}{text}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

/// What is to be done about a name with a character that a terminal obeys, that reorders a line, or that ends one: it would do so wherever
/// the name is written, a configuration file included.
pub const UNSAFE_NAME: &str =
    "write it on one line, without control characters, line separators and marks of direction";
