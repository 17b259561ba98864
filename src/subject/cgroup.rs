//! Memory cgroups of our own, one for each subject: what the kernel charges a container for, measured, and its limit, proved.
//!
//! A process joins between fork and exec, so that all it touches as the new program is charged to its cgroup. No process that is not a
//! subject, of this probe or of one that died, is ever moved or killed, with one exception that moves nobody else: see [`Cgroups::detect`].

mod group;
mod parent;

pub use group::{Cgroup, Entrance};
use parent::MovedOut;

use crate::reading::cgroup::{Hierarchy, HierarchyError, Version, effective_limit};
use crate::units::Bytes;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Why there is no cgroup of our own, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum CgroupError {
    /// Memory is not counted here at all.
    #[error(transparent)]
    NotCounted(#[from] HierarchyError),
    /// A file that says how things are cannot be read.
    #[error("cannot read {file}: {source}", file = .file.display())]
    Read {
        /// Which.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Nowhere may a cgroup be created.
    #[error(
        "no memory cgroup can be created here ({tried}): run as root, or under `systemd-run --user --scope -p Delegate=yes`, or \
         in a container started with `--privileged --cgroupns=host`"
    )]
    Refused {
        /// Every directory that was tried, and why not there.
        tried: String,
    },
    /// None can be created where one could be before, or its limit cannot be set.
    #[error("cannot write {file}: {source}", file = .file.display())]
    Write {
        /// The directory in which it was to be, or the file in its own.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A limit above that of the process itself would never be reached: the kernel would kill for the lower one.
    #[error(
        "a limit of {asked} has no effect here, because this process is itself limited to {here}: ask for less, or run where \
         more is allowed"
    )]
    AboveOwn {
        /// The limit asked for.
        asked: Bytes,
        /// The one that holds for every new cgroup.
        here: Bytes,
    },
}

/// The place in which memory cgroups can be created.
#[derive(Debug)]
pub struct Cgroups {
    hierarchy: Hierarchy,
    parent: PathBuf,
    /// Numbers the cgroups of this process.
    next: AtomicU32,
    /// Present if this process had to leave its own cgroup for that.
    moved_out: Option<Arc<MovedOut>>,
}

impl Cgroups {
    /// Finds where this process may create memory cgroups by creating one, and removes what earlier processes of `probe` left there: cgroups
    /// named `probe-PID-…` whose process is dead, with whatever lives in them. To be called before subjects are started.
    ///
    /// Version 1: in this process's own cgroup, or else at the root of what is mounted. Version 2 gives children the memory controller only
    /// where the parent's `cgroup.subtree_control` names it, and lets no cgroup but the root have both such children and processes
    /// (Documentation/admin-guide/cgroup-v2.rst, "No Internal Process Constraint"). So it is tried in the own cgroup, then beside it, and
    /// if neither may be and this process is alone in its cgroup, it moves itself one level down and becomes a parent that way, as
    /// systemd's rules of delegation have it, until the last [`Cgroups`] and [`Cgroup`] of this process are dropped. Memory is switched on for the children (`+memory`) where that is missing.
    ///
    /// # Errors
    /// When memory is not counted by cgroup, or no cgroup can be created; the text says what to do.
    pub fn detect() -> Result<Cgroups, CgroupError> {
        let hierarchy = Hierarchy::find(&read("/proc/self/cgroup".into())?, &read("/proc/self/mountinfo".into())?)?;
        let mut tried = Vec::new();
        for candidate in parent::candidates(&hierarchy) {
            let parent = candidate.directory().to_owned();
            let found = candidate.prepare(hierarchy.version).and_then(|moved_out| {
                let (hierarchy, parent) = (hierarchy.clone(), parent.clone());
                let cgroups = Cgroups { hierarchy, parent, next: AtomicU32::new(0), moved_out };
                cgroups.rehearse().map(|()| cgroups)
            });
            match found {
                Ok(cgroups) => {
                    parent::sweep(&cgroups.parent, hierarchy.version);
                    return Ok(cgroups);
                }
                Err(why) => tried.push(format!("{}: {why}", parent.display())),
            }
        }
        // Two ways to use one directory may fail for one reason.
        tried.sort();
        tried.dedup();
        Err(CgroupError::Refused { tried: tried.join("; ") })
    }

    /// Which interface it is.
    pub fn version(&self) -> Version {
        self.hierarchy.version
    }

    /// Creates an empty cgroup, limited to `limit` if there is one, with swap shut off as far as this kernel can: what is swapped out
    /// does not count, and a process that swaps is not killed.
    ///
    /// # Errors
    /// When the directory cannot be made or the limit cannot be set, or the limit is above one that holds here anyway.
    pub fn create(&self, limit: Option<Bytes>) -> Result<Cgroup, CgroupError> {
        if let Some(asked) = limit {
            self.reachable(asked)?;
        }
        let group = self.make().map_err(|source| CgroupError::Write { file: self.parent.clone(), source })?;
        group.set_up(limit)?;
        Ok(group)
    }

    /// Whether nothing above stops a cgroup before `asked` does.
    fn reachable(&self, asked: Bytes) -> Result<(), CgroupError> {
        let here = effective_limit(&self.hierarchy, &self.parent, fs::read_to_string)
            .map_err(|source| CgroupError::Read { file: self.parent.clone(), source })?;
        match here {
            Some(here) if here < asked => Err(CgroupError::AboveOwn { asked, here }),
            _ => Ok(()),
        }
    }

    fn make(&self) -> io::Result<Cgroup> {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let directory = self.parent.join(parent::name(number));
            match fs::create_dir(&directory) {
                Ok(()) => return Ok(Cgroup::new(self.hierarchy.version, directory, self.moved_out.clone())),
                // Another `Cgroups` of this process, or a process that had this number before.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Creates one, and checks that memory is counted there and that a process may enter.
    fn rehearse(&self) -> io::Result<()> {
        let group = self.make()?;
        group.read()?;
        group.entrance()?;
        group.remove()
    }
}

fn read(file: PathBuf) -> Result<String, CgroupError> {
    fs::read_to_string(&file).map_err(|source| CgroupError::Read { file, source })
}

/// Writes to a file that is there. (`fs::write` would try to create it, and hide that it is missing behind "permission denied".)
fn write(file: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().write(true).open(file)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A container whose limit stands on its parent.
    #[test]
    fn a_limit_that_would_never_be_reached_is_refused_before_anything_is_made() {
        let tree = tempfile::tempdir().unwrap();
        let parent = tree.path().join("pod");
        fs::create_dir(&parent).unwrap();
        fs::write(tree.path().join("memory.max"), "268435456\n").unwrap();
        fs::write(parent.join("memory.max"), "max\n").unwrap();
        let hierarchy = Hierarchy { version: Version::V2, mount_point: tree.path().to_owned(), own: None };
        let cgroups = Cgroups { hierarchy, parent: parent.clone(), next: AtomicU32::new(0), moved_out: None };
        assert!(cgroups.reachable(Bytes(256 << 20)).is_ok());
        let error = cgroups.create(Some(Bytes(512 << 20))).unwrap_err().to_string();
        assert!(
            error.starts_with(
                "a limit of 512 MiB has no effect here, because this process is itself limited to 256 MiB"
            )
        );
        assert_eq!(fs::read_dir(parent).unwrap().count(), 1);
    }
}
