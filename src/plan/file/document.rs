//! A TOML document whose tables know which of their keys were read, and where everything stands.

use super::mistake::{Mistake, Mistakes, UNSAFE_NAME};
use crate::foreign::{is_unsafe, printable, quotable};
use crate::plan::model::closest;
use std::cell::{Cell, RefCell};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

type Pair<'t> = (&'t Spanned<DeString<'t>>, &'t Spanned<DeValue<'t>>);

/// Collects mistakes, so that all of them can be told at once.
pub struct Complaints<'t> {
    text: &'t str,
    /// Where its lines end.
    newlines: Vec<usize>,
    mistakes: RefCell<Vec<Mistake>>,
}

impl<'t> Complaints<'t> {
    /// None yet.
    pub fn about(text: &'t str) -> Complaints<'t> {
        let newlines = memchr::memchr_iter(b'\n', text.as_bytes()).collect();
        Complaints { text, newlines, mistakes: RefCell::default() }
    }

    /// One more, at a byte of the text.
    pub fn add(&self, at: usize, about: impl Into<String>, text: impl Into<String>) {
        let line = 1 + self.newlines.partition_point(|newline| *newline < at);
        // Keys and values are the file's, whoever wrote it.
        let (about, text) = (printable(&about.into()).into_owned(), printable(&text.into()).into_owned());
        self.mistakes.borrow_mut().push(Mistake { line, about, text });
    }

    /// All of them, in the order of lines.
    pub fn into_mistakes(self) -> Mistakes {
        let mut mistakes = self.mistakes.into_inner();
        mistakes.sort_by_key(|mistake| mistake.line);
        // What is read twice is found twice.
        mistakes.dedup();
        Mistakes(mistakes)
    }
}

/// A table of the document.
#[derive(Clone)]
pub struct TomlTable<'t> {
    /// How it is named in a complaint, as `workload 'chat', `; empty at the top.
    pub name: String,
    /// Where it begins.
    pub at: usize,
    entries: Vec<Keyed<'t>>,
    complaints: &'t Complaints<'t>,
    /// Tables of the same names in it are read instead of this one's, key by key.
    over: Option<Box<TomlTable<'t>>>,
    any_case: bool,
}

/// A key of a table: whether it was read, and where it is complained of.
#[derive(Clone)]
struct Keyed<'t> {
    pair: Pair<'t>,
    read: Cell<bool>,
    complaints: &'t Complaints<'t>,
}

impl Keyed<'_> {
    fn name(&self) -> &str {
        self.pair.0.get_ref()
    }
}

/// A key with its value.
#[derive(Clone)]
pub struct Entry<'t> {
    /// How it is named in a complaint.
    pub name: String,
    /// Where the key stands.
    pub at: usize,
    value: &'t DeValue<'t>,
    complaints: &'t Complaints<'t>,
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

