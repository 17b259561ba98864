//! The tables `[process]` and `[memory]`, and which memory line a workload has.

use super::document::{Entry, TomlTable};
use super::quantity::{FACTOR_OR_NONE, SIZE, band, one, whole, words};
use crate::plan::band::Band;
use crate::plan::inputs::Process;
use crate::plan::memory_line::MemoryLine;
use crate::scenario::Mode;
use crate::units::Bytes;

/// The keys of `[process]`.
pub const KEYS: [&str; 5] = ["memory_limit", "replicas", "max_streams", "client", "mode"];

/// Reads `[process]`; `None` if something in it is wrong.
pub fn read_process(table: Option<&TomlTable<'_>>) -> Option<Process> {
    let alone = Process { memory_limit: None, replicas: 1, streams_max: None };
    let Some(table) = table else { return Some(alone) };
    Some(Process {
        memory_limit: table.get("memory_limit", container_limit),
        replicas: table.get("replicas", whole).unwrap_or(1),
        streams_max: table.get("max_streams", whole).map(f64::from),
    })
}

fn container_limit(entry: &Entry<'_>) -> Result<Bytes, String> {
    Bytes(one(SIZE)(entry)? as u64).as_limit().map_err(|error| error.to_string())
}

/// What `[memory]` states.
#[derive(Clone, Debug, Default)]
pub struct Stated {
    /// The line; `None` if it states none.
    line: Option<MemoryLine>,
    /// Bytes that are kept for every byte of prompt.
    per_prompt_byte: Option<Band>,
}

/// Reads `[memory]`, which states what nothing measured.
pub fn read_memory(table: Option<&TomlTable<'_>>) -> Stated {
    let Some(table) = table else { return Stated::default() };
    let base = table.get("base", band(SIZE));
    let per_stream = table.get("per_stream", band(SIZE));
    for (key, other) in [("base", "per_stream"), ("per_stream", "base")] {
        if table.entry(key).is_none() && table.entry(other).is_some() {
            table.complain(format!(
                "{other} alone is no line: give {key} too, or plan with the cost that probe --streams 24 measures"
            ));
        }
    }
    let per_prompt_byte = table.get("per_prompt_byte", band(FACTOR_OR_NONE));
    table.end(&["base", "per_stream", "per_prompt_byte"]);
    Stated {
        line: base.zip(per_stream).map(|(base, per_stream)| MemoryLine::stated(base, per_stream)),
        per_prompt_byte,
    }
}

/// What a client does with text, by the names of measured costs.
pub fn mode_word(entry: &Entry<'_>) -> Result<Mode, String> {
    let mode = words(entry)?;
    Mode::from_name(&mode).ok_or_else(|| format!("write one of {}", Mode::ALL.map(Mode::name).join(", ")))
}

/// What workloads have in common unless they say otherwise.
pub struct Defaults<'a> {
    client: Option<String>,
    mode: Option<Mode>,
    stated: Stated,
    measured: &'a [MemoryLine],
}

impl<'a> Defaults<'a> {
    /// From `[process]` and what there is of memory lines.
    pub fn read(process: Option<&TomlTable<'_>>, stated: Stated, measured: &'a [MemoryLine]) -> Self {
        let word = |key: &str| process.and_then(|table| table.get(key, words));
        let mode = process.and_then(|table| table.get("mode", mode_word));
        Defaults { client: word("client"), mode, stated, measured }
    }

    /// The line of a workload; `None` if there is none, which is no mistake. What was measured counts for more than a line that
    /// was stated, and what is stated of prompts for more than what was measured of them.
    ///
    /// # Errors
    /// Which clients and modes there are, when what was asked for names none or several of them.
    pub fn line(&self, client: Option<String>, mode: Option<Mode>) -> Result<Option<MemoryLine>, String> {
        let line = if self.measured.is_empty() { self.stated.line.clone() } else { Some(self.measured(client, mode)?) };
        Ok(line.map(|line| line.with_stated_per_prompt_byte(self.stated.per_prompt_byte)))
    }

    fn measured(&self, client: Option<String>, mode: Option<Mode>) -> Result<MemoryLine, String> {
        let client = client.or_else(|| self.client.clone());
        let mode = mode.or(self.mode);
        let asked = |exactly: bool| {
            let fits = |line: &&MemoryLine| {
                client.as_ref().is_none_or(|client| *client == line.client)
                    && mode.is_none_or(|mode| {
                        // `retain` is any way of retaining.
                        let any = !exactly && mode == Mode::Retain && line.mode.is_some_and(Mode::retains);
                        any || line.mode == Some(mode)
                    })
            };
            self.measured.iter().filter(fits).collect::<Vec<_>>()
        };
        let exact = asked(true);
        let lines = if exact.is_empty() { asked(false) } else { exact };
        let there_is = || self.measured.iter().map(MemoryLine::name).collect::<Vec<_>>().join("; ");
        let missing = match (&client, &mode) {
            (None, Some(_)) => "the client",
            (Some(_), None) => "the mode",
            _ => "client and mode",
        };
        match lines[..] {
            [line] => Ok(line.clone()),
            [] => Err(format!("the measured cost has no such client and mode; it has: {}", there_is())),
            _ => Err(format!(
                "the measured cost has more than one: {}. Give {missing} of one of them: under [process] or in the workload; without a \
                 file, on the command line",
                there_is()
            )),
        }
    }
}
