//! A look into HotSpot by its attach protocol, which needs no JDK: a file asks for it, SIGQUIT has it opened, and a socket answers commands
//! of `jcmd` (OpenJDK, src/hotspot/os/posix/attachListener_posix.cpp and src/jdk.attach/linux/classes/sun/tools/attach).
//!
//! What is alive is the sum of `GC.class_histogram`, which collects before it counts, or, under ZGC and Shenandoah, walks what can be
//! reached. `GC.run` would do nothing under `-XX:+DisableExplicitGC`. What was held is what is resident of the heap's addresses: what is
//! committed has pages in it that nobody has touched.

use super::jvm_told::{alive_bytes, has_heap_file, heap_addresses};
use crate::reading::procfs::resident_where;
use crate::run::Heap;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::sleep;

/// How long the socket is waited for: it comes within some milliseconds, and under `-XX:+DisableAttachMechanism` never.
const ATTACHING: Duration = Duration::from_secs(5);
/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(10);
/// What the finalizer's thread may take.
const FINALIZING: Duration = Duration::from_millis(20);
/// A histogram has a line of some hundred bytes for every class, and programs have some tens of thousands of them.
const ANSWER_BYTES: u64 = 64 << 20;

/// Collects the garbage of the process `pid`, which is a HotSpot or tells nothing; what it held and what is alive.
pub async fn look(pid: u32) -> Option<Heap> {
    let socket = attach(&Target::of(pid)?).await?;
    let ask = async |command: &str| ask(pid, &socket, command).await.ok();
    let heap = ask("GC.heap_info").await?;
    let smaps = fs::read_to_string(format!("/proc/{pid}/smaps")).ok()?;
    let addresses = heap_addresses(&heap);
    let is_heap = |range: std::ops::Range<u64>, path: &str| match &addresses {
        Some(heap) => heap.start <= range.start && range.end <= heap.end,
        None => has_heap_file(path),
    };
    let held_bytes = resident_where(&smaps, is_heap);
    // What was only waiting for its finalizer goes with the second collection.
    alive_bytes(&ask("GC.class_histogram").await?)?;
    sleep(FINALIZING).await;
    let alive_bytes = alive_bytes(&ask("GC.class_histogram").await?)?;
    // A heap of which nothing is found resident is one of a kind that is not known.
    (held_bytes > 0).then_some(Heap { held_bytes, alive_bytes })
}

/// A HotSpot that can be asked.
struct Target {
    pid: u32,
    /// Its number where it lives, in the innermost namespace.
    own_pid: u32,
    user: u32,
    group: u32,
}

impl Target {
    /// `None` where it is none, or has SIGQUIT end it: not until it has begun, or under `-Xrs`.
    fn of(pid: u32) -> Option<Target> {
        let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
        // OpenJ9 has a file of that name as well, and writes its state into the working directory when it is asked.
        if !maps.contains("/libjvm.so") || maps.contains("/libj9vm") {
            return None;
        }
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let field =
            |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::split_ascii_whitespace);
        let caught = u64::from_str_radix(field("SigCgt:")?.next()?, 16).ok()?;
        let effective = |name: &str| field(name)?.nth(1)?.parse().ok();
        let is_caught = caught >> (Signal::SIGQUIT as u32 - 1) & 1 == 1;
        is_caught.then_some(Target {
            pid,
            own_pid: field("NSpid:").and_then(Iterator::last).map_or(Some(pid), |own| own.parse().ok())?,
            user: effective("Uid:")?,
            group: effective("Gid:")?,
        })
    }

    /// A file in its folder for temporary files, which is always this one on Linux.
    fn temporary(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root/tmp/{name}{}", self.pid, self.own_pid))
    }
}

/// Has the socket opened, if it is not open; where it is.
async fn attach(target: &Target) -> Option<PathBuf> {
    let socket = target.temporary(".java_pid");
    if connect(target.pid, &socket).await.is_ok() {
        return Some(socket);
    }
    let _asking = Asking::create(target).ok()?;
    kill(Pid::from_raw(target.pid as i32), Signal::SIGQUIT).ok()?;
    let begun = Instant::now();
    while begun.elapsed() < ATTACHING {
        sleep(LOOK).await;
        if connect(target.pid, &socket).await.is_ok() {
            return Some(socket);
        }
    }
    None
}

/// The file that asks. Dropping it removes it.
struct Asking(PathBuf);

impl Asking {
    /// It has to be owned by the user that the process runs as.
    fn create(target: &Target) -> io::Result<Asking> {
        let in_working_directory = PathBuf::from(format!("/proc/{}/cwd/.attach_pid{}", target.pid, target.own_pid));
        let new = |path: PathBuf| {
            let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
            Ok((Asking(path), file))
        };
        let (asking, file) = new(target.temporary(".attach_pid")).or_else(|_: io::Error| new(in_working_directory))?;
        let owner = file.metadata()?;
        if (owner.uid(), owner.gid()) != (target.user, target.group) {
            fchown(&file, Some(target.user), Some(target.group))?;
        }
        Ok(asking)
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A connection to the process itself: a socket may be left over from one that had its number before.
async fn connect(pid: u32, socket: &Path) -> io::Result<UnixStream> {
    let stream = UnixStream::connect(socket).await?;
    match stream.peer_cred()?.pid() {
        Some(peer) if peer as u32 == pid => Ok(stream),
        _ => Err(io::ErrorKind::AddrNotAvailable.into()),
    }
}

/// One command and its answer, behind the line with its status. Version 1 of the protocol has a command with three arguments, each with a NUL
/// behind it.
async fn ask(pid: u32, socket: &Path, command: &str) -> io::Result<String> {
    let mut stream = connect(pid, socket).await?;
    stream.write_all(format!("1\0jcmd\0{command}\0\0\0").as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    let told = answer.strip_prefix("0\n").ok_or(io::ErrorKind::InvalidData)?;
    Ok(told.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// SIGQUIT would end it.
    #[tokio::test]
    async fn who_is_no_jvm_is_left_alone() {
        let mut other = Command::new("sleep").arg("60").spawn().unwrap();
        assert_eq!(look(other.id()).await, None);
        assert_eq!(look(std::process::id()).await, None);
        assert!(other.try_wait().unwrap().is_none());
        other.kill().unwrap();
        other.wait().unwrap();
    }
}
