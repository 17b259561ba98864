//! The limit that applies to a cgroup: the lowest of its own and of all above it.

use super::{Hierarchy, Version, required};
use crate::units::Bytes;
use std::io;
use std::path::{Path, PathBuf};

/// From here on a number is no limit. Version 1 prints 2^63 less a page for "none", some container managers write 2^62, and no machine
/// has that much memory.
const NO_LIMIT: u64 = 1 << 62;

/// The limit that holds for processes in `directory` of `hierarchy`; `None` where there is none. `read` fetches the text of a file.
///
/// Orchestrators often set the limit on a parent. Version 2 is walked up to the mount point, beyond which a container sees nothing. In
/// version 1 the kernel itself says the lowest on the way to the root, also of parents that a container does not see
/// (`hierarchical_memory_limit`, Documentation/admin-guide/cgroup-v1/memory.rst, section 5.2).
///
/// # Errors
/// When a file that is there cannot be read or understood.
pub fn effective_limit(
    hierarchy: &Hierarchy,
    directory: &Path,
    mut read: impl FnMut(PathBuf) -> io::Result<String>,
) -> io::Result<Option<Bytes>> {
    match hierarchy.version {
        Version::V1 => {
            let stat = read(directory.join("memory.stat"))?;
            let limit = required(&stat, "memory.stat", "hierarchical_memory_limit").map_err(io::Error::other)?;
            Ok(real(limit))
        }
        Version::V2 => {
            let mut lowest: Option<Bytes> = None;
            for level in hierarchy.upwards(directory) {
                let limit = match read(level.join("memory.max")) {
                    Ok(text) => parse_max(&text)?,
                    // The root has no such file, and neither has a level on which memory is not counted.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                    Err(error) => return Err(error),
                };
                lowest = lowest.into_iter().chain(limit).min();
            }
            Ok(lowest)
        }
    }
}

/// `memory.max`: a number of bytes, or `max`.
fn parse_max(text: &str) -> io::Result<Option<Bytes>> {
    match text.trim() {
        "max" => Ok(None),
        number => number.parse().map(real).map_err(|_| io::Error::other("memory.max is neither a number nor 'max'")),
    }
}

/// Nothing runs in 0 bytes: there it stands for "not set".
fn real(bytes: u64) -> Option<Bytes> {
    (1..NO_LIMIT).contains(&bytes).then_some(Bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn limit(version: Version, files: &[(&str, &str)]) -> io::Result<Option<Bytes>> {
        let hierarchy = Hierarchy { version, mount_point: PathBuf::from("/cg"), own: None };
        let files: HashMap<PathBuf, &str> = files.iter().map(|(file, text)| (PathBuf::from(file), *text)).collect();
        effective_limit(&hierarchy, Path::new("/cg/pod/container"), |file| {
            files.get(&file).map(|text| (*text).to_owned()).ok_or_else(|| io::ErrorKind::NotFound.into())
        })
    }

    #[test]
    fn version_2_takes_the_lowest_on_the_way_up() {
        let v2 = |own, pod, root| {
            let files = [("/cg/pod/container/memory.max", own), ("/cg/pod/memory.max", pod), ("/cg/memory.max", root)];
            limit(Version::V2, &files).unwrap().map(|bytes| bytes.0)
        };
        assert_eq!(v2("max\n", "max\n", "max\n"), None);
        assert_eq!(v2("max\n", "536870912\n", "max\n"), Some(512 << 20), "on a parent");
        assert_eq!(v2("1000\n", "2000\n", "3000\n"), Some(1000));
        assert_eq!(v2("3000\n", "2000\n", "1000\n"), Some(1000));
        assert_eq!(v2("0\n", "4611686018427387904\n", "7\n"), Some(7), "0 and 2^62 are no limits");
        assert_eq!(limit(Version::V2, &[]).unwrap(), None, "memory is counted on no level");
        let above = limit(Version::V2, &[("/memory.max", "5\n"), ("/cg/memory.max", "9\n")]);
        assert_eq!(above.unwrap(), Some(Bytes(9)), "what is above the mount point is another file system");
    }

    #[test]
    fn version_1_asks_the_kernel() {
        let v1 = |value: &str| {
            let stat = format!("cache 1\nhierarchical_memory_limit {value}\nhierarchical_memsw_limit 5\n");
            limit(Version::V1, &[("/cg/pod/container/memory.stat", &stat)]).map(|limit| limit.map(|bytes| bytes.0))
        };
        assert_eq!(v1("9223372036854771712").unwrap(), None);
        assert_eq!(v1("9223372036854775808").unwrap(), None, "2^63");
        assert_eq!(v1("0").unwrap(), None);
        assert_eq!(v1("536870912").unwrap(), Some(512 << 20));
        assert!(v1("plenty").unwrap_err().to_string().contains("'hierarchical_memory_limit'"));
    }

    #[test]
    fn nonsense_is_an_error() {
        assert!(limit(Version::V2, &[("/cg/pod/memory.max", "12 MB\n")]).is_err());
        assert!(limit(Version::V1, &[]).is_err());
    }
}
