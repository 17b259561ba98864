//! Readings of `/proc` and of the kernel's socket tables. It looks at the subject from outside, so that nothing of the
//! measuring is in the number.

mod beside;
mod files;
mod machine;
mod process;
mod series;
mod sockets;
mod tree;

pub use beside::BesideSampler;
pub use files::{Channels, OpenFiles};
pub use machine::{
    FileLimitError, environment, ephemeral_ports, is_ignored, memory_files, page_bytes, raise_file_limit,
};
pub use process::Process;
pub use series::{Sample, Sampler};
pub use sockets::SocketTable;
pub use tree::{Gone, Totals, Tree, children, owners, without_owner};
