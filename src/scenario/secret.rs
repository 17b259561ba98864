//! API keys, which belong on no disk.

use crate::wire::dialect::Dialect;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// `text` with everything that looks like an API key hidden: the prefix of keys stays, so that a reader sees what was there, and the
/// letters, digits, `-` and `_` behind it become `***`.
pub fn without_keys(text: &str) -> String {
    Dialect::ALL.iter().fold(text.to_owned(), |text, dialect| without(&text, dialect.key_prefix()))
}

fn without(text: &str, prefix: &str) -> String {
    let mut parts = text.split(prefix);
    let mut hidden = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        hidden.extend([prefix, "***", rest]);
    }
    hidden
}

/// What stands in the place of a secret.
const HIDDEN: &str = "***";
/// Words that are shorter are no secret by themselves: `Bearer`, a number.
const LEAST_WORD: usize = 8;

/// A text that is sent, and neither shown nor written.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Of this text.
    pub fn new(text: String) -> Secret {
        Secret(text)
    }

    /// As a record has it.
    pub fn hidden() -> Secret {
        Secret(HIDDEN.to_owned())
    }

    /// The text, to be sent.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `text` without it, and without any of its longer words.
    pub fn hidden_in(&self, text: &str) -> String {
        if self.0.is_empty() {
            return text.to_owned();
        }
        let words = self.0.split_ascii_whitespace().filter(|word| word.len() >= LEAST_WORD);
        words.fold(text.replace(&self.0, HIDDEN), |text, word| text.replace(word, HIDDEN))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_go_and_what_is_around_them_stays() {
        for (text, hidden) in [
            ("", ""),
            ("sk-ant-api03-a_B-9", "sk-ant-***"),
            ("--key=sk-ant-1", "--key=sk-ant-***"),
            (r#"{"key":"sk-ant-1","say":"x"}"#, r#"{"key":"sk-ant-***","say":"x"}"#),
            ("http://h/?a=sk-ant-1&b=sk-ant-2#c", "http://h/?a=sk-ant-***&b=sk-ant-***#c"),
            ("sk-anti", "sk-anti"),
        ] {
            assert_eq!(without_keys(text), hidden);
        }
    }

    proptest! {
        #[test]
        fn no_key_is_left_anywhere(before: String, key in "sk-ant-[a-zA-Z0-9_-]{8,90}", after in "[^a-zA-Z0-9_-]?") {
            let hidden = without_keys(&format!("{before}{key}{after}"));
            prop_assert!(!hidden.contains(&key) && hidden.ends_with(&format!("sk-ant-***{after}")), "{}", hidden);
        }
    }
}
