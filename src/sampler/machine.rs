//! The machine and its settings: what can move a memory number, and what limits the number of streams.

use crate::reading::cgroup::Version;
use crate::reading::procfs::{chosen, ignores, meminfo};
use crate::run::Environment;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::fs;
use std::path::Path;

/// Reads the machine's facts. What cannot be read is left empty or 0 rather than stopping a measurement.
pub fn environment(subject_worker_threads: u32) -> Environment {
    let meminfo_text = read("/proc/meminfo");
    let open_files_limit = getrlimit(Resource::RLIMIT_NOFILE).map_or(0, |(_, hard)| hard);
    Environment {
        kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        architecture: std::env::consts::ARCH.to_owned(),
        processors: std::thread::available_parallelism().map_or(0, |count| count.get() as u32),
        memory_bytes: meminfo(&meminfo_text, "MemTotal:").unwrap_or(0),
        page_bytes: page_bytes(),
        transparent_huge_pages: chosen(&read("/sys/kernel/mm/transparent_hugepage/enabled"))
            .unwrap_or("unknown")
            .to_owned(),
        swap_bytes: meminfo(&meminfo_text, "SwapTotal:").unwrap_or(0),
        cgroup_version: cgroup_version(&read("/proc/self/cgroup")),
        address_randomisation: read("/proc/sys/kernel/randomize_va_space").trim().parse().unwrap_or(0),
        malloc_arena_max: std::env::var("MALLOC_ARENA_MAX").ok(),
        subject_worker_threads,
        open_files_limit,
    }
}

/// Files in memory of the whole machine, bytes: tmpfs, memfd, shared memory (man page proc_meminfo(5)).
pub fn memory_files() -> Option<u64> {
    meminfo(&read("/proc/meminfo"), "Shmem:").ok()
}

/// Whether this process ignores the signal of that number.
pub fn is_ignored(signal: i32) -> bool {
    ignores(&read("/proc/self/status"), signal)
}

/// The kernel's page size in bytes.
pub fn page_bytes() -> u64 {
    use nix::unistd::{SysconfVar, sysconf};
    sysconf(SysconfVar::PAGE_SIZE).ok().flatten().map_or(4096, |bytes| bytes as u64)
}

/// Version 2 may be mounted without being in charge of anything; then it is not where it is on machines that use it alone.
fn cgroup_version(text: &str) -> Option<Version> {
    let mounted = |version: &Version| match version {
        Version::V1 => true,
        Version::V2 => Path::new("/sys/fs/cgroup/cgroup.controllers").exists(),
    };
    Version::of(text).filter(mounted)
}

/// How many ports the kernel hands out for outgoing connections to one address and port.
pub fn ephemeral_ports() -> u32 {
    // Linux's default is 32768 to 60999.
    ports_in(&read("/proc/sys/net/ipv4/ip_local_port_range")).unwrap_or(28_232)
}

fn ports_in(text: &str) -> Option<u32> {
    let mut bounds = text.split_ascii_whitespace().map(|bound| bound.parse::<u32>().ok());
    let (low, high) = (bounds.next()??, bounds.next()??);
    Some(high.checked_sub(low)? + 1)
}

/// More files are needed than the hard limit allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{streams} streams need {} open files in one process and the hard limit is {hard}: {}raise the limit (ulimit -Hn as root, \
     LimitNOFILE= for a service, --ulimit nofile= for a container)",
    needed(*streams, *files_a_stream, *spare),
    fewer(*files_a_stream, *spare, *hard)
)]
pub struct FileLimitError {
    /// Streams asked for.
    pub streams: u32,
    /// Files for each of them.
    pub files_a_stream: u32,
    /// Files for everything else.
    pub spare: u64,
    /// The hard limit.
    pub hard: u64,
}

/// Raises the soft limit of open files to the hard one, and checks that `streams` of `files_a_stream` files each fit with `spare` files for
/// everything else. Gives the limit.
/// Children inherit the limit.
///
/// # Errors
/// When the hard limit is too low.
pub fn raise_file_limit(streams: u32, files_a_stream: u32, spare: u64) -> Result<u64, FileLimitError> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap_or((1024, 1024));
    if soft < hard {
        // Raising the soft limit up to the hard one needs no privilege; where it fails the check below still speaks.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
    let (limit, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap_or((soft, hard));
    if needed(streams, files_a_stream, spare) > limit {
        return Err(FileLimitError { streams, files_a_stream, spare, hard });
    }
    Ok(limit)
}

fn needed(streams: u32, files_a_stream: u32, spare: u64) -> u64 {
    u64::from(streams) * u64::from(files_a_stream) + spare
}

/// The advice to open fewer streams, where that would help.
fn fewer(files_a_stream: u32, spare: u64, hard: u64) -> String {
    match hard.saturating_sub(spare).checked_div(u64::from(files_a_stream)) {
        None | Some(0) => String::new(),
        Some(1) => "use one stream, or ".to_owned(),
        Some(fit) => format!("use at most {fit} streams, or "),
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cgroup_versions() {
        assert_eq!(cgroup_version("4:memory:/a\n0::/\n"), Some(Version::V1));
        assert_eq!(cgroup_version("5:cpu,memory:/a\n"), Some(Version::V1));
        assert_eq!(cgroup_version(""), None);
    }

    #[test]
    fn port_range() {
        assert_eq!(ports_in("32768\t60999\n"), Some(28_232));
        assert_eq!(ports_in("nonsense"), None);
    }

    #[test]
    fn the_file_limit_names_the_number_that_fits() {
        for (files_a_stream, needed, fit) in [(1, 30_100, 19_900), (2, 60_100, 9_950), (3, 90_100, 6_633)] {
            let error = FileLimitError { streams: 30_000, files_a_stream, spare: 100, hard: 20_000 }.to_string();
            assert!(error.contains(&format!("need {needed} open files")), "{error}");
            assert!(error.contains(&format!("use at most {fit} streams")), "{error}");
        }
        // Where no number fits, or the number does not matter, none is named.
        for (files_a_stream, hard) in [(1, 100), (1, 20), (0, 20)] {
            let error = FileLimitError { streams: 30_000, files_a_stream, spare: 100, hard }.to_string();
            assert!(error.contains("raise the limit") && !error.contains("at most"), "{error}");
        }
    }
}
