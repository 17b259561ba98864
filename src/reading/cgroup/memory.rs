//! What a cgroup is charged for.

use super::{CgroupTextError, Version, field, required};
use serde::{Deserialize, Serialize};
use std::io;

/// The memory that a cgroup and those below it are charged for, in bytes.
///
/// | | version 1 | version 2 |
/// |---|---|---|
/// | usage | `memory.usage_in_bytes` | `memory.current` |
/// | anonymous | `total_rss` | `anon` |
/// | file | `total_cache` | `file` |
/// | shmem | `total_shmem` | `shmem` |
/// | kernel | `memory.kmem.usage_in_bytes` | `kernel` |
/// | socket | `memory.kmem.tcp.usage_in_bytes` | `sock` |
/// | peak | `memory.max_usage_in_bytes` | `memory.peak` |
/// | OOM kills | `oom_kill` of `memory.oom_control` | `oom_kill` of `memory.events` |
///
/// The other names are fields of `memory.stat`. Sources: Documentation/admin-guide/cgroup-v1/memory.rst, sections 2.7 and 5;
/// Documentation/admin-guide/cgroup-v2.rst, "Memory Interface Files".
///
/// # How exact it is
/// - *Usage* and *peak* are charged ahead, 64 pages at a time on each processor (`MEMCG_CHARGE_BATCH`, 32 before Linux 6.0): up to
///   256 KiB a processor more than what is used. Section 5.5 calls it a fuzz value.
/// - *Fields of `memory.stat`* lag. Since Linux 5.15 changes are summed up when about 64 pages a processor have come together, and else
///   every two seconds (`FLUSH_TIME` in mm/memcontrol.c; an idle machine may take longer). Read at once, the last 256 KiB a processor may
///   be missing; after two quiet seconds anonymous memory agrees with `smaps_rollup` to the page (Linux 6.18 and 6.1).
/// - *Kernel* is exact to a page a processor in version 1, and a field of `memory.stat` in version 2.
///
/// # Who is charged
/// A page is charged once, to the cgroup that touched it first (section 2.3). A file that was read before, such as a program's own code,
/// stays with whoever read it, so that page cache differs between the first trial and the next. Memory stays where it was charged when
/// its process moves: what `fork` took before a child joined its cgroup (task structure, kernel stack) is the parent's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerMemory {
    /// Which interface counted.
    pub version: Version,
    /// All that counts against the limit, charged ahead. Version 1 has kernel memory in it and sockets' buffers not, version 2 both.
    pub usage_bytes: u64,
    /// Pages that belong to no file: heaps and stacks.
    pub anonymous_bytes: u64,
    /// Page cache, mapped or not, and with it [`ContainerMemory::shmem_bytes`].
    pub file_bytes: u64,
    /// The part of the page cache that has no file on a disk to go back to: tmpfs and shared anonymous memory.
    pub shmem_bytes: u64,
    /// Slab, page tables, kernel stacks and the like. Before Linux 5.18 version 2 has no sum, and these four stand for it: `slab`,
    /// `kernel_stack`, `pagetables`, `percpu`.
    pub kernel_bytes: u64,
    /// Buffers of sockets. Version 1 counts TCP's alone, apart from its usage and its limit, and only in a cgroup whose
    /// `memory.kmem.tcp.limit_in_bytes` has been written to, as our own have; `None` where the kernel has no such counter.
    pub socket_bytes: Option<u64>,
    /// The highest usage since the cgroup was made; `None` in version 2 before Linux 5.19.
    pub peak_bytes: Option<u64>,
    /// Processes that the kernel killed for want of memory, be it this cgroup's limit, that of one above it, or the machine's end.
    /// Version 1 counts those of the cgroup itself, version 2 also those of cgroups below.
    pub oom_kills: u64,
}

