//! What all trials of a run share.

use super::collecting::Collecting;
use super::drive;
use super::job::Job;
use super::ledger::Ledger;
use super::progress::{Progress, ProgressSender};
use super::room;
use super::schedule::{EVENTS_PER_SECOND, WaveLimit};
use super::setup_error::SetupError;
use super::sources::Sources;
use super::trial_error::recorded;
use super::trust::Trust;
use crate::run::{Environment, PassedOn, StreamFacts};
use crate::scenario::{Client, Scenario, max_tokens};
use crate::simulator::{Conduct, Simulator, SimulatorConfig, SimulatorError, Source, Upstream};
use crate::store::RunFolder;
use crate::subject::{
    Addresses, Cgroup, CgroupError, Cgroups, Contract, Entrance, Launch, Log, Program, ProgramError, SpawnError,
    Subject, Voice, program,
};
use std::path::Path;
use std::time::Instant;

/// What all trials of a run share.
pub struct Setup {
    /// What is to be run.
    pub scenario: Scenario,
    /// What streams say.
    pub sources: Sources,
    /// What was passed on to a real API.
    pub ledger: Ledger,
    /// Who answers when it is asked to collect its garbage.
    pub collecting: Collecting,
    /// The machine.
    pub environment: Environment,
    /// Where subjects' standard error and heap profiles go.
    pub folder: RunFolder,
    /// When the run began.
    pub epoch: Instant,
    /// The most streams that may be open at once, over all trials.
    pub streams_at_once: u32,
    /// How the client of each series is started.
    programs: Vec<Program>,
    trust: Option<Trust>,
    /// Where memory cgroups can be made, if they can.
    cgroups: Option<Cgroups>,
    news: ProgressSender,
}

impl Setup {
    /// Builds the script, makes certificates, raises the file limit. `upstream` is the API that the scenario names, if it names one.
    ///
    /// # Errors
    /// When the machine cannot hold that many streams, or the folder cannot be written.
    pub fn new(
        scenario: Scenario,
        upstream: Option<Upstream>,
        environment: Environment,
        folder: &RunFolder,
        news: ProgressSender,
    ) -> Result<Setup, SetupError> {
        if !Path::new("/proc/self/statm").exists() {
            return Err(SetupError::NotLinux);
        }
        if let Some(drive) = scenario.drive.as_ref().filter(|drive| drive::is_taken(drive)) {
            return Err(SetupError::Taken { url: recorded(&drive.url) });
        }
        room::holds_prompts(&scenario, environment.memory_bytes)?;
        let streams_at_once = room::streams_at_once(&scenario)?;
        let trust = scenario.tls.then(|| Trust::new(&room::addresses(scenario.ladder.top()), folder));
        Ok(Setup {
            sources: Sources::of(&scenario, upstream)?,
            collecting: Collecting::default(),
            ledger: Ledger::new(scenario.streams.len()),
            programs: programs(&scenario).map_err(SetupError::Programs)?,
            environment,
            folder: folder.clone(),
            epoch: Instant::now(),
            streams_at_once,
            trust: trust.transpose()?,
            cgroups: Cgroups::detect().ok(),
            news,
            scenario,
        })
    }

    /// Starts a simulator for a trial.
    ///
    /// # Errors
    /// When no address can be bound.
    pub fn simulator(&self, job: &Job) -> Result<Simulator, SimulatorError> {
        Simulator::start(SimulatorConfig {
            listen: room::addresses(job.streams),
            source: self.sources.get(job.stream),
            pace: job.pace,
            conduct: Conduct::Staged,
            http: self.client(job).is_built_in().then_some(self.scenario.http),
            http2_streams: self.http2_streams(job),
            compression: self.scenario.compression,
            authority: self.trust.as_ref().map(Trust::authority),
        })
    }

    /// How many streams may share a connection: the built-in client's pool, which would wait where others open one more, is not what is
    /// measured.
    fn http2_streams(&self, job: &Job) -> u32 {
        let built_in = if self.client(job).is_built_in() { job.streams } else { 0 };
        self.scenario.http2_streams.unwrap_or(Scenario::HTTP2_STREAMS.max(built_in))
    }

