//! Where cgroups of our own may be created, how that is made possible, and who has to be swept there.

use super::group::{Cgroup, Claim};
use super::write;
use crate::reading::cgroup::{Hierarchy, Version};
use nix::unistd::{AccessFlags, access};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// What all our cgroups' names begin with, so that left-over ones can be told from everybody else's.
const PREFIX: &str = "probe-";

/// The name of this process's cgroup of that number.
pub fn name(number: u32) -> String {
    format!("{PREFIX}{}-{number}", process::id())
}

/// A cgroup that could become the parent of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// As it is.
    AsItIs(PathBuf),
    /// This process's own, once this process has left it for one below it.
    MovedOut(PathBuf),
}

impl Candidate {
    /// The parent to be.
    pub fn directory(&self) -> &Path {
        match self {
            Candidate::AsItIs(directory) | Candidate::MovedOut(directory) => directory,
        }
    }

    /// Does what is necessary for children with a memory controller. What has to be undone for that is undone when the answer is dropped;
    /// it has to be kept as long as there are such children.
    pub fn prepare(&self, version: Version) -> io::Result<Option<Arc<MovedOut>>> {
        match (version, self) {
            (Version::V1, _) => Ok(None),
            (Version::V2, Candidate::AsItIs(directory)) => {
                give_memory(directory)?;
                // To move a process one has to be allowed to write this file of the lowest cgroup above both ends
                // (cgroup-v2.rst, "Delegation Containment").
                access(&directory.join("cgroup.procs"), AccessFlags::W_OK)?;
                Ok(MovedOut::current())
            }
            (Version::V2, Candidate::MovedOut(directory)) => MovedOut::of(directory).map(Some),
        }
    }
}

/// The candidates, best first.
pub fn candidates(hierarchy: &Hierarchy) -> Vec<Candidate> {
    let own = hierarchy.own.clone();
    let root = hierarchy.mount_point.clone();
    match (hierarchy.version, own) {
        (Version::V1, Some(own)) if own != root => vec![Candidate::AsItIs(own), Candidate::AsItIs(root)],
        (Version::V1, _) | (Version::V2, None) => vec![Candidate::AsItIs(root)],
        (Version::V2, Some(own)) => {
            let beside = own.parent().filter(|_| own != root).map(|above| Candidate::AsItIs(above.to_owned()));
            [Some(Candidate::AsItIs(own.clone())), beside, Some(Candidate::MovedOut(own))]
                .into_iter()
                .flatten()
                .collect()
        }
    }
}

/// Switches the memory controller on for the children of `directory`; says whether it was off.
fn give_memory(directory: &Path) -> io::Result<bool> {
    let names_memory = |file: &str| -> io::Result<bool> {
        Ok(fs::read_to_string(directory.join(file))?.split_ascii_whitespace().any(|name| name == "memory"))
    };
    if !names_memory("cgroup.controllers")? {
        return Err(io::Error::other("it has no memory controller to give"));
    }
    if names_memory("cgroup.subtree_control")? {
        return Ok(false);
    }
    let given = write(&directory.join("cgroup.subtree_control"), "+memory").map_err(|error| match error.kind() {
        io::ErrorKind::ResourceBusy => io::Error::other("processes are in it, and then it may have no such children"),
        _ => error,
    });
    given.map(|()| true)
}

/// The move that holds for this process, which is in one cgroup at a time: whoever else creates cgroups meanwhile keeps it up as well.
static CURRENT: Mutex<Weak<MovedOut>> = Mutex::new(Weak::new());

/// This process, moved one level below its own cgroup. Dropping it moves the process back, as far as the kernel lets it.
#[derive(Debug)]
pub struct MovedOut {
    own: PathBuf,
    below: PathBuf,
    /// Whether `own` had no memory controller for its children before.
    gave_memory: bool,
    _claim: Option<Claim>,
}

impl MovedOut {
    fn current() -> Option<Arc<MovedOut>> {
        CURRENT.lock().unwrap_or_else(PoisonError::into_inner).upgrade()
    }

    /// Moves this process from `own`, in which it must be alone, into a cgroup below, and makes `own` a parent. Nobody else is moved.
    fn of(own: &Path) -> io::Result<Arc<MovedOut>> {
        if fs::read_to_string(own.join("cgroup.procs"))?.trim() != process::id().to_string() {
            return Err(io::Error::other("other processes are in it, which are not ours to move"));
        }
        let below = own.join(format!("{PREFIX}{}-itself", process::id()));
        fs::create_dir(&below)?;
        // From here on dropping it leaves things as they were.
        let _claim = Claim::of(&below).ok();
        let mut moved = MovedOut { own: own.to_owned(), below, gave_memory: false, _claim };
        write(&moved.below.join("cgroup.procs"), "0")?;
        moved.gave_memory = give_memory(own)?;
        let moved = Arc::new(moved);
        *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&moved);
        Ok(moved)
    }
}

impl Drop for MovedOut {
    fn drop(&mut self) {
        // In this order: a cgroup that gives its children memory takes no process ("No Internal Process Constraint"), and one with a
        // process in it is not removed. What fails leaves this process as well off one level below, in a cgroup that is swept later.
        if self.gave_memory {
            let _ = write(&self.own.join("cgroup.subtree_control"), "-memory");
        }
        let _ = write(&self.own.join("cgroup.procs"), "0").and_then(|()| fs::remove_dir(&self.below));
    }
}

