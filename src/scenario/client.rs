//! The program under measurement.

use super::Mode;
use super::held::Held;
use super::own_program::OwnProgram;
use crate::units::Bytes;
use serde::{Deserialize, Serialize};

/// The program under measurement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Client {
    /// The built-in client: reqwest, one shared client for all streams.
    Reqwest,
    /// One of the programs in `probes/`.
    Stack(Stack),
    /// Any command.
    Command(OwnProgram),
    /// A subject of known cost, for proving the harness: keeps `bytes` for each stream from its first text on.
    Ballast {
        /// Bytes kept per stream.
        bytes: Bytes,
        /// Whether every page of them is written to.
        touched: bool,
    },
}

/// A client stack for which `probes/` has a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stack {
    /// The official Node SDK, `messages.create({ stream: true })`.
    NodeSdk,
    /// The official Node SDK, `messages.stream()`.
    NodeSdkHelper,
    /// Node's own `fetch`.
    NodeFetch,
    /// The official Python SDK, asynchronous, `messages.create(stream=True)`.
    PythonSdk,
    /// The official Python SDK, asynchronous, `messages.stream()`.
    PythonSdkHelper,
    /// httpx, asynchronous.
    PythonHttpx,
    /// aiohttp.
    PythonAiohttp,
    /// curl, one process a stream.
    Curl,
    /// The Claude Agent SDK for Node, one agent a stream, each a process.
    ClaudeAgentSdk,
}

impl Stack {
    /// All of them, in the order of tables.
    pub const ALL: [Stack; 9] = [
        Stack::NodeSdk,
        Stack::NodeSdkHelper,
        Stack::NodeFetch,
        Stack::PythonSdk,
        Stack::PythonSdkHelper,
        Stack::PythonHttpx,
        Stack::PythonAiohttp,
        Stack::Curl,
        Stack::ClaudeAgentSdk,
    ];

    /// Whether each of its streams is that of an agent.
    pub fn holds_agents(self) -> bool {
        match self {
            Stack::ClaudeAgentSdk => true,
            Stack::NodeSdk
            | Stack::NodeSdkHelper
            | Stack::NodeFetch
            | Stack::PythonSdk
            | Stack::PythonSdkHelper
            | Stack::PythonHttpx
            | Stack::PythonAiohttp
            | Stack::Curl => false,
        }
    }

    /// The name used in files, tables and options.
    pub fn name(self) -> &'static str {
        match self {
            Stack::NodeSdk => "node-sdk",
            Stack::NodeSdkHelper => "node-sdk-helper",
            Stack::NodeFetch => "node-fetch",
            Stack::PythonSdk => "python-sdk",
            Stack::PythonSdkHelper => "python-sdk-helper",
            Stack::PythonHttpx => "python-httpx",
            Stack::PythonAiohttp => "python-aiohttp",
            Stack::Curl => "curl",
            Stack::ClaudeAgentSdk => "claude-agent-sdk",
        }
    }
}

impl Client {
    /// The name used in tables and charts, and as [`file_name_part`](crate::foreign::file_name_part) makes it in the names of files.
    pub fn name(&self) -> &str {
        match self {
            Client::Reqwest => "reqwest",
            Client::Stack(stack) => stack.name(),
            Client::Command(command) => command.name(),
            Client::Ballast { .. } => "ballast",
        }
    }

    /// Whether this program plays the client itself, on one thread and with little processor time for each event: then trials can run
    /// side by side, all modes of keeping text are there, and heaps can be profiled.
    pub fn is_built_in(&self) -> bool {
        match self {
            Client::Reqwest | Client::Ballast { .. } => true,
            Client::Stack(_) | Client::Command { .. } => false,
        }
    }

    /// What it opens when it is told to open streams.
    pub fn held(&self) -> Held {
        match self {
            Client::Stack(stack) if stack.holds_agents() => Held::Agent,
            Client::Reqwest | Client::Stack(_) | Client::Command(_) | Client::Ballast { .. } => Held::Stream,
        }
    }

    /// What this client does when it is asked for `mode`: only the built-in one knows different ways of keeping text.
    pub fn mode(&self, mode: Mode) -> Mode {
        if mode.retains() && !self.is_built_in() { Mode::Retain } else { mode }
    }

    /// Without words that look like an API key, for the record.
    pub(super) fn without_secrets(&self) -> Client {
        match self {
            Client::Command(command) => Client::Command(command.without_secrets()),
            Client::Reqwest | Client::Stack(_) | Client::Ballast { .. } => self.clone(),
        }
    }
}
