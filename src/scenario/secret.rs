//! API keys, which belong on no disk.

use crate::wire::dialect::Dialect;

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
