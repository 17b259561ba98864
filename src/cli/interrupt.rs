//! Signals: being asked to stop, and files that grow too large.

use crate::sampler::is_ignored;
use nix::sys::signal::{self as nix_signal, SigHandler};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// What a shell reports for a program that Ctrl-C ended.
pub const INTERRUPTED: u8 = 130;

/// Whether somebody has asked: by Ctrl-C or Ctrl-\, a polite kill, or a terminal that was closed.
#[derive(Clone, Debug)]
pub struct StopRequest(watch::Receiver<bool>);

impl StopRequest {
    /// Begins to listen; from here on these signals end nothing by themselves. To be called in a runtime.
    ///
    /// Ctrl-\ and a closed terminal are none of this program's business where whoever started it said so: nohup(1), or a shell that puts it into
    /// the background.
    pub fn listen() -> StopRequest {
        let unless_ignored = |kind: SignalKind| (!is_ignored(kind.as_raw_value())).then_some(kind);
        let kinds = [SignalKind::interrupt(), SignalKind::terminate()]
            .into_iter()
            .chain([SignalKind::hangup(), SignalKind::quit()].into_iter().filter_map(unless_ignored));
        // Where there can be no handler a signal does what it does.
        let ears: Vec<Signal> = kinds.filter_map(|kind| signal(kind).ok()).collect();
        let (sender, asked) = watch::channel(false);
        for mut ear in ears {
            let sender = sender.clone();
            tokio::spawn(async move {
                ear.recv().await;
                sender.send_replace(true);
            });
        }
        StopRequest(asked)
    }

    /// Completes when somebody has asked, also before this was called.
    pub async fn asked(&self) {
        if self.0.clone().wait_for(|asked| *asked).await.is_err() {
            // Nobody listens any more, and the run goes on to its end.
            std::future::pending().await
        }
    }
}

/// Lets a write that would make a file larger than the limit (`ulimit -f`) fail, which is then said, rather than end this process without a
/// word (man page setrlimit(2)).
pub fn let_large_files_fail() {
    // SAFETY: ignoring a signal runs no code of ours in its handler.
    let _ = unsafe { nix_signal::signal(nix_signal::Signal::SIGXFSZ, SigHandler::SigIgn) };
}
