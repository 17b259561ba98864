//! What a container is charged: from the subject's own cgroup, or an estimate.

use crate::reading::cgroup::Version;
use crate::run::{Phase, Plateau, Run};
use serde::{Deserialize, Serialize};

/// Where the number for a container comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum ContainerSource {
    /// The subject's own cgroup, version 1: anonymous and kernel memory. TCP buffers are not charged there.
    CgroupV1,
    /// The subject's own cgroup, version 2: anonymous, kernel and socket memory.
    CgroupV2,
    /// Resident memory, the subject's own files in memory, socket buffers, and the kernel's structures: an allowance, or its page tables and
    /// the stacks of its threads where these are more.
    Estimated,
}

/// Kernel memory of one TCP socket beside its buffers: `struct tcp_sock`, inode, file and directory entry, measured as half of what a pair
/// on loopback adds to `memory.kmem.usage_in_bytes` (5.1 kB, Linux 6.18).
const SOCKET_STRUCTURES: f64 = 2600.0;
/// Kernel memory of one process beside that: kernel stacks, page tables, descriptors. Measured in cgroups (v1, Linux 6.18): 120 KiB for the
/// built-in client, a shell or a curl, 200 to 390 for Python, 1.1 to 3 MiB for Node with its 11 threads. This is between, and an allowance.
const PROCESS_STRUCTURES: f64 = 262_144.0;
/// What the kernel keeps of that for one thread: its stack, `THREAD_SIZE` of x86-64 and arm64 (Documentation/arch/x86/kernel-stacks.rst).
const THREAD_STACK: f64 = 16_384.0;

impl ContainerSource {
    /// A line of mixed sources would be none: the cgroup's where every trial of the series has it.
    pub(super) fn of(run: &Run, series: u32) -> ContainerSource {
        let trials = run.trials.iter().filter(|trial| trial.series == series);
        let plateaus = trials.filter_map(|trial| trial.plateau(Phase::Full));
        let mut versions = plateaus.map(|plateau| plateau.container.map(|memory| memory.version));
        match versions.next() {
            Some(Some(version)) if versions.all(|other| other == Some(version)) => match version {
                Version::V1 => ContainerSource::CgroupV1,
                Version::V2 => ContainerSource::CgroupV2,
            },
            _ => ContainerSource::Estimated,
        }
    }

    /// The charge on a plateau with so much resident memory, bytes: from the cgroup; or resident memory, files in memory beside it, socket
    /// buffers, and what the kernel keeps beside.
    pub(super) fn charge(self, plateau: &Plateau, resident: f64) -> Option<f64> {
        match self {
            ContainerSource::CgroupV1 | ContainerSource::CgroupV2 => {
                Some(plateau.container?.unreclaimable_bytes() as f64)
            }
            ContainerSource::Estimated => {
                let users = plateau.user_sockets.unwrap_or_default();
                let buffers = plateau.sockets?.total() + users.memory.total();
                let count = plateau.connections? + users.connections;
                let sockets = buffers as f64 + f64::from(count) * SOCKET_STRUCTURES;
                let files = plateau.own_memory_files_bytes.unwrap_or(0) as f64;
                Some(resident + files + sockets + structures(plateau))
            }
        }
    }
}

/// What the kernel keeps of the processes themselves: the allowance, unless what is known of it is more.
fn structures(plateau: &Plateau) -> f64 {
    let tables = plateau.page_tables_bytes.map_or(0.0, |bytes| bytes as f64);
    let stacks = plateau.threads.map_or(0.0, |threads| f64::from(threads) * THREAD_STACK);
    (f64::from(plateau.processes) * PROCESS_STRUCTURES).max(tables + stacks)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = include_str!("../../output/gallery/24-streams/run.json");

    #[test]
    fn page_tables_count_where_they_are_more_than_the_allowance() {
        let run: Run = serde_json::from_str(RUN).unwrap();
        let mut plateau = run.trials[0].plateau(Phase::Full).unwrap().clone();
        let charge = |plateau: &Plateau| ContainerSource::Estimated.charge(plateau, 0.0).unwrap();
        let flat = charge(&plateau);
        (plateau.page_tables_bytes, plateau.threads) = (Some(65_536), Some(2));
        assert_eq!(charge(&plateau), flat);
        (plateau.page_tables_bytes, plateau.threads) = (Some(1 << 20), Some(4));
        assert_eq!(charge(&plateau) - flat, 1_048_576.0 + 65_536.0 - 262_144.0);
        plateau.own_memory_files_bytes = Some(5);
        assert_eq!(charge(&plateau) - flat, 1_048_576.0 + 65_536.0 - 262_144.0 + 5.0);
    }
}
