//! What all trials of a run share.

use super::progress::{Progress, ProgressSender};
use super::schedule::{Budget, EVENTS_PER_SECOND, Planned};
use crate::run::{Environment, PassedOn, StreamFacts};
use crate::sampler::{FileLimitError, ephemeral_ports, raise_file_limit};
use crate::scenario::{Client, Http, Origin, Pace, Scenario, max_tokens};
use crate::simulator::{
    Authority, AuthorityError, Cassette, CassetteError, Conduct, NoTimes, NotAKey, Script, Simulator, SimulatorConfig,
    SimulatorError, Source, Upstream,
};
use crate::store::RunFolder;
use crate::subject::{
    Addresses, Cgroup, CgroupError, Cgroups, Contract, Entrance, Launch, Log, Program, ProgramError, SpawnError,
    Subject, Voice, program,
};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempPath;

/// Files of the harness that are no streams: standard streams, logs, `/proc` files, the runtime's own.
const SPARE_FILES: u64 = 64;

/// Why a run cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Too many streams for the limit of open files.
    #[error(transparent)]
    Files(#[from] FileLimitError),
    /// No certificate.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The run's folder.
    #[error("cannot write {path}: {source}", path = .path.display())]
    Folder {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The recording.
    #[error(transparent)]
    Cassette(#[from] CassetteError),
    /// The recording's times.
    #[error(transparent)]
    NoTimes(#[from] NoTimes),
    /// A real API is to be asked, and there is no key for it.
    #[error(transparent)]
    Key(#[from] NotAKey),
    /// Clients cannot be started: a line each.
    #[error("{}", .0.iter().map(ProgramError::to_string).collect::<Vec<_>>().join("\n"))]
    Programs(Vec<ProgramError>),
    /// A machine that this program does not measure on.
    #[error("probe measures on Linux: memory is read from /proc, and there is no /proc/self/statm here")]
    NotLinux,
}

/// Whom subjects are told to trust under TLS.
struct Trust {
    authority: Arc<Authority>,
    /// The certificate, which is of no use after the run and goes with it.
    file: TempPath,
}

/// What all trials of a run share.
pub struct Setup {
    /// What is to be run.
    pub scenario: Scenario,
    /// What streams say, for each of the scenario's streams.
    sources: Vec<Source>,
    /// What was passed on to a real API so far, for each of the scenario's streams.
    passed_on: Mutex<Vec<PassedOn>>,
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
    authority: Option<Trust>,
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
        let files_a_stream = files_a_stream(&scenario);
        let files = raise_file_limit(scenario.ladder.top(), files_a_stream, SPARE_FILES)?;
        Setup {
            sources: sources(&scenario, upstream)?,
            passed_on: Mutex::new(vec![PassedOn::default(); scenario.streams.len()]),
            programs: programs(&scenario).map_err(SetupError::Programs)?,
            environment,
            folder: folder.clone(),
            epoch: Instant::now(),
            streams_at_once: files
                .saturating_sub(SPARE_FILES)
                .checked_div(u64::from(files_a_stream))
                .map_or(u32::MAX, |streams| streams.min(u64::from(u32::MAX)) as u32),
            authority: None,
            cgroups: Cgroups::detect().ok(),
            news,
            scenario,
        }
        .with_authority()
    }

    fn with_authority(mut self) -> Result<Setup, SetupError> {
        if self.scenario.tls {
            let hosts: Vec<IpAddr> = self.listen(self.scenario.ladder.top()).iter().map(SocketAddr::ip).collect();
            let authority = Authority::new(&hosts)?;
            let file = authority.certificate_file(self.folder.path());
            let file = file.map_err(|source| SetupError::Folder { path: self.folder.path().to_owned(), source })?;
            self.authority = Some(Trust { authority: Arc::new(authority), file });
        }
        Ok(self)
    }

    /// Starts a simulator for a trial.
    ///
    /// # Errors
    /// When no address can be bound.
    pub fn simulator(&self, planned: &Planned) -> Result<Simulator, SimulatorError> {
        Simulator::start(SimulatorConfig {
            listen: self.listen(planned.streams),
            source: self.sources[planned.stream as usize].clone(),
            pace: self.scenario.pace,
            conduct: Conduct::Staged,
            http: self.client(planned).is_built_in().then_some(self.scenario.http),
            authority: self.authority.as_ref().map(|trust| Arc::clone(&trust.authority)),
        })
    }

    /// The contract of a trial.
    pub fn contract(&self, simulator: &Simulator, planned: &Planned) -> Contract {
        let series = &self.scenario.series[planned.series as usize];
        let urls = simulator.base_urls();
        let mut contract = Contract::new(&series.client, urls, planned.streams, series.mode, self.scenario.http);
        contract.authority = self.authority.as_ref().map(|trust| trust.file.to_path_buf());
        contract.slow_reader = self.scenario.slow_reader;
        contract.api_key = simulator.subject_key().to_owned();
        contract.model.clone_from(&self.scenario.model);
        if self.scenario.is_real() {
            contract.max_tokens = max_tokens(self.scenario.streams[planned.stream as usize].chars);
        }
        contract
    }

    /// A memory cgroup for a trial: with the limit that it asks for, else without one and only where this program may make it.
    ///
    /// # Errors
    /// When a limit is asked for and cannot be set.
    pub fn cgroup(&self, planned: &Planned) -> Result<Option<Cgroup>, CgroupError> {
        match (&self.cgroups, planned.limit) {
            (Some(cgroups), Some(limit)) => cgroups.create(Some(limit)).map(Some),
            (Some(cgroups), None) => Ok(cgroups.create(None).ok()),
            (None, Some(limit)) => Cgroups::detect()?.create(Some(limit)).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// The client of a trial.
    pub fn client(&self, planned: &Planned) -> &Client {
        &self.scenario.series[planned.series as usize].client
    }

    /// Starts a subject; `name` is the name of the file that keeps its standard error, `cgroup` is where it runs.
    ///
    /// # Errors
    /// When that file cannot be written or the program cannot be started.
    pub fn spawn(
        &self,
        contract: &Contract,
        planned: &Planned,
        name: &str,
        cgroup: Option<Entrance>,
    ) -> Result<(Subject, Voice, Log), SpawnError> {
        let addresses = if self.scenario.random_addresses { Addresses::AsTheSystemHas } else { Addresses::Fixed };
        let log = self.folder.logs().join(format!("{name}.stderr"));
        let words = &self.programs[planned.series as usize].words;
        Subject::spawn(Launch { words, contract, addresses, cgroup, log: &log })
    }

    /// The streams in numbers: those of a real API as they were on average so far.
    pub fn stream_facts(&self) -> Vec<StreamFacts> {
        let passed_on = self.passed_on.lock().unwrap_or_else(PoisonError::into_inner);
        let facts = |(source, passed_on): (&Source, &PassedOn)| match source {
            Source::Script(script) => script.facts,
            Source::Upstream(_) => passed_on.mean_stream(),
        };
        self.sources.iter().zip(passed_on.iter()).map(facts).collect()
    }

    /// What was passed on to a real API so far, if there is one.
    pub fn passed_on(&self) -> Option<PassedOn> {
        let passed_on = self.passed_on.lock().unwrap_or_else(PoisonError::into_inner);
        self.scenario.is_real().then(|| {
            passed_on.iter().cloned().fold(PassedOn::default(), |mut all, one| {
                all.add(one);
                all
            })
        })
    }

    /// Learns what a trial's simulator passed on.
    pub fn learn(&self, planned: &Planned, simulator: &Simulator) {
        let mut passed_on = self.passed_on.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(so_far), Some(more)) = (passed_on.get_mut(planned.stream as usize), simulator.passed_on()) {
            so_far.add(more);
        }
    }

    /// From the first delta to the last of stream `index`; of a real API's, what it may take at the pace that is usual.
    pub fn text_within(&self, index: u32) -> Duration {
        match self.sources.get(index as usize) {
            None => Duration::ZERO,
            Some(Source::Script(script)) => script.text_within(self.scenario.pace),
            Some(Source::Upstream(_)) => Pace::Real.text_within(self.scenario.streams[index as usize].chars),
        }
    }

    /// What trials may use together as long as nothing was late.
    pub fn budget(&self) -> Budget {
        Budget { events_per_second: EVENTS_PER_SECOND, streams: self.streams_at_once }
    }

    /// Tells whoever watches.
    pub fn tell(&self, news: Progress) {
        // A watcher that has gone away misses the news and nothing else.
        let _ = self.news.send(news);
    }

    /// Events a second that one stream gets while text comes; of several streams the most.
    pub fn events_per_second(&self) -> f64 {
        let rate = |(index, source): (u32, &Source)| match source {
            Source::Script(script) => script.body.len() as f64 / self.text_within(index).as_secs_f64().max(1e-3),
            // Its trials run alone.
            Source::Upstream(_) => 0.0,
        };
        (0..).zip(&self.sources).map(rate).fold(0.0, f64::max)
    }

    /// One address has as many ports as the kernel hands out; nine tenths of them, because others use some. Programs that are not the
    /// built-in client know the first address alone.
    fn listen(&self, streams: u32) -> Vec<SocketAddr> {
        let per_address = (ephemeral_ports() / 10 * 9).max(1);
        let addresses = streams.div_ceil(per_address).clamp(1, 250);
        (1..=addresses as u8).map(|host| SocketAddr::from((Ipv4Addr::new(127, 0, 0, host), 0))).collect()
    }
}

/// Connections that the harness has for one stream at the most: the subject's unless streams share it, a user's where it plays the users,
/// and one to a real API (over HTTP/1.1; over HTTP/2 streams share them).
fn files_a_stream(scenario: &Scenario) -> u32 {
    let of_the_subject = !shares_connections(scenario);
    u32::from(of_the_subject) + u32::from(scenario.drive.is_some()) + u32::from(scenario.is_real())
}

/// Whether the streams of a subject share a connection for each address: the built-in client's over HTTP/2 do, of which the simulator
/// takes any number on one. Other programs speak what they like.
fn shares_connections(scenario: &Scenario) -> bool {
    scenario.http == Http::Two && scenario.series.iter().all(|series| series.client == Client::Reqwest)
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

/// What streams say: made up for each length, recorded, or what an API says.
fn sources(scenario: &Scenario, upstream: Option<Upstream>) -> Result<Vec<Source>, SetupError> {
    match &scenario.origin {
        Origin::Simulated => Ok(scenario.streams.iter().map(|spec| Script::new(spec, scenario.seed).into()).collect()),
        Origin::Cassette { file, tempo } => Ok(vec![Cassette::read(file)?.script(*tempo)?.into()]),
        Origin::Upstream { .. } => {
            let upstream: Source = upstream.ok_or(NotAKey::Missing)?.into();
            Ok(vec![upstream; scenario.streams.len()])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Drive, Ladder, Mode, OwnProgram, Series};

    fn scenario(client: Client, http: Http) -> Scenario {
        let series = [Client::Reqwest, client].map(|client| Series { client, mode: Mode::Drop });
        Scenario { http, ..Scenario::new(series.to_vec(), Ladder::default()) }
    }

    #[test]
    fn streams_that_share_a_connection_need_no_file_each() {
        let program = || Client::Command(OwnProgram::new(vec!["sh".to_owned()], None));
        assert_eq!(files_a_stream(&scenario(Client::Reqwest, Http::Two)), 0);
        assert_eq!(files_a_stream(&scenario(Client::Reqwest, Http::One)), 1);
        // What a program speaks is its own affair.
        assert_eq!(files_a_stream(&scenario(program(), Http::Two)), 1);
        let url = "http://127.0.0.1:1/".to_owned();
        let drive = Some(Drive { url, method: "POST".to_owned(), body: None });
        let driven = Scenario { drive, ..scenario(program(), Http::One) };
        assert_eq!(files_a_stream(&driven), 2);
        let origin = Origin::Upstream { url: "https://example.org".to_owned() };
        assert_eq!(files_a_stream(&Scenario { origin, ..scenario(Client::Reqwest, Http::Two) }), 1);
    }
}
