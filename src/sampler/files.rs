//! What a subject's open files lead to beside memory of its own: files in memory, and channels in which the kernel holds what is under way.

use super::process::files_of;
use super::tree::{SOCKET, Tree, inode};
use crate::reading::Ends;
use crate::reading::procfs::{connected, mapped_files, memory_file_systems, unix_sockets};
use nix::sys::stat::makedev;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// How the kernel calls an open file that is a pipe, before its inode (man page proc_pid_fd(5)).
const PIPE: &str = "pipe:[";
/// And one in memory that has no name (man page memfd_create(2)): the file system that it is on is nowhere mounted.
const NAMELESS: &str = "/memfd:";
/// `st_blocks` counts in these (man page stat(3type)).
const BLOCK_BYTES: u64 = 512;

/// Open files of a subject through which its processes, or one of them with itself, talk within this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels {
    /// Pipes, and sockets of `AF_UNIX`.
    pub pipes_and_unix: u32,
    /// TCP sockets whose other end is the subject's as well.
    pub tcp: u32,
}

/// An open file: its place in `/proc`, and where that leads to, a path, or `socket:[INODE]` and the like.
struct OpenFile {
    place: PathBuf,
    leads_to: PathBuf,
}

/// The open files of a subject at one moment. None of those that may not be looked at.
pub struct OpenFiles<'a> {
    subject: &'a Tree,
    files: Vec<OpenFile>,
}

impl Tree {
    /// What is open now.
    pub fn open_files(&self) -> OpenFiles<'_> {
        let places = self.pids().into_iter().filter_map(|pid| fs::read_dir(files_of(pid).join("fd")).ok());
        let open = |place: PathBuf| Some(OpenFile { leads_to: fs::read_link(&place).ok()?, place });
        let files = places.flatten().flatten().filter_map(|file| open(file.path())).collect();
        OpenFiles { subject: self, files }
    }
}

impl OpenFiles<'_> {
    /// Channels within this machine: what lies in them is kernel memory.
    pub fn channels(&self) -> Channels {
        let sockets = self.inodes(SOCKET);
        let tables = [self.subject.table("tcp"), self.subject.table("tcp6")];
        let ours: BTreeSet<Ends> = tables
            .iter()
            .flat_map(|table| connected(table))
            .filter(|(_, inode)| sockets.contains(inode))
            .map(|(ends, _)| ends)
            .collect();
        let tcp = ours.iter().filter(|ends| ours.contains(&ends.reversed())).count();
        Channels { pipes_and_unix: self.pipes_and_unix(), tcp: tcp as u32 }
    }

    /// Pipes, and sockets of `AF_UNIX`.
    pub fn pipes_and_unix(&self) -> u32 {
        let sockets = self.inodes(SOCKET);
        let unix = unix_sockets(&self.subject.table("unix")).filter(|inode| sockets.contains(inode)).count();
        (self.inodes(PIPE).len() + unix) as u32
    }

    /// Files in memory, as far as they are not resident in one of the processes, bytes: those without a name and those on a tmpfs, each once.
    /// Who has closed one has it all the same.
    pub fn memory_files(&self) -> u64 {
        let paths = self.files.iter().filter(|file| file.leads_to.is_absolute());
        let mut mounted = None;
        let mut each: BTreeMap<(u64, u64), u64> = BTreeMap::new();
        for file in paths {
            // The place leads to the file itself also where that has no name any more.
            let Ok(facts) = fs::metadata(&file.place) else { continue };
            let is_in_memory = facts.blocks() > 0
                && (file.leads_to.to_str().is_some_and(|path| path.starts_with(NAMELESS))
                    || mounted.get_or_insert_with(|| self.memory_file_systems()).contains(&facts.dev()));
            if is_in_memory {
                each.insert((facts.dev(), facts.ino()), facts.blocks() * BLOCK_BYTES);
            }
        }
        if each.is_empty() {
            return 0;
        }
        let resident = self.resident_of_files();
        each.into_iter().map(|(file, bytes)| bytes.saturating_sub(resident.get(&file).copied().unwrap_or(0))).sum()
    }

    /// The devices of file systems in memory.
    fn memory_file_systems(&self) -> BTreeSet<u64> {
        let mounts = fs::read_to_string(files_of(self.subject.root()).join("mountinfo")).unwrap_or_default();
        memory_file_systems(&mounts).map(|(major, minor)| makedev(major, minor)).collect()
    }

    /// What is resident of each file, device and inode, in the process that has most of it, bytes.
    fn resident_of_files(&self) -> BTreeMap<(u64, u64), u64> {
        let mut most: BTreeMap<(u64, u64), u64> = BTreeMap::new();
        for pid in self.subject.pids() {
            let smaps = fs::read_to_string(files_of(pid).join("smaps")).unwrap_or_default();
            let mut its: BTreeMap<(u64, u64), u64> = BTreeMap::new();
            for ((device, inode, _), bytes) in mapped_files(&smaps) {
                if let Some(file) = device_number(device).zip(inode.parse().ok()) {
                    *its.entry(file).or_default() += bytes;
                }
            }
            for (file, bytes) in its {
                let before = most.entry(file).or_default();
                *before = bytes.max(*before);
            }
        }
        most
    }

    fn inodes(&self, kind: &str) -> BTreeSet<u64> {
        self.files.iter().filter_map(|file| inode(&file.leads_to, kind)).collect()
    }
}

