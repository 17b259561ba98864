//! What reqwest needs before it can be used, and what it leaves out when it complains.

use reqwest::{Client, ClientBuilder, Error, Url};
use rustls::crypto::ring;
use std::error::Error as _;
use std::net::IpAddr;

/// The beginning of every HTTP client of this program.
pub fn builder() -> ClientBuilder {
    // Without a provider of cryptography in the process, reqwest panics, also for plain connections; a second call finds it installed.
    let _ = ring::default_provider().install_default();
    Client::builder()
}

/// Whether `url` is on this machine. A name other than `localhost` may lead anywhere.
pub fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The error with its causes, which reqwest's own text leaves out and which are what helps.
pub fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
