//! What a subject is told, as environment variables and as lines on its standard input.

use crate::scenario::{Client, Http, Mode};
use crate::units::Bytes;
use crate::wire::dialect::Dialect;
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

const BASE_URLS: &str = "PROBE_BASE_URLS";
const STREAMS: &str = "PROBE_STREAMS";
const RETAIN: &str = "PROBE_RETAIN";
const MODE: &str = "PROBE_MODE";
const HTTP: &str = "PROBE_HTTP";
const HEAP_PROFILE: &str = "PROBE_HEAP_PROFILE";
const BALLAST: &str = "PROBE_BALLAST";
const WAVES: &str = "PROBE_WAVES";
const PROMPT_CHARS: &str = "PROBE_PROMPT_CHARS";
const SLOW_READER: &str = "PROBE_SLOW_READER";
const MODEL: &str = "PROBE_MODEL";
const MAX_TOKENS: &str = "PROBE_MAX_TOKENS";
/// A proxy that the user's environment names must not stand between a subject and this machine.
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];
/// Where programs look for a certificate authority: OpenSSL and rustls, Python requests, curl, Node. The first is the built-in
/// subject's own, because machines set the others for reasons of theirs.
const AUTHORITY: [&str; 5] =
    ["PROBE_CA_FILE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"];

/// A line on the subject's standard input. Programs may ignore them; when the input closes the subject is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Open the streams. Programs that do not wait for it open them when they start.
    Open,
    /// Say on standard output how much memory you think you use.
    Report,
    /// Collect your garbage and say `collected` on standard output when you have.
    Collect,
    /// Write the heap profile and end.
    Profile,
}

impl Order {
    /// The line, without its end.
    pub fn line(self) -> &'static str {
        match self {
            Order::Open => "open",
            Order::Report => "report",
            Order::Collect => "collect",
            Order::Profile => "profile",
        }
    }

    /// The order of that line; `None` for lines of a later version.
    pub fn from_line(line: &str) -> Option<Order> {
        [Order::Open, Order::Report, Order::Collect, Order::Profile]
            .into_iter()
            .find(|order| order.line() == line.trim())
    }
}

/// Memory that the subject of known cost keeps for each stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballast {
    /// Bytes kept per stream.
    pub bytes: Bytes,
    /// Whether every page of them is written to.
    pub touched: bool,
}

/// All that a subject is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// How the API speaks.
    pub dialect: Dialect,
    /// Where the API is; several when there are more streams than one address has ports for.
    pub base_urls: Vec<String>,
    /// The key to send.
    pub api_key: String,
    /// How many streams to open, all at once.
    pub streams: u32,
    /// What to do with the text.
    pub mode: Mode,
    /// Which HTTP version to speak.
    pub http: Http,
    /// The certificate authority to trust.
    pub authority: Option<PathBuf>,
    /// Where to write a dhat profile; present only in processes that are not measured.
    pub heap_profile: Option<PathBuf>,
    /// What takes a look inside a runtime; present only in processes that are not measured.
    pub inside: Vec<(&'static str, OsString)>,
    /// Play the subject of known cost.
    pub ballast: Option<Ballast>,
    /// How many times all streams are opened, each time after a line `open`.
    pub waves: u32,
    /// Characters of the message that each request has, one of its own; 0 is whatever the program asks by itself.
    pub prompt_chars: u32,
    /// Do not read the text of open streams.
    pub slow_reader: bool,
    /// The model to ask for; any will do for the simulator.
    pub model: String,
    /// The most output tokens to ask for.
    pub max_tokens: u64,
}

