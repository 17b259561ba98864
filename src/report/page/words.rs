//! Words, of which some are more than that.

/// What is said in a sentence or in a line of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words(pub Vec<Span>);

/// Some of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Span {
    /// Nothing but words.
    Plain(String),
    /// Code: a command, a file, a name of the kernel's.
    Code(String),
    /// A term where it is explained, or one that means more than the word.
    Term(String),
    /// What leads to a file beside the page.
    Link {
        /// What is to be read.
        words: String,
        /// The file.
        file: String,
    },
}

impl<T: Into<String>> From<T> for Words {
    fn from(text: T) -> Words {
        Words(vec![Span::Plain(text.into())])
    }
}

impl Words {
    /// Goes on with plain words.
    pub fn and(self, text: impl Into<String>) -> Words {
        self.with(Span::Plain(text.into()))
    }

    /// Goes on with code.
    pub fn code(self, text: impl Into<String>) -> Words {
        self.with(Span::Code(text.into()))
    }

    /// Goes on with a term.
    pub fn term(self, text: impl Into<String>) -> Words {
        self.with(Span::Term(text.into()))
    }

    /// Goes on with what leads to a file.
    pub fn link(self, words: impl Into<String>, file: impl Into<String>) -> Words {
        self.with(Span::Link { words: words.into(), file: file.into() })
    }

    fn with(mut self, span: Span) -> Words {
        self.0.push(span);
        self
    }

    /// Everything as plain words.
    pub fn plain(&self) -> String {
        let plain = |span: &Span| match span {
            Span::Plain(text) | Span::Code(text) | Span::Term(text) | Span::Link { words: text, .. } => text.clone(),
        };
        self.0.iter().map(plain).collect()
    }
}
