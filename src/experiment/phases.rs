//! How one trial goes through the phases, with a plateau on each but one.

use super::trial::Stand;
use super::trial_error::TrialError;
use crate::run::{Phase, PhaseRecord};
use crate::scenario::Client;
use std::time::Duration;

/// How long a subject may take to say what it thinks of its own memory.
const REPORTING: Duration = Duration::from_secs(1);

impl Stand<'_> {
    pub(super) async fn go_through_phases(&mut self) -> Result<(), TrialError> {
        let setup = self.conductor.setup;
        self.begin(Phase::Idle);
        self.conductor.ready().await?;
        self.plateau().await?;
        self.forget_plateau_with_streams();

        self.begin(Phase::Open);
        self.conductor.open().await?;
        self.plateau().await?;
        self.conductor.has_all_streams()?;

        self.begin(Phase::Streaming);
        // What is there is measured, and what is missing becomes a doubt.
        self.conductor.fill().await;

        self.begin(Phase::Full);
        self.plateau().await?;
        self.forget_plateau_with_others()?;
        if setup.scenario.slow_reader {
            // Streams that are stuck do not end.
            return Ok(());
        }
        if !matches!(setup.client(&self.conductor.job), Client::Command { .. }) {
            self.self_reported_rss = self.conductor.voice.self_reported_rss(REPORTING).await;
        }
        if setup.scenario.collect {
            self.begin(Phase::Collected);
            if self.collect().await {
                self.plateau().await?;
            }
        }

        self.begin(Phase::Released);
        self.conductor.release().await;
        self.collect_released().await;
        self.plateau().await?;
        self.end_phase();
        self.go_through_waves().await
    }

    /// Asks the subject to collect its garbage; whether it said that it had.
    pub(super) async fn collect(&mut self) -> bool {
        let (collecting, series) = (&self.conductor.setup.collecting, self.conductor.job.series);
        let collected = self.conductor.voice.collected(collecting.patience(series)).await;
        collecting.learn(series, collected);
        collected
    }

    /// Ends the phase before and begins this one.
    fn begin(&mut self, phase: Phase) {
        self.end_phase();
        self.conductor.enter(phase);
        let begun_ms = self.watch.now_ms();
        self.phases.push(PhaseRecord {
            phase,
            begun_ms,
            ended_ms: begun_ms,
            plateau: None,
            cpu_ns: self.watch.subject.cpu_time().map(|cpu| cpu.as_nanos() as u64),
        });
    }

    /// Further waves belong to no phase.
    pub(super) fn end_phase(&mut self) {
        let now = self.watch.now_ms();
        if let Some(last) = self.phases.last_mut().filter(|_| self.further_waves.is_none()) {
            last.ended_ms = now;
        }
    }

    async fn plateau(&mut self) -> Result<(), TrialError> {
        let phase = self.conductor.phase();
        // What ended streams leave behind is compared wave by wave.
        let waves = self.conductor.setup.scenario.waves > 1;
        let with_charge = phase == Phase::Full || (phase == Phase::Released && waves);
        let (simulator, connections) = (&self.conductor.simulator, &mut self.conductor.connections);
        let taken = self.watch.plateau(simulator, connections, phase, with_charge).await;
        let mut plateau = taken.map_err(|source| TrialError::reading(phase, &source))?;
        if phase == Phase::Full {
            plateau.user_sockets = self.conductor.user_sockets();
        }
        if let Some(record) = self.phases.last_mut() {
            record.plateau = Some(plateau);
        }
        Ok(())
    }

    /// Streams that are there in the place of others which were broken off hold what they hold beside what is left of those: neither what was
    /// asked for nor fewer of it.
    fn forget_plateau_with_others(&mut self) -> Result<(), TrialError> {
        if self.conductor.simulator.stage().opened() <= self.conductor.job.streams {
            return Ok(());
        }
        let broken_off = self.conductor.has_all_streams();
        if let Some(record) = self.phases.last_mut().filter(|_| broken_off.is_err()) {
            record.plateau = None;
        }
        broken_off
    }

    /// A program that opens its streams as soon as it starts was not idle.
    fn forget_plateau_with_streams(&mut self) {
        let opened = self.conductor.simulator.stage().opened() > 0;
        if let Some(record) = self.phases.last_mut().filter(|_| opened) {
            record.plateau = None;
        }
    }
}
