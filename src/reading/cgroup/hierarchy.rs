//! From `/proc/PID/cgroup` and `/proc/self/mountinfo` to the directory in which a process's memory is counted.

use super::Version;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// The hierarchy that counts a process's memory, as this machine or container sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hierarchy {
    /// The interface.
    pub version: Version,
    /// Where it is mounted: its root, or in a container often the container's own cgroup.
    pub mount_point: PathBuf,
    /// The process's own directory; `None` where it lies outside of what is mounted, as it may in a container.
    pub own: Option<PathBuf>,
}

/// Why there is no directory in which memory is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HierarchyError {
    /// The process is in no cgroup that could count memory.
    #[error(
        "this kernel counts no memory by cgroup: it needs the memory controller (kernel command line cgroup_enable=memory)"
    )]
    NotCounted,
    /// The file system through which one looks at it is not there.
    #[error(
        "the cgroup version {0} file system that counts memory is not mounted: mount it, on most systems at /sys/fs/cgroup"
    )]
    NotMounted(Version),
}

impl Hierarchy {
    /// Finds it. `proc_cgroup` is the text of the process's `/proc/PID/cgroup`, `mountinfo` that of `/proc/self/mountinfo`.
    ///
    /// A line `N:…,memory,…:/path` means version 1, also where a unified hierarchy is mounted beside it; else `0::/path` means version 2.
    /// Whether version 2 has the memory controller is written in its `cgroup.controllers` and not here.
    ///
    /// # Errors
    /// When the process is in no such cgroup, or its hierarchy is not mounted.
    pub fn find(proc_cgroup: &str, mountinfo: &str) -> Result<Hierarchy, HierarchyError> {
        let (version, path) = membership(proc_cgroup).ok_or(HierarchyError::NotCounted)?;
        let mounts: Vec<Mount> = mountinfo.lines().filter_map(|line| Mount::parse(line, version)).collect();
        // The same hierarchy may be mounted more than once, each time with another part of it; one that shows the process is the best.
        let seen = mounts.iter().find_map(|mount| Some((mount, mount.directory_of(path)?)));
        let (mount, own) = match seen {
            Some((mount, own)) => (mount, Some(own)),
            None => (mounts.first().ok_or(HierarchyError::NotMounted(version))?, None),
        };
        Ok(Hierarchy { version, mount_point: mount.point.clone(), own })
    }

    /// `directory` and those above it, up to the mount point.
    pub fn upwards<'a>(&'a self, directory: &'a Path) -> impl Iterator<Item = &'a Path> {
        directory.ancestors().take_while(|level| level.starts_with(&self.mount_point))
    }
}

/// Version and path of the cgroup that counts memory: lines `hierarchy:controllers:path` (man page cgroups(7)).
pub(super) fn membership(proc_cgroup: &str) -> Option<(Version, &str)> {
    let lines = || {
        proc_cgroup.lines().filter_map(|line| {
            let (id, rest) = line.split_once(':')?;
            let (controllers, path) = rest.split_once(':')?;
            Some((id, controllers, path))
        })
    };
    let v1 = lines().find(|(_, controllers, _)| controllers.split(',').any(|name| name == "memory"));
    let v2 = || lines().find(|(id, controllers, _)| *id == "0" && controllers.is_empty());
    v1.map(|(_, _, path)| (Version::V1, path)).or_else(|| v2().map(|(_, _, path)| (Version::V2, path)))
}

/// One mount of a hierarchy.
struct Mount {
    /// Which of its cgroups is the mount's root. In a container it may be the container's own, or above it (`/..`).
    root: PathBuf,
    point: PathBuf,
}

impl Mount {
    /// A line of mountinfo: id, parent, device, root, mount point, options, optional fields, `-`, type, source, super options
    /// (man page proc_pid_mountinfo(5)). `None` for all that is not such a hierarchy.
    fn parse(line: &str, version: Version) -> Option<Mount> {
        let (left, right) = line.split_once(" - ")?;
        let mut right = right.split(' ');
        let (kind, options) = (right.next()?, right.nth(1)?);
        let wanted = match version {
            Version::V1 => kind == "cgroup" && options.split(',').any(|option| option == "memory"),
            Version::V2 => kind == "cgroup2",
        };
        let mut left = left.split(' ').skip(3);
        let (root, point) = (left.next()?, left.next()?);
        wanted.then(|| Mount { root: unescape(root), point: unescape(point) })
    }

    /// Where the cgroup `path` is, if this mount shows it. A path that leads up (`/..`) is outside of the reader's cgroup namespace
    /// (man page cgroup_namespaces(7)).
    fn directory_of(&self, path: &str) -> Option<PathBuf> {
        let below = Path::new(path).strip_prefix(&self.root).ok()?;
        let inside = below.components().all(|part| matches!(part, Component::Normal(_)));
        // `join` with nothing would end in a slash.
        inside.then(|| self.point.iter().chain(below).collect())
    }
}

