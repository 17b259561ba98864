//! Events that are alike for all streams but for what only the request decides.

use super::request::Asked;
use bytes::{BufMut, Bytes, BytesMut};
use serde_json::Value;

/// What is filled in for each stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blank {
    /// The answer's own id.
    Id,
    /// The model that was asked for.
    Model,
    /// The tokens of the prompt.
    InputTokens,
}

/// An event with blanks.
#[derive(Clone, Debug, Default)]
pub struct Template {
    /// What stands before each blank.
    before: Vec<(Bytes, Blank)>,
    rest: Bytes,
}

impl From<Bytes> for Template {
    fn from(event: Bytes) -> Template {
        Template { before: Vec::new(), rest: event }
    }
}

impl Template {
    /// Leaves the first string blank that is the value of `field` and is `value`, behind the blanks that there are. Without one it stays
    /// as it is.
    pub fn with_string(self, blank: Blank, field: &str, value: &str) -> Template {
        self.with(blank, &[&format!("\"{field}\":\""), &format!("\"{field}\": \"")], value)
    }

    /// The same of a number.
    pub fn with_number(self, blank: Blank, field: &str, value: u64) -> Template {
        self.with(blank, &[&format!("\"{field}\":")], &value.to_string())
    }

    fn with(mut self, blank: Blank, beginnings: &[&str], value: &str) -> Template {
        let found = beginnings.iter().find_map(|beginning| {
            let at = memchr::memmem::find(&self.rest, format!("{beginning}{value}").as_bytes())?;
            Some(at + beginning.len())
        });
        if let Some(at) = found {
            self.before.push((self.rest.slice(..at), blank));
            self.rest = self.rest.slice(at + value.len()..);
        }
        self
    }

    /// Whether it has that blank.
    pub fn has(&self, blank: Blank) -> bool {
        self.before.iter().any(|(_, other)| *other == blank)
    }

    /// The event where it is the same for all streams.
    pub fn fixed(&self) -> Option<Bytes> {
        self.before.is_empty().then(|| self.rest.clone())
    }

    /// The event, as the answer to `asked`, with its id.
    pub fn fill(&self, id: &str, asked: &Asked) -> Bytes {
        if self.before.is_empty() {
            return self.rest.clone();
        }
        let mut event = BytesMut::with_capacity(self.rest.len() + 128);
        for (before, blank) in &self.before {
            event.put_slice(before);
            match blank {
                Blank::Id => event.put_slice(escaped(id).as_bytes()),
                Blank::Model => event.put_slice(escaped(&asked.model).as_bytes()),
                Blank::InputTokens => event.put_slice(asked.input_tokens.to_string().as_bytes()),
            }
        }
        event.put_slice(&self.rest);
        event.freeze()
    }
}

/// As it stands between JSON's quotes: what somebody asks for is nothing that may end the string.
fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(model: &str) -> Asked {
        Asked { model: model.to_owned(), max_tokens: None, stream: true, input_tokens: 7 }
    }

    #[test]
    fn blanks_are_filled_and_nothing_else_is_touched() {
        let event =
            Bytes::from_static(br#"{"model":"","id": "old","content":"id","input_tokens":0,"output_tokens":0}"#);
        let template = Template::from(event.clone())
            .with_string(Blank::Model, "model", "")
            .with_string(Blank::Id, "id", "old")
            .with_number(Blank::InputTokens, "input_tokens", 0);
        let expected = br#"{"model":"m\"\u001b","id": "new","content":"id","input_tokens":7,"output_tokens":0}"#;
        assert_eq!(template.fill("new", &asked("m\"\u{1b}")), &expected[..]);
        assert!(template.has(Blank::Model));
        let plain = Template::from(event.clone()).with_string(Blank::Id, "id", "another");
        assert_eq!((plain.has(Blank::Id), plain.fill("new", &asked("m"))), (false, event));
    }
}
