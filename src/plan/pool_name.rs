//! What the API's limits are shared by.

use std::fmt;

/// The streams that share limits of the API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PoolName {
    /// Those of the models of a pool, or of a single model.
    Named(String),
    /// Those for which no model is named.
    OfNoModel,
}

impl PoolName {
    /// The name, where a model is named.
    pub fn name(&self) -> Option<&str> {
        match self {
            PoolName::Named(name) => Some(name),
            PoolName::OfNoModel => None,
        }
    }
}

impl From<Option<String>> for PoolName {
    fn from(name: Option<String>) -> PoolName {
        name.map_or(PoolName::OfNoModel, PoolName::Named)
    }
}

impl fmt::Display for PoolName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name().unwrap_or("streams of no named model"))
    }
}
