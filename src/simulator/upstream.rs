//! A real API behind the simulator: where it is, the key for it, and one request to it.

use super::consent::Consent;
use super::key::Credentials;
use super::recorder::Recorder;
use crate::http;
use crate::wire::dialect::Dialect;
use crate::wire::encoding::Encoding;
use bytes::Bytes;
use hyper::header::{self, HeaderMap, HeaderName};
use hyper::http::request::Parts;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use rustls::crypto::{CryptoProvider, ring};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a server may be silent within an answer: what the vendor's own SDK for Python waits.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(600);
/// What is between two hosts and not between client and API (RFC 9110, section 7.6.1), what this client sets itself, and the subject's
/// own credentials, which are none of the API's.
const NOT_PASSED_ON: [HeaderName; 12] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::EXPECT,
    header::HOST,
    header::CONTENT_LENGTH,
    header::ACCEPT_ENCODING,
    header::AUTHORIZATION,
];

/// An API to which requests are passed on. Copies share connections, recording and consent.
#[derive(Clone, Debug)]
pub struct Upstream {
    dialect: Dialect,
    base: Url,
    client: Client,
    key: Credentials,
    subject_key: Arc<str>,
    recorder: Option<Arc<Recorder>>,
    consent: Option<Arc<Consent>>,
}

/// Why nothing can be passed on to an API.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// No URL that could be meant.
    #[error(
        "'{0}' is not the URL of an API: write it as {variable} has it, such as {example}",
        variable = Dialect::DEFAULT.variables().base_url,
        example = Dialect::DEFAULT.public_url()
    )]
    NotAUrl(String),
    /// The key would travel in the open.
    #[error("'{0}' is not encrypted, and your key would be sent to another machine in the open: write https://")]
    Open(String),
    /// A recording would have nowhere to go.
    #[error("{0} cannot be recorded to: there is no such folder to write the file in; create it first")]
    NoFolder(String),
    /// No client: most likely no certificate authorities.
    #[error(
        "cannot set up HTTPS: {0}; install the system's certificate authorities (ca-certificates), or name a file of them in SSL_CERT_FILE"
    )]
    Client(String),
}

impl Upstream {
    /// An API at `base_url`, which is shown that key or token. The first stream that completes is written to the file `record` as a cassette.
    ///
    /// # Errors
    /// When the URL is none, would send the key unencrypted to another machine, or when there is nowhere to record to.
    pub fn new(base_url: &str, key: impl Into<Credentials>, record: Option<&Path>) -> Result<Upstream, UpstreamError> {
        let key = key.into();
        let base = base_of(base_url)?;
        // A redirect would carry the key to another host.
        let mut client = http::builder().redirect(Policy::none()).connect_timeout(CONNECT_TIMEOUT);
        client = client.read_timeout(SILENCE_TIMEOUT);
        if base.scheme() == "http" {
            // Loopback, where a proxy of the environment has no business and no certificate is looked at.
            client = client.no_proxy().tls_certs_only([]);
        }
        let client = client.build().map_err(|error| UpstreamError::Client(in_a_line(error)))?;
        let recorder = record.map(Recorder::new).transpose()?.map(Arc::new);
        let dialect = Dialect::DEFAULT;
        let subject_key = subject_key(dialect)?.into();
        Ok(Upstream { dialect, base, client, key, subject_key, recorder, consent: None })
    }

    /// The same API, asked for no more than `streams` messages and `tokens` output tokens by all copies together; what goes beyond is
    /// answered here, with an error.
    pub fn within(self, streams: u64, tokens: u64) -> Upstream {
        Upstream { consent: Some(Arc::new(Consent::new(self.dialect, streams, tokens))), ..self }
    }

    /// How it speaks.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Where it is.
    pub fn base_url(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// The key that programs have to send instead of the real one: made up, and good for nothing but this simulator. Without it any
    /// program on this machine could spend the real key's money.
    pub fn subject_key(&self) -> &str {
        &self.subject_key
    }

    /// Whether a stream has been recorded, by this or any copy.
    pub fn is_recorded(&self) -> bool {
        self.recorder.as_ref().is_some_and(|recorder| recorder.is_written())
    }

    pub(super) fn consent(&self) -> Option<&Consent> {
        self.consent.as_deref()
    }

    pub(super) fn key(&self) -> &Credentials {
        &self.key
    }

    /// Who keeps a recording, as long as one is wanted.
    pub(super) fn recorder(&self) -> Option<&Arc<Recorder>> {
        self.recorder.as_ref().filter(|recorder| recorder.is_wanted())
    }

    /// Sends a request as the subject made it, but for the key, and waits for the head of the answer, which may be compressed as is said.
    ///
    /// # Errors
    /// One line: the API, and why it cannot be reached.
    pub(super) async fn send(&self, head: &Parts, body: Bytes, encoding: Option<Encoding>) -> Result<Response, String> {
        let target = head.uri.path_and_query().map_or("", |target| target.as_str());
        let request = self.client.request(head.method.clone(), format!("{}{target}", self.base_url()));
        let mut request = request.headers(passed_on(self.dialect, &head.headers));
        for (name, value) in self.key.headers(self.dialect) {
            request = request.header(name, value);
        }
        // Events are read here too: what cannot be decoded is not asked for.
        let accept = encoding.map_or("identity", Encoding::name);
        let sent = request.header(header::ACCEPT_ENCODING, accept).body(body).send().await;
        sent.map_err(|error| format!("cannot reach the upstream {}: {}", self.base_url(), in_a_line(error)))
    }
}

fn base_of(text: &str) -> Result<Url, UpstreamError> {
    let refuse = || UpstreamError::NotAUrl(text.to_owned());
    let url = Url::parse(text).map_err(|_| refuse())?;
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    match url.scheme() {
        _ if !plain || !url.has_host() => Err(refuse()),
        "https" => Ok(url),
        "http" if http::is_loopback(&url) => Ok(url),
        "http" => Err(UpstreamError::Open(text.to_owned())),
        _ => Err(refuse()),
    }
}

/// The subject's headers, without those that end here.
fn passed_on(dialect: Dialect, headers: &HeaderMap) -> HeaderMap {
    let named = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named: Vec<String> =
        named.flat_map(|list| list.split(',')).map(|name| name.trim().to_ascii_lowercase()).collect();
    let ends_here = |name: &HeaderName| {
        NOT_PASSED_ON.contains(name)
            || name.as_str() == "keep-alive"
            || dialect.key_headers().iter().any(|header| header.name == name.as_str())
            || named.iter().any(|n| n == name.as_str())
    };
    headers.iter().filter(|(name, _)| !ends_here(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// From the system's source of randomness, so that no program can guess it.
fn subject_key(dialect: Dialect) -> Result<String, UpstreamError> {
    let provider: CryptoProvider = ring::default_provider();
    let mut bytes = [0_u8; 16];
    let refused = |_| UpstreamError::Client("the system gives no random numbers".to_owned());
    provider.secure_random.fill(&mut bytes).map_err(refused)?;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(dialect.made_up_key(&digits))
}

/// In one line, without the URL, which is said already.
pub(super) fn in_a_line(error: reqwest::Error) -> String {
    http::with_causes(&error.without_url())
}
