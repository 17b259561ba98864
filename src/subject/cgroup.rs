//! placeholder until merge
use crate::reading::ContainerMemory;
use crate::units::Bytes;
use std::fs::File;
use std::io;
/// p
#[derive(Debug)]
pub struct Cgroups;
/// p
#[derive(Debug)]
pub struct Cgroup;
/// p
#[derive(Debug, Clone, thiserror::Error)]
#[error("none")]
pub struct CgroupError;
impl Cgroups {
    /// p
    pub fn detect() -> Result<Cgroups, CgroupError> {
        Err(CgroupError)
    }
    /// p
    pub fn create(&self, _name: &str, _limit: Option<Bytes>) -> Result<Cgroup, CgroupError> {
        Err(CgroupError)
    }
}
impl Cgroup {
    /// p
    pub fn read(&self) -> io::Result<ContainerMemory> {
        Ok(ContainerMemory::default())
    }
    /// p
    pub fn processes_file(&self) -> io::Result<File> {
        Err(io::Error::other("x"))
    }
}
