//! How a client is started: the built-in one as this program itself, those of `probes/` by their runtimes, commands as given.

use super::{PLAYS, ROLE};
use crate::scenario::{Client, Stack};
use std::env;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// Where the programs of other client stacks lie, and where this program was built from.
const FOLDER: &str = "probes";

/// Who plays the built-in client where this program does not.
const PROBE: &str = "probe";

/// A program that can be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The program and its arguments.
    pub words: Vec<String>,
}

/// Why a client cannot be started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// This program cannot find its own file.
    #[error("cannot find this program's own file to start it as the subject")]
    OwnProgram,
    /// Nobody plays the built-in client.
    #[error(
        "the built-in client runs in a process of its own, and nothing here plays it: call stream_probe::play_if_asked() first in main, or \
         install probe on the PATH"
    )]
    NobodyPlays,
    /// The folder of programs is not there.
    #[error(
        "client {client} needs the folder {FOLDER}/ of this program's repository, and there is none here: run probe from a clone of it"
    )]
    NoFolder {
        /// For which client.
        client: &'static str,
    },
    /// A runtime is not installed.
    #[error("client {client} needs {runtime}, which is not on the PATH: install it{}", .then.as_ref().map(|install| format!(", then run: {install}")).unwrap_or_default())]
    NoRuntime {
        /// Which client.
        client: &'static str,
        /// What is missing.
        runtime: &'static str,
        /// What to run then, if anything.
        then: Option<String>,
    },
    /// Its packages are not installed.
    #[error("client {client} is not installed; run: {install}")]
    NotInstalled {
        /// Which client.
        client: &'static str,
        /// The one command that installs it.
        install: String,
    },
}

/// What a stack's program consists of.
struct Recipe {
    /// Its folder in `probes/`.
    folder: &'static str,
    runtime: Runtime,
    /// Behind the program's file.
    argument: Option<&'static str>,
}

enum Runtime {
    /// Node; whether packages have to be installed.
    Node {
        packages: bool,
    },
    /// Python in a virtual environment.
    Python,
    Shell,
}

/// How `client` is started.
///
/// # Errors
/// When something that it needs is not there; the text says what to run.
pub fn program(client: &Client) -> Result<Program, ProgramError> {
    let words = match client {
        Client::Reqwest | Client::Ballast { .. } => {
            let player = if PLAYS.load(Ordering::Relaxed) {
                env::current_exe().map_err(|_| ProgramError::OwnProgram)?.display().to_string()
            } else if on_path(PROBE) {
                PROBE.to_owned()
            } else {
                return Err(ProgramError::NobodyPlays);
            };
            vec![player, ROLE.to_owned()]
        }
        Client::Stack(stack) => stack_words(*stack)?,
        Client::Command(command) => command.words().to_vec(),
    };
    Ok(Program { words })
}

fn stack_words(stack: Stack) -> Result<Vec<String>, ProgramError> {
    let client = stack.name();
    let recipe = recipe(stack);
    let folder = folder().ok_or(ProgramError::NoFolder { client })?.join(recipe.folder);
    let then = recipe.install(&folder);
    let needs = |runtime: &'static str| {
        if on_path(runtime) { Ok(()) } else { Err(ProgramError::NoRuntime { client, runtime, then: then.clone() }) }
    };
    let path = |relative: &str| folder.join(relative).display().to_string();
    let installed = |relative: &str| match &then {
        Some(install) if !folder.join(relative).exists() => {
            Err(ProgramError::NotInstalled { client, install: install.clone() })
        }
        _ => Ok(()),
    };
    let mut words = match recipe.runtime {
        Runtime::Node { packages } => {
            needs("node")?;
            if packages {
                installed("node_modules")?;
            }
            // Without the flag a program cannot collect its garbage when it is asked to.
            vec!["node".to_owned(), "--expose-gc".to_owned(), path("main.mjs")]
        }
        Runtime::Python => {
            needs("python3")?;
            installed(".venv/bin/python")?;
            vec![path(".venv/bin/python"), path("main.py")]
        }
        Runtime::Shell => {
            needs("curl")?;
            vec!["sh".to_owned(), path("main.sh")]
        }
    };
    words.extend(recipe.argument.map(str::to_owned));
    Ok(words)
}

fn recipe(stack: Stack) -> Recipe {
    let (folder, runtime, argument) = match stack {
        Stack::NodeSdk => ("node-sdk", Runtime::Node { packages: true }, None),
        Stack::NodeSdkHelper => ("node-sdk", Runtime::Node { packages: true }, Some("helper")),
        Stack::NodeFetch => ("node-fetch", Runtime::Node { packages: false }, None),
        Stack::PythonSdk => ("python-sdk", Runtime::Python, None),
        Stack::PythonSdkHelper => ("python-sdk", Runtime::Python, Some("helper")),
        Stack::PythonHttpx => ("python-httpx", Runtime::Python, None),
        Stack::PythonAiohttp => ("python-aiohttp", Runtime::Python, None),
        Stack::Curl => ("curl", Runtime::Shell, None),
        Stack::ClaudeAgentSdk => ("claude-agent-sdk", Runtime::Node { packages: true }, None),
    };
    Recipe { folder, runtime, argument }
}

impl Recipe {
    /// The one command that installs what it needs beside its runtime, if it needs anything.
    fn install(&self, folder: &Path) -> Option<String> {
        let folder = folder.display();
        match self.runtime {
            Runtime::Node { packages: true } => Some(format!("npm ci --prefix {folder}")),
            Runtime::Python => Some(format!(
                "python3 -m venv {folder}/.venv && {folder}/.venv/bin/pip install --require-hashes -r {folder}/requirements.txt"
            )),
            Runtime::Node { packages: false } | Runtime::Shell => None,
        }
    }
}

/// `probes/` here, else in the clone from which this program was built.
fn folder() -> Option<PathBuf> {
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
    [PathBuf::from(FOLDER), built_from].into_iter().find(|folder| folder.join("curl/main.sh").exists())
}

fn on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
