//! One cgroup of our own, from its creation to its removal.

use super::parent::MovedOut;
use super::{CgroupError, write};
use crate::reading::cgroup::{ContainerMemory, Version};
use crate::units::Bytes;
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How long its end may take. A killed process needs milliseconds, and more while it gives back gigabytes.
const PATIENCE: Duration = Duration::from_secs(2);
/// Version 1 tells nobody when a cgroup becomes empty, so it is asked.
const POLL: Duration = Duration::from_millis(2);

/// A lock on a cgroup's directory. The kernel gives it up when the process that holds it ends, however that ends, and it is seen from any
/// PID namespace (man page flock(2)): a process number in a name may be of another namespace.
#[derive(Debug)]
pub(super) struct Claim(#[expect(dead_code, reason = "held for its lock")] File);

impl Claim {
    /// Takes it.
    ///
    /// # Errors
    /// When somebody else holds it, or there are no such locks.
    pub fn of(directory: &Path) -> io::Result<Claim> {
        let file = File::open(directory)?;
        file.try_lock()?;
        Ok(Claim(file))
    }
}

/// A memory cgroup. Dropping it kills what runs in it and removes it, which blocks for up to two seconds.
#[derive(Debug)]
pub struct Cgroup {
    version: Version,
    directory: PathBuf,
    removed: bool,
    /// Says to other processes of `probe` that somebody lives whose it is.
    _claim: Option<Claim>,
    // Dropped after the cgroup is gone: what it gives back is needed as long as there is one.
    _moved_out: Option<Arc<MovedOut>>,
}

impl Cgroup {
    pub(super) fn new(version: Version, directory: PathBuf, moved_out: Option<Arc<MovedOut>>) -> Cgroup {
        let _claim = Claim::of(&directory).ok();
        Cgroup { version, directory, removed: false, _claim, _moved_out: moved_out }
    }

    /// One that a process of `probe` left when it was killed.
    ///
    /// # Errors
    /// When somebody lives whose it is, or that cannot be asked.
    pub(super) fn left_over(version: Version, directory: PathBuf) -> io::Result<Cgroup> {
        let claim = Claim::of(&directory)?;
        Ok(Cgroup { version, directory, removed: false, _claim: Some(claim), _moved_out: None })
    }

    /// Its directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    pub(super) fn set_up(&self, limit: Option<Bytes>) -> Result<(), CgroupError> {
        match self.version {
            Version::V1 => {
                // TCP's buffers are counted only once somebody has set a limit for them; -1 is none (tcpmem_active in mm/memcontrol-v1.c).
                self.set_if_there("memory.kmem.tcp.limit_in_bytes", "-1")?;
                if let Some(Bytes(bytes)) = limit {
                    self.set("memory.limit_in_bytes", &bytes.to_string())?;
                    // Memory and swap together; may not be below the first. Missing where the kernel does not count swap.
                    if !self.set_if_there("memory.memsw.limit_in_bytes", &bytes.to_string())? {
                        self.set("memory.swappiness", "0")?;
                    }
                }
            }
            Version::V2 => {
                if let Some(Bytes(bytes)) = limit {
                    self.set("memory.max", &bytes.to_string())?;
                    self.set_if_there("memory.swap.max", "0")?;
                }
            }
        }
        Ok(())
    }

    fn set(&self, name: &str, value: &str) -> Result<(), CgroupError> {
        let file = self.directory.join(name);
        write(&file, value).map_err(|source| CgroupError::Write { file, source })
    }

    /// Whether the file was there to be set.
    fn set_if_there(&self, name: &str, value: &str) -> Result<bool, CgroupError> {
        match self.set(name, value) {
            Ok(()) => Ok(true),
            Err(CgroupError::Write { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The way in for a process that is about to become the subject.
    ///
    /// # Errors
    /// When this process may not put others there.
    pub fn entrance(&self) -> io::Result<Entrance> {
        Ok(Entrance(OpenOptions::new().write(true).open(self.directory.join("cgroup.procs"))?))
    }

    /// What it is charged for now. It keeps its peak and its count of kills when its processes have ended.
    ///
    /// # Errors
    /// When a file cannot be read or understood.
    pub fn read(&self) -> io::Result<ContainerMemory> {
        ContainerMemory::parse(self.version, |name| self.text(name))
    }

    /// The processes in it that have not ended.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub fn pids(&self) -> io::Result<Vec<u32>> {
        let text = self.text("cgroup.procs")?;
        // The kernel writes 0 for a process that has no number here, because it lives in another PID namespace.
        Ok(text.lines().filter_map(|line| line.parse().ok()).filter(|&pid| pid != 0).collect())
    }

    fn text(&self, name: &str) -> io::Result<String> {
        let file = self.directory.join(name);
        fs::read_to_string(&file)
            .map_err(|error| io::Error::new(error.kind(), format!("cannot read {}: {error}", file.display())))
    }

    /// Kills every process in it and removes it; blocks for up to two seconds.
    ///
    /// # Errors
    /// When a process may not be killed or has not ended after two seconds, or when the kernel does not remove it. The next
    /// [`super::Cgroups::detect`] tries again.
    pub fn remove(mut self) -> io::Result<()> {
        self.removed = true;
        self.take_down()
    }

    /// Kills until nobody is left and removing is not refused as busy: a process may still be on its way out, or a new one have come.
    fn take_down(&self) -> io::Result<()> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let pids = self.pids()?;
            if pids.is_empty() {
                match fs::remove_dir(&self.directory) {
                    Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {}
                    done => return done,
                }
            }
            self.kill(&pids)?;
            if Instant::now() > give_up {
                let left = format!("{}: still in use by processes {pids:?}", self.directory.display());
                return Err(io::Error::new(io::ErrorKind::TimedOut, left));
            }
            thread::sleep(POLL);
        }
    }

    /// At once and with those that are just being forked where the kernel can (version 2, `cgroup.kill`, Linux 5.14), else one by one.
    fn kill(&self, pids: &[u32]) -> io::Result<()> {
        match write(&self.directory.join("cgroup.kill"), "1") {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => return done,
        }
        for &pid in pids {
            match kill(Pid::from_raw(pid as i32), Signal::SIGKILL) {
                // It ended by itself.
                Ok(()) | Err(Errno::ESRCH) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        if !self.removed {
            // What cannot be removed now is swept by the next process that creates cgroups here.
            let _ = self.take_down();
        }
    }
}

/// The open door of a cgroup. The child of a fork passes it before it becomes another program, so that nothing that this program
/// touches is charged elsewhere:
///
/// ```no_run
/// # use std::os::unix::process::CommandExt;
/// # let cgroups = stream_probe::subject::Cgroups::detect()?;
/// let cgroup = cgroups.create(None)?;
/// let entrance = cgroup.entrance()?;
/// let mut command = std::process::Command::new("true");
/// // SAFETY: `enter` is one system call.
/// unsafe { command.pre_exec(move || entrance.enter()) };
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Entrance(File);

impl Entrance {
    /// Moves the calling process into the cgroup. It is one `write`, allocates nothing, and may be called between fork and exec
    /// (man page signal-safety(7)).
    ///
    /// # Errors
    /// When the kernel refuses, or the cgroup has been removed.
    pub fn enter(&self) -> io::Result<()> {
        // 0 stands for the process that writes (man page cgroups(7)).
        (&self.0).write_all(b"0")
    }
}
