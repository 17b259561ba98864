//! Parsers of what the kernel says about memory: text or bytes in, numbers out. Nothing here opens a file.

pub mod cgroup;
pub mod procfs;
pub mod sockets;

pub use cgroup::ContainerMemory;
pub use procfs::{SmapsRollup, Statm, Status, faults_of_ended_children};
pub use sockets::{Ends, Skmem, Socket};