/// Spaces, tabs, line ends, backslashes and hashes are written as three octal digits.
fn unescape(text: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..3).filter(|_| first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[3..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    PathBuf::from(OsStr::from_bytes(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1_MOUNT: &str = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n";
    const V2_MOUNT: &str = "41 31 0:38 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n";
    const UNIFIED: &str = "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

    fn found(proc_cgroup: &str, mountinfo: &str) -> (Version, String, Option<String>) {
        let hierarchy = Hierarchy::find(proc_cgroup, mountinfo).unwrap();
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        (hierarchy.version, text(hierarchy.mount_point), hierarchy.own.map(text))
    }

    fn own(proc_cgroup: &str, mountinfo: &str) -> Option<String> {
        found(proc_cgroup, mountinfo).2
    }

    #[test]
    fn version_1() {
        let cgroup = "9:name=systemd:/x\n4:cpu,memory:/batch/a:b\n3:cpuset:/\n";
        assert_eq!(own(cgroup, V1_MOUNT).as_deref(), Some("/sys/fs/cgroup/memory/batch/a:b"));
        assert_eq!(own("4:memory:/\n", V1_MOUNT).as_deref(), Some("/sys/fs/cgroup/memory"));
    }

    #[test]
    fn version_2() {
        let expected = (Version::V2, "/sys/fs/cgroup".to_owned(), Some("/sys/fs/cgroup/user.slice/s.scope".to_owned()));
        assert_eq!(found("0::/user.slice/s.scope\n", V2_MOUNT), expected);
    }

    /// Version 1 for memory, and an empty unified hierarchy for systemd.
    #[test]
    fn hybrid_is_version_1_wherever_the_lines_stand() {
        for cgroup in ["4:memory:/a\n0::/b\n", "0::/b\n4:memory:/a\n"] {
            let mounts = format!("{UNIFIED}{V1_MOUNT}");
            assert_eq!(own(cgroup, &mounts).as_deref(), Some("/sys/fs/cgroup/memory/a"));
        }
        assert_eq!(own("1:name=memory:/a\n0::/b\n", UNIFIED).as_deref(), Some("/sys/fs/cgroup/unified/b"));
    }

    /// In a container the mount shows a part of the hierarchy, and the path may or may not be within it.
    #[test]
    fn containers() {
        let mount = |root: &str| format!("35 31 0:32 {root} /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
        let v1 = |path: &str, root: &str| own(&format!("4:memory:{path}\n"), &mount(root));
        assert_eq!(v1("/docker/c1", "/docker/c1").as_deref(), Some("/sys/fs/cgroup/memory"));
        assert_eq!(v1("/docker/c1/sub", "/docker/c1").as_deref(), Some("/sys/fs/cgroup/memory/sub"));
        assert_eq!(v1("/docker/c10", "/docker/c1"), None, "a name that only begins alike is another cgroup");
        assert_eq!(v1("/", "/.."), None, "the mount begins above the namespace");
        assert_eq!(v1("/../b", "/"), None, "the process is outside of the namespace");
        assert_eq!(v1("/../b/c", "/../b").as_deref(), Some("/sys/fs/cgroup/memory/c"));
        let both = format!("{}{}", mount("/docker/other"), V1_MOUNT.replace("/sys/fs", "/host/sys/fs"));
        assert_eq!(own("4:memory:/docker/c1\n", &both).as_deref(), Some("/host/sys/fs/cgroup/memory/docker/c1"));
        let outside = found("4:memory:/\n", &mount("/docker/c1"));
        assert_eq!(outside, (Version::V1, "/sys/fs/cgroup/memory".to_owned(), None));
    }

    #[test]
    fn mount_points_with_spaces() {
        let mount = "1 2 0:3 / /mnt/my\\040cgroups\\134 rw - cgroup2 none rw\n";
        assert_eq!(own("0::/a b\n", mount).as_deref(), Some("/mnt/my cgroups\\/a b"));
        assert_eq!(unescape("\\04x\\999\\"), Path::new("\\04x\\999\\"));
    }

    #[test]
    fn what_is_missing_is_said() {
        assert_eq!(Hierarchy::find("", V2_MOUNT), Err(HierarchyError::NotCounted));
        assert_eq!(Hierarchy::find("3:cpuset:/\n", V1_MOUNT), Err(HierarchyError::NotCounted));
        assert_eq!(Hierarchy::find("4:memory:/\n", V2_MOUNT), Err(HierarchyError::NotMounted(Version::V1)));
        let error = Hierarchy::find("0::/\n", V1_MOUNT).unwrap_err().to_string();
        assert!(error.starts_with("the cgroup version 2 file system"), "{error}");
    }

    #[test]
    fn upwards_ends_at_the_mount_point() {
        let hierarchy = Hierarchy::find("0::/a/b\n", V2_MOUNT).unwrap();
        let own = hierarchy.own.clone().unwrap();
        let levels: Vec<&str> = hierarchy.upwards(&own).filter_map(Path::to_str).collect();
        assert_eq!(levels, ["/sys/fs/cgroup/a/b", "/sys/fs/cgroup/a", "/sys/fs/cgroup"]);
    }
}
