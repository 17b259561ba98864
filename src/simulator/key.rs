//! The key of a real API, which the harness holds and the subject never sees.

use crate::wire::dialect::Dialect;
use crate::wire::request::KeyHeader;
use hyper::header::HeaderValue;
use std::fmt;

/// A key that cannot be printed: its texts, for people and for debugging, are `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(HeaderValue);

/// No key, or a text that is none. It is not repeated here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    /// No text.
    #[error("a real API needs its key: set {}, or {} for a token", ApiKey::VARIABLE, Credentials::TOKEN)]
    Missing,
    /// Not a key's text.
    #[error(
        "the API key or token is empty or has characters that none has; set {} or {} to it alone",
        ApiKey::VARIABLE,
        Credentials::TOKEN
    )]
    Malformed,
    /// A text that is in other words too.
    #[error(
        "the API key or token has fewer than {LEAST_CHARS} characters, and hiding it would hide parts of other words in messages and recordings: \
         set {} or {} to the whole of it",
        ApiKey::VARIABLE,
        Credentials::TOKEN
    )]
    Short,
}

/// What is shorter stands in words that have nothing to do with it, from which it could not be told.
const LEAST_CHARS: usize = 8;

impl ApiKey {
    /// The environment variable that holds it.
    pub const VARIABLE: &str = Dialect::DEFAULT.variables().api_key;

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

/// What a real API is shown: a key, a token, or both, as the official SDKs send what their environment has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    key: Option<ApiKey>,
    token: Option<ApiKey>,
}

impl From<ApiKey> for Credentials {
    fn from(key: ApiKey) -> Credentials {
        Credentials { key: Some(key), token: None }
    }
}

impl Credentials {
    /// The environment variable that holds a token.
    pub const TOKEN: &str = Dialect::DEFAULT.variables().auth_token;

    /// Those in the environment of this process.
    ///
    /// # Errors
    /// When there are none, or they are malformed.
    pub fn of_environment() -> Result<Credentials, NotAKey> {
        let text = |variable: &str| std::env::var(variable).ok();
        Credentials::of(text(ApiKey::VARIABLE).as_deref(), text(Self::TOKEN).as_deref())
    }

    /// Of the two variables' texts. An empty one beside another is as good as not there.
    fn of(key: Option<&str>, token: Option<&str>) -> Result<Credentials, NotAKey> {
        let is_said = |text: &&str| !text.trim().is_empty();
        let read = |text: Option<&str>| text.filter(is_said).map(ApiKey::new).transpose();
        match (read(key)?, read(token)?) {
            (None, None) if key.or(token).is_some() => Err(NotAKey::Malformed),
            (None, None) => Err(NotAKey::Missing),
            (key, token) => Ok(Credentials { key, token }),
        }
    }

    /// The headers that they are sent in.
    pub(super) fn headers(&self, dialect: Dialect) -> impl Iterator<Item = (&'static str, HeaderValue)> {
        let sent =
            |secret: &Option<ApiKey>, header: KeyHeader| Some((header.name, secret.as_ref()?.header(header.before)));
        [sent(&self.key, dialect.key_header()), sent(&self.token, dialect.token_header())].into_iter().flatten()
    }

    /// `text` with `***` in the place of each.
    pub(super) fn hidden_in(&self, text: &str) -> String {
        [&self.key, &self.token].into_iter().flatten().fold(text.to_owned(), |text, secret| secret.hidden_in(&text))
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

    /// As both SDKs send what they find.
    #[test]
    fn what_the_environment_has_is_sent() {
        let sent = |key, token| {
            let credentials = Credentials::of(key, token).unwrap();
            assert_eq!(
                format!("{credentials:?}").matches("***").count(),
                credentials.headers(Dialect::DEFAULT).count()
            );
            assert_eq!(
                credentials.hidden_in("a long-key-1, a long-token-2").contains("long-key-1"),
                key != Some("long-key-1")
            );
            let headers = credentials.headers(Dialect::DEFAULT);
            headers.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect::<Vec<_>>()
        };
        let (key, token) = (Some("long-key-1"), Some("long-token-2"));
        assert_eq!(sent(key, None), ["x-api-key: long-key-1"]);
        assert_eq!(sent(Some(" "), token), ["authorization: Bearer long-token-2"]);
        assert_eq!(sent(key, token), ["x-api-key: long-key-1", "authorization: Bearer long-token-2"]);
        assert_eq!(Credentials::of(None, None), Err(NotAKey::Missing));
        assert_eq!(Credentials::of(Some(""), None), Err(NotAKey::Malformed));
        assert_eq!(Credentials::of(key, Some("short")), Err(NotAKey::Short));
    }

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
