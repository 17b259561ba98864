//! What moves a subject through the phases: the same for one that is measured, one that is profiled and one that a limit is to kill.

use super::connections::Connections;
use super::drive::{Driver, Reading, until_listening};
use super::job::Job;
use super::patience::Patience;
use super::setup::Setup;
use super::trial_error::{TrialError, recorded};
use crate::reading::Skmem;
use crate::run::{Phase, Reason, UserSockets};
use crate::sampler::Tree;
use crate::scenario::Drive;
use crate::simulator::{Simulator, Stage};
use crate::subject::{Ended, Entrance, Log, Order, Subject, Voice};
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Sockets that have taken nothing for this long take nothing more.
const SEND_STALL: Duration = Duration::from_secs(1);
/// How often it is looked whether all has been read.
const LOOK: Duration = Duration::from_millis(10);

/// What is particular to how one subject is started.
pub(super) struct Start {
    /// The name of the file that keeps its standard error.
    pub name: String,
    /// Where it runs.
    pub cgroup: Option<Entrance>,
    /// The file of its heap profile, if it takes one.
    pub heap_profile: Option<PathBuf>,
    /// Variables beside those of its contract: what takes a look inside.
    pub inside: Vec<(&'static str, OsString)>,
}

/// One subject's simulator, and all that speaks with the subject.
pub(super) struct Conductor<'a> {
    pub(super) setup: &'a Setup,
    pub(super) job: Job,
    pub(super) patience: Patience,
    /// When the subject was started.
    pub(super) began: Instant,
    pub(super) simulator: Arc<Simulator>,
    pub(super) voice: Voice,
    /// The subject's processes.
    pub(super) tree: Arc<Tree>,
    pub(super) connections: Connections,
    phase: watch::Sender<Phase>,
    pub(super) driver: Option<Driver>,
    pub(super) log: Log,
}

impl<'a> Conductor<'a> {
    /// Starts a simulator, and a subject for it.
    ///
    /// # Errors
    /// When either does not start.
    pub async fn start(
        setup: &'a Setup,
        job: Job,
        patience: Patience,
        Start { name, cgroup, heap_profile, inside }: Start,
    ) -> Result<(Conductor<'a>, Subject), TrialError> {
        let simulator = setup.simulator(&job)?;
        let mut contract = setup.contract(&simulator, &job);
        contract.heap_profile = heap_profile;
        contract.inside = inside;
        let began = Instant::now();
        let (subject, voice, log) = setup.spawn(&contract, &job, &name, cgroup)?;
        let opened = Tree::open(subject.pid());
        let tree = Arc::new(opened.map_err(|source| TrialError::reading(Phase::Idle, &source))?);
        let conductor = Conductor {
            setup,
            job,
            patience: patience.starting_within(setup.scenario.start_within),
            began,
            simulator: Arc::new(simulator),
            voice,
            tree,
            connections: Connections::open(),
            phase: watch::Sender::new(Phase::Idle),
            driver: None,
            log,
        };
        Ok((conductor, subject))
    }

