//! The users of a server under measurement: N requests at once, each read to its end.

use super::trial::Stand;
use super::trial_error::TrialError;
use crate::foreign::quotable_in_a_line;
use crate::http;
use crate::scenario::Drive;
use crate::subject::Log;
use reqwest::{Method, RequestBuilder, Response};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// How long a server may take to begin to listen.
const STARTING: Duration = Duration::from_secs(30);
/// How often it is tried meanwhile.
const TRY: Duration = Duration::from_millis(50);

/// The most of an error's body that is read, and how long each piece may take.
const BODY_BYTES: usize = 64 << 10;
const PIECE: Duration = Duration::from_secs(1);

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
}

impl Driver {
    /// Waits until the server listens, then sends `users` requests at once. `log` is the server's standard error, for the complaint.
    ///
    /// # Errors
    /// When nothing listens there within half a minute.
    pub async fn start(drive: &Drive, users: u32, log: &Log) -> Result<Driver, TrialError> {
        let refused = |why: String| TrialError::NotDriven { url: drive.url.clone(), why, words: log.last_words() };
        let method = Method::from_bytes(drive.method.as_bytes()).map_err(|error| refused(error.to_string()))?;
        // Users have a connection each, and no proxy between them and this machine.
        let client = http::builder().no_proxy().http1_only().tls_certs_only([]);
        let client = client.build().map_err(|error| refused(error.to_string()))?;
        until_listening(&drive.url).await.map_err(refused)?;
        let (failures, mut at_work) = (Arc::new(watch::Sender::new(Failures::default())), JoinSet::new());
        for _ in 0..users {
            let mut request = client.request(method.clone(), &drive.url);
            if let Some(body) = &drive.body {
                request = request.header("content-type", "application/json").body(body.clone());
            }
            at_work.spawn(user(request, Arc::clone(&failures)));
        }
        Ok(Driver { _at_work: at_work, failures: failures.subscribe() })
    }
}

impl Stand<'_> {
    /// Completes when the server has answered every user with an error: no stream will come of that.
    pub(super) async fn all_users_refused(&self) {
        if let Some(driver) = &self.driver {
            let mut failures = driver.failures.clone();
            if failures.wait_for(|failures| failures.refused >= self.planned.streams).await.is_ok() {
                return;
            }
        }
        // Nobody asks, or not everybody was refused.
        std::future::pending().await
    }

    /// Why fewer streams came than users asked, if the server told its users.
    pub(super) fn users_failure(&self) -> Option<TrialError> {
        let (drive, driver) = (self.setup.scenario.drive.as_ref()?, self.driver.as_ref()?);
        let (asked, opened) = (self.planned.streams, self.simulator.stage().opened());
        let what = driver.failures.borrow().first.clone().filter(|_| opened < asked)?;
        Some(TrialError::UserRefused { url: drive.url.clone(), asked, opened, what, words: self.log.last_words() })
    }
}

/// One user, who reads all that is sent: what that is, is not what is measured.
async fn user(request: RequestBuilder, failures: Arc<watch::Sender<Failures>>) {
    let broken = |error: reqwest::Error| {
        let what = format!("the connection failed ({})", http::with_causes(&error.without_url()));
        failures.send_modify(|failures| _ = failures.first.get_or_insert(what));
    };
    let mut response = match request.send().await {
        Ok(response) => response,
        Err(error) => return broken(error),
    };
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        let what = format!("it answered {status}: {}", first_words(response).await);
        failures.send_modify(|failures| {
            failures.refused += 1;
            failures.first.get_or_insert(what);
        });
        return;
    }
    loop {
        match response.chunk().await {
            Ok(Some(_)) => {}
            Ok(None) => return,
            Err(error) => return broken(error),
        }
    }
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
async fn until_listening(url: &str) -> Result<(), String> {
    let url: reqwest::Url = url.parse().map_err(|error| format!("{error}"))?;
    let host = url.host_str().unwrap_or("127.0.0.1").trim_matches(['[', ']']).to_owned();
    let port = url.port_or_known_default().unwrap_or(80);
    let begun = Instant::now();
    loop {
        match tokio::net::TcpStream::connect((host.as_str(), port)).await {
            Ok(_) => return Ok(()),
            Err(error) if begun.elapsed() > STARTING => return Err(error.to_string()),
            Err(_) => sleep(TRY).await,
        }
    }
}
