//! Opening a stream and reading it to its end.

use crate::http::{self, with_causes};
use crate::scenario::Http;
use crate::wire::dialect::Dialect;
use crate::wire::sse::{Decoder, SseError, SseEvent};
use bytes::Bytes;
use futures::TryStreamExt;
use reqwest::{Certificate, Client, Response, StatusCode};
use std::time::Duration;

/// The longest event that is accepted. The largest seen in recordings is 43,758 bytes; web fetch results can be far larger.
const EVENT_LIMIT: usize = 8 << 20;

/// What is asked for. A real model writes long enough on it to reach any limit of tokens.
const PROMPT: &str =
    "Write the long answer: a detailed history of the lighthouse, century by century. Do not stop early.";

/// How to reach the API.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// How the API speaks.
    pub dialect: Dialect,
    /// Which HTTP version; HTTP/2 is spoken from the first byte.
    pub http: Option<Http>,
    /// Trust only this authority, PEM.
    pub authority_pem: Option<Vec<u8>>,
}

impl Default for ClientConfig {
    /// The default dialect, the HTTP version that both sides agree on, and no authority.
    fn default() -> ClientConfig {
        ClientConfig { dialect: Dialect::DEFAULT, http: None, authority_pem: None }
    }
}

/// Why a stream failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Connecting, sending or receiving.
    #[error("{}", why(.0))]
    Http(#[from] reqwest::Error),
    /// The server said no.
    #[error("the server answered {status}: {body}")]
    Status {
        /// HTTP status.
        status: StatusCode,
        /// Its body.
        body: String,
    },
    /// What came is no event stream.
    #[error(transparent)]
    Sse(#[from] SseError),
}

/// What h2 says when it gives up a connection on which small frames lie unread beyond its budget (`data_frame_budget` of its client, since
/// 0.4.18, which reqwest leaves as it is).
const TOO_MANY_UNREAD: &str = "too_many_data_frames";

fn why(error: &reqwest::Error) -> String {
    let text = with_causes(error);
    if text.contains(TOO_MANY_UNREAD) {
        format!(
            "events came faster than they could be read, and the client's HTTP/2 library gives up a connection on which too many lie unread: \
             a slower pace or fewer streams keep it ({text})"
        )
    } else {
        text
    }
}

/// A client for many streams: connections are shared and kept as reqwest does by default.
#[derive(Clone, Debug)]
pub struct StreamClient {
    dialect: Dialect,
    http: Client,
    key: String,
    model: String,
    max_tokens: u64,
    /// What every stream sends that has no prompt of its own.
    body: Bytes,
}

impl StreamClient {
    /// Builds the shared client.
    ///
    /// # Errors
    /// When the authority's certificate is not one.
    pub fn new(config: &ClientConfig, key: String) -> Result<StreamClient, ClientError> {
        let mut builder = http::builder().no_proxy().connect_timeout(Duration::from_secs(30));
        builder = match config.http {
            Some(Http::One) => builder.http1_only(),
            Some(Http::Two) => builder.http2_prior_knowledge(),
            None => builder,
        };
        builder = match &config.authority_pem {
            Some(pem) => builder.tls_certs_only(Certificate::from_pem_bundle(pem)?),
            None => builder.tls_certs_only([]),
        };
        let dialect = config.dialect;
        let (model, max_tokens) = (dialect.model().to_owned(), dialect.most_tokens());
        let body = dialect.request(PROMPT, &model, max_tokens).into();
        Ok(StreamClient { dialect, http: builder.build()?, key, model, max_tokens, body })
    }

    /// Asks for another model and for fewer tokens: an API that is not simulated charges for them.
    pub fn asking(mut self, model: &str, max_tokens: u64) -> StreamClient {
        (self.model, self.max_tokens) = (model.to_owned(), max_tokens);
        self.body = self.dialect.request(PROMPT, model, max_tokens).into();
        self
    }

    /// Sends the request and waits for the headers.
    ///
    /// # Errors
    /// When the server cannot be reached or does not answer with a success.
    pub async fn open(&self, base_url: &str) -> Result<Response, ClientError> {
        self.send(base_url, self.body.clone()).await
    }

    /// The same with a prompt of its own.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn ask(&self, base_url: &str, prompt: &str) -> Result<Response, ClientError> {
        self.send(base_url, self.dialect.request(prompt, &self.model, self.max_tokens).into()).await
    }

    async fn send(&self, base_url: &str, body: Bytes) -> Result<Response, ClientError> {
        let key = self.dialect.key_header();
        let request = self.http.post(format!("{base_url}{}", self.dialect.answers_path()));
        let mut request = request.header(key.name, format!("{}{}", key.before, self.key));
        for (name, value) in self.dialect.fixed_headers() {
            request = request.header(*name, *value);
        }
        let request = request.header("content-type", "application/json").body(body);
        let response = request.send().await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        Err(ClientError::Status { status, body: response.text().await.unwrap_or_default() })
    }
}

/// Reads `response` to its end and hands every event on.
///
/// # Errors
/// When the connection breaks or what comes is no event stream.
pub async fn read_events(response: Response, mut on_event: impl FnMut(SseEvent<'_>)) -> Result<(), ClientError> {
    // Only the body is kept: the headers are slices of the connection's first read buffer and would hold all of it (hyper issue 4060).
    let mut body = std::pin::pin!(response.bytes_stream());
    let mut decoder = Decoder::new(EVENT_LIMIT);
    while let Some(chunk) = body.try_next().await? {
        decoder.push(&chunk, &mut on_event)?;
    }
    Ok(())
}
