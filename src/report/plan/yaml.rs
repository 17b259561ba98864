//! JSON values as YAML. Every string is written in double quotes with JSON's escapes, which YAML 1.2 reads as they are meant (YAML
//! 1.2.2, section 1.2: it is a superset of JSON), so that no `no`, `1e3` or `08` becomes anything but a text.

use serde_json::Value;

/// A document in block style.
pub fn yaml(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
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
        scalar => *out += &format!("{indent}{scalar}\n"),
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
        *out += &format!(" {value}\n");
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
    if plain && is_word && !means_something { key.to_owned() } else { Value::from(key).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nested_maps_and_lists() {
        let value = json!({ "a": { "b": [1, { "c": "no", "d": [] }], "on": true }, "e f": "x\n\"y\"" });
        let text = "a:\n  b:\n    - 1\n    - c: \"no\"\n      d: []\n  \"on\": true\n\"e f\": \"x\\n\\\"y\\\"\"\n";
        assert_eq!(yaml(&value), text);
    }
}
