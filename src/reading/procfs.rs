//! `/proc/PID/statm`, `smaps_rollup` and `status`. Field meanings: man pages proc_pid_statm(5), proc_pid_smaps(5), proc_pid_status(5).

use super::sockets::{Ends, IN_CONVERSATION};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

/// A text from `/proc` that is not what the manual says it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file} has no readable field '{field}'")]
pub struct ProcError {
    file: &'static str,
    field: &'static str,
}

/// Ports on which TCP sockets listen, and the sockets' inodes, by `/proc/PID/net/tcp` or `tcp6`: man page proc_pid_net(5). A line has the number,
/// both addresses, the state (0A is listening), three pairs of counters in as many fields, the user, a timeout, the inode.
pub fn listening(text: &str) -> Vec<(u16, u64)> {
    let port_and_inode = |line: &str| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let (_, port) = fields.get(1).filter(|_| fields.get(3) == Some(&"0A"))?.rsplit_once(':')?;
        Some((u16::from_str_radix(port, 16).ok()?, fields.get(9)?.parse().ok()?))
    };
    text.lines().filter_map(port_and_inode).collect()
}

/// The ends of TCP sockets that hold a conversation, and the sockets' inodes, by the same tables.
pub fn connected(text: &str) -> impl Iterator<Item = (Ends, u64)> {
    text.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let state = u8::from_str_radix(fields.get(3)?, 16).ok()?;
        let ends = Ends { local: address(fields.get(1)?)?, remote: address(fields.get(2)?)? };
        let inode = fields.get(9)?.parse().ok()?;
        IN_CONVERSATION.contains(&state).then_some((ends, inode))
    })
}

/// An address and a port as those tables print them: 32 bits at a time, each as the machine's own number of the bytes in network order.
fn address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let mut bytes = Vec::new();
    for word in address.as_bytes().chunks(8) {
        bytes.extend(u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?.to_ne_bytes());
    }
    let address = match *bytes {
        [a, b, c, d] => IpAddr::from([a, b, c, d]),
        // A socket of IPv6 may talk to one of IPv4.
        _ => IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?).to_canonical(),
    };
    Some(SocketAddr::new(address, u16::from_str_radix(port, 16).ok()?))
}

/// The inodes of sockets within this machine, by `/proc/PID/net/unix`: man page proc_pid_net(5). A line has the number, a count, protocol, flags,
/// type, state, inode, and a path where there is one.
pub fn unix_sockets(text: &str) -> impl Iterator<Item = u64> {
    text.lines().filter_map(|line| line.split_ascii_whitespace().nth(6)?.parse().ok())
}

/// Whether `/proc/PID/status` says that the process ignores the signal of that number: bit number - 1 of the hexadecimal `SigIgn`.
pub fn ignores(text: &str, signal: i32) -> bool {
    let mask = text.lines().find_map(|line| line.strip_prefix("SigIgn:")).map(str::trim);
    let mask = mask.and_then(|mask| u64::from_str_radix(mask, 16).ok()).unwrap_or(0);
    signal.checked_sub(1).and_then(|bit| mask.checked_shr(bit as u32)).is_some_and(|mask| mask & 1 == 1)
}

/// The fields of `statm` that matter here, in pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statm {
    /// Resident set: anonymous, file and shared memory pages.
    pub resident_pages: u32,
    /// The part of it that belongs to files or shared memory.
    pub shared_pages: u32,
}

impl Statm {
    /// Parses the one line of `statm`: size, resident, shared, text, lib, data, dt.
    ///
    /// # Errors
    /// When the second or third field is missing or not a number.
    pub fn parse(text: &str) -> Result<Statm, ProcError> {
        let mut fields = text.split_ascii_whitespace().skip(1);
        let mut next = |field| {
            let text = fields.next().ok_or(ProcError { file: "statm", field })?;
            text.parse::<u32>().map_err(|_| ProcError { file: "statm", field })
        };
        Ok(Statm { resident_pages: next("resident")?, shared_pages: next("shared")? })
    }

    /// The sum of two.
    pub fn plus(self, other: Statm) -> Statm {
        Statm {
            resident_pages: self.resident_pages.saturating_add(other.resident_pages),
            shared_pages: self.shared_pages.saturating_add(other.shared_pages),
        }
    }

