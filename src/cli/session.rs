//! What a verb needs that touches the world: threads, and an ear for being asked to stop.

use super::interrupt::StopRequest;
use crate::subject::adopt_orphans;
use nix::errno::Errno;
use std::future::Future;
use std::io;
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use tokio::runtime::{Builder, Runtime};

/// Threads beside the runtime's: the watcher, a sampler for each of the trials that run side by side, and one that looks up a host's name.
const OTHER_THREADS: usize = 16;

/// The machine gives this process too few threads.
#[derive(Debug, thiserror::Error)]
#[error("cannot start {threads} threads: {source}; {}", cure(.source))]
pub struct TooFewThreads {
    threads: usize,
    source: io::Error,
}

/// Threads need files too, to wake one another.
fn cure(error: &io::Error) -> &'static str {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::EMFILE | Errno::ENFILE) => "raise the limit of open files (ulimit -n)",
        _ => "raise the limit of processes (ulimit -u, or the container's pids limit)",
    }
}

/// A verb at work.
pub struct Session {
    runtime: Runtime,
    /// Whether it was asked to stop.
    pub stop: StopRequest,
}

impl Session {
    /// Begins. From here on a signal to stop ends nothing at once, and what subjects leave behind comes to this process.
    ///
    /// # Errors
    /// When there are too few threads.
    pub fn begin() -> Result<Session, TooFewThreads> {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let threads = workers + OTHER_THREADS;
        let failed = |source| TooFewThreads { threads, source };
        // The runtime panics where it gets none.
        try_out(threads).map_err(failed)?;
        let runtime = Builder::new_multi_thread().worker_threads(workers).enable_all().build().map_err(failed)?;
        let stop = runtime.block_on(async { StopRequest::listen() });
        adopt_orphans();
        Ok(Session { runtime, stop })
    }

    /// Runs it to its end.
    pub fn run<F: Future>(&self, verb: F) -> F::Output {
        self.runtime.block_on(verb)
    }
}

/// Whether so many threads can be there at once.
fn try_out(threads: usize) -> io::Result<()> {
    let mut waiting = Vec::with_capacity(threads);
    let mut start = || -> io::Result<()> {
        for _ in 0..threads {
            let (end, ends): (_, Receiver<()>) = channel();
            // It waits until the other end is gone.
            let thread: JoinHandle<_> = thread::Builder::new().spawn(move || ends.recv().is_err())?;
            waiting.push((end, thread));
        }
        Ok(())
    };
    let started = start();
    for (end, thread) in waiting {
        drop(end);
        let _ = thread.join();
    }
    started
}
