//! One process's own files in `/proc`, kept open.

use crate::reading::{SmapsRollup, Statm, Status, faults_of_ended_children};
use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::Signal;
use nix::time::{ClockId, clock_getcpuclockid};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::Duration;

/// `KCMP_VM` (linux/kcmp.h).
const KCMP_VM: i32 = 1;

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
        let of_leader = read_statm(&self.statm)?;
        if of_leader.resident_pages > 0 {
            return Ok(of_leader);
        }
        Ok(thread_with_memory(self.pid).map_or(of_leader, |(_, statm)| statm))
    }

    /// `smaps_rollup`: exact, at about 10 µs a MiB, and it holds the process's memory map lock meanwhile.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn smaps_rollup(&self) -> io::Result<SmapsRollup> {
        let text = fs::read_to_string(files_of(self.pid).join("smaps_rollup"))?;
        SmapsRollup::parse(&text).map_err(io::Error::other)
    }

    /// `smaps`: every mapping. Takes longer than the sums and is only asked for where there are several processes.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn smaps(&self) -> io::Result<String> {
        fs::read_to_string(files_of(self.pid).join("smaps"))
    }

    /// `status`: high-water mark and threads.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn status(&self) -> io::Result<Status> {
        fs::read_to_string(files_of(self.pid).join("status")).map(|text| Status::parse(&text))
    }

    /// Whether it has memory: a process that has ended has none, also while it waits to be reaped.
    pub fn has_memory(&self) -> bool {
        self.statm().is_ok_and(|statm| statm.resident_pages > 0)
    }

    /// Whether its memory is that other one's as well (clone(2) with `CLONE_VM`, vfork(2)), as far as the kernel tells: `KCMP_VM`, man page kcmp(2).
    pub fn shares_memory_with(&self, other: &Process) -> bool {
        // A process whose first thread has left has none by that thread's number, and kcmp takes those of threads too.
        let Some([one, other]) = self.with_memory().zip(other.with_memory()).map(|(one, other)| [one, other]) else {
            return false;
        };
        // SAFETY: kcmp takes five numbers and writes no memory.
        let answer = unsafe { libc::syscall(libc::SYS_kcmp, one as i32, other as i32, KCMP_VM, 0_u64, 0_u64) };
        // Two that have none, by now, are alike in that as well.
        answer == 0 && self.has_memory()
    }

    /// The number of a thread of it that has its memory; `None` where it has none.
    fn with_memory(&self) -> Option<u32> {
        match read_statm(&self.statm) {
            Ok(statm) if statm.resident_pages > 0 => Some(self.pid),
            _ => thread_with_memory(self.pid).map(|(thread, _)| thread),
        }
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

fn read_statm(file: &File) -> io::Result<Statm> {
    let mut buffer = [0u8; 128];
    let length = file.read_at(&mut buffer, 0)?;
    let text = std::str::from_utf8(&buffer[..length]).map_err(io::Error::other)?;
    Statm::parse(text).map_err(io::Error::other)
}

/// Where the memory and the open files of a process are told of: in its own folder, and where its first thread has left and others go on
/// (pthread_exit(3) in `main`) in the folder of one of them, because the first has neither any more.
pub(super) fn files_of(pid: u32) -> PathBuf {
    match thread_with_memory(pid) {
        Some((thread, _)) if thread != pid => PathBuf::from(format!("/proc/{pid}/task/{thread}")),
        _ => PathBuf::from(format!("/proc/{pid}")),
    }
}

/// A thread that has the process's memory, the first where that goes on, and what it says of it.
fn thread_with_memory(pid: u32) -> Option<(u32, Statm)> {
    let memory = |path: String| read_statm(&File::open(path).ok()?).ok().filter(|statm| statm.resident_pages > 0);
    if let Some(statm) = memory(format!("/proc/{pid}/statm")) {
        return Some((pid, statm));
    }
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    threads
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .find_map(|thread| Some((thread, memory(format!("/proc/{pid}/task/{thread}/statm"))?)))
}
