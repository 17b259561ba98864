//! Starting a subject, talking to it, and making sure that it ends.

use super::cgroup::Entrance;
use super::contract::Contract;
use super::log::Log;
use super::orphans;
use super::voice::Voice;
use crate::foreign::quotable;
use crate::wire::dialect::Dialect;
use nix::errno::Errno;
use nix::sys::signal::{self as sigaction, SigHandler, Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::Pid;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
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
    #[error("cannot start {program}: {source}; {}", hint(.source, *.in_cgroup))]
    Start {
        /// Which, quotable.
        program: String,
        /// Why.
        source: io::Error,
        /// Whether it was to enter a memory cgroup first, which can fail too.
        in_cgroup: bool,
    },
}

/// What to look at when fork, entering the cgroup, or exec failed: see the errors of execve(2), fork(2) and pipe(2), and for the cgroup
/// "Delegation Containment" in Documentation/admin-guide/cgroup-v2.rst.
fn hint(error: &io::Error, in_cgroup: bool) -> &'static str {
    let code = Errno::from_raw(error.raw_os_error().unwrap_or(0));
    match (code, in_cgroup) {
        (Errno::ENOENT, _) => "is it installed, and is its name spelled right? A script needs its interpreter too",
        (Errno::EACCES | Errno::EPERM, false) => "may you execute it (chmod +x)?",
        (Errno::EACCES | Errno::EPERM, true) => {
            "may you execute it (chmod +x), and may you move processes between cgroups?"
        }
        (Errno::EMFILE | Errno::ENFILE, _) => "use fewer streams, or raise the limit of open files (ulimit -n)",
        (Errno::EAGAIN | Errno::ENOMEM, _) => "free memory, or raise the limit of processes (ulimit -u)",
        (Errno::E2BIG, _) => "shorten the command or the environment",
        (Errno::EBUSY | Errno::ENODEV | Errno::EOPNOTSUPP, true) => {
            "its memory cgroup takes no process: does something else manage cgroups here?"
        }
        _ => "does it start without probe?",
    }
}

/// A running subject. Dropping it kills it and everything it started.
#[derive(Debug)]
pub struct Subject {
    child: Child,
    pid: u32,
}