impl<'t> TomlTable<'t> {
    /// All of a table, with nothing read yet.
    pub fn new(table: &'t DeTable<'t>, at: usize, name: &str, complaints: &'t Complaints<'t>) -> TomlTable<'t> {
        let entries = table.iter().map(|pair| Keyed { pair, read: Cell::new(false), complaints }).collect();
        TomlTable { name: name.to_owned(), at, entries, complaints, over: None, any_case: false }
    }

    /// The same with tables of `over` read over its own.
    pub fn under(self, over: TomlTable<'t>) -> TomlTable<'t> {
        TomlTable { over: Some(Box::new(over)), ..self }
    }

    /// The same with the keys of `over` in place of its own.
    fn overridden_by(&self, over: &TomlTable<'t>) -> TomlTable<'t> {
        let is_over = |key: &str| over.entries.iter().any(|other| other.name() == key);
        // Who names a model does not ask for the one that a class has.
        let is_replaced = |own: &str| is_over(own) || (own == "class" && is_over("model"));
        let is_kept = |own: &&Keyed<'t>| !is_replaced(own.name());
        let entries = self.entries.iter().filter(is_kept).chain(&over.entries).cloned().collect();
        TomlTable { entries, ..self.clone() }
    }

    /// The same with keys in any letter case. Two that differ in nothing else are a mistake.
    pub fn in_any_case(self) -> TomlTable<'t> {
        for (index, one) in self.entries.iter().enumerate() {
            if self.entries[..index].iter().any(|other| other.name().eq_ignore_ascii_case(one.name())) {
                one.read.set(true);
                self.entry_of(one).complain("it is there twice, in another letter case: keep one of them");
            }
        }
        TomlTable { any_case: true, ..self }
    }

    /// The keys that it has, in the order in which they stand.
    pub fn keys(&self) -> Vec<&str> {
        let mut keyed: Vec<&Keyed<'t>> = self.entries.iter().collect();
        keyed.sort_by_key(|keyed| keyed.pair.0.span().start);
        keyed.into_iter().map(Keyed::name).collect()
    }

    /// A value as it stands in the file, without its quotes, to be quoted.
    pub fn as_written(&self, key: &str) -> Option<String> {
        let keyed = self.entries.iter().find(|keyed| keyed.name() == key)?;
        let written = keyed.complaints.text.get(keyed.pair.1.span())?;
        Some(quotable(written.trim_matches(['"', '\''])))
    }

    /// The entry of a key, if the table has it.
    pub fn entry(&self, key: &str) -> Option<Entry<'t>> {
        let is_it =
            |keyed: &&Keyed<'_>| keyed.name() == key || (self.any_case && keyed.name().eq_ignore_ascii_case(key));
        let keyed = self.entries.iter().find(is_it)?;
        keyed.read.set(true);
        Some(self.entry_of(keyed))
    }

    /// All entries that were not read yet, which are then read. Their keys are names of the user's own, which have to be safe to write.
    pub fn rest(&self) -> Vec<(&'t str, Entry<'t>)> {
        let unread = self.entries.iter().filter(|keyed| !keyed.read.replace(true));
        let rest = unread.map(|keyed| (keyed.pair.0.get_ref().as_ref(), self.entry_of(keyed)));
        let is_safe = |(key, entry): &(&str, Entry<'_>)| {
            let is_safe = !key.contains(is_unsafe);
            if !is_safe {
                entry.complain(UNSAFE_NAME);
            }
            is_safe
        };
        rest.filter(is_safe).collect()
    }

    fn entry_of(&self, keyed: &Keyed<'t>) -> Entry<'t> {
        let (key, value) = keyed.pair;
        Entry {
            name: format!("{}{}", self.name, key.get_ref()),
            at: key.span().start,
            value: value.get_ref(),
            complaints: keyed.complaints,
        }
    }

    /// The value of a key, if it is there and `read` accepts it; if `read` does not, that is a mistake.
    pub fn get<T>(&self, key: &str, read: impl Fn(&Entry<'t>) -> Result<T, String>) -> Option<T> {
        self.entry(key)?.read(read)
    }

    /// A table in this one.
    pub fn table(&self, key: &str) -> Option<TomlTable<'t>> {
        let own = self.entry(key).and_then(|entry| entry.table(&format!("[{key}] ")));
        match (own, self.over.as_ref().and_then(|over| over.table(key))) {
            (Some(own), Some(over)) => Some(own.overridden_by(&over)),
            (own, over) => own.or(over),
        }
    }

    /// The tables of an array of them.
    pub fn tables(&self, key: &str) -> Vec<TomlTable<'t>> {
        let Some(entry) = self.entry(key) else { return Vec::new() };
        let DeValue::Array(array) = entry.value else {
            entry.complain(format!("write it as [[{key}]], once for each"));
            return Vec::new();
        };
        let in_array = |(value, number): (&'t Spanned<DeValue<'t>>, usize)| match value.get_ref() {
            DeValue::Table(table) => {
                Some(TomlTable::new(table, value.span().start, &format!("{key} {number}, "), self.complaints))
            }
            _ => None,
        };
        let tables = array.iter().zip(1..).filter_map(in_array);
        match self.over.as_ref().and_then(|over| over.table(key)) {
            Some(over) => tables.map(|table| table.overridden_by(&over)).collect(),
            None => tables.collect(),
        }
    }

    /// The same table, named in complaints after what it describes.
    pub fn named(&self, name: &str) -> TomlTable<'t> {
        TomlTable { name: format!("workload '{name}', "), ..self.clone() }
    }

    /// Complains about the table.
    pub fn complain(&self, text: impl Into<String>) {
        self.complaints.add(self.at, self.name.trim_end_matches([',', ' ']), text);
    }

    /// Complains about every key that nobody read; `known` are those that somebody would have.
    pub fn end(&self, known: &[&str]) {
        for keyed in self.entries.iter().filter(|keyed| !keyed.read.get()) {
            let key_name = keyed.name();
            let cure = match closest(key_name, known.iter().copied()) {
                Some(meant) => format!("there is no such key here; did you mean {meant}?"),
                None => format!("there is no such key here; there are {}", known.join(", ")),
            };
            let at = keyed.pair.0.span().start;
            keyed.complaints.add(at, format!("{}{}", self.name, quotable(key_name)), cure);
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

    /// Its value, if it is a table.
    pub fn as_table(&self, name: &str) -> Option<TomlTable<'t>> {
        match self.value {
            DeValue::Table(table) => Some(TomlTable::new(table, self.at, name, self.complaints)),
            _ => None,
        }
    }

    /// Its value as a table; anything else is a mistake.
    pub fn table(&self, name: &str) -> Option<TomlTable<'t>> {
        let table = self.as_table(name);
        if table.is_none() {
            self.complain("this is a table: write it in brackets on a line of its own");
        }
        table
    }
}
