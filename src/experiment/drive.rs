//! The users of a server under measurement: N requests at once, each read to its end, or not read at all.

use crate::foreign::{quotable, quotable_in_a_line};
use crate::http;
use crate::reading::Ends;
use crate::scenario::{Drive, Header};
use hyper_util::client::legacy::connect::HttpInfo;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Method, RequestBuilder, Response};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// How often it is tried whether a server listens.
const TRY: Duration = Duration::from_millis(50);

/// Redirects that a user follows, as many as clients commonly do.
const MOST_REDIRECTS: usize = 10;
/// The most of an error's body that is read, and how long each piece may take.
const BODY_BYTES: usize = 64 << 10;
const PIECE: Duration = Duration::from_secs(1);

/// What users do with their answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Read them to their ends.
    Whole,
    /// Take the head, and read nothing of what follows for as long as they stay: it is the server's to hold, or the kernel's.
    HeadAlone,
}

/// What users got that was no success.
#[derive(Clone, Debug, Default)]
struct Failures {
    /// Users whom the server answered with an error.
    refused: u32,
    /// The first answer that was an error, or the first connection that broke.
    first: Option<String>,
}

/// Users at work. Dropping it breaks their connections off.
#[derive(Debug)]
pub struct Driver {
    // Aborts every request when dropped.
    _at_work: JoinSet<()>,
    failures: watch::Receiver<Failures>,
    connections: Arc<Mutex<Vec<Ends>>>,
}

impl Driver {
    /// Waits until the server listens, then sends `users` requests at once, each with a prompt of so many characters of its own where the
    /// request has a place for one.
    ///
    /// # Errors
    /// When nothing listens there `within` that time: what was tried.
    pub async fn start(
        drive: &Drive,
        users: u32,
        prompt_chars: u32,
        reading: Reading,
        within: Duration,
    ) -> Result<Driver, String> {
        let method = Method::from_bytes(drive.method.as_bytes()).map_err(|error| error.to_string())?;
        // Users have a connection each, and no proxy between them and this machine.
        let client = http::builder().no_proxy().http1_only().tls_certs_only([]).redirect(Policy::custom(follow_here));
        let client = client.build().map_err(|error| error.to_string())?;
        let headers = headers(drive)?;
        until_listening(&drive.url, within).await?;
        let (failures, mut at_work) = (Arc::new(watch::Sender::new(Failures::default())), JoinSet::new());
        let connections = Arc::default();
        for number in 1..=users {
            let mut request = client.request(method.clone(), drive.url_of(number));
            if let Some(body) = drive.body_of(number, prompt_chars) {
                request = request.header("content-type", "application/json").body(body);
            }
            // Those that are asked for come in the place of others of their name.
            request = request.headers(headers.clone());
            at_work.spawn(user(request, reading, Arc::clone(&failures), Arc::clone(&connections)));
        }
        Ok(Driver { _at_work: at_work, failures: failures.subscribe(), connections })
    }

    /// The connections on which users were answered, as they see them.
    pub fn connections(&self) -> Vec<Ends> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Completes when the server has answered `users` with an error: of that many no stream will come.
    pub async fn has_refused(&self, users: u32) {
        let mut failures = self.failures.clone();
        if failures.wait_for(|failures| failures.refused >= users).await.is_err() {
            // Nobody asks any more, and not all were refused.
            std::future::pending().await
        }
    }

    /// What the server told the first user who got no success, or why that user's connection broke.
    pub fn first_failure(&self) -> Option<String> {
        self.failures.borrow().first.clone()
    }
}

/// What users say beside what is asked.
fn headers(drive: &Drive) -> Result<HeaderMap, String> {
    let header = |Header { name, value }: &Header| {
        let bad = || format!("the header {} is none that HTTP knows", quotable(name));
        let name: HeaderName = name.parse().map_err(|_| bad())?;
        let mut value: HeaderValue = value.expose().parse().map_err(|_| bad())?;
        value.set_sensitive(true);
        Ok((name, value))
    };
    drive.headers.iter().map(header).collect()
}

/// Whether somebody listens already where the server will: its requests would go to another, and what they say with them.
pub fn is_taken(drive: &Drive) -> bool {
    let connects = |address: SocketAddr| std::net::TcpStream::connect_timeout(&address, TRY).is_ok();
    let addresses = address(&drive.url).ok().and_then(|at| at.to_socket_addrs().ok());
    addresses.is_some_and(|mut addresses| addresses.any(connects))
}

fn address(url: &str) -> Result<(String, u16), String> {
    let url: reqwest::Url = url.parse().map_err(|error| format!("{error}"))?;
    let host = url.host_str().unwrap_or("127.0.0.1").trim_matches(['[', ']']).to_owned();
    Ok((host, url.port_or_known_default().unwrap_or(80)))
}

