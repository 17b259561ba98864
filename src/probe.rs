//! The library's front: what is to be measured, and the answer.

use crate::cost::{Analysis, Cost, Doubt, SeriesAnalysis};
use crate::experiment::{LineError, MeasureError, Setup, measure};
use crate::report::{self, EstimatedSize};
use crate::run::{Failure, Run};
use crate::sampler::environment;
use crate::scenario::{
    Client, Ending, Http, Ladder, Mode, OwnProgram, Pace, Scenario, ScenarioError, Series, StreamSpec,
};
use crate::store::RunFolder;
use crate::subject::WORKER_THREADS;
use crate::units::Bytes;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::thread;
use tokio::sync::{mpsc, oneshot};

/// What is to be measured: the built-in client or a command, with streams that are kept, dropped, or both.
///
/// It measures what `probe` measures with the same options, in processes of their own. The built-in client is played by the program that
/// calls this, where it has called [`play_if_asked`](crate::play_if_asked) first in `main`, and else by `probe`, which then has to be on
/// the `PATH`.
///
/// What a killed harness leaves behind the next `probe` ends; to find processes that leave their group, a subject needs the right to make
/// cgroups.
#[derive(Clone, Debug)]
#[must_use = "nothing is measured before measure() is awaited"]
pub struct Probe {
    scenario: Scenario,
    client: Client,
    modes: Vec<Mode>,
    ladder: Result<Ladder, ScenarioError>,
    keep: Option<PathBuf>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// Streams that no line can be drawn through.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// Nothing was measured, or no line can be drawn through it.
    #[error(transparent)]
    NoLine(#[from] LineError),
    /// The system gives no threads or no temporary folder.
    #[error("cannot begin to measure: {0}")]
    System(#[from] io::Error),
    /// The thread that measured ended without an answer.
    #[error("measuring stopped without an answer")]
    Stopped,
}

impl Default for Probe {
    fn default() -> Probe {
        Probe::new()
    }
}

impl Probe {
    /// The built-in client with up to 24 streams of 60,000 characters, their text within 5 seconds, kept and dropped.
    pub fn new() -> Probe {
        let ladder = Ladder::default();
        Probe {
            scenario: Scenario::new(Vec::new(), ladder.clone()),
            client: Client::Reqwest,
            modes: Vec::new(),
            ladder: Ok(ladder),
            keep: None,
        }
    }

    /// Up to so many streams, at least 2: five numbers from 1 to it are measured.
    pub fn streams(self, most: u32) -> Probe {
        Probe { ladder: Ladder::up_to(most), ..self }
    }

    /// These numbers of streams, at least two different ones.
    pub fn ladder(self, numbers: &[u32]) -> Probe {
        Probe { ladder: Ladder::of(numbers), ..self }
    }

    /// Streams whose text is kept; with [`dropped`](Self::dropped), or with neither, both are measured.
    pub fn retain(mut self) -> Probe {
        self.modes.push(Mode::RetainChunks);
        self
    }

    /// Streams whose text is processed and dropped.
    pub fn dropped(mut self) -> Probe {
        self.modes.push(Mode::Drop);
        self
    }

    /// Another client than the built-in one.
    pub fn client(self, client: Client) -> Probe {
        Probe { client, ..self }
    }

    /// A program of one's own and its arguments; `probes/README.md` says what it is told.
    pub fn command(self, words: impl IntoIterator<Item = impl Into<String>>) -> Probe {
        self.client(Client::Command(OwnProgram::new(words.into_iter().map(Into::into).collect(), None)))
    }

    /// Streams of so many characters; of several lengths the answer has open stream and kept text apart.
    pub fn chars(mut self, lengths: &[u32]) -> Probe {
        let mut lengths = lengths.to_vec();
        lengths.sort_unstable();
        lengths.dedup();
        let spec = |chars| StreamSpec { chars, ..StreamSpec::default() };
        self.scenario.streams = lengths.into_iter().map(spec).collect();
        self
    }

    /// Streams whose requests have a prompt of so many characters, 0 for the client's own; of several lengths the answer has what is kept of
    /// prompts.
    pub fn prompt_chars(mut self, lengths: &[u32]) -> Probe {
        self.scenario.prompt_chars = lengths.to_vec();
        self.scenario.prompt_chars.sort_unstable();
        self.scenario.prompt_chars.dedup();
        self
    }

    /// How fast the text comes.
    pub fn pace(mut self, pace: Pace) -> Probe {
        self.scenario.pace = pace;
        self
    }

    /// Which HTTP version the built-in client speaks.
    pub fn http(mut self, http: Http) -> Probe {
        self.scenario.http = http;
        self
    }

    /// The most passes over the numbers of streams, at least 2; fewer are made where the answer is sharp earlier.
    pub fn passes(mut self, most: u32) -> Probe {
        self.scenario.repeats = most.max(Scenario::MIN_PASSES);
        self
    }

    /// How streams come to their ends, all at once where nothing is asked for; of both ways the answer has both peaks.
    pub fn endings(mut self, endings: &[Ending]) -> Probe {
        self.scenario.endings = if endings.is_empty() { vec![Ending::default()] } else { endings.to_vec() };
        self.scenario.endings.sort_unstable();
        self.scenario.endings.dedup();
        self
    }

    /// A container's memory limit to compare with.
    pub fn limit(mut self, limit: Bytes) -> Probe {
        self.scenario.limit = Some(limit);
        self
    }

    /// Heap profiles beside it, of the built-in client. Where the calling program plays it, it has to install
    /// [`Allocator`](crate::Allocator).
    pub fn heap_profile(mut self) -> Probe {
        self.scenario.heap = true;
        self
    }

    /// Anything else that a scenario says.
    pub fn with(mut self, change: impl FnOnce(&mut Scenario)) -> Probe {
        change(&mut self.scenario);
        self
    }

    /// Keeps the run's folder, with record, logs, report and pictures, under `parent`; else there is none afterwards.
    pub fn keep_in(self, parent: impl Into<PathBuf>) -> Probe {
        Probe { keep: Some(parent.into()), ..self }
    }

    /// The scenario that it comes to.
    ///
    /// # Errors
    /// When no line can be drawn through such numbers of streams.
    pub fn scenario(&self) -> Result<Scenario, ScenarioError> {
        let both = [Mode::RetainChunks, Mode::Drop];
        let modes = if self.modes.is_empty() { &both[..] } else { &self.modes };
        let series = |mode: &Mode| Series { client: self.client.clone(), mode: self.client.mode(*mode) };
        let series = modes.iter().map(series).collect();
        Ok(Scenario { series, ladder: self.ladder.clone()?, ..self.scenario.clone() })
    }

    /// Measures. It takes from seconds to minutes, in threads and processes of its own; when the future is dropped they end.
    ///
    /// # Errors
    /// [`ProbeError`], each with what to do.
    pub async fn measure(self) -> Result<Measurement, ProbeError> {
        let scenario = self.scenario()?;
        let keep = self.keep;
        let (answer, answered) = oneshot::channel();
        // Its end goes with this future.
        let (_stop, stopped) = oneshot::channel::<()>();
        thread::Builder::new().name("probe".to_owned()).spawn(move || {
            // Whoever asked may have gone away.
            let _ = answer.send(in_a_folder(scenario, keep, stopped));
        })?;
        answered.await.unwrap_or(Err(ProbeError::Stopped))
    }
}

fn in_a_folder(
    scenario: Scenario,
    keep: Option<PathBuf>,
    stopped: oneshot::Receiver<()>,
) -> Result<Measurement, ProbeError> {
    // A temporary folder goes at the end of this function.
    let (parent, _temporary) = match &keep {
        Some(parent) => (parent.clone(), None),
        None => {
            let temporary = tempfile::tempdir()?;
            (temporary.path().to_owned(), Some(temporary))
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = RunFolder::begin(&parent, &scenario.name()).map_err(LineError::from)?;
    let work = take(scenario, &folder, keep.is_some(), stopped);
    let measurement = runtime.block_on(work)?;
    if keep.is_some() {
        let rendered = report::render(&measurement.run, &measurement.analysis).map_err(io::Error::other)?;
        let saved = folder.write_run(&measurement.run).and_then(|()| folder.write_all(&rendered));
        saved.and_then(|()| folder.make_latest()).map_err(LineError::from)?;
    }
    Ok(measurement)
}

/// Measures; of a folder that is not kept no file is named afterwards.
async fn take(
    scenario: Scenario,
    folder: &RunFolder,
    is_kept: bool,
    stopped: oneshot::Receiver<()>,
) -> Result<Measurement, LineError> {
    // Nobody watches.
    let (news, _) = mpsc::unbounded_channel();
    let setup = Setup::new(scenario, None, environment(WORKER_THREADS), folder, news)?;
    let interrupted = async { drop(stopped.await) };
    let measured = measure(&setup, interrupted, |run| folder.write_run(run)).await;
    let mut run = measured.map_err(|error| if is_kept { error } else { MeasureError::without_log(error) })?.run;
    if !is_kept {
        run.failures = run.failures.into_iter().map(Failure::without_log).collect();
    }
    let analysis = Analysis::of(&run)?;
    Ok(Measurement { run, analysis })
}

/// What was measured, and what it says. Shown, it is the answer of `probe`: sentences, table, doubts.
#[derive(Clone, Debug)]
pub struct Measurement {
    run: Run,
    analysis: Analysis,
}

impl Measurement {
    /// What one more stream costs with all its text, of the first series: bytes of resident memory with a 95 % interval.
    pub fn per_stream(&self) -> EstimatedSize {
        EstimatedSize(self.first().full().slope)
    }

    /// What the process costs with no stream, of the first series.
    pub fn base(&self) -> EstimatedSize {
        EstimatedSize(self.first().full().intercept)
    }

    /// What one process with so many streams stays below with 95 % confidence, bytes, of the first series.
    pub fn needs_at_most(&self, streams: u32) -> f64 {
        self.first().fitted.needs_at_most(f64::from(streams))
    }

    /// Every client in every mode that has a line; at least one.
    pub fn series(&self) -> &[SeriesAnalysis] {
        &self.analysis.series
    }

    /// What speaks against the answer, over all series.
    pub fn doubts(&self) -> impl Iterator<Item = &Doubt> {
        self.analysis.series.iter().flat_map(|series| &series.doubts)
    }

    /// The same for other programs, and for a plan: `cost.json`.
    pub fn cost(&self) -> Cost {
        report::cost(&self.run, &self.analysis)
    }

    /// The raw record.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// An analysis without a series is none.
    fn first(&self) -> &SeriesAnalysis {
        &self.analysis.series[0]
    }
}

impl fmt::Display for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&report::text(&self.run, &self.analysis, None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is quoted is all that is left where the folder goes with the answer.
    #[tokio::test]
    async fn no_file_is_named_that_is_gone() {
        let error = Probe::new().ladder(&[1, 2]).command(["sh", "-c", "echo no config >&2; exit 3"]).measure().await;
        let said = error.unwrap_err().to_string();
        assert!(said.contains("its last words: \"no config\"; that will not get better"), "{said}");
        assert!(!said.contains(".stderr"), "{said}");
    }
}
