//! What a stream holds, and how it is sent.

use serde::{Deserialize, Serialize};

/// What a stream is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// One long text block.
    LongForm,
    /// One short text block: 1,200 characters unless told otherwise.
    Chat,
    /// A thinking block with its signature, then text.
    Thinking,
    /// A little text, then tool calls whose input arrives in pieces.
    ToolUse,
    /// First a call of the tool Bash, which does nothing, from who offers it; then one long text block. The call is answered at once and is
    /// no stream of its own: what is held is the answer to its result.
    Agent,
}

impl Shape {
    /// Every one.
    pub const ALL: [Shape; 5] = [Shape::LongForm, Shape::Chat, Shape::Thinking, Shape::ToolUse, Shape::Agent];

    /// What it is, for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Shape::LongForm => "One long text block",
            Shape::Chat => "One short text block: 1,200 characters unless told otherwise",
            Shape::Thinking => "A thinking block with its signature, then text",
            Shape::ToolUse => "A little text, then tool calls whose input arrives in pieces",
            Shape::Agent => {
                "A call of the tool Bash, if it is offered, and once it has brought its result one long text block"
            }
        }
    }

    /// The name used in files and options.
    pub fn name(self) -> &'static str {
        match self {
            Shape::LongForm => "long-form",
            Shape::Chat => "chat",
            Shape::Thinking => "thinking",
            Shape::ToolUse => "tool-use",
            Shape::Agent => "agent",
        }
    }

    /// Characters in a stream when the user names no number. 60,000 is the published case this project reproduces.
    pub fn default_chars(self) -> u32 {
        match self {
            Shape::LongForm | Shape::Thinking | Shape::ToolUse | Shape::Agent => 60_000,
            Shape::Chat => 1_200,
        }
    }
}

/// One stream's content, the same for all streams of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamSpec {
    /// What it is made of.
    pub shape: Shape,
    /// Characters of text, thinking and tool input together.
    pub chars: u32,
    /// Characters in every delta; `None` follows the recorded distribution.
    pub delta_chars: Option<u32>,
}

impl Default for StreamSpec {
    /// One long text of 60,000 characters.
    fn default() -> StreamSpec {
        let shape = Shape::LongForm;
        StreamSpec { shape, chars: shape.default_chars(), delta_chars: None }
    }
}

/// The HTTP version between subject and simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Http {
    /// HTTP/1.1: one connection a stream.
    #[serde(rename = "1")]
    One,
    /// HTTP/2: streams share connections.
    #[serde(rename = "2")]
    Two,
}

impl Http {
    /// Every one.
    pub const ALL: [Http; 2] = [Http::One, Http::Two];

    /// What it is, for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Http::One => "HTTP/1.1: one connection a stream",
            Http::Two => "HTTP/2: streams share connections",
        }
    }

    /// The same, written.
    pub fn digit(self) -> &'static str {
        match self {
            Http::One => "1",
            Http::Two => "2",
        }
    }

    /// `1` or `2`.
    pub fn version(self) -> u8 {
        match self {
            Http::One => 1,
            Http::Two => 2,
        }
    }
}
