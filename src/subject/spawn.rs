//! Starting a subject, talking to it, and making sure that it ends.

use super::cgroup::Entrance;
use super::contract::{Contract, WITHHELD};
use super::voice::Voice;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Why a subject could not be started.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// Its standard error could not be kept.
    #[error("cannot write {file}: {source}", file = .file.display())]
    Log {
        /// Where.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The program did not start.
    #[error("cannot start {program}: {source}; is it installed, and is its name spelled right?")]
    Start {
        /// Which.
        program: String,
        /// Why.
        source: io::Error,
    },
}

/// A running subject. Dropping it kills it and everything it started.
#[derive(Debug)]
pub struct Subject {
    child: Child,
    pid: u32,
}

/// What is to be started, and how.
#[derive(Debug)]
pub struct Launch<'a> {
    /// The program and its arguments.
    pub words: &'a [String],
    /// What it is told.
    pub contract: &'a Contract,
    /// Where its addresses lie.
    pub addresses: Addresses,
    /// Into the memory cgroup that it is to run in.
    pub cgroup: Option<Entrance>,
    /// What keeps its standard error.
    pub log: &'a Path,
}

impl Subject {
    /// Starts it.
    ///
    /// # Errors
    /// When the log cannot be written or the program cannot be started.
    pub fn spawn(launch: Launch<'_>) -> Result<(Subject, Voice), SpawnError> {
        let Launch { words, contract, addresses, cgroup, log } = launch;
        let program = words.first().cloned().unwrap_or_default();
        let log_file = File::create(log).map_err(|source| SpawnError::Log { file: log.to_owned(), source })?;
        let mut command = Command::new(&program);
        command
            .args(words.iter().skip(1))
            .envs(contract.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log_file)
            // A group of its own: Ctrl-C reaches the harness alone, which then ends the whole group.
            .process_group(0)
            .kill_on_drop(true);
        for name in WITHHELD {
            command.env_remove(name);
        }
        prepare(&mut command, addresses, cgroup);
        let not_started = |source| SpawnError::Start { program: program.clone(), source };
        let mut child = command.spawn().map_err(not_started)?;
        let pid = child.id().unwrap_or(0);
        let (Some(orders), Some(out)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(not_started(io::Error::other("its standard streams are not there")));
        };
        Ok((Subject { child, pid }, Voice::new(orders, out)))
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits until it ends by itself.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Waits for its end, which its closed input asks for; after `patience` it is killed. It is reaped in any case.
    pub async fn finish(mut self, patience: Duration) {
        if timeout(patience, self.child.wait()).await.is_err() {
            self.kill_group();
            // Killed: it ends, and there is nothing to learn from how.
            let _ = self.child.wait().await;
        }
        // What it started and left behind; the group keeps its number as long as one of them lives.
        self.kill_group();
    }

    fn kill_group(&self) {
        if self.pid != 0 {
            // No such group means that it has ended already.
            let _ = killpg(Pid::from_raw(self.pid as i32), Signal::SIGKILL);
        }
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        // `id` is `None` once the child has been waited for, and then the number may belong to somebody else.
        if self.child.id().is_some() {
            self.kill_group();
            // Killed, it ends at once; reaped here, it leaves no zombie while the harness goes on.
            let _ = waitpid(Pid::from_raw(self.pid as i32), None);
        }
    }
}

/// Whether the subject's addresses are the same in every process or drawn anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addresses {
    /// `ADDR_NO_RANDOMIZE`, see personality(2). Which pages of its own code a process has resident depends on where they lie, because the
    /// kernel maps neighbours in aligned windows (fault-around): with random addresses that alone scatters RSS by hundreds of KiB.
    Fixed,
    /// As the kernel has it.
    AsTheSystemHas,
}

/// What has to be done between fork and exec: death with the harness (`PR_SET_PDEATHSIG`), the cgroup, and fixed addresses.
fn prepare(command: &mut Command, addresses: Addresses, cgroup: Option<Entrance>) {
    // SAFETY: between fork and exec only async-signal-safe calls are allowed; prctl, personality and write are plain system calls.
    unsafe {
        command.pre_exec(move || {
            nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
            if let Some(cgroup) = &cgroup {
                cgroup.enter()?;
            }
            if addresses == Addresses::Fixed {
                use nix::sys::personality::{self, Persona};
                // Some sandboxes refuse; the addresses stay random then, and the intervals are wider.
                let _ = personality::get().and_then(|now| personality::set(now | Persona::ADDR_NO_RANDOMIZE));
            }
            Ok(())
        });
    }
}
