//! The subject: the process that the harness started, and whatever it started in turn. Numbers are sums over all of them.
//!
//! A shell, `npx` or a supervisor in front of the program is one process among several here, so that it is never taken for the program.
//! Which processes there are is asked anew all the time, because they come and go.

use super::process::{Process, files_of};
use crate::reading::procfs::{listening, mapped_files};
use crate::reading::{SmapsRollup, Statm, Status};
use nix::errno::Errno;
use nix::sys::signal::Signal;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Pages that a process at rest may still take up.
const AT_REST_PAGES: u32 = 4;

/// How the kernel calls an open file that is a socket, before its inode.
pub(super) const SOCKET: &str = "socket:[";

/// A subject, looked at from outside.
#[derive(Debug)]
pub struct Tree {
    root: u32,
    members: Mutex<Members>,
}

#[derive(Debug, Default)]
struct Members {
    /// By process id. The open files keep a number that is used again from being taken for the process that had it before.
    living: BTreeMap<u32, Member>,
    /// Processor time of those that have ended, as far as it was seen.
    spent: Duration,
    /// The highest RSS of any one process so far, of those that have ended too, bytes.
    highest_of_one: u64,
    /// Those that have ended, as far as they were seen, in that order.
    gone: Vec<Gone>,
}

/// A process that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// The name of its program.
    pub name: String,
    /// The signal that ended it, where one did and that was seen before it was reaped.
    pub signal: Option<Signal>,
    /// When it was seen to have ended.
    pub at: Instant,
}

#[derive(Debug)]
struct Member {
    process: Process,
    /// The name of its program, as last seen.
    name: String,
    /// Whether it is among those that are gone.
    has_ended: bool,
    /// As last seen; `None` where the kernel does not tell.
    cpu: Option<Duration>,
    /// Resident pages when its high-water mark was read last.
    marked_at_pages: u32,
    /// Whether its memory was another's as well when one of the two was first seen.
    may_share: bool,
}

/// What all processes have together at a plateau. Only `statm` has to be readable. Of what cannot be read of one of them there is no sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// How many there are.
    pub processes: u32,
    /// `statm`, right before the walk.
    pub statm: Statm,
    /// The walk over their page tables.
    pub smaps: Option<SmapsRollup>,
    /// Resident bytes with what they share counted once.
    pub counted_once_bytes: Option<u64>,
    /// High-water marks and threads.
    pub status: Status,
}

impl Tree {
    /// Begins to follow the process `root`.
    ///
    /// # Errors
    /// When there is no such process, or it belongs to somebody else.
    pub fn open(root: u32) -> io::Result<Tree> {
        let member = Member::of(Process::open(root)?);
        let members = Members { living: BTreeMap::from([(root, member)]), ..Members::default() };
        Ok(Tree { root, members: Mutex::new(members) })
    }

    /// Looks for processes that have come or gone.
    pub fn refresh(&self) {
        let mut members = self.members();
        members.forget_ended();
        let mut unseen: Vec<u32> = members.living.keys().copied().collect();
        while let Some(parent) = unseen.pop() {
            for child in children(parent) {
                if members.living.contains_key(&child) {
                    continue;
                }
                // One that has ended already was too short-lived to be seen.
                if let Ok(process) = Process::open(child) {
                    members.follow(child, process);
                    unseen.push(child);
                }
            }
        }
    }

    /// Follows processes that are not its descendants, such as a daemon that was started twice over.
    pub fn adopt(&self, strangers: impl IntoIterator<Item = u32>) {
        let mut members = self.members();
        for pid in strangers {
            if !members.living.contains_key(&pid)
                && let Ok(process) = Process::open(pid)
            {
                members.follow(pid, process);
            }
        }
    }

    /// Which of these sockets none of its processes has open.
    pub fn without_owner(&self, inodes: impl IntoIterator<Item = u64>) -> BTreeSet<u64> {
        without_owner(&self.pids(), inodes)
    }

    /// `statm`, summed: pages that several processes share are in it more than once, memory that is wholly another's as well is not.
    ///
    /// # Errors
    /// When the process that the harness started has ended.
    pub fn statm(&self) -> io::Result<Statm> {
        let mut members = self.members();
        if !members.living.contains_key(&self.root) {
            return Err(Errno::ESRCH.into());
        }
        let mut sum = Statm { resident_pages: 0, shared_pages: 0 };
        let (mut highest, mut gone) = (members.highest_of_one, Vec::new());
        let again = members.with_memory_of_another();
        for (pid, member) in &mut members.living {
            match member.process.statm() {
                Ok(statm) => {
                    gone.extend(member.end_if_without_memory(statm));
                    if !again.contains(pid) {
                        sum = sum.plus(statm);
                    }
                    highest = highest.max(member.high_water_if_moved(statm));
                }
                Err(error) if *pid == self.root => return Err(error),
                // It has ended since; the next refresh notices.
                Err(_) => {}
            }
        }
        members.highest_of_one = highest;
        members.gone.extend(gone);
        Ok(sum)
    }