    /// Resident pages that belong to no file: what the process itself has written.
    pub fn anonymous_pages(self) -> u32 {
        self.resident_pages.saturating_sub(self.shared_pages)
    }
}

/// The sums of `smaps_rollup`, in bytes. The kernel walks the page table for them, so they are exact and cost about 10 µs a MiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmapsRollup {
    /// Resident set size.
    pub rss_bytes: u64,
    /// Resident pages, each divided by the number of processes that map it.
    pub pss_bytes: u64,
    /// Pages that belong to no file.
    pub anonymous_bytes: u64,
    /// The same, each divided by the number of processes that map it. Only relatives share such pages, after a fork.
    pub pss_anonymous_bytes: u64,
    /// Swapped-out pages.
    pub swap_bytes: u64,
    /// Pages of hugetlbfs, its own and shared ones, which no other number here has in it: they come out of a pool of their own, and are
    /// charged to a controller of their own.
    #[serde(default)]
    pub hugetlb_bytes: u64,
    /// Pages that the program has given back with `MADV_FREE` (man page madvise(2)) and not written since: resident, anonymous and charged,
    /// until the kernel wants them, which it does before it kills.
    #[serde(default)]
    pub lazy_free_bytes: u64,
}

impl SmapsRollup {
    /// Parses `smaps_rollup`.
    ///
    /// # Errors
    /// When a field is missing or not a number of kB.
    pub fn parse(text: &str) -> Result<SmapsRollup, ProcError> {
        let field = |field| kilobytes(text, "smaps_rollup", field);
        Ok(SmapsRollup {
            rss_bytes: field("Rss:")?,
            pss_bytes: field("Pss:")?,
            anonymous_bytes: field("Anonymous:")?,
            pss_anonymous_bytes: field("Pss_Anon:")?,
            swap_bytes: field("Swap:")?,
            // Kernels that are built without hugetlbfs have no such lines.
            hugetlb_bytes: field("Private_Hugetlb:").unwrap_or(0) + field("Shared_Hugetlb:").unwrap_or(0),
            // Since Linux 4.12.
            lazy_free_bytes: field("LazyFree:").unwrap_or(0),
        })
    }

    /// The sum of two.
    pub fn plus(self, other: SmapsRollup) -> SmapsRollup {
        SmapsRollup {
            rss_bytes: self.rss_bytes + other.rss_bytes,
            pss_bytes: self.pss_bytes + other.pss_bytes,
            anonymous_bytes: self.anonymous_bytes + other.anonymous_bytes,
            pss_anonymous_bytes: self.pss_anonymous_bytes + other.pss_anonymous_bytes,
            swap_bytes: self.swap_bytes + other.swap_bytes,
            hugetlb_bytes: self.hugetlb_bytes + other.hugetlb_bytes,
            lazy_free_bytes: self.lazy_free_bytes + other.lazy_free_bytes,
        }
    }

    /// Resident pages of files: the program's code and its libraries.
    pub fn file_bytes(self) -> u64 {
        self.rss_bytes.saturating_sub(self.anonymous_bytes)
    }
}

/// A part of a file, as a process has it mapped: device, inode and offset, as `smaps` prints them.
pub type MappedPart<'a> = (&'a str, &'a str, &'a str);

/// Resident bytes of every part of a file that a process has mapped, from `smaps`; shared memory is a file too. Pages that the process has
/// written to and therefore has for itself are not in it. Parts that are mapped twice come twice.
pub fn mapped_files(smaps: &str) -> impl Iterator<Item = (MappedPart<'_>, u64)> {
    let mut part = None;
    let mut resident = 0;
    smaps.lines().filter_map(move |line| {
        let mut words = line.split_ascii_whitespace();
        let (first, second) = (words.next()?, words.next()?);
        match first {
            "Rss:" => resident = second.parse::<u64>().ok()? * 1024,
            "Anonymous:" => {
                let written = second.parse::<u64>().ok()? * 1024;
                return part.take().map(|part| (part, resident.saturating_sub(written)));
            }
            // A mapping's own line: addresses, permissions, offset, device, inode, path. What belongs to no file has inode 0.
            _ if !first.ends_with(':') => {
                let (offset, device, inode) = (words.next()?, words.next()?, words.next()?);
                part = (inode != "0").then_some((device, inode, offset));
            }
            _ => {}
        }
        None
    })
}

