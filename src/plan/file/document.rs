//! A TOML document whose sections know which of their keys were read, and where everything stands.

use super::mistake::{Mistake, Mistakes};
use crate::plan::model::closest;
use std::cell::{Cell, RefCell};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

type Pair<'t> = (&'t Spanned<DeString<'t>>, &'t Spanned<DeValue<'t>>);

/// Collects mistakes, so that all of them can be told at once.
pub struct Complaints {
    /// Where the lines of the text end.
    newlines: Vec<usize>,
    mistakes: RefCell<Vec<Mistake>>,
}

impl Complaints {
    /// None yet.
    pub fn about(text: &str) -> Complaints {
        Complaints { newlines: memchr::memchr_iter(b'\n', text.as_bytes()).collect(), mistakes: RefCell::default() }
    }

    /// One more, at a byte of the text.
    pub fn add(&self, at: usize, about: impl Into<String>, text: impl Into<String>) {
        let line = 1 + self.newlines.partition_point(|newline| *newline < at);
        self.mistakes.borrow_mut().push(Mistake { line, about: about.into(), text: text.into() });
    }

    /// All of them, if there are any.
    pub fn into_result<T>(self, good: Option<T>) -> Result<T, Mistakes> {
        let mut mistakes = self.mistakes.into_inner();
        mistakes.sort_by_key(|mistake| mistake.line);
        match good {
            Some(good) if mistakes.is_empty() => Ok(good),
            _ => Err(Mistakes(mistakes)),
        }
    }
}

/// A table of the document.
#[derive(Clone)]
pub struct Section<'t> {
    /// How it is named in a complaint, as `workload 'chat', `; empty at the top.
    pub name: String,
    /// Where it begins.
    pub at: usize,
    entries: Vec<(Pair<'t>, Cell<bool>)>,
    complaints: &'t Complaints,
}

/// A key with its value.
#[derive(Clone)]
pub struct Entry<'t> {
    /// How it is named in a complaint.
    pub name: String,
    /// Where the key stands.
    pub at: usize,
    value: &'t DeValue<'t>,
    complaints: &'t Complaints,
}

/// A value that is not a table or an array.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'t> {
    /// An integer or a float.
    Number(f64),
    /// A string.
    Text(&'t str),
    /// `true` or `false`.
    Truth(bool),
}

impl<'t> Section<'t> {
    /// A table as a section.
    pub fn new(table: &'t DeTable<'t>, at: usize, name: &str, complaints: &'t Complaints) -> Section<'t> {
        let entries = table.iter().map(|pair| (pair, Cell::new(false))).collect();
        Section { name: name.to_owned(), at, entries, complaints }
    }

    /// The entry of a key, if the section has it.
    pub fn entry(&self, key: &str) -> Option<Entry<'t>> {
        let (pair, read) = self.entries.iter().find(|((name, _), _)| name.get_ref() == key)?;
        read.set(true);
        Some(self.entry_of(*pair))
    }

    /// All entries that were not read yet, which are then read.
    pub fn rest(&self) -> Vec<(&'t str, Entry<'t>)> {
        let unread = self.entries.iter().filter(|(_, read)| !read.replace(true));
        unread.map(|(pair, _)| (pair.0.get_ref().as_ref(), self.entry_of(*pair))).collect()
    }

    fn entry_of(&self, (key, value): Pair<'t>) -> Entry<'t> {
        Entry {
            name: format!("{}{}", self.name, key.get_ref()),
            at: key.span().start,
            value: value.get_ref(),
            complaints: self.complaints,
        }
    }

    /// The value of a key, if it is there and `read` accepts it; if `read` does not, that is a mistake.
    pub fn get<T>(&self, key: &str, read: impl Fn(&Entry<'t>) -> Result<T, String>) -> Option<T> {
        self.entry(key)?.read(read)
    }

    /// A section in this one.
    pub fn section(&self, key: &str) -> Option<Section<'t>> {
        self.entry(key)?.section(&format!("[{key}] "))
    }

    /// The tables of an array of them.
    pub fn sections(&self, key: &str) -> Vec<Section<'t>> {
        let Some(entry) = self.entry(key) else { return Vec::new() };
        let DeValue::Array(array) = entry.value else {
            entry.complain(format!("write it as [[{key}]], once for each"));
            return Vec::new();
        };
        let section = |(value, number): (&'t Spanned<DeValue<'t>>, usize)| match value.get_ref() {
            DeValue::Table(table) => {
                Some(Section::new(table, value.span().start, &format!("{key} {number}, "), self.complaints))
            }
            _ => None,
        };
        array.iter().zip(1..).filter_map(section).collect()
    }

    /// The same section, named in complaints after what it describes.
    pub fn named(&self, name: &str) -> Section<'t> {
        let entries = self.entries.clone();
        Section { name: format!("workload '{name}', "), at: self.at, entries, complaints: self.complaints }
    }

    /// Complains about the section.
    pub fn complain(&self, text: impl Into<String>) {
        self.complaints.add(self.at, self.name.trim_end_matches([',', ' ']), text);
    }

    /// Complains about every key that nobody read; `known` are those that somebody would have.
    pub fn end(&self, known: &[&str]) {
        for ((key, _), _) in self.entries.iter().filter(|(_, read)| !read.get()) {
            let key_name = key.get_ref();
            let cure = match closest(key_name, known.iter().copied()) {
                Some(meant) => format!("there is no such key here; did you mean {meant}?"),
                None => format!("there is no such key here; there are {}", known.join(", ")),
            };
            self.complaints.add(key.span().start, format!("{}{key_name}", self.name), cure);
        }
    }
}

impl<'t> Entry<'t> {
    /// What `read` makes of it, or a mistake.
    pub fn read<T>(&self, read: impl Fn(&Entry<'t>) -> Result<T, String>) -> Option<T> {
        read(self).map_err(|text| self.complain(text)).ok()
    }

    /// Complains about it.
    pub fn complain(&self, text: impl Into<String>) {
        self.complaints.add(self.at, self.name.clone(), text);
    }

    /// Its value, if that is neither a table nor an array nor a date.
    pub fn scalar(&self) -> Option<Scalar<'t>> {
        match self.value {
            DeValue::String(text) => Some(Scalar::Text(text)),
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).ok().map(|number| Scalar::Number(number as f64))
            }
            DeValue::Float(number) => number.as_str().parse().ok().map(Scalar::Number),
            DeValue::Boolean(truth) => Some(Scalar::Truth(*truth)),
            DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
        }
    }

    /// Its value as a section, if it is a table.
    pub fn table(&self, name: &str) -> Option<Section<'t>> {
        match self.value {
            DeValue::Table(table) => Some(Section::new(table, self.at, name, self.complaints)),
            _ => None,
        }
    }

    /// Its value as a section; anything else is a mistake.
    pub fn section(&self, name: &str) -> Option<Section<'t>> {
        let section = self.table(name);
        if section.is_none() {
            self.complain("this is a section: write it in brackets on a line of its own");
        }
        section
    }
}