/// A variable that a subject needs and does not find.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {0} is missing or cannot be read; this role is started by probe itself")]
pub struct ContractError(&'static str);

impl Contract {
    /// What `client` is told.
    pub fn new(client: &Client, base_urls: Vec<String>, streams: u32, mode: Mode, http: Http) -> Contract {
        let ballast = match *client {
            Client::Ballast { bytes, touched } => Some(Ballast { bytes, touched }),
            Client::Reqwest | Client::Stack(_) | Client::Command { .. } => None,
        };
        let dialect = Dialect::DEFAULT;
        Contract {
            dialect,
            base_urls,
            api_key: dialect.simulated_key().to_owned(),
            streams,
            mode,
            http,
            authority: None,
            heap_profile: None,
            inside: Vec::new(),
            ballast,
            waves: 1,
            prompt_chars: 0,
            slow_reader: false,
            model: dialect.model().to_owned(),
            max_tokens: dialect.most_tokens(),
        }
    }

    /// As environment variables. Paths go as they are: on Linux they are bytes, of which not all are text.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let variables = self.dialect.variables();
        let words = [
            (variables.base_url, self.base_urls.first().cloned().unwrap_or_default()),
            (BASE_URLS, self.base_urls.join(",")),
            (variables.api_key, self.api_key.clone()),
            (STREAMS, self.streams.to_string()),
            (RETAIN, u8::from(self.mode.retains()).to_string()),
            (MODE, self.mode.name().to_owned()),
            (HTTP, self.http.version().to_string()),
            (WAVES, self.waves.to_string()),
            (PROMPT_CHARS, self.prompt_chars.to_string()),
            (SLOW_READER, u8::from(self.slow_reader).to_string()),
            (MODEL, self.model.clone()),
            (MAX_TOKENS, self.max_tokens.to_string()),
        ];
        let mut variables: Vec<_> = words.map(|(name, word)| (name, OsString::from(word))).into();
        variables.extend(NO_PROXY.map(|name| (name, "127.0.0.1,localhost".into())));
        if let Some(authority) = &self.authority {
            variables.extend(AUTHORITY.map(|name| (name, authority.into())));
        }
        if let Some(file) = &self.heap_profile {
            variables.push((HEAP_PROFILE, file.into()));
        }
        variables.extend(self.inside.iter().cloned());
        if let Some(Ballast { bytes, touched }) = self.ballast {
            let manner = if touched { "touched" } else { "untouched" };
            variables.push((BALLAST, format!("{},{manner}", bytes.0).into()));
        }
        variables
    }

    /// Reads it back, in the subject.
    ///
    /// # Errors
    /// Names the first variable that is missing or malformed.
    pub fn from_environment() -> Result<Contract, ContractError> {
        let dialect = Dialect::DEFAULT;
        let variables = dialect.variables();
        let urls = text(BASE_URLS).or_else(|_| text(variables.base_url))?;
        let http = match text(HTTP)?.as_str() {
            "1" => Http::One,
            "2" => Http::Two,
            _ => return Err(ContractError(HTTP)),
        };
        Ok(Contract {
            dialect,
            base_urls: urls.split(',').map(str::to_owned).collect(),
            api_key: text(variables.api_key)?,
            streams: parsed(STREAMS)?,
            mode: Mode::from_name(&text(MODE)?).ok_or(ContractError(MODE))?,
            http,
            authority: env::var_os(AUTHORITY[0]).map(PathBuf::from),
            heap_profile: env::var_os(HEAP_PROFILE).map(PathBuf::from),
            inside: Vec::new(),
            ballast: env::var(BALLAST).ok().map(|text| ballast(&text).ok_or(ContractError(BALLAST))).transpose()?,
            waves: parsed(WAVES)?,
            prompt_chars: parsed(PROMPT_CHARS)?,
            slow_reader: text(SLOW_READER)? == "1",
            model: text(MODEL)?,
            max_tokens: parsed(MAX_TOKENS)?,
        })
    }

    /// The base URL of stream `number`.
    pub fn base_url(&self, number: u32) -> &str {
        let count = self.base_urls.len().max(1);
        self.base_urls.get(number as usize % count).map_or("", String::as_str)
    }
}

/// Whether this process is to be profiled, which has to be known before anything else happens in it.
pub fn heap_profile_wanted() -> bool {
    env::var_os(HEAP_PROFILE).is_some()
}

fn ballast(text: &str) -> Option<Ballast> {
    let (bytes, manner) = text.split_once(',')?;
    Some(Ballast { bytes: bytes.parse().ok()?, touched: manner == "touched" })
}

fn text(name: &'static str) -> Result<String, ContractError> {
    env::var(name).map_err(|_| ContractError(name))
}

fn parsed<T: FromStr>(name: &'static str) -> Result<T, ContractError> {
    text(name)?.parse().map_err(|_| ContractError(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};

    #[test]
    fn paths_that_are_no_text_reach_the_subject_byte_for_byte() {
        let path = PathBuf::from(OsString::from_vec(b"/runs \xff/authority.pem".to_vec()));
        let mut contract = Contract::new(&Client::Reqwest, Vec::new(), 1, Mode::Drop, Http::One);
        (contract.authority, contract.heap_profile) = (Some(path.clone()), Some(path.clone()));
        let told = contract.environment();
        let paths = told.iter().filter(|(name, _)| AUTHORITY.contains(name) || *name == HEAP_PROFILE);
        let same = paths.filter(|(_, value)| value.as_bytes() == path.as_os_str().as_bytes()).count();
        assert_eq!(same, AUTHORITY.len() + 1, "{told:?}");
    }
}