    /// The highest RSS of any one process so far, of those that have ended too, as far as they were seen, bytes.
    pub fn highest_of_one(&self) -> u64 {
        self.members().highest_of_one
    }

    /// The processes that have ended since this one is followed, as far as they were seen.
    pub fn gone(&self) -> Vec<Gone> {
        self.refresh();
        self.members().gone.clone()
    }

    /// Everything there is to know on a plateau.
    ///
    /// # Errors
    /// When the process that the harness started has ended.
    pub fn totals(&self) -> io::Result<Totals> {
        self.refresh();
        let statm = self.statm()?;
        let members = self.members();
        let mut processes = 0;
        let mut smaps = Some(SmapsRollup::default());
        let mut status = Status { high_water_bytes: Some(0), threads: Some(0), page_tables_bytes: Some(0) };
        let again = members.with_memory_of_another();
        for (pid, member) in &members.living {
            let (its_smaps, its_status) = (member.process.smaps_rollup().ok(), member.process.status().ok());
            // Asked afterwards: what has ended since, or is only waiting to be reaped, is no process whose readings are missing.
            if !member.process.has_memory() {
                continue;
            }
            processes += 1;
            if again.contains(pid) {
                let its_threads = its_status.and_then(|status| status.threads);
                let of_another = Status { high_water_bytes: Some(0), threads: its_threads, page_tables_bytes: Some(0) };
                status = status.plus(of_another);
            } else {
                smaps = smaps.zip(its_smaps).map(|(sum, its)| sum.plus(its));
                status = status.plus(its_status.unwrap_or_default());
            }
        }
        let counted_once_bytes = match processes {
            // What one process shares with strangers is its own all the same.
            1 => smaps.map(|smaps| smaps.rss_bytes),
            _ => smaps.zip(members.file_bytes_once()).map(|(smaps, files)| smaps.pss_anonymous_bytes + files),
        };
        drop(members);
        // Readings that failed because the subject has ended are not missing either.
        self.statm()?;
        Ok(Totals { processes, statm, smaps, counted_once_bytes, status })
    }

    /// Processor time, user and system, of all processes that are or were there, as far as they were seen; `None` where the kernel does not
    /// tell it of one that is there.
    pub fn cpu_time(&self) -> Option<Duration> {
        let mut members = self.members();
        for member in members.living.values_mut() {
            member.look_at_clock();
        }
        Some(members.spent + members.living.values().map(|member| member.cpu).sum::<Option<Duration>>()?)
    }

    /// Pages, at least, that processes took which their parents have seen end.
    pub fn faults_of_ended(&self) -> u64 {
        self.members().living.values().filter_map(|member| member.process.faults_of_ended_children()).sum()
    }

    /// The ports on which they listen, in order. None where their files may not be looked at.
    pub fn listening(&self) -> Vec<u16> {
        let pids = self.pids();
        let sockets: BTreeSet<u64> = pids.into_iter().flat_map(sockets).collect();
        let all = [listening(&self.table("tcp")), listening(&self.table("tcp6"))].concat();
        let ports: BTreeSet<u16> =
            all.into_iter().filter(|(_, inode)| sockets.contains(inode)).map(|(port, _)| port).collect();
        ports.into_iter().collect()
    }

    /// The kernel's table of sockets of a kind, as the process that the harness started sees it.
    pub(super) fn table(&self, name: &str) -> String {
        fs::read_to_string(files_of(self.root).join("net").join(name)).unwrap_or_default()
    }

    /// The processes that are there, as far as they were seen.
    pub(super) fn pids(&self) -> Vec<u32> {
        self.members().living.keys().copied().collect()
    }

    /// The processes that are there, each memory once: those whose memory is another's here as well are left out.
    pub fn pids_of_memories(&self) -> Vec<u32> {
        let members = self.members();
        let again = members.with_memory_of_another();
        members.living.keys().filter(|pid| !again.contains(pid)).copied().collect()
    }

