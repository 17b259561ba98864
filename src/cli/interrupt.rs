//! Being asked to stop.

use tokio::signal::unix::{SignalKind, signal};

/// What a shell reports for a program that Ctrl-C ended.
pub const INTERRUPTED: u8 = 130;

/// Ctrl-C, or a polite kill.
pub async fn asked_to_stop() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => terminate.recv().await,
            // Without a handler there is no being asked, and the run goes on to its end.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        Ok(()) = tokio::signal::ctrl_c() => {}
        _ = terminated => {}
    }
}
