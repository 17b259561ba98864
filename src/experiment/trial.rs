//! One trial: a fresh subject, moved through the phases, measured on every plateau.

use super::drive::Driver;
use super::plateau::{Calm, Watch};
use super::progress::{Live, Progress};
use super::schedule::Planned;
use super::setup::Setup;
use super::trial_error::{Cause, TrialError};
use crate::run::{Failure, Phase, PhaseRecord, Trial};
use crate::sampler::{Sampler, SocketTable, Tree, page_bytes};
use crate::scenario::Origin;
use crate::simulator::Simulator;
use crate::subject::{Cgroup, Log, Subject, Voice};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::sleep;

/// 55 samples a second: above 50 Hz also when some are a little late.
const SAMPLE_EVERY: Duration = Duration::from_millis(18);
/// How long the subject may take to end once its input is closed.
const ENDING: Duration = Duration::from_secs(5);
/// How often the watcher hears.
const NEWS_EVERY: Duration = Duration::from_millis(200);

/// What a trial gave: a record if it got as far as *open*, and what went wrong if something did.
#[derive(Debug)]
pub struct Outcome {
    /// What was measured.
    pub trial: Option<Trial>,
    /// What went wrong, and what that has in common with other trials.
    pub failure: Option<(Failure, Cause)>,
    /// How many of its processes the kernel killed at the limit, by the cgroup's own count.
    pub killed: u64,
}

/// Runs one trial. Dropping the future kills the subject.
pub async fn run(setup: &Setup, planned: Planned) -> Outcome {
    let outcome = match Stand::build(setup, planned).await {
        Ok((stand, subject)) => stand.measure(subject).await,
        Err(error) => Outcome { trial: None, failure: Some(failure(planned, &error)), killed: 0 },
    };
    let trouble = outcome.failure.as_ref().map(|(failure, cause)| (failure.why.clone(), cause.clone()));
    setup.tell(Progress::TrialEnds { sequence: planned.sequence, asked: planned.streams, trouble });
    outcome
}

fn failure(planned: Planned, error: &TrialError) -> (Failure, Cause) {
    let Planned { sequence, series, streams: asked, .. } = planned;
    let failure = Failure { sequence, series, asked, kind: error.kind(), phase: error.phase(), why: error.why() };
    (failure, error.cause())
}

/// Everything around one subject.
pub(super) struct Stand<'a> {
    pub(super) setup: &'a Setup,
    pub(super) planned: Planned,
    began_ms: u64,
    pub(super) simulator: Arc<Simulator>,
    pub(super) voice: Voice,
    pub(super) watch: Watch,
    pub(super) phase: watch::Sender<Phase>,
    pub(super) phases: Vec<PhaseRecord>,
    pub(super) self_reported_rss: Option<u64>,
    container_peak_bytes: Option<u64>,
    pub(super) driver: Option<Driver>,
    pub(super) log: Log,
}

impl<'a> Stand<'a> {
    async fn build(setup: &'a Setup, planned: Planned) -> Result<(Stand<'a>, Subject), TrialError> {
        let simulator = setup.simulator(&planned)?;
        let contract = setup.contract(&simulator, &planned);
        let series = setup.scenario.file_label(planned.series as usize);
        let name = format!("{:03}-{series}-{}", planned.sequence, planned.streams);
        let reading = |source| TrialError::Reading { phase: Phase::Idle, source };
        let (cgroup, entrance) = match setup.cgroup(&planned)?.map(|cgroup| (cgroup.entrance(), Arc::new(cgroup))) {
            Some((Ok(entrance), cgroup)) => (Some(cgroup), Some(entrance)),
            // Without its limit such a trial would be another.
            Some((Err(error), _)) if planned.limit.is_some() => return Err(reading(error)),
            Some((Err(_), _)) | None => (None, None),
        };
        let epoch = Instant::now();
        let (subject, voice, log) = setup.spawn(&contract, &planned, &name, entrance)?;
        let tree = Arc::new(Tree::open(subject.pid()).map_err(reading)?);
        let sampler = Sampler::start(Arc::clone(&tree), SAMPLE_EVERY, epoch);
        let sampler = Arc::new(sampler.map_err(TrialError::Sampler)?);
        let sockets = SocketTable::open().ok();
        let calm = if setup.client(&planned).is_built_in() { Calm::AT_ONCE } else { Calm::IN_STEPS };
        let stand = Stand {
            setup,
            planned,
            began_ms: epoch.duration_since(setup.epoch).as_millis() as u64,
            simulator: Arc::new(simulator),
            voice,
            watch: Watch { epoch, subject: tree, sampler, sockets, cgroup, calm },
            phase: watch::Sender::new(Phase::Idle),
            phases: Vec::new(),
            self_reported_rss: None,
            container_peak_bytes: None,
            driver: None,
            log,
        };
        Ok((stand, subject))
    }