/// The devices, major and minor number, of all file systems in memory (tmpfs) that a process sees, from its `mountinfo`: man page
/// proc_pid_mountinfo(5). Field 3 is the device; the type follows a hyphen that stands alone.
pub fn memory_file_systems(mountinfo: &str) -> impl Iterator<Item = (u64, u64)> {
    mountinfo.lines().filter_map(|line| {
        let (mount, of_what) = line.split_once(" - ")?;
        let (major, minor) = mount.split_ascii_whitespace().nth(2)?.split_once(':')?;
        let device = (major.parse().ok()?, minor.parse().ok()?);
        (of_what.split_ascii_whitespace().next() == Some("tmpfs")).then_some(device)
    })
}

/// Proportional resident bytes of the mappings of `smaps` that `wanted` picks by their addresses, first and behind the last, and their path.
/// Memory that one process has mapped several times counts once.
pub fn resident_where(smaps: &str, wanted: impl Fn(std::ops::Range<u64>, &str) -> bool) -> u64 {
    let (mut is_wanted, mut sum) = (false, 0_u64);
    for line in smaps.lines() {
        let mut words = line.split_ascii_whitespace();
        let Some(first) = words.next() else { continue };
        if first == "Pss:" {
            let kibibytes = words.next().and_then(|number| number.parse::<u64>().ok()).filter(|_| is_wanted);
            sum = sum.saturating_add(kibibytes.unwrap_or(0).saturating_mul(1024));
        } else if let Some((from, to)) = first.split_once('-') {
            let address = |text: &str| u64::from_str_radix(text, 16).ok();
            // Permissions, offset, device and inode stand before the path.
            let path = words.nth(4).unwrap_or_default();
            is_wanted = address(from).zip(address(to)).is_some_and(|(from, to)| wanted(from..to, path));
        }
    }
    sum
}

/// The fields of `status` that matter here, each of which a kernel may leave out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// `VmHWM`: the highest RSS since the program was started, bytes. Unlike `ru_maxrss` it does not carry over from the parent.
    pub high_water_bytes: Option<u64>,
    /// `Threads`.
    pub threads: Option<u32>,
    /// `VmPTE`: its page tables, bytes.
    pub page_tables_bytes: Option<u64>,
}

impl Status {
    /// The sum of two; of what one of them lacks there is no sum.
    pub fn plus(self, other: Status) -> Status {
        Status {
            high_water_bytes: self.high_water_bytes.zip(other.high_water_bytes).map(|(a, b)| a + b),
            threads: self.threads.zip(other.threads).map(|(a, b)| a + b),
            page_tables_bytes: self.page_tables_bytes.zip(other.page_tables_bytes).map(|(a, b)| a + b),
        }
    }

    /// Parses `status`.
    pub fn parse(text: &str) -> Status {
        Status {
            high_water_bytes: kilobytes(text, "status", "VmHWM:").ok(),
            threads: number(text, "status", "Threads:").ok().map(|threads| threads as u32),
            page_tables_bytes: kilobytes(text, "status", "VmPTE:").ok(),
        }
    }
}

/// The value of a `/proc/meminfo` field such as `MemTotal:`, in bytes.
///
/// # Errors
/// When the field is missing or not a number.
pub fn meminfo(text: &str, field: &'static str) -> Result<u64, ProcError> {
    kilobytes(text, "meminfo", field)
}

/// The word in brackets of a `/sys` choice such as `always [madvise] never`.
pub fn chosen(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('[')?;
    Some(rest.split_once(']')?.0)
}

/// The kernel prints "kB" and means 1,024 bytes.
fn kilobytes(text: &str, file: &'static str, field: &'static str) -> Result<u64, ProcError> {
    Ok(number(text, file, field)?.saturating_mul(1024))
}