/// One user, who reads all that is sent, or nothing of it: what that is, is not what is measured.
async fn user(
    request: RequestBuilder,
    reading: Reading,
    failures: Arc<watch::Sender<Failures>>,
    connections: Arc<Mutex<Vec<Ends>>>,
) {
    let broken = |error: reqwest::Error| {
        // Who is sent round in circles was answered, and no stream will come of it.
        let refused = u32::from(error.is_redirect());
        let what = format!("the connection failed ({})", http::with_causes(&error.without_url()));
        failures.send_modify(|failures| {
            failures.refused += refused;
            failures.first.get_or_insert(what);
        });
    };
    let mut response = match request.send().await {
        Ok(response) => response,
        Err(error) => return broken(error),
    };
    let status = response.status();
    if !status.is_success() {
        let what = match elsewhere(&response) {
            Some(host) => {
                format!("it answered {status} and sent its user to {host} (is it a login?), where nobody follows")
            }
            None => format!("it answered {status}: {}", first_words(response).await),
        };
        failures.send_modify(|failures| {
            failures.refused += 1;
            failures.first.get_or_insert(what);
        });
        return;
    }
    if let Some(info) = response.extensions().get::<HttpInfo>() {
        let ends = Ends { local: info.local_addr(), remote: info.remote_addr() };
        connections.lock().unwrap_or_else(PoisonError::into_inner).push(ends);
    }
    if reading == Reading::HeadAlone {
        // The connection stays open with the answer.
        return std::future::pending().await;
    }
    loop {
        match response.chunk().await {
            Ok(Some(_)) => {}
            Ok(None) => return,
            Err(error) => return broken(error),
        }
    }
}

/// Users stay on this machine: another host is none that was asked to be sent load, and nothing that is measured.
fn follow_here(attempt: Attempt<'_>) -> Action {
    if attempt.previous().len() > MOST_REDIRECTS {
        return attempt.error(format!("it redirects its users more than {MOST_REDIRECTS} times"));
    }
    if http::is_here(attempt.url()) { attempt.follow() } else { attempt.stop() }
}

/// The host that an answer redirects to and that is not this machine. The rest of the address is nobody's business: it may hold a key.
fn elsewhere(response: &Response) -> Option<String> {
    let location = response.headers().get(LOCATION).filter(|_| response.status().is_redirection())?;
    let to = response.url().join(location.to_str().ok()?).ok()?;
    to.host_str().filter(|_| !http::is_here(&to)).map(quotable)
}

/// The beginning of an error's body, on one line.
async fn first_words(mut response: Response) -> String {
    let mut body = Vec::new();
    while body.len() < BODY_BYTES
        && let Ok(Ok(Some(chunk))) = timeout(PIECE, response.chunk()).await
    {
        body.extend_from_slice(&chunk);
    }
    quotable_in_a_line(&String::from_utf8_lossy(&body))
}

/// Connects until somebody accepts. A request would have effects; a connection has none.
///
/// # Errors
/// When nobody has `within` that time: what was tried.
pub async fn until_listening(url: &str, within: Duration) -> Result<(), String> {
    let (host, port) = address(url)?;
    let begun = Instant::now();
    loop {
        match tokio::net::TcpStream::connect((host.as_str(), port)).await {
            Ok(_) => return Ok(()),
            Err(error) if begun.elapsed() > within => return Err(error.to_string()),
            Err(_) => sleep(TRY).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// A server that gives everybody the same answer, and counts them.
    async fn answering(answer: String) -> (SocketAddr, Arc<AtomicU32>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::new(AtomicU32::new(0)));
        let count = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                // Whether it listens is asked by a connection without a request.
                if stream.read(&mut [0; 4096]).await.is_ok_and(|length| length > 0) {
                    count.fetch_add(1, Ordering::Relaxed);
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            }
        });
        (address, asked)
    }

    fn redirect(to: &str) -> String {
        format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    }

    /// What three users of the server at `address` got, once all of them were refused.
    async fn refused(address: SocketAddr) -> String {
        let drive =
            Drive { url: format!("http://{address}/chat"), method: "POST".to_owned(), body: None, headers: Vec::new() };
        let driver = Driver::start(&drive, 3, 0, Reading::Whole, Duration::from_secs(30)).await.unwrap();
        let mut failures = driver.failures.clone();
        let all = timeout(Duration::from_secs(60), failures.wait_for(|failures| failures.refused == 3)).await;
        all.expect("all users are answered").unwrap().first.clone().unwrap()
    }

    #[tokio::test]
    async fn users_are_not_sent_to_other_hosts() {
        for (to, host) in [
            ("https://login.example.org/?key=secret", "login.example.org"),
            ("//192.0.2.1:8080/", "192.0.2.1"),
            ("http://127.0.0.1.example.org/", "127.0.0.1.example.org"),
        ] {
            let (address, _) = answering(redirect(to)).await;
            let said = refused(address).await;
            assert!(said.contains(&format!("302 Found and sent its user to {host} (")), "{said}");
            assert!(said.contains("is it a login?") && !said.contains("secret"), "{said}");
        }
    }

    #[tokio::test]
    async fn redirects_on_this_machine_are_followed() {
        let (last, asked) =
            answering("HTTP/1.1 503 Busy\r\ncontent-length: 4\r\nconnection: close\r\n\r\nbusy".to_owned()).await;
        let (first, _) = answering(redirect(&format!("http://localhost:{}/chat", last.port()))).await;
        assert!(refused(first).await.contains("503"), "what the other one said");
        assert_eq!(asked.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn redirects_in_circles_come_to_an_end() {
        let (address, asked) = answering(redirect("/chat")).await;
        let said = refused(address).await;
        assert!(said.contains("more than 10 times"), "{said}");
        assert_eq!(asked.load(Ordering::Relaxed), 3 * 11);
    }
}