    /// The process that the harness started.
    pub(super) fn root(&self) -> u32 {
        self.root
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Members {
    /// One more. Whose memory it shares is seen when it comes: memory is shared from birth or never, and until one of them becomes another program.
    fn follow(&mut self, pid: u32, process: Process) {
        let mut newcomer = Member::of(process);
        for member in self.living.values_mut().filter(|member| member.process.shares_memory_with(&newcomer.process)) {
            (member.may_share, newcomer.may_share) = (true, true);
        }
        self.living.insert(pid, newcomer);
    }

    /// Those whose memory is that of another here as well, all but the first of them.
    fn with_memory_of_another(&self) -> BTreeSet<u32> {
        let (mut first, mut again): (Vec<&Process>, BTreeSet<u32>) = (Vec::new(), BTreeSet::new());
        for (pid, member) in self.living.iter().filter(|(_, member)| member.may_share) {
            if first.iter().any(|one| one.shares_memory_with(&member.process)) {
                again.insert(*pid);
            } else {
                first.push(&member.process);
            }
        }
        again
    }

    /// Pages of files, each part of a file as often as the process has it that has most of it.
    ///
    /// The sum of PSS would divide these pages among strangers as well: whoever starts or ends a program with the same libraries anywhere on
    /// the machine would move it (by 400 KiB of 2 MiB between two trials, measured with seventeen small processes).
    ///
    /// `None` where they cannot be read of one that is there.
    fn file_bytes_once(&self) -> Option<u64> {
        let mut most: BTreeMap<(String, String, String), u64> = BTreeMap::new();
        for member in self.living.values() {
            let text = match member.process.smaps() {
                Ok(text) => text,
                Err(_) if member.process.has_memory() => return None,
                // It has ended since.
                Err(_) => continue,
            };
            for ((device, inode, offset), bytes) in mapped_files(&text) {
                let part = most.entry((device.to_owned(), inode.to_owned(), offset.to_owned())).or_default();
                *part = bytes.max(*part);
            }
        }
        Some(most.values().sum())
    }

    fn forget_ended(&mut self) {
        let (mut spent, mut gone) = (Duration::ZERO, Vec::new());
        self.living.retain(|_, member| {
            let statm = member.process.statm();
            match statm {
                Ok(statm) => {
                    gone.extend(member.end_if_without_memory(statm));
                    // A child has its parent's name until it becomes another program.
                    member.name = member.process.name().unwrap_or_default();
                    member.look_at_clock();
                }
                Err(_) => {
                    gone.extend(member.end());
                    spent += member.cpu.unwrap_or_default();
                }
            }
            statm.is_ok()
        });
        self.spent += spent;
        self.gone.extend(gone);
    }
}

impl Member {
    fn of(process: Process) -> Member {
        let cpu = process.cpu_time().ok();
        let name = process.name().unwrap_or_default();
        Member { process, name, has_ended: false, cpu, marked_at_pages: 0, may_share: false }
    }

    /// It has ended, and waits to be reaped, when it has no memory; `None` where that is known already.
    fn end_if_without_memory(&mut self, now: Statm) -> Option<Gone> {
        if now.resident_pages > 0 { None } else { self.end() }
    }

    /// It has ended; `None` where that is known already.
    fn end(&mut self) -> Option<Gone> {
        if std::mem::replace(&mut self.has_ended, true) {
            return None;
        }
        let name = self.process.name().unwrap_or_else(|| self.name.clone());
        Some(Gone { name, signal: self.process.ended_by(), at: Instant::now() })
    }

    /// Its mark, where its memory has moved since that was read last; else 0. A process at rest costs nothing.
    fn high_water_if_moved(&mut self, now: Statm) -> u64 {
        if now.resident_pages.abs_diff(self.marked_at_pages) <= AT_REST_PAGES {
            return 0;
        }
        self.marked_at_pages = now.resident_pages;
        self.process.status().ok().and_then(|status| status.high_water_bytes).unwrap_or(0)
    }

    /// What was seen last stands where it has ended since.
    fn look_at_clock(&mut self) {
        self.cpu = self.process.cpu_time().ok().or(self.cpu);
    }
}

/// The inodes of a process's sockets.
fn sockets(pid: u32) -> impl Iterator<Item = u64> {
    open_files(pid).filter_map(|file| inode(&file, SOCKET))
}

/// Where a process's open files lead to: a path, or `socket:[INODE]`, `pipe:[INODE]` and the like (man page proc_pid_fd(5)).
fn open_files(pid: u32) -> impl Iterator<Item = PathBuf> {
    let files = fs::read_dir(files_of(pid).join("fd")).into_iter().flatten().flatten();
    files.filter_map(|file| fs::read_link(file.path()).ok())
}

/// The inode that an open file of this kind leads to.
pub(super) fn inode(file: &Path, kind: &str) -> Option<u64> {
    file.to_str()?.strip_prefix(kind)?.strip_suffix(']')?.parse().ok()
}

/// Which of these sockets none of these processes has open.
pub fn without_owner(pids: &[u32], inodes: impl IntoIterator<Item = u64>) -> BTreeSet<u64> {
    let asked: BTreeSet<u64> = inodes.into_iter().filter(|inode| *inode != 0).collect();
    if asked.is_empty() {
        return asked;
    }
    // Where one of them does not show its files, it may be that one.
    if pids.iter().any(|pid| fs::read_dir(files_of(*pid).join("fd")).is_err()) {
        return BTreeSet::new();
    }
    let theirs: BTreeSet<u64> = pids.iter().copied().flat_map(sockets).collect();
    asked.difference(&theirs).copied().collect()
}

/// The processes on this machine that have one of these sockets open, as far as their files may be looked at.
pub fn owners(inodes: &BTreeSet<u64>) -> Vec<u32> {
    let here = std::process::id();
    let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(|pid| *pid != here);
    pids.filter(|pid| sockets(*pid).any(|inode| inodes.contains(&inode))).collect()
}

/// The children of a process: those of each of its threads (man page proc_pid_task_children(5)).
pub fn children(pid: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    let of_thread = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("children")).unwrap_or_default();
    let texts: Vec<String> = threads.flatten().map(of_thread).collect();
    texts.iter().flat_map(|text| text.split_ascii_whitespace()).filter_map(|child| child.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::libc;
    use nix::sys::signal::killpg;
    use nix::unistd::Pid;
    use std::io::{BufRead, BufReader, Write};
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};
    use std::time::Instant;

    #[test]
    fn ports_are_known_by_who_listens() {
        let ours = Tree::open(std::process::id()).unwrap();
        let listener =
            std::net::TcpListener::bind("[::1]:0").or_else(|_| std::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(ours.listening().contains(&port));
        let mut other = Command::new("sleep").arg("60").spawn().unwrap();
        assert_eq!(Tree::open(other.id()).unwrap().listening(), [0_u16; 0]);
        other.kill().unwrap();
        other.wait().unwrap();
    }

    /// Whether it waits in its own call, and not in the kernel's loading of its program (man page proc_pid_wchan(5), proc_pid_stat(5)).
    fn is_asleep(pid: u32) -> bool {
        let syscall = fs::read_to_string(format!("/proc/{pid}/syscall")).unwrap_or_default();
        // clock_nanosleep, on x86-64 and elsewhere; a kernel that does not tell is not asked twice.
        let number = syscall.split_ascii_whitespace().next().and_then(|number| number.parse::<i64>().ok());
        number.is_none_or(|number| [230, 35, 115, 101].contains(&number))
    }

    #[test]
    fn a_shell_and_what_it_starts_are_one_subject() {
        let script = "sleep 60 & one=$!; sleep 60 & echo ready; read line; kill $one; wait $one; echo fewer; read line";
        let mut shell = Command::new("sh")
            .args(["-c", script])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(shell.stdout.take().unwrap()).lines();
        let tree = Tree::open(shell.id()).unwrap();
        assert_eq!(said.next().unwrap().unwrap(), "ready");
        // A child that is still the shell's copy, or maps its libraries, moves between two readings of it.
        let started = Instant::now();
        let name = |pid: &u32| fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        while children(shell.id()).iter().filter(|pid| name(pid).trim() == "sleep" && is_asleep(**pid)).count() < 2 {
            assert!(started.elapsed() < Duration::from_secs(30), "the shell's children start");
            std::thread::yield_now();
        }
        let all = tree.totals().unwrap();
        assert_eq!(all.processes, 3);
        assert!(all.counted_once_bytes < all.smaps.map(|smaps| smaps.rss_bytes), "they share libc: {all:?}");
        let mut orders = shell.stdin.take().unwrap();
        orders.write_all(b"go on\n").unwrap();
        assert_eq!(said.next().unwrap().unwrap(), "fewer");
        assert_eq!(tree.totals().unwrap().processes, 2);
        let gone = tree.gone();
        assert_eq!(gone.len(), 1, "{gone:?}");
        killpg(Pid::from_raw(shell.id() as i32), Signal::SIGKILL).unwrap();
        shell.wait().unwrap();
        assert!(tree.totals().is_err());
    }

    /// A process that shares all memory with this one, waiting to be killed.
    struct Sharer {
        pid: Pid,
        _stack: Vec<u8>,
    }

    extern "C" fn wait_for_the_end(_: *mut libc::c_void) -> libc::c_int {
        loop {
            // SAFETY: it waits for a signal, and every one ends it.
            unsafe { libc::pause() };
        }
    }

    extern "C" fn leave_to_another_thread(_: *mut libc::c_void) -> libc::c_int {
        static mut STACK: [u8; 65_536] = [0; 65_536];
        let how = libc::CLONE_VM | libc::CLONE_FS | libc::CLONE_FILES | libc::CLONE_SIGHAND | libc::CLONE_THREAD;
        // SAFETY: one such process is born in these tests, so that the stack is one thread's; exit(2) ends the calling thread alone.
        unsafe {
            let top = (&raw mut STACK).cast::<u8>().add(65_536 - 64).map_addr(|top| top & !15);
            libc::clone(wait_for_the_end, top.cast(), how, std::ptr::null_mut());
            libc::syscall(libc::SYS_exit, 0);
        }
        0
    }

    impl Sharer {
        fn born() -> Sharer {
            Sharer::running(wait_for_the_end)
        }

        fn born_without_first_thread() -> Sharer {
            Sharer::running(leave_to_another_thread)
        }

        fn running(what: extern "C" fn(*mut libc::c_void) -> libc::c_int) -> Sharer {
            const STACK: usize = 65_536;
            let mut stack = vec![0_u8; STACK];
            // SAFETY: the child runs a function that only waits, or has another thread do so, on a stack of its own that outlives it. A stack grows
            // downwards from an address that 16 divides.
            let pid = unsafe {
                let top = stack.as_mut_ptr().add(STACK - 64).map_addr(|top| top & !15);
                libc::clone(what, top.cast(), libc::CLONE_VM | libc::SIGCHLD, std::ptr::null_mut())
            };
            assert!(pid > 0, "{}", io::Error::last_os_error());
            Sharer { pid: Pid::from_raw(pid), _stack: stack }
        }
    }

    impl Drop for Sharer {
        fn drop(&mut self) {
            nix::sys::signal::kill(self.pid, Signal::SIGKILL).unwrap();
            nix::sys::wait::waitpid(self.pid, None).unwrap();
        }
    }

    #[test]
    fn memory_of_two_processes_counts_once() {
        let (sharer, here) = (Sharer::born(), std::process::id());
        let there = sharer.pid.as_raw() as u32;
        let [one, other] = [here, there].map(|pid| Process::open(pid).unwrap());
        let mut stranger = Command::new("sleep").arg("60").spawn().unwrap();
        assert!(!one.shares_memory_with(&Process::open(stranger.id()).unwrap()));
        stranger.kill().unwrap();
        stranger.wait().unwrap();
        if !one.shares_memory_with(&other) {
            println!("left out: this kernel or sandbox does not compare processes");
            return;
        }
        let tree = Tree::open(there).unwrap();
        tree.adopt([here]);
        // Other tests move this process's memory meanwhile, but do not double it.
        let (together, alone) = (tree.statm().unwrap(), one.statm().unwrap());
        assert!(f64::from(together.resident_pages) < 1.5 * f64::from(alone.resident_pages), "{together:?} {alone:?}");
        let members = tree.members();
        assert_eq!(members.with_memory_of_another().len(), 1);
        drop(members);
        // Where one of the two has ended, the other's is counted.
        drop(sharer);
        assert!(tree.members().with_memory_of_another().is_empty());
    }

    /// The kernel has no memory under the number of a process whose first thread has left.
    #[test]
    fn memory_of_two_processes_counts_once_where_a_first_thread_has_left() {
        let (sharer, here) = (Sharer::born_without_first_thread(), std::process::id());
        let there = sharer.pid.as_raw() as u32;
        let gone =
            |pid: u32| fs::read_to_string(format!("/proc/{pid}/statm")).is_ok_and(|statm| statm.starts_with("0 0"));
        let started = Instant::now();
        while !gone(there) {
            assert!(started.elapsed() < Duration::from_secs(30), "the first thread leaves");
            std::thread::yield_now();
        }
        let [one, other] = [here, there].map(|pid| Process::open(pid).unwrap());
        assert!(other.has_memory(), "another thread goes on");
        if !one.shares_memory_with(&Process::open(here).unwrap()) {
            println!("left out: this kernel or sandbox does not compare processes");
            return;
        }
        assert!(one.shares_memory_with(&other) && other.shares_memory_with(&one));
        let tree = Tree::open(there).unwrap();
        tree.adopt([here]);
        assert_eq!(tree.members().with_memory_of_another().len(), 1);
        assert_eq!(tree.pids_of_memories().len(), 1);
    }
}