impl ContainerMemory {
    /// Reads it through `read`, which fetches the text of the cgroup's file of that name.
    ///
    /// # Errors
    /// When a file is missing or cannot be read, or is not what the kernel's documentation says.
    pub fn parse(version: Version, read: impl FnMut(&'static str) -> io::Result<String>) -> io::Result<Self> {
        match version {
            Version::V1 => v1(read),
            Version::V2 => v2(read),
        }
    }

    /// What the kernel cannot take back before it has to kill: anonymous and shared memory, kernel memory and, where they count against
    /// the limit (version 2), sockets' buffers.
    ///
    /// It holds for cgroups that may not swap. It is an upper bound by what the kernel could shrink of its own caches (dentries, inodes),
    /// and a lower bound by pages of files that are locked in memory or wait to be written.
    pub fn unreclaimable_bytes(&self) -> u64 {
        let sockets = match self.version {
            Version::V1 => 0,
            Version::V2 => self.socket_bytes.unwrap_or(0),
        };
        [self.shmem_bytes, self.kernel_bytes, sockets].into_iter().fold(self.anonymous_bytes, u64::saturating_add)
    }
}

fn v1(mut read: impl FnMut(&'static str) -> io::Result<String>) -> io::Result<ContainerMemory> {
    let stat = read("memory.stat")?;
    let stat = |name| required(&stat, "memory.stat", name).map_err(io::Error::other);
    let (usage, kernel, peak) = ("memory.usage_in_bytes", "memory.kmem.usage_in_bytes", "memory.max_usage_in_bytes");
    Ok(ContainerMemory {
        version: Version::V1,
        usage_bytes: number(usage, read(usage)?)?,
        anonymous_bytes: stat("total_rss")?,
        file_bytes: stat("total_cache")?,
        shmem_bytes: stat("total_shmem")?,
        kernel_bytes: number(kernel, read(kernel)?)?,
        socket_bytes: optional("memory.kmem.tcp.usage_in_bytes", &mut read)?,
        peak_bytes: Some(number(peak, read(peak)?)?),
        oom_kills: oom_kills("memory.oom_control", &mut read)?,
    })
}

fn v2(mut read: impl FnMut(&'static str) -> io::Result<String>) -> io::Result<ContainerMemory> {
    let stat = read("memory.stat")?;
    let kernel_bytes = v2_kernel(&stat).map_err(io::Error::other)?;
    let stat = |name| required(&stat, "memory.stat", name).map_err(io::Error::other);
    Ok(ContainerMemory {
        version: Version::V2,
        usage_bytes: number("memory.current", read("memory.current")?)?,
        anonymous_bytes: stat("anon")?,
        file_bytes: stat("file")?,
        shmem_bytes: stat("shmem")?,
        kernel_bytes,
        socket_bytes: Some(stat("sock")?),
        peak_bytes: optional("memory.peak", &mut read)?,
        oom_kills: oom_kills("memory.events", &mut read)?,
    })
}

/// `kernel` is there since Linux 5.18 (commit a8c49af3be5f); `pagetables` and `percpu` are younger than the other two parts.
fn v2_kernel(stat: &str) -> Result<u64, CgroupTextError> {
    let file = "memory.stat";
    if let Some(all) = field(stat, file, "kernel")? {
        return Ok(all);
    }
    let parts = [
        required(stat, file, "slab")?,
        required(stat, file, "kernel_stack")?,
        field(stat, file, "pagetables")?.unwrap_or(0),
        field(stat, file, "percpu")?.unwrap_or(0),
    ];
    Ok(parts.into_iter().fold(0, u64::saturating_add))
}

fn oom_kills(file: &'static str, read: &mut impl FnMut(&'static str) -> io::Result<String>) -> io::Result<u64> {
    required(&read(file)?, file, "oom_kill").map_err(io::Error::other)
}

fn optional(file: &'static str, read: &mut impl FnMut(&'static str) -> io::Result<String>) -> io::Result<Option<u64>> {
    match read(file) {
        Ok(text) => number(file, text).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn number(file: &'static str, text: String) -> io::Result<u64> {
    text.trim().parse().map_err(|_| io::Error::other(CgroupTextError::Number { file }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A subject's cgroup on Linux 6.18: 64 MiB touched, 20 connections with 64 KiB unread each.
    const V1: [(&str, &str); 6] = [
        ("memory.usage_in_bytes", "69009408\n"),
        (
            "memory.stat",
            "cache 8192\nrss 0\nshmem 4096\nhierarchical_memory_limit 9223372036854771712\ntotal_cache 16384\n\
             total_rss 67108864\ntotal_rss_huge 2097152\ntotal_shmem 12288\ntotal_swap 0\n",
        ),
        ("memory.kmem.usage_in_bytes", "139264\n"),
        ("memory.kmem.tcp.usage_in_bytes", "1392640\n"),
        ("memory.max_usage_in_bytes", "70000640\n"),
        ("memory.oom_control", "oom_kill_disable 0\nunder_oom 1\noom_kill 3\n"),
    ];

    const V2: [(&str, &str); 4] = [
        ("memory.current", "69009408\n"),
        (
            "memory.stat",
            "anon 67108864\nfile 16384\nkernel 139264\nkernel_stack 16384\npagetables 65536\npercpu 8\nsock 1392640\n\
             vmalloc 0\nshmem 12288\nfile_mapped 4096\nslab_reclaimable 8\nslab_unreclaimable 8\nslab 16\n",
        ),
        ("memory.peak", "70000640\n"),
        ("memory.events", "low 0\nhigh 0\nmax 7\noom 2\noom_kill 3\noom_group_kill 0\n"),
    ];

    fn parse(version: Version, files: &[(&str, &str)]) -> io::Result<ContainerMemory> {
        ContainerMemory::parse(version, |name| {
            let file = files.iter().find(|(file, _)| *file == name);
            file.map(|(_, text)| (*text).to_owned()).ok_or_else(|| io::ErrorKind::NotFound.into())
        })
    }

    fn without<'a>(files: &[(&'a str, &'a str)], name: &str) -> Vec<(&'a str, &'a str)> {
        files.iter().copied().filter(|(file, _)| *file != name).collect()
    }

    #[test]
    fn both_versions_say_the_same_in_their_own_words() {
        let expected = ContainerMemory {
            version: Version::V1,
            usage_bytes: 69_009_408,
            anonymous_bytes: 64 << 20,
            file_bytes: 16_384,
            shmem_bytes: 12_288,
            kernel_bytes: 139_264,
            socket_bytes: Some(1_392_640),
            peak_bytes: Some(70_000_640),
            oom_kills: 3,
        };
        assert_eq!(parse(Version::V1, &V1).unwrap(), expected);
        assert_eq!(parse(Version::V2, &V2).unwrap(), ContainerMemory { version: Version::V2, ..expected });
    }

    #[test]
    fn sockets_count_against_the_limit_in_version_2_alone() {
        let (v1, v2) = (parse(Version::V1, &V1).unwrap(), parse(Version::V2, &V2).unwrap());
        let both = (64 << 20) + 12_288 + 139_264;
        assert_eq!(v1.unreclaimable_bytes(), both);
        assert_eq!(v2.unreclaimable_bytes(), both + 1_392_640);
    }

    #[test]
    fn what_a_kernel_does_not_count_is_not_zero() {
        let v1 = parse(Version::V1, &without(&V1, "memory.kmem.tcp.usage_in_bytes")).unwrap();
        assert_eq!(v1.socket_bytes, None);
        let v2 = parse(Version::V2, &without(&V2, "memory.peak")).unwrap();
        assert_eq!(v2.peak_bytes, None);
    }

    #[test]
    fn kernels_before_5_18_have_the_parts_only() {
        let older =
            |stat: &str| parse(Version::V2, &[&without(&V2, "memory.stat")[..], &[("memory.stat", stat)]].concat());
        let stat = "anon 1\nfile 2\nshmem 0\nsock 0\nkernel_stack 16\nslab 40\n";
        assert_eq!(older(stat).unwrap().kernel_bytes, 56);
        assert_eq!(older(&format!("{stat}pagetables 100\npercpu 1000\n")).unwrap().kernel_bytes, 1156);
        assert!(older("anon 1\nfile 2\nshmem 0\nsock 0\nkernel_stack 16\n").is_err());
    }

    #[test]
    fn what_is_missing_or_no_number_is_an_error_that_names_it() {
        for (version, files) in [(Version::V1, &V1[..]), (Version::V2, &V2[..])] {
            let optional = ["memory.kmem.tcp.usage_in_bytes", "memory.peak"];
            for (name, _) in files.iter().filter(|(name, _)| !optional.contains(name)) {
                let error = parse(version, &without(files, name)).unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::NotFound, "{name}");
            }
            for (name, _) in files {
                let broken = [&without(files, name)[..], &[(*name, "many\n")]].concat();
                let error = parse(version, &broken).unwrap_err().to_string();
                assert!(error.contains(name), "{name}: {error}");
            }
        }
    }
}
