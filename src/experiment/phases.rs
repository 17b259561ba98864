//! How one trial goes through the phases.

use super::drive::Driver;
use super::trial::Stand;
use super::trial_error::TrialError;
use crate::run::{Phase, PhaseRecord};
use crate::scenario::Client;
use crate::simulator::Stage;
use crate::subject::Order;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// How long the first stream may take to arrive: a runtime has to start and to load its packages.
const FIRST_ARRIVAL: Duration = Duration::from_secs(30);
/// No further stream has arrived for this long: no more will.
const ARRIVAL_STALL: Duration = Duration::from_secs(5);
/// How long the subject may take to read what has been sent.
const READING: Duration = Duration::from_secs(5);
/// How long a subject may take to say what it thinks of its own memory, and to collect its garbage.
const REPORTING: Duration = Duration::from_secs(1);
const COLLECTING: Duration = Duration::from_secs(15);
/// Sockets that have taken nothing for this long take nothing more.
const SEND_STALL: Duration = Duration::from_secs(1);

impl Stand<'_> {
    pub(super) async fn go_through_phases(&mut self) -> Result<(), TrialError> {
        self.begin(Phase::Idle);
        self.plateau().await?;
        self.forget_plateau_with_streams();

        self.begin(Phase::Open);
        self.voice.order(Order::Open).await;
        if let Some(drive) = &self.setup.scenario.drive {
            let not_driven = |why| TrialError::NotDriven { url: drive.url.clone(), why, words: self.log.last_words() };
            self.driver = Some(tokio::select! {
                started = Driver::start(drive, self.planned.streams) => started.map_err(not_driven)?,
                why = self.listens_elsewhere(drive) => return Err(why),
            });
        }
        self.arrival().await?;
        self.plateau().await?;

        self.begin(Phase::Streaming);
        self.streaming().await;

        if self.setup.scenario.slow_reader {
            // Nobody reads, so that nothing can be waited for, and streams that are stuck do not end.
            self.begin(Phase::Full);
            return self.plateau().await;
        }
        self.reading_to_the_end().await;
        self.begin(Phase::Full);
        self.plateau().await?;
        if !matches!(self.setup.client(&self.planned), Client::Command { .. }) {
            self.self_reported_rss = self.voice.self_reported_rss(REPORTING).await;
        }
        if self.setup.scenario.collect {
            self.begin(Phase::Collected);
            if self.voice.collected(COLLECTING).await {
                self.plateau().await?;
            }
        }

        self.begin(Phase::Released);
        self.simulator.stage().release();
        self.patiently(READING, |stage| stage.open() == 0).await;
        self.plateau().await?;
        self.end_phase();
        Ok(())
    }

    /// Ends the phase before and begins this one.
    fn begin(&mut self, phase: Phase) {
        self.end_phase();
        self.phase.send_replace(phase);
        let begun_ms = self.watch.now_ms();
        self.phases.push(PhaseRecord {
            phase,
            begun_ms,
            ended_ms: begun_ms,
            plateau: None,
            cpu_ns: self.watch.subject.cpu_time().map(|cpu| cpu.as_nanos() as u64),
        });
    }

    pub(super) fn end_phase(&mut self) {
        let now = self.watch.now_ms();
        if let Some(last) = self.phases.last_mut() {
            last.ended_ms = now;
        }
    }

    async fn plateau(&mut self) -> Result<(), TrialError> {
        let phase = *self.phase.borrow();
        let taken = self.watch.plateau(&self.simulator, phase).await;
        let plateau = taken.map_err(|source| TrialError::Reading { phase, source })?;
        if let Some(record) = self.phases.last_mut() {
            record.plateau = Some(plateau);
        }
        Ok(())
    }

    /// A program that opens its streams as soon as it starts was not idle.
    fn forget_plateau_with_streams(&mut self) {
        let opened = self.simulator.stage().opened() > 0;
        if let Some(record) = self.phases.last_mut().filter(|_| opened) {
            record.plateau = None;
        }
    }

    /// Completes when the server has answered every user with an error: no stream will come of that.
    async fn all_users_refused(&self) {
        match &self.driver {
            Some(driver) => driver.has_refused(self.planned.streams).await,
            None => std::future::pending().await,
        }
    }

    /// Waits until all streams have arrived, or nothing has for a while.
    async fn arrival(&self) -> Result<(), TrialError> {
        let asked = self.planned.streams;
        // Beyond the number asked for they are the same ones again, and no sign that more will come.
        let heard = |stage: &Stage| stage.opened().min(asked) + (stage.whole() + stage.refused()).min(asked);
        let stage = self.simulator.stage();
        loop {
            let before = heard(stage);
            // A real API may think before it begins to answer.
            let patience = if before == 0 || self.setup.scenario.is_real() { FIRST_ARRIVAL } else { ARRIVAL_STALL };
            let arrived = |stage: &Stage| stage.open() >= asked || heard(stage) > before;
            let begun = Instant::now();
            let idle = tokio::select! {
                () = self.patiently(patience, arrived) => false,
                () = self.all_users_refused() => false,
                // Where an API thinks, the subject has nothing to do.
                () = self.idle(), if !self.setup.scenario.is_real() => true,
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
        let (stage, words) = (self.simulator.stage(), self.log.last_words());
        match (stage.open(), stage.opened(), stage.whole()) {
            (1.., _, _) => Ok(()),
            (0, opened @ 1.., _) => Err(TrialError::NotHeld { opened, words }),
            (0, 0, whole @ 1..) => Err(TrialError::NotStreaming { whole, words }),
            (0, 0, 0) => {
                let refused = self.simulator.first_refusal().map(|refusal| (stage.refused(), refusal));
                Err(TrialError::NoStream { seconds: waited.as_secs(), idle, refused, words })
            }
        }
    }

    async fn streaming(&self) {
        let first = self.setup.scenario.pace.first_token_after();
        let stage = self.simulator.stage();
        stage.begin_text(first);
        if self.setup.scenario.slow_reader {
            return self.until_stuck(first).await;
        }
        // A subject that reads slowly holds the simulator up; it gets three times as long and half a minute.
        let whole = first + self.setup.sources.text_within(self.planned.stream);
        let patience = whole * 3 + Duration::from_secs(30);
        self.patiently(patience, |stage| stage.full() >= stage.open()).await;
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
        while self.watch.all_read(&self.simulator) == Some(false) && begun.elapsed() < READING {
            sleep(Duration::from_millis(10)).await;
        }
    }

    async fn patiently(&self, patience: Duration, condition: impl Fn(&Stage) -> bool) {
        // Running out of patience is no error: what is there is measured, and what is missing becomes a doubt.
        let _ = timeout(patience, self.simulator.stage().when(condition)).await;
    }
}
