//! What was asked instead of what a plan says.

use serde::Serialize;

/// A value that was given over a plan's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WhatIf {
    /// The key in the plan.
    pub key: String,
    /// Its value now.
    pub value: String,
    /// What the plan says, if it says something; of several workloads, all that they say.
    pub instead: Option<String>,
}

impl WhatIf {
    /// `memory_limit 1GiB instead of 512MiB`.
    pub fn text(&self) -> String {
        let instead = self.instead.as_ref().map(|instead| format!(" instead of {instead}")).unwrap_or_default();
        format!("{} {}{instead}", self.key, self.value)
    }
}
