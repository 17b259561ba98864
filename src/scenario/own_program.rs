//! A program of the user's own, and what it is called.

use super::secret::without_keys;
use crate::foreign::{is_unsafe, printable};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Characters of a name at the most: it stands at the head of tables and columns, and in the names of files.
const LONGEST: usize = 40;

/// A program of the user's own with its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Recorded")]
pub struct OwnProgram {
    words: Vec<String>,
    name: String,
}

/// Records of older versions have no name in them, and others may have been written by anybody.
#[derive(Deserialize)]
struct Recorded {
    words: Vec<String>,
    name: Option<String>,
}

impl From<Recorded> for OwnProgram {
    fn from(Recorded { words, name }: Recorded) -> OwnProgram {
        OwnProgram::new(words, name.and_then(|name| checked_name(&name).ok()))
    }
}

/// Why a text names no program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAName {
    /// There is no letter and no digit in it.
    #[error("nothing can be called by that: write a name such as my-batch")]
    Blank,
    /// It is too long.
    #[error("a name has {LONGEST} characters at the most, because files and columns are called by it")]
    Long,
    /// It cannot be printed, or leads out of a folder.
    #[error("a name becomes part of file names: write it without / and without characters that cannot be seen")]
    Unsafe,
}

/// A name as the user gives it.
///
/// # Errors
/// When it cannot be printed in a column or be part of a file's name.
pub fn checked_name(text: &str) -> Result<String, NotAName> {
    let name = text.trim();
    match name {
        blank if !blank.contains(char::is_alphanumeric) => Err(NotAName::Blank),
        long if long.chars().count() > LONGEST => Err(NotAName::Long),
        odd if odd.contains(|c| is_unsafe(c) || c == '/') => Err(NotAName::Unsafe),
        good => Ok(good.to_owned()),
    }
}

impl OwnProgram {
    /// The program and its arguments as given; without a name it is called by what stands there: `node app.mjs`.
    pub fn new(words: Vec<String>, name: Option<String>) -> OwnProgram {
        let name = name.unwrap_or_else(|| label(&words));
        OwnProgram { words, name }
    }

    /// A command as a shell reads it; `None` where there is none. The shell gives way to it.
    pub fn of_line(line: &str) -> Option<OwnProgram> {
        let plain: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let words = ["sh".to_owned(), "-c".to_owned(), format!("exec {}", line.trim())];
        (!plain.is_empty()).then(|| OwnProgram { words: words.to_vec(), name: label(&plain) })
    }

    /// The same with a number behind its name, where that name is `taken` by another.
    pub fn called_otherwise_than(self, taken: impl Fn(&str) -> bool) -> OwnProgram {
        let numbered = (2..).map(|number: u32| format!("{} {number}", self.name));
        let name = std::iter::once(self.name.clone()).chain(numbered).find(|name| !taken(name));
        OwnProgram { name: name.unwrap_or_else(|| self.name.clone()), ..self }
    }

    /// The program and its arguments, as given.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Without words that look like an API key, for the record.
    pub(super) fn without_secrets(&self) -> OwnProgram {
        let words = self.words.iter().map(|word| without_keys(word)).collect();
        OwnProgram { words, name: without_keys(&self.name) }
    }
}

/// The program's file, and the script that an interpreter is given, if the first argument that is no option looks like one.
fn label(words: &[String]) -> String {
    let Some((program, arguments)) = words.split_first() else { return "command".to_owned() };
    let script =
        arguments.iter().find(|word| !word.starts_with('-')).map(|word| file(word)).filter(|word| is_plain(word));
    let label = [Some(file(program)), script].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let label: String = printable(&without_keys(&label)).chars().take(LONGEST).collect();
    // Escapes of one character may be longer than what is left.
    checked_name(&label).unwrap_or_else(|_| "command".to_owned())
}

fn file(word: &str) -> String {
    Path::new(word).file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A file, a module or a verb, and no number, no address and no program text.
fn is_plain(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(words: &[&str]) -> String {
        OwnProgram::new(words.iter().map(|word| (*word).to_owned()).collect(), None).name
    }

    #[test]
    fn a_program_is_called_by_its_file_and_its_script() {
        for (words, called) in [
            (&["node", "app.mjs"][..], "node app.mjs"),
            (&["/usr/bin/node", "--expose-gc", "dist/server/index.js", "--port", "1"], "node index.js"),
            (&["python3", "-m", "batch"], "python3 batch"),
            (&["./my-batch"], "my-batch"),
            (&["./my-batch", "--workers", "8"], "my-batch"),
            (&["sh", "-c", "curl -N $ANTHROPIC_BASE_URL"], "sh"),
            (&["curl", "http://127.0.0.1:1/chat?key=1"], "curl"),
            (&["env", "A=1", "node", "app.mjs"], "env"),
            (&["a\u{1b}[2J", "b"], "a\\u{1b}[2J b"),
            (&["x", "sk-ant-api03-secret"], "x sk-ant-***"),
            (&["/"], "command"),
            (&[], "command"),
        ] {
            assert_eq!(name(words), called, "{words:?}");
        }
        assert_eq!(name(&[&"long".repeat(30), "b"]).chars().count(), LONGEST);
    }

    #[test]
    fn a_name_of_the_users_own_is_checked() {
        assert_eq!(checked_name(" the night batch "), Ok("the night batch".to_owned()));
        for blank in ["", "  ", "---"] {
            assert_eq!(checked_name(blank), Err(NotAName::Blank));
        }
        assert_eq!(checked_name(&"n".repeat(41)), Err(NotAName::Long));
        for odd in ["../up", "a\nb", "\u{202e}b", "a\u{1b}c"] {
            assert_eq!(checked_name(odd), Err(NotAName::Unsafe), "{odd:?}");
        }
    }

    /// An older record, and one that somebody has tampered with.
    #[test]
    fn records_without_a_good_name_are_called_by_their_words() {
        let read = |json: &str| serde_json::from_str::<OwnProgram>(json).unwrap().name;
        assert_eq!(read(r#"{"words":["node","app.mjs"]}"#), "node app.mjs");
        assert_eq!(read(r#"{"words":["node","app.mjs"],"name":"../../x"}"#), "node app.mjs");
        assert_eq!(read(r#"{"words":["node","app.mjs"],"name":"the night batch"}"#), "the night batch");
        let written = serde_json::to_string(&OwnProgram::new(vec!["a".to_owned()], Some("b".to_owned()))).unwrap();
        assert_eq!(written, r#"{"words":["a"],"name":"b"}"#);
    }

    proptest! {
        #[test]
        fn whatever_the_words_the_name_is_a_good_one(words: Vec<String>) {
            let name = OwnProgram::new(words, None).name;
            prop_assert_eq!(checked_name(&name), Ok(name.clone()));
        }
    }
}
