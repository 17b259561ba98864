//! The streams of a trial once more, in the same subject: what it holds after each wave tells a leak from what its allocator keeps.

use super::conductor::Conductor;
use super::drive::{Driver, Reading};
use super::trial::{FurtherWaves, Stand};
use super::trial_error::TrialError;
use crate::run::{Phase, Wave};
use crate::simulator::Stage;
use crate::subject::Order;
use std::time::Duration;
use tokio::time::timeout;

/// How a wave ended.
struct End {
    /// Streams that were read to their ends although the users of all of them had hung up; `None` where they had not.
    read_on: Option<u32>,
}

impl Stand<'_> {
    /// Where waves are compared and the subject collects its garbage when it is asked, what stays is no garbage.
    pub(super) async fn collect_released(&mut self) {
        let scenario = &self.conductor.setup.scenario;
        if scenario.collect && scenario.waves > 1 {
            self.collect().await;
        }
    }

    /// Has the streams opened and ended as often as the scenario says. A wave that does not come whole is the last, and is left out.
    pub(super) async fn go_through_waves(&mut self) -> Result<(), TrialError> {
        let further = self.conductor.setup.scenario.waves.saturating_sub(1);
        if further == 0 {
            return Ok(());
        }
        self.further_waves = Some(FurtherWaves {
            came: Vec::new(),
            simulator: self.conductor.simulator.facts(),
            high_water_of_one_bytes: self.watch.subject.highest_of_one(),
            container_peak_bytes: self.container_peak(),
        });
        for _ in 0..further {
            let Some(End { read_on }) = self.conductor.wave().await else {
                break;
            };
            self.collect_released().await;
            let watch = &self.watch;
            let (simulator, connections) = (&self.conductor.simulator, &mut self.conductor.connections);
            let plateau = watch.plateau(simulator, connections, Phase::Released, true).await;
            let plateau = plateau.map_err(|source| TrialError::reading(Phase::Released, &source))?;
            if let Some(waves) = &mut self.further_waves {
                let charged_bytes = plateau.container.map(|container| container.unreclaimable_bytes());
                waves.came.push(Wave { from_ms: plateau.from_ms, to_ms: plateau.to_ms, charged_bytes, read_on });
            }
        }
        Ok(())
    }
}

impl Conductor<'_> {
    /// All streams once more, from open to ended. `None` where they did not come, all of them, or did not end.
    async fn wave(&mut self) -> Option<End> {
        let asked = self.job.streams;
        if self.simulator.stage().open() > 0 {
            return None;
        }
        self.simulator.stage().rearm();
        self.voice.order(Order::Open).await;
        if let Some(drive) = &self.setup.scenario.drive {
            // Whose streams have ended goes.
            let (prompt_chars, patience) = (self.prompt_chars(), self.patience.first_arrival);
            self.driver = Driver::start(drive, asked, prompt_chars, Reading::Whole, patience).await.ok();
        }
        let came = self.all_open(asked).await;
        let mut read_on = None;
        if came && self.setup.scenario.hang_up {
            read_on = Some(self.hang_up().await);
        } else if came {
            self.fill().await;
        }
        self.release().await;
        (came && self.simulator.stage().open() == 0).then_some(End { read_on })
    }

    /// Whether `asked` streams are open before none has come for a while.
    async fn all_open(&self, asked: u32) -> bool {
        let stage = self.simulator.stage();
        let patience: Duration = self.next_arrival();
        loop {
            let before = stage.opened();
            let more = |stage: &Stage| stage.open() >= asked || stage.opened() > before;
            let in_time = timeout(patience, stage.when(more)).await.is_ok();
            if stage.open() >= asked || !in_time {
                return stage.open() >= asked;
            }
        }
    }
}
