//! One process's own files in `/proc`, kept open.

use crate::reading::{SmapsRollup, Statm, Status, faults_of_ended_children};
use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::time::{ClockId, clock_getcpuclockid};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::Duration;

/// A live process, looked at from outside.
#[derive(Debug)]
pub struct Process {
    pid: u32,
    statm: File,
    /// `None` where the kernel has no such clock.
    cpu: Option<ClockId>,
}

impl Process {
    /// Opens what is read often.
    ///
    /// # Errors
    /// When there is no such process, or it belongs to somebody else.
    pub fn open(pid: u32) -> io::Result<Process> {
        let statm = File::open(format!("/proc/{pid}/statm"))?;
        let cpu = clock_getcpuclockid(Pid::from_raw(pid as i32)).ok();
        Ok(Process { pid, statm, cpu })
    }

    /// `statm`: RSS from the kernel's counters, in under a microsecond to some tens of them.
    ///
    /// Exact since Linux 6.16 (commit 82241a83cd15, also in 6.12-stable); before it may be off by some pages a processor, which is
    /// why it is compared with [`Process::smaps_rollup`] on every plateau.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn statm(&self) -> io::Result<Statm> {
        let mut buffer = [0u8; 128];
        let length = self.statm.read_at(&mut buffer, 0)?;
        let text = std::str::from_utf8(&buffer[..length]).map_err(io::Error::other)?;
        Statm::parse(text).map_err(io::Error::other)
    }

    /// `smaps_rollup`: exact, at about 10 µs a MiB, and it holds the process's memory map lock meanwhile.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn smaps_rollup(&self) -> io::Result<SmapsRollup> {
        let text = fs::read_to_string(self.path("smaps_rollup"))?;
        SmapsRollup::parse(&text).map_err(io::Error::other)
    }

    /// `smaps`: every mapping. Takes longer than the sums and is only asked for where there are several processes.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn smaps(&self) -> io::Result<String> {
        fs::read_to_string(self.path("smaps"))
    }

    /// `status`: high-water mark and threads.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn status(&self) -> io::Result<Status> {
        fs::read_to_string(self.path("status")).map(|text| Status::parse(&text))
    }

    /// Whether it has memory: a process that has ended has none, also while it waits to be reaped.
    pub fn has_memory(&self) -> bool {
        self.statm().is_ok_and(|statm| statm.resident_pages > 0)
    }

    /// Processor time of all its threads, ended ones included, user and system, to the nanosecond.
    ///
    /// # Errors
    /// When the process has ended, or the kernel does not tell.
    pub fn cpu_time(&self) -> io::Result<Duration> {
        let clock = self.cpu.ok_or(Errno::ENOTSUP)?;
        Ok(Duration::from(clock.now()?))
    }

    /// The name of its program, as the kernel has it.
    pub fn name(&self) -> Option<String> {
        fs::read_to_string(self.path("comm")).ok().map(|name| name.trim_end().to_owned())
    }

    /// Pages, at least, that its children took which have ended; `None` where that is not told.
    pub fn faults_of_ended_children(&self) -> Option<u64> {
        faults_of_ended_children(&fs::read_to_string(self.path("stat")).ok()?)
    }

    /// Which signal ended it, if one did: told as long as it waits to be reaped, in the last field of `stat` (man page proc_pid_stat(5)).
    pub fn ended_by(&self) -> Option<Signal> {
        let stat = fs::read_to_string(self.path("stat")).ok()?;
        let status: i32 = stat.split_ascii_whitespace().last()?.parse().ok()?;
        // The lower seven bits of a wait status (man page wait(2)).
        Signal::try_from(status & 0x7f).ok()
    }

    fn path(&self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{file}", self.pid))
    }
}
