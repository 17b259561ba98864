//! Waiting until memory is level, and reading everything there is to read while it is.

use super::connections::Connections;
use crate::run::{Phase, Plateau};
use crate::sampler::{BesideSampler, Sample, Sampler, Totals, Tree, memory_files, owners, page_bytes};
use crate::simulator::Simulator;
use crate::subject::{Cgroup, orphans_told};
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// RSS is level when it has moved by no more than this share, or [`LEVEL_PAGES`], for [`Calm::level_for`].
const LEVEL_SHARE: f64 = 0.001;
/// Pages that a process at rest may still take up: a timer's or a log's.
const LEVEL_PAGES: u32 = 4;
/// How long the level is then sampled: a dozen samples and more.
const SAMPLED_FOR: Duration = Duration::from_millis(250);
/// How long instead where the kernel's account of the cgroup is wanted, of which up to 64 pages a processor are missing for up to two
/// seconds (`memory.stat` is brought up to date by a timer; measured: complete after at most 1.9 s).
const ACCOUNTED_FOR: Duration = Duration::from_millis(2100);
/// How often that account is looked at, of which two readings take a millisecond.
const ACCOUNT_LOOK: Duration = Duration::from_millis(100);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// What looks at one subject.
pub struct Watch {
    /// When the trial began.
    pub epoch: Instant,
    /// It and what it started.
    pub subject: Arc<Tree>,
    /// Its time series.
    pub sampler: Arc<Sampler>,
    /// What that does not tell.
    pub beside: BesideSampler,
    /// The memory cgroup that the subject runs in, where it has one of its own.
    pub cgroup: Option<Arc<Cgroup>>,
    /// When memory counts as level.
    pub calm: Calm,
}

/// When memory counts as level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calm {
    /// How long it has to be level.
    pub level_for: Duration,
    /// How long it may take to come to rest.
    pub patience: Duration,
}

impl Calm {
    /// For programs that free what they drop.
    pub const AT_ONCE: Calm = Calm { level_for: Duration::from_millis(120), patience: Duration::from_secs(3) };
    /// For programs that may collect garbage in the background, in steps.
    pub const IN_STEPS: Calm = Calm { level_for: Duration::from_millis(600), patience: Duration::from_secs(6) };
}

impl Watch {
    /// Milliseconds since the trial began.
    pub fn now_ms(&self) -> u64 {
        self.epoch.elapsed().as_millis() as u64
    }

    /// Waits for memory to come to rest, samples it, and takes every reading; that of the charge, which takes two seconds, where it is wanted.
    ///
    /// # Errors
    /// When the subject has ended.
    pub async fn plateau(
        &self,
        simulator: &Simulator,
        connections: &mut Connections,
        phase: Phase,
        with_charge: bool,
    ) -> io::Result<Plateau> {
        let unowned = self.follow_strangers(simulator, connections);
        let settled = self.settle().await;
        let from_ms = self.now_ms();
        let accounted = self.cgroup.is_some() && with_charge;
        sleep(SAMPLED_FOR).await;
        // Growth with time is told by this plateau: what takes a step a second, as timers do, has to come twice. A program that frees what it
        // drops and has been level until now takes none.
        let is_long = phase == Phase::Full && (self.calm == Calm::IN_STEPS || !settled || self.rises_since(from_ms));
        if is_long || (accounted && self.calm == Calm::IN_STEPS) {
            sleep(ACCOUNTED_FOR - SAMPLED_FOR).await;
        } else if accounted {
            self.until_accounted().await;
        }
        let to_ms = self.now_ms();
        let Totals { processes, statm: beside, smaps, counted_once_bytes, status } = self.subject.totals()?;
        // A reading that fails is one reading less, and no reason to lose the others.
        let container = self.cgroup.as_ref().filter(|_| accounted).and_then(|cgroup| cgroup.read().ok());
        let sockets = connections.of_subject(simulator);
        // A socket that is being opened or closed has no owner for a moment; one that is held has none all the time.
        let held: BTreeSet<u64> = sockets.iter().flatten().map(|socket| u64::from(socket.inode)).collect();
        let still_unowned = self.subject.without_owner(unowned.intersection(&held).copied());
        let page = page_bytes();
        let on_full = phase == Phase::Full;
        let files = on_full.then(|| self.subject.open_files());
        let channels = files.as_ref().map(|files| files.channels());
        Ok(Plateau {
            from_ms,
            to_ms,
            settled,
            streams: simulator.stage().open(),
            connections: sockets.as_ref().map(|sockets| sockets.len() as u32),
            connections_of_strangers: still_unowned.len() as u32,
            processes,
            smaps,
            counted_once_bytes,
            statm_beside_bytes: u64::from(beside.resident_pages) * page,
            high_water_bytes: status.high_water_bytes,
            threads: status.threads,
            page_tables_bytes: status.page_tables_bytes,
            faults_of_ended: on_full.then(|| self.subject.faults_of_ended()),
            own_memory_files_bytes: files.map(|files| files.memory_files()),
            channels: channels.map(|channels| channels.pipes_and_unix),
            channels_tcp: channels.map(|channels| channels.tcp),
            memory_files_bytes: if on_full { memory_files() } else { None },
            unread_bytes: sockets.as_ref().map(|all| all.iter().map(|socket| u64::from(socket.unread_bytes)).sum()),
            receive_buffer_bytes: sockets
                .as_ref()
                .and_then(|all| all.iter().map(|socket| u64::from(socket.receive_buffer_bytes)).max()),
            container,
            user_sockets: None,
            sockets: sockets
                .map(|all| all.iter().map(|socket| socket.memory).fold(Default::default(), |a, b| b.plus(a))),
        })
    }

