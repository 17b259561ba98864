//! A table of words.

/// A heading and rows below it. The first column says what a row is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The names of the columns.
    pub heading: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
    /// Whether the last column has remarks on the others: sentences, which may take as many lines as they need.
    pub has_remarks: bool,
}

/// One row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// How far it is indented: 1 where it belongs to a row above it.
    pub level: usize,
    /// What it says, a cell for each column; those at its end may be missing.
    pub cells: Vec<String>,
}

impl Table {
    /// A table that has no rows yet.
    pub fn new(heading: impl IntoIterator<Item = impl Into<String>>) -> Table {
        Table { heading: heading.into_iter().map(Into::into).collect(), ..Table::default() }
    }

    /// The same with remarks in its last column.
    pub fn with_remarks(self) -> Table {
        Table { has_remarks: true, ..self }
    }

    /// One more row.
    pub fn push(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.push_at(0, cells);
    }

    /// One more row, so far indented.
    pub fn push_at(&mut self, level: usize, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(Row { level, cells: cells.into_iter().map(Into::into).collect() });
    }

    /// How many columns there are.
    pub fn columns(&self) -> usize {
        self.rows.iter().map(|row| row.cells.len()).chain([self.heading.len()]).max().unwrap_or(0)
    }
}
