//! One trial: a fresh subject, moved through the phases, measured on every plateau.

use super::conductor::{Conductor, Start};
use super::job::Job;
use super::patience::Patience;
use super::plateau::{Calm, Watch};
use super::progress::{Live, Progress};
use super::schedule::Planned;
use super::setup::Setup;
use super::trial_error::{TrialError, recorded};
use crate::run::{Failure, Phase, PhaseRecord, Reason, SimulatorFacts, Trial, Wave};
use crate::sampler::{BesideSampler, Sampler, page_bytes};
use crate::scenario::Origin;
use crate::simulator::Simulator;
use crate::subject::{Cgroup, Subject};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;

/// 55 samples a second: above 50 Hz also when some are a little late.
const SAMPLE_EVERY: Duration = Duration::from_millis(18);
/// How often the watcher hears.
const NEWS_EVERY: Duration = Duration::from_millis(200);

/// What a trial gave: a record if it got as far as *open*, and what went wrong if something did.
#[derive(Debug)]
pub struct Outcome {
    /// What was measured.
    pub trial: Option<Trial>,
    /// What went wrong.
    pub failure: Option<Failure>,
    /// How many of its processes the kernel killed at the limit, by the cgroup's own count.
    pub killed: u64,
}

/// Runs one trial. Dropping the future kills the subject.
pub async fn run(setup: &Setup, planned: Planned) -> Outcome {
    let outcome = match Stand::build(setup, planned).await {
        Ok((stand, subject)) => stand.measure(subject).await,
        Err(error) => Outcome { trial: None, failure: Some(failure(setup, planned, error)), killed: 0 },
    };
    let trouble = outcome.failure.clone().map(Box::new);
    setup.tell(Progress::TrialEnds { sequence: planned.sequence, asked: planned.job.streams, trouble });
    outcome
}

fn failure(setup: &Setup, planned: Planned, error: TrialError) -> Failure {
    error.failure(&setup.folder, Some(planned.sequence), planned.job)
}

/// What went wrong so far.
fn reason(result: &Result<(), TrialError>) -> Option<&Reason> {
    result.as_ref().err().map(|error| &error.reason)
}

/// Further waves, and what a trial's record has from before them.
pub(super) struct FurtherWaves {
    pub(super) came: Vec<Wave>,
    pub(super) simulator: SimulatorFacts,
    pub(super) high_water_of_one_bytes: u64,
    pub(super) container_peak_bytes: Option<u64>,
}

/// Everything around one subject that is measured.
pub(super) struct Stand<'a> {
    pub(super) conductor: Conductor<'a>,
    planned: Planned,
    pub(super) watch: Watch,
    pub(super) phases: Vec<PhaseRecord>,
    pub(super) self_reported_rss: Option<u64>,
    pub(super) further_waves: Option<FurtherWaves>,
}

impl<'a> Stand<'a> {
    async fn build(setup: &'a Setup, planned: Planned) -> Result<(Stand<'a>, Subject), TrialError> {
        let job = planned.job;
        let series = setup.scenario.file_label(job.series as usize);
        let name = format!("{:03}-{series}-{}", planned.sequence, job.streams);
        let (cgroup, entrance) = match setup.cgroup(&job)?.map(|cgroup| (cgroup.entrance(), Arc::new(cgroup))) {
            Some((Ok(entrance), cgroup)) => (Some(cgroup), Some(entrance)),
            // Without its limit such a trial would be another.
            Some((Err(source), _)) if job.limit.is_some() => {
                return Err(TrialError::reading(Phase::Idle, &source));
            }
            Some((Err(_), _)) | None => (None, None),
        };
        let start = Start { name, cgroup: entrance, heap_profile: None, inside: Vec::new() };
        let (conductor, subject) = Conductor::start(setup, job, Patience::MEASURED, start).await?;
        let (tree, epoch) = (Arc::clone(&conductor.tree), conductor.began);
        let sampler = Sampler::start(Arc::clone(&tree), SAMPLE_EVERY, epoch);
        let sampler = Arc::new(sampler.map_err(|source| TrialError::sampler(&source))?);
        let beside = BesideSampler::start(Arc::clone(&tree), epoch).map_err(|source| TrialError::sampler(&source))?;
        let calm = if setup.client(&job).is_built_in() { Calm::AT_ONCE } else { Calm::IN_STEPS };
        let stand = Stand {
            conductor,
            planned,
            watch: Watch { epoch, subject: tree, sampler, beside, cgroup, calm },
            phases: Vec::new(),
            self_reported_rss: None,
            further_waves: None,
        };
        Ok((stand, subject))
    }

