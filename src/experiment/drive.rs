//! The users of a server under measurement: N requests at once, each read to its end.

use super::trial_error::TrialError;
use crate::http;
use crate::scenario::Drive;
use reqwest::Method;
use std::path::Path;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// How long a server may take to begin to listen.
const STARTING: Duration = Duration::from_secs(30);
/// How often it is tried meanwhile.
const TRY: Duration = Duration::from_millis(50);

/// Users at work. Dropping it breaks their connections off.
#[derive(Debug)]
pub struct Driver {
    // Aborts every request when dropped.
    _users: JoinSet<()>,
}

impl Driver {
    /// Waits until the server listens, then sends `users` requests at once. `log` is the server's standard error, for the complaint.
    ///
    /// # Errors
    /// When nothing listens there within half a minute.
    pub async fn start(drive: &Drive, users: u32, log: &Path) -> Result<Driver, TrialError> {
        let refused = |why: String| TrialError::NotDriven { url: drive.url.clone(), why, log: log.to_owned() };
        let method = Method::from_bytes(drive.method.as_bytes()).map_err(|error| refused(error.to_string()))?;
        // Users have a connection each, and no proxy between them and this machine.
        let client = http::builder().no_proxy().http1_only().tls_certs_only([]);
        let client = client.build().map_err(|error| refused(error.to_string()))?;
        until_listening(&drive.url).await.map_err(refused)?;
        let mut at_work = JoinSet::new();
        for _ in 0..users {
            let mut request = client.request(method.clone(), &drive.url);
            if let Some(body) = &drive.body {
                request = request.header("content-type", "application/json").body(body.clone());
            }
            at_work.spawn(async move {
                // What a user gets is not what is measured; a request that fails opens no stream, and that is seen.
                let Ok(mut response) = request.send().await else { return };
                while let Ok(Some(_)) = response.chunk().await {}
            });
        }
        Ok(Driver { _users: at_work })
    }
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
