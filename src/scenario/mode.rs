//! What the subject does with the text it receives.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What the subject does with the text it receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Keep the text, in whatever way the program does: what programs other than the built-in client are asked for.
    Retain,
    /// Keep every delta as a string of its own in an array.
    RetainChunks,
    /// Keep one growing string.
    RetainText,
    /// Keep every parsed event whole.
    RetainEvents,
    /// Process each delta and drop it.
    Drop,
}

impl Mode {
    /// Every mode, in the order of tables.
    pub const ALL: [Mode; 5] = [Mode::Retain, Mode::RetainChunks, Mode::RetainText, Mode::RetainEvents, Mode::Drop];

    /// The name used in files, tables and the subject's environment.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Retain => "retain",
            Mode::RetainChunks => "retain-chunks",
            Mode::RetainText => "retain-text",
            Mode::RetainEvents => "retain-events",
            Mode::Drop => "drop",
        }
    }

    /// The mode of that name.
    pub fn from_name(name: &str) -> Option<Mode> {
        Mode::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// Whether text outlives the event that brought it.
    pub fn retains(self) -> bool {
        match self {
            Mode::Retain | Mode::RetainChunks | Mode::RetainText | Mode::RetainEvents => true,
            Mode::Drop => false,
        }
    }

    /// The adjective for sentences: "one more *retained* stream".
    pub fn adjective(self) -> &'static str {
        if self.retains() { "retained" } else { "dropped" }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