/// How a subject ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// What it ended with.
    pub status: ExitStatus,
    /// Whether processes went on that it had started, as a program does that puts itself into the background.
    pub left_others: bool,
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
    pub fn spawn(launch: Launch<'_>) -> Result<(Subject, Voice, Log), SpawnError> {
        let Launch { words, contract, addresses, cgroup, log } = launch;
        let program = words.first().cloned().unwrap_or_default();
        let log = Log::create(log).map_err(|source| SpawnError::Log { file: log.to_owned(), source })?;
        let mut command = Command::new(&program);
        command
            .args(words.iter().skip(1))
            .envs(contract.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own: Ctrl-C reaches the harness alone, which then ends the whole group.
            .process_group(0)
            .kill_on_drop(true);
        // Credentials of the user's environment that a subject has no business with.
        for name in Dialect::ALL.iter().flat_map(|dialect| dialect.variables().withheld) {
            command.env_remove(name);
        }
        let in_cgroup = cgroup.is_some();
        prepare(&mut command, addresses, cgroup);
        let not_started = |source| SpawnError::Start { program: quotable(&program), source, in_cgroup };
        let mut subject = orphans::born(|| {
            let child = command.spawn().map_err(not_started)?;
            let pid = child.id().unwrap_or(0);
            Ok((Subject { child, pid }, pid))
        })?;
        let child = &mut subject.child;
        let (Some(orders), Some(out), Some(err)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(not_started(io::Error::other("its standard streams are not there")));
        };
        Ok((subject, Voice::new(orders, out), log.follow(err)))
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits until it ends by itself, and kills what it started and left behind.
    pub async fn ended(&mut self) -> io::Result<Ended> {
        self.exited().await?;
        let left_others = orphans::are_there();
        Ok(Ended { status: self.reap().await?, left_others })
    }

    /// Waits for its end, which its closed input asks for; after `closing` it is asked with SIGTERM, as servers are that read no input, and
    /// after `ending` more it is killed. It is reaped in any case, and what it started and left behind is killed.
    pub async fn finish(mut self, closing: Duration, ending: Duration) {
        // In time or not, successful or not: it is killed in the end, and there is nothing to learn from how it ends.
        if timeout(closing, self.exited()).await.is_err() {
            self.signal_group(Signal::SIGTERM);
            let _ = timeout(ending, self.exited()).await;
        }
        let _ = self.reap().await;
    }

    /// Waits until it has ended, and leaves it as a zombie: as long as it is one, no other process or group gets its number.
    async fn exited(&self) -> io::Result<()> {
        // `id` is `None` once it has been reaped.
        let Some(pid) = self.child.id() else { return Ok(()) };
        // Before the first look, so that no end is missed.
        let mut some_child_ended = signal(SignalKind::child())?;
        let looking = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT | WaitPidFlag::WNOHANG;
        while waitid(Id::Pid(Pid::from_raw(pid as i32)), looking)? == WaitStatus::StillAlive {
            some_child_ended.recv().await;
        }
        Ok(())
    }

    /// Kills its whole group while the number of that is certainly its own, and then reaps it.
    async fn reap(&mut self) -> io::Result<ExitStatus> {
        self.signal_group(Signal::SIGKILL);
        let status = self.child.wait().await;
        orphans::ended(self.pid);
        status
    }

    /// Tells the group, unless the subject has been reaped: then the number may belong to somebody else.
    fn signal_group(&self, signal: Signal) {
        if let Some(pid) = self.child.id() {
            // No such group means that it has ended already.
            let _ = killpg(Pid::from_raw(pid as i32), signal);
        }
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        if let Some(pid) = self.child.id() {
            self.signal_group(Signal::SIGKILL);
            // Killed, it ends at once; reaped here, it leaves no zombie while the harness goes on.
            let _ = waitpid(Pid::from_raw(pid as i32), None);
        }
        orphans::ended(self.pid);
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

/// What has to be done between fork and exec: death with the harness (`PR_SET_PDEATHSIG`), the usual signals, the cgroup, fixed addresses.
fn prepare(command: &mut Command, addresses: Addresses, cgroup: Option<Entrance>) {
    // SAFETY: between fork and exec only async-signal-safe calls are allowed; prctl, sigaction, personality and write are plain system calls.
    unsafe {
        command.pre_exec(move || {
            nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
            // The harness ignores it; what is ignored stays so in a new program, which would then not end as it does elsewhere.
            sigaction::signal(Signal::SIGXFSZ, SigHandler::SigDfl)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Client, Http, Mode};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::ExitStatusExt;

    fn spawn(words: &[&str], folder: &Path) -> Result<(Subject, Voice, Log), SpawnError> {
        let contract = Contract::new(&Client::Reqwest, Vec::new(), 1, Mode::Drop, Http::One);
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let log = folder.join("log");
        Subject::spawn(Launch {
            words: &words,
            contract: &contract,
            addresses: Addresses::Fixed,
            cgroup: None,
            log: &log,
        })
    }

    /// What the subject wrote to its standard error, once that is a line.
    async fn first_line(log: &Log) -> String {
        loop {
            if let Some(line) = log.last_words().said {
                return line;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Whether the process runs; one that has ended and that nobody has reaped yet does not.
    fn runs(pid: &str) -> bool {
        fs::read_to_string(format!("/proc/{pid}/stat"))
            .is_ok_and(|stat| !stat.rsplit(')').next().unwrap().trim_start().starts_with(['Z', 'X']))
    }

    #[tokio::test]
    async fn what_a_subject_leaves_behind_is_killed_however_it_goes() {
        let left_behind = ["sh", "-c", "sleep 1000 & echo $! >&2"];
        for finished in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let (mut subject, voice, log) = spawn(&left_behind, folder.path()).unwrap();
            if finished {
                drop(voice);
                subject.finish(Duration::from_secs(60), Duration::ZERO).await;
            } else {
                assert!(subject.ended().await.unwrap().status.success());
                // Asked again it answers the same, and kills nobody.
                assert!(subject.ended().await.unwrap().status.success());
                drop(subject);
            }
            let sleep = first_line(&log).await;
            let give_up = std::time::Instant::now() + Duration::from_secs(10);
            while runs(&sleep) {
                assert!(std::time::Instant::now() < give_up, "process {sleep} lives on");
                std::thread::yield_now();
            }
        }
    }

    #[tokio::test]
    async fn one_that_does_not_end_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let (subject, _voice, log) =
            spawn(&["sh", "-c", "trap '' TERM; echo $$ >&2; sleep 1000; sleep 1000"], folder.path()).unwrap();
        let pid = first_line(&log).await;
        assert_eq!(pid, subject.pid().to_string());
        subject.finish(Duration::from_millis(10), Duration::from_millis(10)).await;
        assert!(!Path::new("/proc").join(pid).exists(), "reaped");
    }

    /// What the harness ignores for itself is not ignored for a subject.
    #[tokio::test]
    async fn a_file_too_large_ends_a_subject_as_it_does_elsewhere() {
        // SAFETY: ignoring a signal runs no code.
        unsafe { sigaction::signal(Signal::SIGXFSZ, SigHandler::SigIgn) }.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (mut subject, _voice, log) =
            spawn(&["sh", "-c", "grep SigIgn /proc/self/status >&2; kill -XFSZ $$"], folder.path()).unwrap();
        let status = subject.ended().await.unwrap().status;
        assert_eq!(status.signal(), Some(Signal::SIGXFSZ as i32), "{status}");
        log.close().await;
        // A mask with a bit for each signal, man page proc_pid_status(5); others may be ignored where the tests were started.
        let ignored = log.last_words().said.unwrap();
        let mask = u64::from_str_radix(ignored.strip_prefix("SigIgn:\\t").unwrap(), 16).unwrap();
        assert_eq!(mask >> (Signal::SIGXFSZ as u32 - 1) & 1, 0, "{ignored}");
    }

    #[tokio::test]
    async fn every_failure_has_its_own_hint() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, mode: u32| {
            let path = folder.path().join(name);
            fs::write(&path, "#!/no/such/interpreter\n").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            path.display().to_string()
        };
        for (program, says) in [
            ("no-such-program".to_owned(), "is it installed"),
            (file("plain", 0o644), "chmod +x"),
            (file("script", 0o755), "interpreter"),
        ] {
            let error = spawn(&[&program], folder.path()).unwrap_err().to_string();
            assert!(error.starts_with(&format!("cannot start {program}: ")) && error.contains(says), "{error}");
            assert_eq!(error.contains("installed"), says != "chmod +x", "{error}");
            assert!(!folder.path().join("log").exists(), "nobody wrote anything");
        }
        let hint = |errno: Errno, in_cgroup| hint(&errno.into(), in_cgroup);
        assert!(hint(Errno::EMFILE, true).contains("ulimit -n"));
        assert!(hint(Errno::EAGAIN, true).contains("ulimit -u"));
        assert!(hint(Errno::EBUSY, true).contains("cgroup") && !hint(Errno::EBUSY, false).contains("cgroup"));
    }
}