/// Removes cgroups below `parent` that dead processes of this program left, and kills who lives in them: subjects, and what they started. Nobody
/// else is put there.
pub fn sweep(parent: &Path, version: Version) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let owner = entry.file_name().to_str().and_then(owner);
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            // Another process may be sweeping too, and what does not end now is swept next time.
            let _ = Cgroup::left_over(version, entry.path()).and_then(Cgroup::remove);
        }
    }
}

/// The process that a cgroup of ours is named after; `None` for everybody else's.
fn owner(name: &str) -> Option<u32> {
    name.strip_prefix(PREFIX)?.split_once('-')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hierarchy(version: Version, own: Option<&str>) -> Hierarchy {
        Hierarchy { version, mount_point: PathBuf::from("/cg"), own: own.map(PathBuf::from) }
    }

    fn as_it_is(directory: &str) -> Candidate {
        Candidate::AsItIs(PathBuf::from(directory))
    }

    #[test]
    fn version_1_in_the_own_cgroup_or_at_the_root() {
        let v1 = |own| candidates(&hierarchy(Version::V1, own));
        assert_eq!(v1(Some("/cg/a/b")), [as_it_is("/cg/a/b"), as_it_is("/cg")]);
        assert_eq!(v1(Some("/cg")), [as_it_is("/cg")]);
        assert_eq!(v1(None), [as_it_is("/cg")]);
    }

    #[test]
    fn version_2_in_it_or_beside_it_or_after_moving_out_and_never_above_the_mount() {
        let v2 = |own| candidates(&hierarchy(Version::V2, own));
        let moved = |directory: &str| Candidate::MovedOut(PathBuf::from(directory));
        assert_eq!(v2(Some("/cg/a/b")), [as_it_is("/cg/a/b"), as_it_is("/cg/a"), moved("/cg/a/b")]);
        assert_eq!(v2(Some("/cg")), [as_it_is("/cg"), moved("/cg")]);
        assert_eq!(v2(None), [as_it_is("/cg")]);
    }

    #[test]
    fn only_our_own_names_have_an_owner() {
        assert_eq!(owner(&name(7)), Some(process::id()));
        assert_eq!(owner("probe-12-itself"), Some(12));
        for foreign in
            ["probe-x-1", "probe-12", "probe", "xprobe-12-1", "user.slice", "probe--1", "probe-99999999999-1"]
        {
            assert_eq!(owner(foreign), None, "{foreign}");
        }
    }

    /// A tree of plain files says all there is to say before anything is written.
    #[test]
    fn a_cgroup_without_memory_to_give_is_refused_and_left_as_it_was() {
        let tree = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| fs::write(tree.path().join(name), text).unwrap();
        let candidate = Candidate::AsItIs(tree.path().to_owned());
        let prepare =
            || candidate.prepare(Version::V2).map(|moved| assert!(moved.is_none())).map_err(|error| error.to_string());
        assert!(prepare().is_err(), "no such files");
        file("cgroup.controllers", "cpu memory.swap\n");
        file("cgroup.subtree_control", "cpu\n");
        assert_eq!(prepare(), Err("it has no memory controller to give".to_owned()));
        assert_eq!(fs::read_to_string(tree.path().join("cgroup.subtree_control")).unwrap(), "cpu\n");
        file("cgroup.controllers", "cpu memory\n");
        file("cgroup.procs", "1\n");
        let alone = Candidate::MovedOut(tree.path().to_owned()).prepare(Version::V2).unwrap_err();
        assert_eq!(alone.to_string(), "other processes are in it, which are not ours to move");
        assert_eq!(prepare(), Ok(()));
        assert_eq!(fs::read_to_string(tree.path().join("cgroup.subtree_control")).unwrap(), "+memory");
    }

    /// In a tree of plain files, which shows what is written where.
    #[test]
    fn a_move_is_undone_when_nobody_needs_it() {
        let tree = tempfile::tempdir().unwrap();
        let (own, below) = (tree.path().to_owned(), tree.path().join("below"));
        let text = |name: &str| fs::read_to_string(tree.path().join(name)).unwrap();
        for (gave_memory, control) in [(true, "-memory"), (false, "")] {
            fs::create_dir(&below).unwrap();
            fs::write(own.join("cgroup.subtree_control"), "").unwrap();
            fs::write(own.join("cgroup.procs"), "").unwrap();
            let moved = Arc::new(MovedOut { own: own.clone(), below: below.clone(), gave_memory, _claim: None });
            let of_a_cgroup = Arc::clone(&moved);
            drop(moved);
            assert!(below.exists() && text("cgroup.procs").is_empty(), "somebody needs it");
            drop(of_a_cgroup);
            assert_eq!((text("cgroup.subtree_control").as_str(), text("cgroup.procs").as_str()), (control, "0"));
            assert!(!below.exists());
        }
    }

    #[test]
    fn a_move_that_fails_leaves_nothing() {
        let tree = tempfile::tempdir().unwrap();
        let alone = process::id().to_string();
        fs::write(tree.path().join("cgroup.procs"), &alone).unwrap();
        // A plain directory has no cgroup.procs to move into.
        let error = Candidate::MovedOut(tree.path().to_owned()).prepare(Version::V2).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        let left: Vec<_> = fs::read_dir(tree.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["cgroup.procs"]);
    }
}