/// A device as `smaps` prints it: two hexadecimal numbers.
fn device_number(text: &str) -> Option<u64> {
    let (major, minor) = text.split_once(':')?;
    Some(makedev(u64::from_str_radix(major, 16).ok()?, u64::from_str_radix(minor, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::libc;
    use std::io::Write;
    use std::os::fd::{AsRawFd, FromRawFd};
    use std::process::Command;

    #[test]
    fn connections_to_oneself_are_channels() {
        let tree = Tree::open(std::process::id()).unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let held: Vec<_> = (0..40)
            .map(|_| {
                let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
                (client, listener.accept().unwrap())
            })
            .collect();
        assert!(tree.open_files().channels().tcp >= 2 * held.len() as u32, "{:?}", tree.open_files().channels());
        let mut other = Command::new("sleep").arg("60").spawn().unwrap();
        assert_eq!(Tree::open(other.id()).unwrap().open_files().channels().tcp, 0);
        other.kill().unwrap();
        other.wait().unwrap();
    }

    /// Other tests of this process open none of that size.
    #[test]
    fn files_in_memory_count_as_far_as_they_are_not_resident() {
        const MIB: u64 = 1 << 20;
        let tree = Tree::open(std::process::id()).unwrap();
        let before = tree.open_files().memory_files();
        // SAFETY: the name is a string with its end, and the descriptor is nobody else's.
        let mut file = unsafe { fs::File::from_raw_fd(libc::memfd_create(c"kept".as_ptr(), 0)) };
        file.write_all(&vec![1; 8 * MIB as usize]).unwrap();
        let written = tree.open_files().memory_files() - before;
        assert!((8 * MIB..9 * MIB).contains(&written), "{written}");
        let (how, length) = (libc::MAP_SHARED | libc::MAP_POPULATE, 8 * MIB as usize);
        // SAFETY: the mapping is of this file alone, where there is room.
        let mapped = unsafe { libc::mmap(std::ptr::null_mut(), length, libc::PROT_READ, how, file.as_raw_fd(), 0) };
        assert_ne!(mapped, libc::MAP_FAILED);
        let beside = tree.open_files().memory_files().saturating_sub(before);
        assert!(beside < MIB, "resident memory has it: {beside}");
        // SAFETY: nobody has a reference into it.
        unsafe { libc::munmap(mapped, length) };
        drop(file);
        assert!(tree.open_files().memory_files().saturating_sub(before) < MIB);
    }
}