    async fn measure(mut self, mut subject: Subject) -> Outcome {
        let (herald, setup) = (self.herald(), self.conductor.setup);
        let gone = tokio::select! {
            result = self.go_through_phases() => Err(result),
            ended = subject.ended() => Ok((herald.phase(), ended)),
            () = herald.announce(setup) => Err(Ok(())),
        };
        let result = match gone {
            Err(result) => result,
            // A program that has read its streams to their end may end: it only has no *released* plateau then.
            Ok((Phase::Released, Ok(ended))) if ended.status.success() => Ok(()),
            Ok((_, ended)) => Err(self.conductor.ended(ended).await),
        };
        let result = match self.upstream_failure() {
            Some(failure) if !matches!(reason(&result), Some(Reason::NotRead { .. })) => Err(failure),
            _ => result,
        };
        let result = match self.users_failure() {
            Some(failure) if matches!(reason(&result), None | Some(Reason::NoStream { .. })) => Err(failure),
            _ => result,
        };
        let result = result.and_then(|()| self.conductor.has_all_streams());
        let (planned, phase, cgroup) = (self.planned, herald.phase(), self.watch.cgroup.clone());
        let trial = self.finish(subject).await;
        // One that lived until its streams had ended may be killed on its own way out: the limit is as full then, and that way takes pages.
        let killed = cgroup.map_or(0, |cgroup| kills(&cgroup));
        let result = match planned.job.limit {
            Some(limit) if killed > 0 => Err(Reason::Killed { phase, limit, kills: killed }.into()),
            _ => result,
        };
        let failure = result.err().map(|error| failure(setup, planned, error));
        Outcome { trial, failure, killed }
    }

    fn herald(&self) -> Herald {
        Herald {
            planned: self.planned,
            simulator: Arc::clone(&self.conductor.simulator),
            sampler: Arc::clone(&self.watch.sampler),
            phase: self.conductor.hear(),
        }
    }

    /// Why a real API did not give all the streams that it was asked for, if it did not.
    fn upstream_failure(&self) -> Option<TrialError> {
        let Origin::Upstream { url } = &self.conductor.setup.scenario.origin else {
            return None;
        };
        let stage = self.conductor.simulator.stage();
        let passed_on = self.conductor.simulator.passed_on()?;
        let is_short = stage.opened() < self.planned.job.streams || stage.broken() > 0 || passed_on.withheld > 0;
        let what = passed_on.complaint().filter(|_| is_short)?;
        Some(Reason::Upstream { url: recorded(url), what: recorded(&what) }.into())
    }

    /// Why fewer streams came than users asked, if the server told its users.
    fn users_failure(&self) -> Option<TrialError> {
        let (drive, driver) = (self.conductor.setup.scenario.drive.as_ref()?, self.conductor.driver.as_ref()?);
        let (asked, opened) = (self.planned.job.streams, self.conductor.simulator.stage().opened());
        let what = drive.without_header_values(&driver.first_failure().filter(|_| opened < asked)?);
        let reason = Reason::UserRefused { url: recorded(&drive.url), opened, what: recorded(&what) };
        Some(self.conductor.told(reason))
    }

    /// Ends the subject and closes the record; there is one if the trial got as far as a plateau with streams.
    async fn finish(mut self, subject: Subject) -> Option<Trial> {
        self.end_phase();
        // What a program takes to end is no matter of its streams, unless it ends with them.
        let peak = self.container_peak();
        let Planned { sequence, pass, job: Job { series, stream, prompt, streams: asked, pace, ending, .. } } =
            self.planned;
        let (setup, began) = (self.conductor.setup, self.conductor.began);
        // Nor is what breaks when it is ended.
        let facts = self.conductor.simulator.facts();
        let simulator = self.conductor.finish(subject).await;
        setup.ledger.learn(stream, &simulator);
        let (samples, sampler) = self.watch.sampler.finish();
        let beside = self.watch.beside.finish();
        self.phases.iter().find(|record| record.phase == Phase::Open && record.plateau.is_some())?;
        let had_waves = self.further_waves.is_some();
        let waves = self.further_waves.take().unwrap_or_else(|| FurtherWaves {
            came: Vec::new(),
            simulator: facts,
            high_water_of_one_bytes: self.watch.subject.highest_of_one(),
            container_peak_bytes: peak,
        });
        Some(Trial {
            sequence,
            pass,
            series,
            stream,
            prompt,
            asked,
            ending,
            pace: Some(pace).filter(|pace| *pace != setup.scenario.pace),
            began_ms: began.duration_since(setup.epoch).as_millis() as u64,
            phases: self.phases,
            samples,
            sampler,
            beside,
            further_waves: waves.came,
            simulator: waves.simulator,
            self_reported_rss: self.self_reported_rss,
            high_water_of_one_bytes: Some(waves.high_water_of_one_bytes).filter(|bytes| *bytes > 0),
            container_peak_bytes: waves.container_peak_bytes,
            container_peak_of_waves_bytes: peak.filter(|_| had_waves),
        })
    }

    /// The highest charge so far, where there is a cgroup that tells.
    pub(super) fn container_peak(&self) -> Option<u64> {
        self.watch.cgroup.as_ref().and_then(|cgroup| cgroup.read().ok()?.peak_bytes)
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
                series: self.planned.job.series,
                asked: self.planned.job.streams,
                phase: self.phase(),
                open: self.simulator.stage().open(),
                rss_bytes: pages * page_bytes(),
            }));
        }
    }
}
