//! JSON values as YAML. Every string is written in double quotes with JSON's escapes, which YAML 1.2 reads as they are meant (YAML
//! 1.2.2, section 1.2: it is a superset of JSON), so that no `no`, `1e3` or `08` becomes anything but a text. What a reader of YAML 1.1 takes
//! for the end of a line (U+0085, U+2028, U+2029), and what a terminal obeys, is escaped in texts and in comments.

use crate::foreign::{is_unsafe, printable};
use serde_json::Value;

/// A document in block style.
pub fn yaml(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

/// A line as a comment. It cannot end before its end.
pub fn comment(line: &str) -> String {
    format!("# {}\n", printable(line))
}

/// A scalar, or an empty list or map.
fn scalar(value: &Value) -> String {
    let Value::String(text) = value else { return value.to_string() };
    let mut out = String::new();
    for c in Value::from(text.as_str()).to_string().chars() {
        if is_unsafe(c) {
            // YAML 1.2.2, section 5.7: eight hexadecimal digits; JSON has only escapes of four, and of pairs of them.
            out += &format!("\\U{:08X}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

fn write(value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                *out += &format!("{indent}{}:", key_of(key));
                write_after(value, depth + 1, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                let mut nested = String::new();
                write_after(item, depth + 1, &mut nested);
                // What is nested begins on a line of its own; its first line moves up behind the dash.
                let first = nested.trim_start_matches(['\n', ' ']);
                *out += &format!("{indent}- {first}");
            }
        }
        leaf => *out += &format!("{indent}{}\n", scalar(leaf)),
    }
}

/// What stands behind a colon or a dash.
fn write_after(value: &Value, depth: usize, out: &mut String) {
    let is_nested = matches!(value, Value::Object(entries) if !entries.is_empty())
        || matches!(value, Value::Array(items) if !items.is_empty());
    if is_nested {
        out.push('\n');
        write(value, depth, out);
    } else {
        *out += &format!(" {}\n", scalar(value));
    }
}

/// A key without quotes where it cannot be anything but a text.
fn key_of(key: &str) -> String {
    let plain = key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'));
    let is_word = key.starts_with(|c: char| c.is_ascii_alphabetic());
    let means_something = matches!(
        key.to_ascii_lowercase().as_str(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
    );
    if plain && is_word && !means_something { key.to_owned() } else { scalar(&Value::from(key)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn nested_maps_and_lists() {
        let value = json!({ "a": { "b": [1, { "c": "no", "d": [] }], "on": true }, "e f": "x\n\"y\"" });
        let text = "a:\n  b:\n    - 1\n    - c: \"no\"\n      d: []\n  \"on\": true\n\"e f\": \"x\\n\\\"y\\\"\"\n";
        assert_eq!(yaml(&value), text);
    }

    proptest! {
        /// Whatever a text is, it comes back as it was, it is one line, and a comment above it is none of the document.
        #[test]
        fn texts_are_texts(text in any::<String>(), separator in prop::sample::select(vec!['\u{2028}', '\u{85}', '\n', '\u{202e}', '\u{e0001}', '\u{7f}'])) {
            let text = format!("{text}{separator}injected: true");
            let document = comment(&text) + &yaml(&json!({ "key": text, "list": [text] }));
            prop_assert_eq!(document.lines().count(), 4, "{}", document);
            prop_assert!(!document.replace('\n', "").contains(is_unsafe), "{}", document);
            let back: Value = serde_saphyr::from_str(&document).unwrap();
            prop_assert_eq!(back, json!({ "key": text, "list": [text] }));
        }
    }
}
