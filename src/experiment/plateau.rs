//! Waiting until memory is level, and reading everything there is to read while it is.

use crate::run::Plateau;
use crate::sampler::{Process, Sample, Sampler, SocketTable, page_bytes};
use crate::simulator::Simulator;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// RSS is level when it has moved by no more than this share, or [`LEVEL_PAGES`], for [`LEVEL_FOR`].
const LEVEL_SHARE: f64 = 0.001;
/// Pages that a process at rest may still take up: a timer's or a log's.
const LEVEL_PAGES: u32 = 4;
/// How long it has to be level.
const LEVEL_FOR: Duration = Duration::from_millis(120);
/// How long the level is then sampled: a dozen samples and more.
const SAMPLED_FOR: Duration = Duration::from_millis(250);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// What looks at one subject.
pub struct Watch {
    /// When the trial began.
    pub epoch: Instant,
    /// Its files in `/proc`.
    pub process: Arc<Process>,
    /// Its time series.
    pub sampler: Arc<Sampler>,
    /// The kernel's socket tables, where it has them.
    pub sockets: Option<SocketTable>,
}

impl Watch {
    /// Milliseconds since the trial began.
    pub fn now_ms(&self) -> u64 {
        self.epoch.elapsed().as_millis() as u64
    }

    /// Waits up to `patience` for memory to come to rest, samples it, and takes every reading.
    ///
    /// # Errors
    /// When the subject has ended.
    pub async fn plateau(&mut self, simulator: &Simulator, patience: Duration) -> io::Result<Plateau> {
        let settled = self.settle(patience).await;
        let from_ms = self.now_ms();
        sleep(SAMPLED_FOR).await;
        let to_ms = self.now_ms();
        let beside = self.process.statm()?;
        let smaps = self.process.smaps_rollup()?;
        let status = self.process.status()?;
        let sockets = self.subject_sockets(simulator)?;
        let page = page_bytes();
        Ok(Plateau {
            from_ms,
            to_ms,
            settled,
            streams: simulator.stage().open(),
            connections: sockets.as_ref().map(|sockets| sockets.len() as u32),
            smaps,
            statm_beside_bytes: u64::from(beside.resident_pages) * page,
            high_water_bytes: status.high_water_bytes,
            threads: status.threads,
            unread_bytes: sockets.as_ref().map(|all| all.iter().map(|socket| u64::from(socket.unread_bytes)).sum()),
            sockets: sockets
                .map(|all| all.iter().map(|socket| socket.memory).fold(Default::default(), |a, b| b.plus(a))),
        })
    }

    /// Whether the subject has read everything: nothing unread at its end, nothing unacknowledged at the simulator's.
    /// `None` where the kernel does not tell.
    ///
    /// # Errors
    /// When the kernel refuses the dump.
    pub fn all_read(&mut self, simulator: &Simulator) -> io::Result<Option<bool>> {
        let Some(table) = &mut self.sockets else {
            return Ok(None);
        };
        let unread = table.towards(simulator.addresses())?.iter().any(|socket| socket.unread_bytes > 0);
        Ok(Some(!unread && table.of(simulator.addresses())?.iter().all(|socket| socket.unsent_bytes == 0)))
    }

    fn subject_sockets(&mut self, simulator: &Simulator) -> io::Result<Option<Vec<crate::reading::Socket>>> {
        self.sockets.as_mut().map(|table| table.towards(simulator.addresses())).transpose()
    }

    async fn settle(&self, patience: Duration) -> bool {
        let begun = Instant::now();
        loop {
            let elapsed = begun.elapsed();
            if elapsed >= LEVEL_FOR
                && is_level(&self.sampler.since((self.now_ms() as u32).saturating_sub(LEVEL_FOR.as_millis() as u32)))
            {
                return true;
            }
            if elapsed >= patience {
                return false;
            }
            sleep(LOOK).await;
        }
    }
}

fn is_level(samples: &[Sample]) -> bool {
    let pages = || samples.iter().map(|sample| sample.rss_pages);
    let (Some(low), Some(high)) = (pages().min(), pages().max()) else {
        return false;
    };
    high - low <= LEVEL_PAGES.max((f64::from(high) * LEVEL_SHARE) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn level_is_four_pages_or_a_thousandth() {
        let samples = |pages: &[u32]| -> Vec<Sample> {
            pages.iter().map(|&rss_pages| Sample { at_ms: 0, rss_pages, anonymous_pages: 0 }).collect()
        };
        assert!(is_level(&samples(&[1000, 1004])));
        assert!(!is_level(&samples(&[1000, 1005])));
        assert!(is_level(&samples(&[100_000, 100_090])));
        assert!(!is_level(&samples(&[])));
    }
}
