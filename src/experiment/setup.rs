//! What all trials of a run share.

use super::progress::{Progress, ProgressSender};
use crate::run::{Environment, StreamFacts};
use crate::sampler::{FileLimitError, ephemeral_ports, raise_file_limit};
use crate::scenario::{Client, Scenario};
use crate::simulator::{Authority, AuthorityError, Conduct, Script, Simulator, SimulatorConfig, SimulatorError};
use crate::subject::{Addresses, Contract, ROLE, SpawnError, Subject, Voice};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use std::{fs, io};

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
    /// This program cannot find itself.
    #[error("cannot find this program's own file to start it as the subject: {0}")]
    OwnProgram(io::Error),
    /// A machine that this program does not measure on.
    #[error("probe measures on Linux: memory is read from /proc, and there is no /proc/self/statm here")]
    NotLinux,
}

/// What all trials of a run share.
pub struct Setup {
    /// What is to be run.
    pub scenario: Scenario,
    /// What streams say.
    pub script: Script,
    /// The machine.
    pub environment: Environment,
    /// Where subjects' standard error and heap profiles go.
    pub folder: PathBuf,
    /// When the run began.
    pub epoch: Instant,
    /// The most streams that may be open at once, over all trials.
    pub streams_at_once: u32,
    program: PathBuf,
    arguments: Vec<String>,
    authority: Option<Arc<Authority>>,
    news: ProgressSender,
}

impl Setup {
    /// Builds the script, makes certificates, raises the file limit.
    ///
    /// # Errors
    /// When the machine cannot hold that many streams, or the folder cannot be written.
    pub fn new(
        scenario: Scenario,
        environment: Environment,
        folder: &Path,
        news: ProgressSender,
    ) -> Result<Setup, SetupError> {
        if !Path::new("/proc/self/statm").exists() {
            return Err(SetupError::NotLinux);
        }
        let files = raise_file_limit(scenario.ladder.top(), SPARE_FILES)?;
        let script = Script::new(&scenario.stream, scenario.seed);
        let setup = Setup {
            script,
            environment,
            folder: folder.to_owned(),
            epoch: Instant::now(),
            streams_at_once: files.saturating_sub(SPARE_FILES).min(u64::from(u32::MAX)) as u32,
            program: std::env::current_exe().map_err(SetupError::OwnProgram)?,
            arguments: vec![ROLE.to_owned()],
            authority: None,
            news,
            scenario,
        };
        let logs = setup.logs();
        fs::create_dir_all(&logs).map_err(|source| SetupError::Folder { path: logs, source })?;
        setup.with_authority()
    }

    fn with_authority(mut self) -> Result<Setup, SetupError> {
        if self.scenario.tls {
            let hosts: Vec<IpAddr> = self.listen(self.scenario.ladder.top()).iter().map(SocketAddr::ip).collect();
            let authority = Authority::new(&hosts)?;
            let path = self.authority_file();
            fs::write(&path, &authority.certificate_pem).map_err(|source| SetupError::Folder { path, source })?;
            self.authority = Some(Arc::new(authority));
        }
        Ok(self)
    }

    /// Starts a simulator for a trial of so many streams.
    ///
    /// # Errors
    /// When no address can be bound.
    pub fn simulator(&self, streams: u32) -> Result<Simulator, SimulatorError> {
        Simulator::start(SimulatorConfig {
            listen: self.listen(streams),
            source: self.script.clone().into(),
            pace: self.scenario.pace,
            conduct: Conduct::Staged,
            http: Some(self.scenario.http),
            authority: self.authority.clone(),
        })
    }

    /// The contract of a trial.
    pub fn contract(&self, simulator: &Simulator, planned: &super::schedule::Planned) -> Contract {
        let Scenario { client, http, .. } = &self.scenario;
        let mut contract = Contract::new(client, simulator.base_urls(), planned.streams, planned.mode, *http);
        contract.authority = self.authority.as_ref().map(|_| self.authority_file());
        contract
    }

    /// Starts a subject; `name` is the name of the file that keeps its standard error.
    ///
    /// # Errors
    /// When that file cannot be written or the program cannot be started.
    pub fn spawn(&self, contract: &Contract, name: &str) -> Result<(Subject, Voice, PathBuf), SpawnError> {
        let addresses = if self.scenario.random_addresses { Addresses::AsTheSystemHas } else { Addresses::Fixed };
        let log = self.logs().join(format!("{name}.stderr"));
        let (subject, voice) = Subject::spawn(&self.program, &self.arguments, contract, addresses, &log)?;
        Ok((subject, voice, log))
    }

    /// One stream in numbers.
    pub fn stream_facts(&self) -> StreamFacts {
        self.script.facts
    }

    /// Tells whoever watches.
    pub fn tell(&self, news: Progress) {
        // A watcher that has gone away misses the news and nothing else.
        let _ = self.news.send(news);
    }

    /// Events a second that one stream gets while text comes.
    pub fn events_per_second(&self) -> f64 {
        let text = self.scenario.pace.text_within(self.scenario.stream.chars);
        self.script.body.len() as f64 / text.as_secs_f64().max(1e-3)
    }

    /// One address has as many ports as the kernel hands out; nine tenths of them, because others use some.
    fn listen(&self, streams: u32) -> Vec<SocketAddr> {
        let per_address = (ephemeral_ports() / 10 * 9).max(1);
        let addresses = match self.scenario.client {
            Client::Reqwest | Client::Ballast { .. } => streams.div_ceil(per_address).clamp(1, 250),
        };
        (1..=addresses as u8).map(|host| SocketAddr::from((Ipv4Addr::new(127, 0, 0, host), 0))).collect()
    }

    fn logs(&self) -> PathBuf {
        self.folder.join("subjects")
    }

    fn authority_file(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }
}
