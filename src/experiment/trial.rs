//! One trial: a fresh subject, moved through the phases, measured on every plateau.

use super::plateau::Watch;
use super::progress::{Live, Progress};
use super::schedule::Planned;
use super::setup::Setup;
use crate::run::{Failure, Phase, PhaseRecord, Trial};
use crate::sampler::{Process, Sampler, SocketTable, page_bytes};
use crate::simulator::{Simulator, SimulatorError, Stage};
use crate::subject::{Order, SpawnError, Subject, Voice};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// 55 samples a second: above 50 Hz also when some are a little late.
const SAMPLE_EVERY: Duration = Duration::from_millis(18);
/// How long memory may take to come to rest on a plateau.
const SETTLE: Duration = Duration::from_secs(3);
/// No stream has arrived for this long: no more will.
const ARRIVAL_STALL: Duration = Duration::from_secs(5);
/// How long the subject may take to read what has been sent.
const READING: Duration = Duration::from_secs(5);
/// How long the subject may take to end once its input is closed.
const ENDING: Duration = Duration::from_secs(5);
/// How often the watcher hears.
const NEWS_EVERY: Duration = Duration::from_millis(200);

/// Why a trial came to nothing, or ended early.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The simulator did not start.
    #[error(transparent)]
    Simulator(#[from] SimulatorError),
    /// The subject did not start.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    /// The subject ended before it was asked to.
    #[error("the subject ended in phase {phase} ({status}); {}", last_words(.log))]
    Ended {
        /// When.
        phase: Phase,
        /// How.
        status: ExitStatus,
        /// Its standard error.
        log: PathBuf,
    },
    /// The subject opened no stream.
    #[error(
        "the subject opened no stream within {} s: does it read ANTHROPIC_BASE_URL and stream? {}",
        ARRIVAL_STALL.as_secs(), last_words(.log)
    )]
    NoStream {
        /// Its standard error.
        log: PathBuf,
    },
    /// A reading failed.
    #[error("cannot read the subject's memory in phase {phase}: {source}")]
    Reading {
        /// When.
        phase: Phase,
        /// Why.
        source: io::Error,
    },
}

/// What a subject wrote to standard error, at its end.
fn last_words(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    match text.lines().rev().find(|line| !line.trim().is_empty()) {
        Some(line) => format!("its last words: \"{}\"; all of them are in {}", line.trim(), log.display()),
        None => "it wrote nothing to its standard error".to_owned(),
    }
}

/// What a trial gave: a record if it got as far as *open*, and what went wrong if something did.
#[derive(Debug)]
pub struct Outcome {
    /// What was measured.
    pub trial: Option<Trial>,
    /// What went wrong.
    pub failure: Option<Failure>,
}

/// Runs one trial. Dropping the future kills the subject.
pub async fn run(setup: &Setup, planned: Planned) -> Outcome {
    let outcome = match Stand::build(setup, planned).await {
        Ok((stand, subject)) => stand.measure(subject).await,
        Err(error) => Outcome { trial: None, failure: Some(failure(planned, &error)) },
    };
    let trouble = outcome.failure.as_ref().map(|failure| failure.why.clone());
    setup.tell(Progress::TrialEnds { sequence: planned.sequence, trouble });
    outcome
}

fn failure(planned: Planned, error: &TrialError) -> Failure {
    Failure { sequence: planned.sequence, mode: planned.mode, asked: planned.streams, why: error.to_string() }
}

/// Everything around one subject.
struct Stand<'a> {
    setup: &'a Setup,
    planned: Planned,
    began_ms: u64,
    simulator: Arc<Simulator>,
    voice: Voice,
    watch: Watch,
    phase: watch::Sender<Phase>,
    phases: Vec<PhaseRecord>,
    self_reported_rss: Option<u64>,
    log: PathBuf,
}

impl<'a> Stand<'a> {
    async fn build(setup: &'a Setup, planned: Planned) -> Result<(Stand<'a>, Subject), TrialError> {
        let simulator = setup.simulator(planned.streams)?;
        let contract = setup.contract(&simulator, &planned);
        let epoch = Instant::now();
        let name = format!("{:03}-{}-{}", planned.sequence, planned.mode, planned.streams);
        let (subject, voice, log) = setup.spawn(&contract, &name)?;
        let reading = |source| TrialError::Reading { phase: Phase::Idle, source };
        let process = Arc::new(Process::open(subject.pid()).map_err(reading)?);
        let sampler = Arc::new(Sampler::start(Arc::clone(&process), SAMPLE_EVERY, epoch));
        let stand = Stand {
            setup,
            planned,
            began_ms: epoch.duration_since(setup.epoch).as_millis() as u64,
            simulator: Arc::new(simulator),
            voice,
            watch: Watch { epoch, process, sampler, sockets: SocketTable::open().ok() },
            phase: watch::Sender::new(Phase::Idle),
            phases: Vec::new(),
            self_reported_rss: None,
            log,
        };
        Ok((stand, subject))
    }

    async fn measure(mut self, mut subject: Subject) -> Outcome {
        let (herald, setup, log) = (self.herald(), self.setup, self.log.clone());
        let result = tokio::select! {
            result = self.go_through_phases() => result,
            ended = subject.ended() => Err(match ended {
                Ok(status) => TrialError::Ended { phase: herald.phase(), status, log },
                Err(source) => TrialError::Reading { phase: herald.phase(), source },
            }),
            () = herald.announce(setup) => Ok(()),
        };
        let failure = result.err().map(|error| failure(self.planned, &error));
        let trial = self.finish(subject).await;
        Outcome { trial, failure }
    }

