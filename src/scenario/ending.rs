//! How the streams of a trial come to their ends.

use serde::{Deserialize, Serialize};

/// How the streams of a trial come to their ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Ending {
    /// All at once: what each takes when it ends is taken together.
    #[default]
    Together,
    /// One after the other, over as long as a stream's text takes: so many of a steady traffic end in that time (Little's law).
    Apart,
}

impl Ending {
    /// Both, the one that takes most memory first.
    pub const ALL: [Ending; 2] = [Ending::Together, Ending::Apart];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Ending::Together => "together",
            Ending::Apart => "apart",
        }
    }

    /// What it means, briefly.
    pub fn meaning(self) -> &'static str {
        match self {
            Ending::Together => "all at once",
            Ending::Apart => "one after the other, over as long as a text takes",
        }
    }
}
