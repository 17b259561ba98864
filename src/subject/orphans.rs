//! What a subject leaves behind outside its process group: children that called setsid(2), daemons that forked twice.
//!
//! The kernel gives a process whose parent has ended to the nearest ancestor that asked for such, a subreaper (`PR_SET_CHILD_SUBREAPER`,
//! man page PR_SET_CHILD_SUBREAPER(2const)). If this process is one, its children are its subjects and what subjects left, and nothing else.

use crate::sampler::{Process, children};
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::fs;
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long their end may take, and how often it is looked for.
const PATIENCE: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(2);

/// The subjects of this process that have not been reaped.
static SUBJECTS: Mutex<Subjects> = Mutex::new(Subjects { adopts: false, living: BTreeSet::new() });

struct Subjects {
    /// Whether orphans come to this process.
    adopts: bool,
    living: BTreeSet<u32>,
}

fn subjects() -> MutexGuard<'static, Subjects> {
    SUBJECTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on, what subjects leave behind comes to this process, and is killed when the last subject that lives has ended. For programs
/// that start nothing but subjects; a process that has children already, of the shell that it was before, leaves things as they are, because
/// their orphans would come as well.
pub fn adopt() {
    let mut subjects = subjects();
    if children(process::id()).is_empty() {
        // Linux has it since 3.4; where a sandbox does not, orphans go to where they always went.
        subjects.adopts = prctl::set_child_subreaper(true).is_ok();
    }
}

/// Starts a subject; until its number is known nobody looks for orphans.
pub(super) fn born<S, E>(start: impl FnOnce() -> Result<(S, u32), E>) -> Result<S, E> {
    let mut subjects = subjects();
    let (subject, pid) = start()?;
    subjects.living.insert(pid);
    Ok(subject)
}

/// What subjects left to this process that was started with one of these addresses in its environment: each trial's simulator has one of its own.
/// Nobody is found who wrote over that, or whose environment may not be read.
pub fn told(addresses: &[String]) -> Vec<u32> {
    let living = subjects().living.clone();
    let strangers = children(process::id()).into_iter().filter(|pid| !living.contains(pid));
    let is_told = |pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| names(variable, addresses))
    };
    strangers.filter(is_told).collect()
}

/// Whether an environment variable's value begins with one of these addresses, and not with one that only begins alike.
fn names(variable: &[u8], addresses: &[String]) -> bool {
    let Some(equals) = variable.iter().position(|byte| *byte == b'=') else { return false };
    let value = &variable[equals + 1..];
    let rest = addresses.iter().filter_map(|address| value.strip_prefix(address.as_bytes()));
    rest.into_iter().any(|rest| matches!(rest.first(), None | Some(b'/' | b',')))
}

/// Whether there are processes that subjects left behind and that have not ended; of whom, nobody can tell.
pub(super) fn are_there() -> bool {
    let subjects = subjects();
    let strangers = children(process::id()).into_iter().filter(|pid| !subjects.living.contains(pid));
    let lives = |pid: u32| Process::open(pid).is_ok_and(|process| process.has_memory());
    subjects.adopts && strangers.into_iter().any(lives)
}

/// A subject has been reaped. What it left behind is killed and reaped, which blocks for up to two seconds where a process does not end: by the
/// last of those that run side by side, because nobody can tell whose an orphan was.
pub(super) fn ended(subject: u32) {
    let mut subjects = subjects();
    if !subjects.living.remove(&subject) || !subjects.adopts || !subjects.living.is_empty() {
        return;
    }
    let give_up = Instant::now() + PATIENCE;
    loop {
        // The children of those that are killed come next.
        let left = children(process::id());
        if left.is_empty() || Instant::now() > give_up {
            return;
        }
        for pid in left.into_iter().map(|pid| Pid::from_raw(pid as i32)) {
            // One that became another user's may not be killed, and is left to whoever started it.
            let _ = kill(pid, Signal::SIGKILL);
            let _ = waitpid(pid, Some(WaitPidFlag::WNOHANG));
        }
        thread::sleep(POLL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_no_other_that_begins_alike() {
        let addresses = ["http://127.0.0.1:4100".to_owned()];
        for (variable, is_named) in [
            ("A=http://127.0.0.1:4100", true),
            ("A=http://127.0.0.1:4100/v1", true),
            ("A=http://127.0.0.1:4100,http://127.0.0.2:4100", true),
            ("A=http://127.0.0.1:41001", false),
            ("http://127.0.0.1:4100", false),
            ("A=", false),
        ] {
            assert_eq!(names(variable.as_bytes(), &addresses), is_named, "{variable}");
        }
    }
}