    async fn measure(mut self, mut subject: Subject) -> Outcome {
        let (herald, setup) = (self.herald(), self.setup);
        let simulator = Arc::clone(&self.simulator);
        let gone = tokio::select! {
            result = self.go_through_phases() => Err(result),
            ended = subject.ended() => Ok((herald.phase(), ended)),
            () = herald.announce(setup) => Err(Ok(())),
        };
        let result = match gone {
            Err(result) => result,
            // A program that has read its streams to their end may end: it only has no *released* plateau then.
            Ok((Phase::Released, Ok(status))) if status.success() => Ok(()),
            Ok((phase, Ok(status))) => {
                self.log.close().await;
                let (opened, words) = (simulator.stage().opened(), self.log.last_words());
                Err(TrialError::Ended { phase, status, opened, words })
            }
            Ok((phase, Err(source))) => Err(TrialError::Reading { phase, source }),
        };
        let killed = self.watch.cgroup.as_ref().map_or(0, |cgroup| kills(cgroup));
        let result = match self.planned.limit {
            Some(limit) if killed > 0 => Err(TrialError::Killed { phase: herald.phase(), limit, kills: killed }),
            _ => result,
        };
        let result = match self.upstream_failure() {
            Some(failure) if !matches!(result, Err(TrialError::Reading { .. })) => Err(failure),
            _ => result,
        };
        let result = match (result, self.users_failure()) {
            (Ok(()) | Err(TrialError::NoStream { .. }), Some(failure)) => Err(failure),
            (result, _) => result,
        };
        let failure = result.err().map(|error| failure(self.planned, &error));
        let trial = self.finish(subject).await;
        Outcome { trial, failure, killed }
    }

    fn herald(&self) -> Herald {
        Herald {
            planned: self.planned,
            simulator: Arc::clone(&self.simulator),
            sampler: Arc::clone(&self.watch.sampler),
            phase: self.phase.subscribe(),
        }
    }

    /// Why a real API did not give all the streams that it was asked for, if it did not.
    fn upstream_failure(&self) -> Option<TrialError> {
        let Origin::Upstream { url } = &self.setup.scenario.origin else {
            return None;
        };
        let stage = self.simulator.stage();
        let passed_on = self.simulator.passed_on()?;
        let is_short = stage.opened() < self.planned.streams || stage.broken() > 0 || passed_on.withheld > 0;
        let what = passed_on.complaint().filter(|_| is_short)?;
        Some(TrialError::Upstream { url: url.clone(), what })
    }

    /// Why fewer streams came than users asked, if the server told its users.
    fn users_failure(&self) -> Option<TrialError> {
        let (drive, driver) = (self.setup.scenario.drive.as_ref()?, self.driver.as_ref()?);
        let (asked, opened) = (self.planned.streams, self.simulator.stage().opened());
        let what = driver.first_failure().filter(|_| opened < asked)?;
        Some(TrialError::UserRefused { url: drive.url.clone(), asked, opened, what, words: self.log.last_words() })
    }

    /// The highest charge of its cgroup so far, which outlives the processes in it.
    fn look_at_container_peak(&mut self) {
        let memory = self.watch.cgroup.as_ref().and_then(|cgroup| cgroup.read().ok());
        self.container_peak_bytes = memory.and_then(|memory| memory.peak_bytes);
    }

    /// Ends the subject and closes the record; there is one if the trial got as far as a plateau with streams.
    async fn finish(mut self, subject: Subject) -> Option<Trial> {
        self.end_phase();
        // What a program takes to end is no matter of its streams, unless it ends with them.
        self.look_at_container_peak();
        drop(self.driver);
        drop(self.voice);
        subject.finish(ENDING).await;
        self.log.close().await;
        self.setup.ledger.learn(self.planned.stream, &self.simulator);
        let (samples, sampler) = self.watch.sampler.finish();
        self.phases.iter().find(|record| record.phase == Phase::Open && record.plateau.is_some())?;
        Some(Trial {
            sequence: self.planned.sequence,
            pass: self.planned.pass,
            series: self.planned.series,
            stream: self.planned.stream,
            asked: self.planned.streams,
            began_ms: self.began_ms,
            phases: self.phases,
            samples,
            sampler,
            simulator: self.simulator.facts(),
            self_reported_rss: self.self_reported_rss,
            high_water_of_one_bytes: Some(self.watch.subject.highest_of_one()).filter(|bytes| *bytes > 0),
            container_peak_bytes: self.container_peak_bytes,
        })
    }
}

fn kills(cgroup: &Cgroup) -> u64 {
    cgroup.read().map_or(0, |memory| memory.oom_kills)
}

/// Tells the watcher how a trial stands, several times a second.
struct Herald {
    planned: Planned,
    simulator: Arc<Simulator>,
    sampler: Arc<Sampler>,
    phase: watch::Receiver<Phase>,
}

impl Herald {
    fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    async fn announce(&self, setup: &Setup) {
        loop {
            sleep(NEWS_EVERY).await;
            let pages = self.sampler.latest().map_or(0, |sample| u64::from(sample.rss_pages));
            setup.tell(Progress::Now(Live {
                sequence: self.planned.sequence,
                series: self.planned.series,
                asked: self.planned.streams,
                phase: self.phase(),
                open: self.simulator.stage().open(),
                rss_bytes: pages * page_bytes(),
            }));
        }
    }
}
