//! The key of a real API, which the harness holds and the subject never sees.

use crate::wire::dialect::Dialect;
use hyper::header::HeaderValue;
use std::fmt;

/// A key that cannot be printed: its texts, for people and for debugging, are `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(HeaderValue);

/// No key, or a text that is none. It is not repeated here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    /// No text.
    #[error("a real API needs its key: set {}", ApiKey::VARIABLE)]
    Missing,
    /// Not a key's text.
    #[error("the API key is empty or has characters that no key has; set {} to the key alone", ApiKey::VARIABLE)]
    Malformed,
    /// A text that is in other words too.
    #[error(
        "the API key has fewer than {LEAST_CHARS} characters, and hiding it would hide parts of other words in messages and recordings: set \
         {} to the whole key",
        ApiKey::VARIABLE
    )]
    Short,
}

/// What is shorter stands in words that have nothing to do with it, from which it could not be told.
const LEAST_CHARS: usize = 8;

impl ApiKey {
    /// The environment variable that holds it.
    pub const VARIABLE: &str = Dialect::DEFAULT.variables().api_key;

    /// The key in the environment of this process.
    ///
    /// # Errors
    /// When there is none, or it is malformed.
    pub fn of_environment() -> Result<ApiKey, NotAKey> {
        ApiKey::new(&std::env::var(Self::VARIABLE).map_err(|_| NotAKey::Missing)?)
    }

    /// The key `text`, without white space around it.
    ///
    /// # Errors
    /// When it is empty, too short to be told from other words, or cannot be sent in a header.
    pub fn new(text: &str) -> Result<ApiKey, NotAKey> {
        let text = text.trim();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(NotAKey::Malformed);
        }
        if text.len() < LEAST_CHARS {
            return Err(NotAKey::Short);
        }
        let mut value = HeaderValue::from_str(text).map_err(|_| NotAKey::Malformed)?;
        // HTTP/2 keeps it out of the tables in which it compresses headers.
        value.set_sensitive(true);
        Ok(ApiKey(value))
    }

    /// As it is sent, behind what stands `before` it in its header.
    pub(super) fn header(&self, before: &str) -> HeaderValue {
        let bytes = [before.as_bytes(), self.0.as_bytes()].concat();
        let mut value = HeaderValue::from_bytes(&bytes).unwrap_or_else(|_| self.0.clone());
        value.set_sensitive(true);
        value
    }

    /// `text` with `***` in the place of the key, for what a server says that repeats it.
    pub(super) fn hidden_in(&self, text: &str) -> String {
        text.replace(self.0.to_str().unwrap_or_default(), "***")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_does_not_show() {
        let key = ApiKey::new(" sk-ant-secret\n").unwrap();
        assert_eq!(format!("{key} {key:?} {:?}", Some(&key)), "*** *** Some(***)");
        assert_eq!(key.hidden_in("invalid key sk-ant-secret."), "invalid key ***.");
        assert_eq!(key.header(""), "sk-ant-secret");
        assert!(key.header("Bearer ") == "Bearer sk-ant-secret" && key.header("Bearer ").is_sensitive());
        for bad in ["", " ", "two words", "line\nbreak", "schlüssel"] {
            assert_eq!(ApiKey::new(bad), Err(NotAKey::Malformed));
        }
        for short in ["k", "message"] {
            assert_eq!(ApiKey::new(short), Err(NotAKey::Short));
        }
    }
}