fn number(text: &str, file: &'static str, field: &'static str) -> Result<u64, ProcError> {
    text.lines()
        .find_map(|line| line.strip_prefix(field))
        .and_then(|rest| rest.split_ascii_whitespace().next())
        .and_then(|value| value.parse().ok())
        .ok_or(ProcError { file, field })
}

/// Minor faults of a process's children that it has waited for, and of theirs, of its `stat`: a page of memory each, or a huge one (field 11,
/// `cminflt`, man page proc_pid_stat(5)). The program's name stands in brackets and may have blanks and brackets in it.
pub fn faults_of_ended_children(stat: &str) -> Option<u64> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    behind_name.split_ascii_whitespace().nth(8)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listening_ports() {
        let text = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
             0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 35061 1 0000 100 0 0 10 0\n   \
             1: 0100007F:0BB8 0100007F:A2E6 01 00000000:00000000 00:00000000 00000000  1000        0 35062 1 0000 20 4 0 10 -1\n   \
             0: 00000000000000000000000001000000:FFFF 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 \
             00000000     0        0 35063 1 0000 100 0 0 10 0\n";
        assert_eq!(listening(text), [(3000, 35061), (65535, 35063)]);
        assert_eq!(listening("a 0A\n\n1: x:y z 0A\n"), []);
    }

    #[test]
    fn both_ends_of_a_connection() {
        let line = |number: u8, local: &str, remote: &str, state: &str, inode: u8| {
            format!(
                "{number}: {local} {remote} {state} 00000000:00000000 00:00000000 00000000 0 0 {inode} 1 0 20 4 30 10 -1\n"
            )
        };
        // As a little-endian machine prints 127.0.0.1, and the same to a socket of IPv6.
        let (client, server) = ("0100007F:0BB8", "0000000000000000FFFF00000100007F:A2E6");
        let here = line(0, client, "0100007F:A2E6", "01", 7)
            + &line(1, server, "0000000000000000FFFF00000100007F:0BB8", "08", 9);
        if cfg!(target_endian = "little") {
            let seen: Vec<_> = connected(&here).collect();
            assert_eq!(seen[0].0, seen[1].0.reversed());
            assert_eq!((seen[0].0.local.to_string(), seen[0].1, seen[1].1), ("127.0.0.1:3000".to_owned(), 7, 9));
        }
        for state in ["0A", "06", "02"] {
            assert_eq!(connected(&line(0, client, client, state, 7)).count(), 0, "listens, waits or is not there yet");
        }
        assert_eq!(connected("a b c d\n0: 1:2 3 01\n").count(), 0);
    }

    #[test]
    fn ignored_signals() {
        // A process that nohup(1) started, in the background of a shell without job control: SIGHUP 1, SIGINT 2, SIGQUIT 3.
        let status = "Name:\tprobe\nSigBlk:\t0000000000000001\nSigIgn:\t0000000000001007\nSigCgt:\t0000000000000440\n";
        let ignored: Vec<i32> = (-1..70).filter(|signal| ignores(status, *signal)).collect();
        assert_eq!(ignored, [1, 2, 3, 13]);
        assert!(!ignores("", 1) && !ignores("SigIgn:\tx\n", 1));
    }

    #[test]
    fn statm_fields() {
        let statm = Statm::parse("2035 1472 1125 9 0 120 0\n").unwrap();
        assert_eq!(statm, Statm { resident_pages: 1472, shared_pages: 1125 });
        assert_eq!(statm.anonymous_pages(), 347);
        assert!(Statm::parse("").is_err());
        assert!(Statm::parse("1 x 3").is_err());
    }

    #[test]
    fn smaps_rollup_fields() {
        let text = "55d0-7ffe ---p 00000000 00:00 0    [rollup]\nRss:    5880 kB\nPss:    4000 kB\nPss_Anon:  10 kB\n\
                    Anonymous:   1388 kB\nSwap:     12 kB\nSwapPss:   1 kB\nLazyFree:   8 kB\n";
        let rollup = SmapsRollup::parse(text).unwrap();
        assert_eq!(rollup.rss_bytes, 5880 * 1024);
        assert_eq!(rollup.file_bytes(), (5880 - 1388) * 1024);
        assert_eq!(rollup.swap_bytes, 12 * 1024);
        assert_eq!(rollup.lazy_free_bytes, 8 * 1024);
        assert_eq!(
            SmapsRollup::parse("Rss: 1 kB").unwrap_err().to_string(),
            "smaps_rollup has no readable field 'Pss:'"
        );
    }

    #[test]
    fn files_of_smaps() {
        let text = "5600-5700 r--p 00001000 fe:00 42      /bin/a b\nSize: 8 kB\nRss: 8 kB\nAnonymous: 4 kB\nVmFlags: rd\n\
                    7f00-7f10 rw-p 00000000 00:00 0 \nRss: 64 kB\nAnonymous: 64 kB\n\
                    7f20-7f30 rw-s 00000000 00:01 7 /dev/zero (deleted)\nRss: 12 kB\nAnonymous: 0 kB\n";
        let files: Vec<_> = mapped_files(text).collect();
        assert_eq!(files, [(("fe:00", "42", "00001000"), 4096), (("00:01", "7", "00000000"), 12_288)]);
        assert_eq!(mapped_files("nonsense\n: :\n").count(), 0);
    }

    #[test]
    fn file_systems_in_memory() {
        let text = "22 28 0:20 / /proc rw,nosuid shared:13 - proc proc rw\n26 23 0:23 / /dev/shm rw shared:4 - tmpfs tmpfs rw,inode64\n\
                    30 23 0:5 / /dev rw - devtmpfs none rw\n41 28 259:1 /a\\040-\\040b /mnt rw - ext4 /dev/tmpfs rw\n";
        assert_eq!(memory_file_systems(text).collect::<Vec<_>>(), [(0, 23)]);
        assert_eq!(memory_file_systems("nonsense\n - tmpfs\n").count(), 0);
    }

    #[test]
    fn resident_memory_of_some_mappings() {
        let text = "5600-5700 r--p 00001000 fe:00 42      /bin/a b\nRss: 8 kB\nPss: 4 kB\nPss_Dirty: 3 kB\n\
                    7f00-7f10 rw-p 00000000 00:00 0 \nPss: 64 kB\nVmFlags: rd\n7f20-7f30 rw-s 0 00:01 7 /memfd:heap (deleted)\nPss: 12 kB\n";
        assert_eq!(resident_where(text, |_, _| true), 80 << 10);
        assert_eq!(resident_where(text, |range, _| range.start >= 0x7f00 && range.end <= 0x7f10), 64 << 10);
        assert_eq!(resident_where(text, |_, path| path == "/memfd:heap"), 12 << 10);
        assert_eq!(resident_where("nonsense\n-\nPss: 9 kB\n", |_, _| true), 0);
    }

    #[test]
    fn faults_of_children_behind_any_name() {
        let stat = "17 (a ) b) S 1 17 17 0 -1 4194560 250 7911 3 0 5 6 7 8 20 0 1";
        assert_eq!(faults_of_ended_children(stat), Some(7911));
        assert_eq!(faults_of_ended_children("17 (a) S 1"), None);
        assert_eq!(faults_of_ended_children(""), None);
    }

    #[test]
    fn status_and_meminfo() {
        let status = Status::parse("Name:\tx\nVmHWM:\t    2048 kB\nVmPTE:\t     72 kB\nThreads:\t3\n");
        let tables = Some(72 << 10);
        assert_eq!(status, Status { high_water_bytes: Some(2 << 20), threads: Some(3), page_tables_bytes: tables });
        let without_peak = Status::parse("Name:\tx\nThreads:\t3\n");
        let (high_water_bytes, page_tables_bytes) = (None, None);
        assert_eq!(without_peak, Status { high_water_bytes, threads: Some(3), page_tables_bytes });
        assert_eq!(status.plus(without_peak), Status { high_water_bytes, threads: Some(6), page_tables_bytes });
        assert_eq!(meminfo("MemTotal: 4 kB\nSwapTotal:  8 kB\n", "SwapTotal:"), Ok(8192));
        assert_eq!(chosen("always [madvise] never\n"), Some("madvise"));
        assert_eq!(chosen("nothing"), None);
    }
}