    /// Follows who belongs to the subject and does not descend from it: who lives in its cgroup, who was left to this process and was told the
    /// address of this trial's simulator, and who holds its streams. Which sockets of these nobody is found to hold.
    fn follow_strangers(&self, simulator: &Simulator, connections: &mut Connections) -> BTreeSet<u64> {
        if let Some(Ok(pids)) = self.cgroup.as_ref().map(|cgroup| cgroup.pids()) {
            self.subject.adopt(pids);
        }
        self.subject.adopt(orphans_told(&simulator.base_urls()));
        self.subject.refresh();
        let sockets = connections.of_subject(simulator).unwrap_or_default();
        let inodes = || sockets.iter().map(|socket| u64::from(socket.inode));
        let unowned = self.subject.without_owner(inodes());
        if unowned.is_empty() {
            return unowned;
        }
        self.subject.adopt(owners(&unowned));
        self.subject.without_owner(unowned)
    }

    /// Waits until the kernel's account of the cgroup is complete. It is brought up to date all at once, so that it is when its anonymous
    /// memory is what the processes have. Of a program that has other memory too, such as files in memory, that says nothing: only of the built-in
    /// client is it asked.
    async fn until_accounted(&self) {
        let begun = Instant::now();
        while begun.elapsed() < ACCOUNTED_FOR - SAMPLED_FOR && !self.is_accounted() {
            sleep(ACCOUNT_LOOK).await;
        }
    }

    fn is_accounted(&self) -> bool {
        let account = self.cgroup.as_ref().and_then(|cgroup| cgroup.read().ok());
        let smaps = self.subject.totals().ok().and_then(|totals| totals.smaps);
        account.zip(smaps).is_some_and(|(account, smaps)| {
            account.anonymous_bytes.abs_diff(smaps.anonymous_bytes) <= u64::from(LEVEL_PAGES) * page_bytes()
        })
    }

    /// Whether memory has grown since it began to be level.
    fn rises_since(&self, from_ms: u64) -> bool {
        let since = (from_ms as u32).saturating_sub(self.calm.level_for.as_millis() as u32);
        let samples = self.sampler.since(since);
        samples.last().zip(samples.first()).is_some_and(|(last, first)| last.rss_pages > first.rss_pages)
    }

    async fn settle(&self) -> bool {
        let Calm { level_for, patience } = self.calm;
        let begun = Instant::now();
        loop {
            let elapsed = begun.elapsed();
            let since = (self.now_ms() as u32).saturating_sub(level_for.as_millis() as u32);
            if elapsed >= level_for && is_level(&self.sampler.since(since)) {
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