    /// The contract of a trial.
    pub fn contract(&self, simulator: &Simulator, job: &Job) -> Contract {
        let series = &self.scenario.series[job.series as usize];
        let urls = simulator.base_urls();
        let mut contract = Contract::new(&series.client, urls, job.streams, series.mode, self.scenario.http);
        contract.authority = self.trust.as_ref().map(|trust| trust.file().to_owned());
        contract.waves = self.scenario.waves;
        contract.prompt_chars = self.scenario.prompt(job.prompt);
        contract.slow_reader = self.scenario.slow_reader;
        contract.api_key = simulator.subject_key().to_owned();
        contract.model.clone_from(&self.scenario.model);
        if self.scenario.is_real() {
            contract.max_tokens = max_tokens(self.scenario.streams[job.stream as usize].chars);
        }
        contract
    }

    /// A memory cgroup for a trial: with the limit that it asks for, else without one and only where this program may make it.
    ///
    /// # Errors
    /// When a limit is asked for and cannot be set.
    pub fn cgroup(&self, job: &Job) -> Result<Option<Cgroup>, CgroupError> {
        match (&self.cgroups, job.limit) {
            (Some(cgroups), Some(limit)) => cgroups.create(Some(limit)).map(Some),
            (Some(cgroups), None) => Ok(cgroups.create(None).ok()),
            (None, Some(limit)) => Cgroups::detect()?.create(Some(limit)).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// The client of a trial.
    pub fn client(&self, job: &Job) -> &Client {
        &self.scenario.series[job.series as usize].client
    }

    /// Starts a subject; `name` is the name of the file that keeps its standard error, `cgroup` is where it runs.
    ///
    /// # Errors
    /// When that file cannot be written or the program cannot be started.
    pub fn spawn(
        &self,
        contract: &Contract,
        job: &Job,
        name: &str,
        cgroup: Option<Entrance>,
    ) -> Result<(Subject, Voice, Log), SpawnError> {
        let addresses = if self.scenario.random_addresses { Addresses::AsTheSystemHas } else { Addresses::Fixed };
        let log = self.folder.logs().join(format!("{name}.stderr"));
        let words = &self.programs[job.series as usize].words;
        Subject::spawn(Launch { words, contract, addresses, cgroup, log: &log })
    }

    /// The streams in numbers: those of a real API as they were on average so far.
    pub fn stream_facts(&self) -> Vec<StreamFacts> {
        let facts = |(index, source): (usize, &Source)| match source {
            Source::Script(script) => script.facts,
            Source::Upstream(_) => self.ledger.mean_stream(index),
        };
        self.sources.iter().enumerate().map(facts).collect()
    }

    /// What was passed on to a real API so far, if there is one.
    pub fn passed_on(&self) -> Option<PassedOn> {
        self.scenario.is_real().then(|| self.ledger.total())
    }

    /// What trials may use together as long as nothing was late.
    pub fn wave_limit(&self) -> WaveLimit {
        WaveLimit { events_per_second: EVENTS_PER_SECOND, streams: self.streams_at_once }
    }

    /// Tells whoever watches.
    pub fn tell(&self, news: Progress) {
        // A watcher that has gone away misses the news and nothing else.
        let _ = self.news.send(news);
    }
}

/// How the client of each series is started, or all that is missing.
fn programs(scenario: &Scenario) -> Result<Vec<Program>, Vec<ProgramError>> {
    let (mut programs, mut missing) = (Vec::new(), Vec::new());
    for series in &scenario.series {
        match program(&series.client) {
            Ok(program) => programs.push(program),
            // A client in two modes lacks the same twice.
            Err(error) if missing.contains(&error) => {}
            Err(error) => missing.push(error),
        }
    }
    if missing.is_empty() { Ok(programs) } else { Err(missing) }
}
