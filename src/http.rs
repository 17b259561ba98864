//! What reqwest needs before it can be used, and what it leaves out when it complains.

use reqwest::{Client, ClientBuilder, Error, Url};
use rustls::crypto::ring;
use std::error::Error as _;
use std::net::{IpAddr, UdpSocket};

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

/// Whether `url` is on this machine, by loopback or by another address of its own. Only to those can a socket be bound.
pub fn is_here(url: &Url) -> bool {
    let address = url.host_str().unwrap_or_default().trim_matches(['[', ']']).parse::<IpAddr>();
    is_loopback(url) || address.is_ok_and(|address| UdpSocket::bind((address, 0)).is_ok())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn here_is_loopback_and_what_the_machine_has() {
        let url = |host: &str| format!("http://{host}:80/x").parse::<Url>().unwrap();
        for host in ["localhost", "127.0.0.1", "127.8.9.1", "[::1]"] {
            assert!(is_here(&url(host)), "{host}");
        }
        // Addresses and names of documentation (RFC 5737, 3849, 2606), and what has loopback in its name alone.
        for host in ["192.0.2.1", "[2001:db8::1]", "example.org", "localhost.example.org", "127.0.0.1.example.org"] {
            assert!(!is_here(&url(host)), "{host}");
        }
    }
}
