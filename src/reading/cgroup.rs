//! placeholder until merge
use serde::{Deserialize, Serialize};
/// placeholder
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerMemory {
    /// u
    pub usage_bytes: u64,
    /// a
    pub anonymous_bytes: u64,
    /// f
    pub file_bytes: u64,
    /// k
    pub kernel_bytes: u64,
    /// s
    pub socket_bytes: u64,
    /// p
    pub peak_bytes: Option<u64>,
    /// o
    pub oom_kills: u64,
}
impl ContainerMemory {
    /// x
    pub fn unreclaimable_bytes(&self) -> u64 {
        self.anonymous_bytes + self.kernel_bytes + self.socket_bytes
    }
}