    /// Where the subject is.
    pub fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Hears where it is.
    pub fn hear(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// From now on it is in this phase.
    pub fn enter(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    /// Waits until a server listens: before that it is loading, and not idle, whatever its memory does for a moment. Any other subject is ready.
    ///
    /// # Errors
    /// When it does not listen, or elsewhere.
    pub async fn ready(&self) -> Result<(), TrialError> {
        let Some(drive) = &self.setup.scenario.drive else { return Ok(()) };
        tokio::select! {
            listens = until_listening(&drive.url, self.patience.first_arrival) => {
                listens.map_err(|why| self.not_driven(drive, &why))
            }
            why = self.listens_elsewhere(drive) => Err(self.not_driven(drive, &why)),
        }
    }

    /// Has the streams opened, by the users of a server if the subject is one, and waits until all have arrived, or no more will.
    ///
    /// # Errors
    /// When there is no stream.
    pub async fn open(&mut self) -> Result<(), TrialError> {
        self.voice.order(Order::Open).await;
        if let Some(drive) = &self.setup.scenario.drive {
            let not_driven = |why: String| self.not_driven(drive, &why);
            let (users, patience) = (self.job.streams, self.patience.first_arrival);
            self.driver = Some(tokio::select! {
                started = Driver::start(drive, users, self.prompt_chars(), self.users_read(), patience) => {
                    started.map_err(not_driven)?
                }
                why = self.listens_elsewhere(drive) => return Err(self.not_driven(drive, &why)),
            });
        }
        self.arrival().await
    }

    /// Sends the text, and waits until it is read, or, where nobody reads, until no more of it is taken. Whether all of it was sent.
    pub async fn fill(&mut self) -> bool {
        let scenario = &self.setup.scenario;
        let first = self.job.pace.first_token_after();
        let stage = self.simulator.stage();
        stage.begin_text(first);
        if scenario.slow_reader {
            self.until_stuck(first).await;
        } else {
            let whole = first + self.setup.sources.text_within(&self.job);
            self.patiently(self.patience.text(whole), |stage| stage.full() >= stage.open()).await;
            self.reading_to_the_end().await;
        }
        let stage = self.simulator.stage();
        stage.full() >= stage.open()
    }

    /// Ends the streams, and waits until the subject has let them go.
    pub async fn release(&self) {
        let stage = self.simulator.stage();
        let over = self.setup.sources.ends_within(&self.job);
        stage.release_apart(over);
        self.patiently(over + self.patience.reading, |stage| stage.open() == 0).await;
    }

    /// Sends half the text, has the users hang up in the middle of it, and waits until the subject has let the streams go. How many of them
    /// it read to their ends all the same.
    pub async fn hang_up(&mut self) -> u32 {
        let first = self.job.pace.first_token_after();
        let half = self.setup.sources.text_within(&self.job) / 2;
        let stage = self.simulator.stage();
        stage.begin_text(first);
        sleep(first + half).await;
        let before = stage.ended_whole();
        // Who lets go of a stream from now on breaks nothing off, and who reads on comes to its end.
        stage.release();
        self.driver = None;
        self.patiently(half + self.patience.reading, |stage| stage.open() == 0).await;
        self.simulator.stage().ended_whole() - before
    }

    /// Why a subject that has ended before it was asked to did.
    pub async fn ended(&self, ended: io::Result<Ended>) -> TrialError {
        let phase = self.phase();
        match ended {
            Ok(Ended { status, left_others }) => {
                self.log.close().await;
                if status.success() && left_others {
                    return self.told(Reason::InBackground { phase });
                }
                let opened = self.simulator.stage().opened();
                self.told(Reason::Ended { phase, status: status.to_string(), opened })
            }
            Err(source) => TrialError::reading(phase, &source),
        }
    }

    /// Characters of the prompt that each of its streams is to have.
    pub(super) fn prompt_chars(&self) -> u32 {
        self.setup.scenario.prompt(self.job.prompt)
    }

    /// What the kernel keeps of a server's connections to its users, where there are some and it tells.
    pub(super) fn user_sockets(&mut self) -> Option<UserSockets> {
        let sockets = self.connections.other_sides(self.driver.as_ref()?.connections())?;
        let memory = sockets.iter().map(|socket| socket.memory).fold(Skmem::default(), Skmem::plus);
        Some(UserSockets { connections: sockets.len() as u32, memory })
    }

    fn users_read(&self) -> Reading {
        if self.setup.scenario.slow_reader { Reading::HeadAlone } else { Reading::Whole }
    }

    /// How long the next stream may take to come.
    pub(super) fn next_arrival(&self) -> Duration {
        self.patience.next_arrival
    }

    /// Ends the subject: its users go, its input closes. What it said is complete then.
    pub async fn finish(self, subject: Subject) -> Arc<Simulator> {
        drop(self.driver);
        drop(self.voice);
        subject.finish(self.patience.closing, self.patience.ending).await;
        self.log.close().await;
        self.simulator
    }

    /// Completes when the server has answered every user with an error: no stream will come of that.
    async fn all_users_refused(&self) {
        match &self.driver {
            Some(driver) => driver.has_refused(self.job.streams).await,
            None => std::future::pending().await,
        }
    }

    /// Waits until all streams have arrived, or nothing has for a while.
    async fn arrival(&self) -> Result<(), TrialError> {
        let asked = self.job.streams;
        // Beyond the number asked for they are the same ones again, and no sign that more will come.
        let heard = |stage: &Stage| stage.opened().min(asked) + (stage.whole() + stage.refused()).min(asked);
        let stage = self.simulator.stage();
        let is_real = self.setup.scenario.is_real();
        loop {
            let before = heard(stage);
            // A real API may think before it begins to answer.
            let is_first = before == 0 || is_real;
            // One that is at work may come to its next stream.
            let idle_for = if is_first { self.patience.idle } else { self.patience.next_arrival };
            let arrived = |stage: &Stage| stage.open() >= asked || heard(stage) > before;
            let begun = Instant::now();
            let idle = tokio::select! {
                () = self.patiently(self.patience.first_arrival, arrived) => false,
                () = self.all_users_refused() => false,
                // Where an API thinks, the subject has nothing to do.
                () = self.idle(idle_for), if !is_real => true,
            };
            if stage.open() >= asked {
                return Ok(());
            }
            if heard(stage) == before {
                return self.short_of_streams(begun.elapsed(), idle);
            }
        }
    }

    /// What is there is what is measured, and a doubt will say so; unless there is nothing.
    fn short_of_streams(&self, waited: Duration, idle: bool) -> Result<(), TrialError> {
        let stage = self.simulator.stage();
        let reason = match (stage.open(), stage.opened(), stage.whole()) {
            (1.., _, _) => return Ok(()),
            (0, opened @ 1.., _) => Reason::NotHeld { opened },
            (0, 0, whole @ 1..) => Reason::NotStreaming { whole },
            (0, 0, 0) => Reason::NoStream {
                seconds: waited.as_secs(),
                idle,
                requests: stage.refused(),
                refusal: self.simulator.first_refusal().map(Box::new),
            },
        };
        Err(self.told(reason))
    }

    /// With what the subject said last.
    pub fn told(&self, reason: Reason) -> TrialError {
        let mut words = self.log.last_words();
        if let Some(drive) = &self.setup.scenario.drive {
            words.said = words.said.map(|said| drive.without_header_values(&said));
        }
        TrialError::told(reason, words)
    }

    fn not_driven(&self, drive: &Drive, what: &str) -> TrialError {
        self.told(Reason::NotDriven { url: recorded(&drive.url), what: recorded(&what) })
    }

    /// Returns when all text is sent, or no more of it is taken.
    async fn until_stuck(&self, first: Duration) {
        let stage = self.simulator.stage();
        sleep(first).await;
        loop {
            let before = stage.deltas();
            sleep(SEND_STALL).await;
            if stage.full() >= stage.open() || stage.deltas() == before {
                return;
            }
        }
    }

    async fn reading_to_the_end(&mut self) {
        let begun = Instant::now();
        while self.connections.all_read(&self.simulator) == Some(false) && begun.elapsed() < self.patience.reading {
            sleep(LOOK).await;
        }
    }

    async fn patiently(&self, patience: Duration, condition: impl Fn(&Stage) -> bool) {
        // Running out of patience is no error: what is there is measured, and what is missing becomes a doubt.
        let _ = timeout(patience, self.simulator.stage().when(condition)).await;
    }
}
