//! Memory control groups: where a process is counted, what is counted there, and the limit that applies to it.
//!
//! The kernel has two interfaces, version 1 and version 2 (man page cgroups(7)), and a machine may mount both; memory is counted by one of
//! them. What a container is killed for is decided here and not by RSS. Nothing in this module opens a file: whoever calls it hands in
//! texts, or a function that fetches the text of a file that is named here.

mod hierarchy;
mod limit;
mod memory;

pub use hierarchy::{Hierarchy, HierarchyError};
pub use limit::effective_limit;
pub use memory::ContainerMemory;

use serde::{Deserialize, Serialize};
use std::fmt;

/// Which of the kernel's two interfaces counts memory. They count different things: see [`ContainerMemory`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Version {
    /// One hierarchy for each controller (Documentation/admin-guide/cgroup-v1/memory.rst).
    V1,
    /// One unified hierarchy (Documentation/admin-guide/cgroup-v2.rst).
    V2,
}

impl Version {
    /// The one that counts the memory of a process, by the text of its `/proc/PID/cgroup`; `None` where neither may.
    pub fn of(proc_cgroup: &str) -> Option<Version> {
        hierarchy::membership(proc_cgroup).map(|(version, _)| version)
    }

    /// 1 or 2.
    pub fn number(self) -> u8 {
        match self {
            Version::V1 => 1,
            Version::V2 => 2,
        }
    }
}

/// A version as records write it: its number, or 0 where there is none.
pub mod version_or_0 {
    use super::Version;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes it.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(version: &Option<Version>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(version.map_or(0, Version::number))
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it is a number of no version.
    pub fn deserialize<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Option<Version>, D::Error> {
        match u8::deserialize(deserializer)? {
            0 => Ok(None),
            1 => Ok(Some(Version::V1)),
            2 => Ok(Some(Version::V2)),
            other => Err(D::Error::custom(format!("there is no cgroup version {other}"))),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number())
    }
}

/// A cgroup file that is not what the kernel's documentation says it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CgroupTextError {
    /// A field of a file of `key value` lines is missing or no number.
    #[error("{file} has no readable field '{field}'")]
    Field {
        /// The file's name.
        file: &'static str,
        /// The field.
        field: &'static str,
    },
    /// A file that holds one number does not.
    #[error("{file} is not a number")]
    Number {
        /// The file's name.
        file: &'static str,
    },
}

/// The value of `field` in a file of `key value` lines; `None` where no line has exactly that key.
fn field(text: &str, file: &'static str, field: &'static str) -> Result<Option<u64>, CgroupTextError> {
    let value = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(' '));
    let number = |value: &str| value.trim().parse().map_err(|_| CgroupTextError::Field { file, field });
    value.map(number).transpose()
}

/// The value of a field that has to be there.
fn required(text: &str, file: &'static str, name: &'static str) -> Result<u64, CgroupTextError> {
    field(text, file, name)?.ok_or(CgroupTextError::Field { file, field: name })
}