    async fn go_through_phases(&mut self) -> Result<(), TrialError> {
        self.begin(Phase::Idle)?;
        self.plateau().await?;

        self.begin(Phase::Open)?;
        self.voice.order(Order::Open).await;
        self.arrival().await?;
        self.plateau().await?;

        self.begin(Phase::Streaming)?;
        self.streaming().await;

        self.begin(Phase::Full)?;
        self.reading_to_the_end().await?;
        self.plateau().await?;
        self.self_reported_rss = self.voice.self_reported_rss(Duration::from_secs(1)).await;

        self.begin(Phase::Released)?;
        self.simulator.stage().release();
        self.patiently(READING, |stage| stage.open() == 0).await;
        self.plateau().await?;
        self.end_phase();
        Ok(())
    }

    /// Ends the phase before and begins this one.
    fn begin(&mut self, phase: Phase) -> Result<(), TrialError> {
        self.end_phase();
        self.phase.send_replace(phase);
        let cpu = self.watch.process.cpu_time().map_err(|source| TrialError::Reading { phase, source })?;
        let begun_ms = self.watch.now_ms();
        self.phases.push(PhaseRecord {
            phase,
            begun_ms,
            ended_ms: begun_ms,
            plateau: None,
            cpu_ns: cpu.as_nanos() as u64,
        });
        Ok(())
    }

    fn end_phase(&mut self) {
        let now = self.watch.now_ms();
        if let Some(last) = self.phases.last_mut() {
            last.ended_ms = now;
        }
    }

    async fn plateau(&mut self) -> Result<(), TrialError> {
        let phase = *self.phase.borrow();
        let taken = self.watch.plateau(&self.simulator, SETTLE).await;
        let plateau = taken.map_err(|source| TrialError::Reading { phase, source })?;
        if let Some(record) = self.phases.last_mut() {
            record.plateau = Some(plateau);
        }
        Ok(())
    }

    /// Waits until all streams have arrived, or none has for a while.
    async fn arrival(&self) -> Result<(), TrialError> {
        loop {
            let before = self.simulator.stage().opened();
            self.patiently(ARRIVAL_STALL, |stage| stage.open() >= self.planned.streams || stage.opened() > before)
                .await;
            let stage = self.simulator.stage();
            if stage.open() >= self.planned.streams {
                return Ok(());
            }
            if stage.opened() == before {
                // What is there is what is measured; a doubt will say so.
                let log = self.log.clone();
                return if stage.open() > 0 { Ok(()) } else { Err(TrialError::NoStream { log }) };
            }
        }
    }

    async fn streaming(&self) {
        let pace = self.setup.scenario.pace;
        let first = pace.first_token_after();
        let whole = first + pace.text_within(self.setup.scenario.stream.chars);
        self.simulator.stage().begin_text(first);
        // A subject that reads slowly holds the simulator up; it gets half as long again and ten seconds.
        let patience = whole.mul_f64(1.5) + Duration::from_secs(10);
        self.patiently(patience, |stage| stage.full() >= stage.open()).await;
    }

    async fn reading_to_the_end(&mut self) -> Result<(), TrialError> {
        let begun = Instant::now();
        let reading = |source| TrialError::Reading { phase: Phase::Full, source };
        while self.watch.all_read(&self.simulator).map_err(reading)? == Some(false) && begun.elapsed() < READING {
            sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    async fn patiently(&self, patience: Duration, condition: impl Fn(&Stage) -> bool) {
        // Running out of patience is no error: what is there is measured, and what is missing becomes a doubt.
        let _ = timeout(patience, self.simulator.stage().when(condition)).await;
    }

    fn herald(&self) -> Herald {
        Herald {
            planned: self.planned,
            simulator: Arc::clone(&self.simulator),
            sampler: Arc::clone(&self.watch.sampler),
            phase: self.phase.subscribe(),
        }
    }

    /// Ends the subject and closes the record; there is one if the trial got as far as a plateau with streams.
    async fn finish(mut self, subject: Subject) -> Option<Trial> {
        self.end_phase();
        drop(self.voice);
        subject.finish(ENDING).await;
        // A subject that had nothing to complain about leaves no file.
        if fs::metadata(&self.log).is_ok_and(|log| log.len() == 0) {
            let _ = fs::remove_file(&self.log);
        }
        let (samples, sampler) = self.watch.sampler.finish();
        self.phases.iter().find(|record| record.phase == Phase::Open && record.plateau.is_some())?;
        Some(Trial {
            sequence: self.planned.sequence,
            pass: self.planned.pass,
            mode: self.planned.mode,
            asked: self.planned.streams,
            began_ms: self.began_ms,
            phases: self.phases,
            samples,
            sampler,
            simulator: self.simulator.facts(),
            self_reported_rss: self.self_reported_rss,
        })
    }
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
                mode: self.planned.mode,
                asked: self.planned.streams,
                phase: self.phase(),
                open: self.simulator.stage().open(),
                rss_bytes: pages * page_bytes(),
            }));
        }
    }
}
