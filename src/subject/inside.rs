//! A look into a runtime's heap from inside a program that is not changed: what is preloaded into it and how that answers, or what answers in it
//! by itself.
//!
//! Node reads `NODE_OPTIONS`, to which `--require` of a file is added; Python imports a module `sitecustomize` from `PYTHONPATH`, in front of
//! which a folder is put. Either connects to a socket of its own, collects its garbage when it is asked to, and says what is alive. A JVM and
//! a Go program are known by their processes. Who is none of them (`python -I`, Bun, a Go program without symbols) says nothing, and nothing is
//! said of it.

mod go;
mod go_layout;
mod jvm;
mod jvm_told;

use crate::run::{Heap, Runtime};
use serde::Deserialize;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// The variable with the socket.
const SOCKET: &str = "PROBE_INSIDE";
const NODE: &str = include_str!("inside/node.cjs");
const PYTHON: &str = include_str!("inside/sitecustomize.py");
/// A collection of some gigabytes takes seconds.
const COLLECTING: Duration = Duration::from_secs(20);
/// An answer is some hundred bytes long.
const ANSWER_BYTES: u64 = 4096;

/// A way into the processes of one subject. Dropping it removes its files.
#[derive(Debug)]
pub struct Inside {
    folder: TempDir,
    connected: Arc<Mutex<Vec<UnixStream>>>,
    accepting: JoinHandle<()>,
}

/// What one process says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
struct Told {
    runtime: Runtime,
    before: Sizes,
    after: Sizes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
struct Sizes {
    used: u64,
    held: u64,
}

/// What all processes of a subject say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heaps {
    /// The runtime of the first of them.
    pub runtime: Runtime,
    /// Which processes, as this one numbers them; 0 is one whose number the kernel does not tell.
    pub pids: Vec<u32>,
    /// Theirs together.
    pub heap: Heap,
}

impl Inside {
    /// Lays out what is preloaded, and listens.
    ///
    /// # Errors
    /// When the temporary folder cannot be written.
    pub fn open() -> io::Result<Inside> {
        let folder = tempfile::Builder::new().prefix("probe-inside-").tempdir()?;
        fs::write(folder.path().join("node.cjs"), NODE)?;
        fs::write(folder.path().join("sitecustomize.py"), PYTHON)?;
        let listener = UnixListener::bind(socket(folder.path()))?;
        let connected = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&connected);
        let accepting = tokio::spawn(async move {
            while let Ok((process, _)) = listener.accept().await {
                heard.lock().unwrap_or_else(PoisonError::into_inner).push(process);
            }
        });
        Ok(Inside { folder, connected, accepting })
    }

    /// The variables that take it into a subject, added to what this process's own environment has of them.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let folder = self.folder.path();
        let with = |name: &str, put: &dyn Fn(OsString) -> OsString| put(env::var_os(name).unwrap_or_default());
        let joined = |parts: [&std::ffi::OsStr; 2], between: &str| {
            let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            parts.join(std::ffi::OsStr::new(between))
        };
        // A path may have blanks in it, and Node takes quotes here (Node.js documentation, NODE_OPTIONS).
        let require = OsString::from(format!("--require \"{}\"", folder.join("node.cjs").display()));
        vec![
            (SOCKET, socket(folder).into()),
            ("NODE_OPTIONS", with("NODE_OPTIONS", &|own| joined([&own, &require], " "))),
            ("PYTHONPATH", with("PYTHONPATH", &|own| joined([folder.as_os_str(), &own], ":"))),
            // What stands last counts.
            ("GODEBUG", with("GODEBUG", &|own| joined([go::AWAKE.as_ref(), &own], ","))),
        ]
    }

    /// Has all processes that have connected, and those of `pids` that answer by themselves, collect their garbage; what they hold and what is
    /// alive in them. `None` where none does.
    pub async fn look(&self, pids: &[u32]) -> Option<Heaps> {
        let (preloaded, others) = futures::join!(self.preloaded(), by_themselves(pids));
        let mut heaps: Option<Heaps> = None;
        for (pid, runtime, heap) in preloaded.into_iter().chain(others) {
            let sum = heaps.get_or_insert(Heaps { runtime, pids: Vec::new(), heap: Heap::default() });
            sum.pids.push(pid);
            sum.heap.held_bytes += heap.held_bytes;
            sum.heap.alive_bytes += heap.alive_bytes;
        }
        heaps
    }

    async fn preloaded(&self) -> Vec<(u32, Runtime, Heap)> {
        let all = std::mem::take(&mut *self.connected.lock().unwrap_or_else(PoisonError::into_inner));
        let asked = all.into_iter().map(|process| async { timeout(COLLECTING, ask(process)).await.ok()?.ok() });
        let (mut heaps, mut stay): (Vec<(u32, Runtime, Heap)>, Vec<UnixStream>) = (Vec::new(), Vec::new());
        for (process, Told { runtime, before, after }) in futures::future::join_all(asked).await.into_iter().flatten() {
            let pid = process.peer_cred().ok().and_then(|peer| peer.pid()).map_or(0, |pid| pid as u32);
            stay.push(process);
            heaps.push((pid, runtime, Heap { held_bytes: before.held, alive_bytes: after.used }));
        }
        self.connected.lock().unwrap_or_else(PoisonError::into_inner).extend(stay);
        heaps
    }
}

/// Those of these processes into which nothing was preloaded.
async fn by_themselves(pids: &[u32]) -> Vec<(u32, Runtime, Heap)> {
    let asked = pids.iter().map(|pid| async {
        if let Some(heap) = timeout(COLLECTING, jvm::look(*pid)).await.ok()? {
            return Some((*pid, Runtime::Jvm, heap));
        }
        let heap = timeout(COLLECTING, go::look(*pid)).await.ok()??;
        Some((*pid, Runtime::Go, heap))
    });
    futures::future::join_all(asked).await.into_iter().flatten().collect()
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("socket")
}

/// Asks one process, which has ended where that fails.
async fn ask(mut process: UnixStream) -> io::Result<(UnixStream, Told)> {
    process.write_all(b"look\n").await?;
    let mut line = String::new();
    BufReader::new(&mut process).take(ANSWER_BYTES).read_line(&mut line).await?;
    Ok((process, serde_json::from_str(&line)?))
}
