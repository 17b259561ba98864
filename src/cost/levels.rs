//! The level of each kind of memory on a plateau: one number a trial.

use super::container::ContainerSource;
use crate::fit::{Line, Point, median};
use crate::run::{Phase, Plateau, Trial};
use crate::scenario::Ending;

/// What grows all the time grows in either half of a plateau by no less than this share of its rate over both: steps of a second fall once or
/// twice into a half.
const STEADY_HALF: f64 = 0.25;

/// Of anonymous memory on a plateau this share may be missing from the cgroup's account, which is brought up to date by a timer, before part of
/// the subject is outside of it.
const OUTSIDE: f64 = 0.05;

/// A sum that is more than so many times what was surely there at once may have been there at no moment.
const SUM: f64 = 1.1;

/// Memory is at its highest where it is no less than this share of it.
const HIGH: f64 = 0.98;

/// A trial's plateaus as quantities read them, in bytes. A phase that it did not reach says nothing. Of several processes, what they share
/// counts once: see [`Plateau::counted_twice_bytes`].
pub(super) struct Levels<'a> {
    /// Bytes of a page.
    pub(super) page: f64,
    pub(super) trial: &'a Trial,
    /// Where all trials of the series have the container's number from.
    pub(super) source: ContainerSource,
    /// Whether it was killed at its limit: its last moments are no higher than that then, and how high they would have been is not known.
    pub(super) cut_off: bool,
    /// Of the ways in which the scenario's trials end, the one that takes most memory.
    pub(super) hardest: Ending,
}

impl Levels<'_> {
    /// Resident memory on the plateau of a phase.
    pub(super) fn resident(&self, phase: Phase) -> Option<f64> {
        let beside = beside_samples(self.trial.plateau(phase)?);
        Some(level(self.trial, phase, &self.trial.samples.rss_pages)? * self.page + beside)
    }

    /// With all streams open, if none of them was lost until the *full* plateau.
    pub(super) fn open(&self) -> Option<f64> {
        self.resident(Phase::Open).filter(|_| kept_all(self.trial))
    }

    /// Anonymous memory on the *full* plateau.
    pub(super) fn anonymous(&self) -> Option<f64> {
        let pages = level(self.trial, Phase::Full, &self.trial.samples.anonymous_pages)?;
        Some(pages * self.page - self.trial.plateau(Phase::Full).map_or(0.0, anonymous_counted_twice))
    }

    /// The highest resident memory until the *full* plateau.
    pub(super) fn peak(&self) -> Option<f64> {
        self.marked(self.trial.plateau(Phase::Full)?)
    }

    /// The highest resident memory of the whole trial, where its streams came to their ends in this way.
    pub(super) fn at_end(&self, ending: Ending) -> Option<f64> {
        if self.cut_off || self.trial.ending != ending {
            return None;
        }
        let ends = self.trial.phase(Phase::Released)?;
        self.trial.plateau(Phase::Full)?;
        // A program that ended with its streams is on no plateau, and may have been seen on its way.
        Some(self.highest_sample(ends.begun_ms, ends.ended_ms)?.max(self.highest_mark()))
    }

    /// The highest mark of the whole trial; 0 where there is none. What one process had by itself was there at any rate, also where what
    /// several of them share is more than that.
    fn highest_mark(&self) -> f64 {
        let of_one = self.trial.high_water_of_one_bytes.map(|bytes| bytes as f64);
        self.trial.plateaus().filter_map(|plateau| self.marked(plateau)).chain(of_one).fold(0.0, f64::max)
    }

    /// The marks of a plateau, together. Those of several processes need not be of one moment.
    fn marked(&self, plateau: &Plateau) -> Option<f64> {
        let marks = plateau.high_water_bytes? as f64 + beside_samples(plateau);
        Some(if plateau.processes > 1 { self.at_once(marks) } else { marks })
    }

    /// A sum over processes, as far as it can have been there at once: what processes share that came and went between two plateaus is in it
    /// as often as there were processes. What one process had by itself and what was on a plateau was there at any rate.
    fn at_once(&self, sum: f64) -> f64 {
        let Some(most) = self.most_at_once() else { return sum };
        let of_one = self.trial.high_water_of_one_bytes.map_or(0.0, |bytes| bytes as f64);
        sum.min(self.plateaus_once().fold(most.max(of_one), f64::max))
    }

    /// The most that can have been resident at once by the cgroup's own account: its highest charge, and the pages of files that others may be
    /// charged for (whoever reads a page first), the machine's pool of huge pages among them. `None` where the subject had no cgroup of its own,
    /// or was not all in it.
    fn most_at_once(&self) -> Option<f64> {
        let full = self.trial.plateau(Phase::Full)?;
        let (container, smaps) = (full.container?, full.smaps?);
        let charged = self.trial.container_peak_bytes? as f64;
        let beyond = self.trial.plateaus().map(|plateau| file_bytes(plateau) + plateau.hugetlb_bytes() as f64);
        let most = charged + beyond.fold(0.0, f64::max);
        let is_all_in_it = container.anonymous_bytes as f64 >= (1.0 - OUTSIDE) * smaps.pss_anonymous_bytes as f64
            && self.plateaus_once().all(|resident| resident <= most);
        is_all_in_it.then_some(most)
    }

    /// What was resident on each plateau, with what is shared counted once.
    fn plateaus_once(&self) -> impl Iterator<Item = f64> {
        let each = self.trial.phases.iter().filter(|record| record.plateau.is_some());
        each.filter_map(|record| self.resident(record.phase))
    }

    /// The highest resident memory between two times, bytes: samples, and beside them what was on the plateau of their phase, or the
    /// one before.
    fn highest_sample(&self, from_ms: u64, to_ms: u64) -> Option<f64> {
        let samples = &self.trial.samples;
        let sampled = samples.at_ms.iter().zip(&samples.rss_pages);
        let from = sampled
            .map(|(at_ms, pages)| (u64::from(*at_ms), *pages))
            .filter(|(at_ms, _)| (from_ms..=to_ms).contains(at_ms));
        let highest = from.map(|(at_ms, pages)| f64::from(pages) * self.page + self.beside_samples(at_ms));
        Some(self.at_once(highest.reduce(f64::max)?))
    }

    /// Resident memory after each wave of streams, the first among them, and files in memory beside it; of the subject's pages alone where
    /// nothing else is known.
    pub(super) fn after_waves(&self) -> Vec<f64> {
        let Some(first) = self.resident(Phase::Released) else { return Vec::new() };
        let beside = self.trial.plateau(Phase::Released).map_or(0.0, beside_samples);
        let further = self.trial.further_waves.iter().filter_map(|wave| {
            let mut pages: Vec<f64> = between(wave.from_ms, wave.to_ms, self.trial, &self.trial.samples.rss_pages)
                .map(|(_, pages)| pages)
                .collect();
            Some(median(&mut pages)? * self.page + beside + self.memory_files_at(wave.to_ms))
        });
        let files = self.trial.plateau(Phase::Released).map_or(0.0, |plateau| self.memory_files_at(plateau.to_ms));
        std::iter::once(first + files).chain(further).collect()
    }

    /// What its cgroup was charged after each wave of streams; none where that is not known of all of them.
    pub(super) fn charged_after_waves(&self) -> Vec<f64> {
        let first = self.trial.plateau(Phase::Released).and_then(|plateau| plateau.container);
        let first = first.map(|container| container.unreclaimable_bytes());
        let further = self.trial.further_waves.iter().map(|wave| wave.charged_bytes);
        let all: Option<Vec<u64>> = std::iter::once(first).chain(further).collect();
        all.unwrap_or_default().into_iter().map(|bytes| bytes as f64).collect()
    }

    /// Between two plateaus what is shared is no less than on the one of them on which more is: processes come and go there. What one of them
    /// had by itself is known by its mark.
    fn beside_samples(&self, at_ms: u64) -> f64 {
        let before = self.trial.plateaus().filter(|plateau| plateau.from_ms <= at_ms).last();
        let after = self.trial.plateaus().find(|plateau| at_ms <= plateau.to_ms);
        [before, after].into_iter().flatten().map(beside_samples).reduce(f64::min).unwrap_or(0.0)
    }

    /// The highest charge of the whole trial: in a cgroup less the pages of files on the *full* plateau, estimated by how far resident
    /// memory rose above that plateau.
    pub(super) fn container_peak(&self) -> Option<f64> {
        // A line through both ways of ending would be neither's.
        if self.cut_off || self.trial.ending != self.hardest {
            None
        } else {
            let until_ms = self.trial.phases.last().map_or(u64::MAX, |last| last.ended_ms);
            let highest = self.highest_charge(self.trial.container_peak_bytes, until_ms)?;
            Some((highest - self.lazy_free_at_highest(until_ms)).max(self.container()?))
        }
    }

    /// By a cgroup's own highest, if it has one, and else of what was seen until then; with pages that were given back.
    fn highest_charge(&self, peak_bytes: Option<u64>, until_ms: u64) -> Option<f64> {
        let charge = self.charge()?;
        match self.source {
            ContainerSource::CgroupV1 | ContainerSource::CgroupV2 => {
                let container = self.trial.plateau(Phase::Full)?.container?;
                let files = container.usage_bytes.saturating_sub(container.unreclaimable_bytes());
                let highest = peak_bytes.or(container.peak_bytes)?;
                Some((highest.saturating_sub(files) as f64).max(charge))
            }
            ContainerSource::Estimated => {
                let highest = self.at_end(self.trial.ending).or_else(|| self.peak())?;
                let resident = self.resident(Phase::Full)?;
                let files = self.trial.plateau(Phase::Full)?.own_memory_files_bytes.unwrap_or(0) as f64;
                let with_files = self.highest_with_files(until_ms).map_or(0.0, |highest| highest - resident - files);
                Some(charge + (highest - resident).max(with_files).max(0.0))
            }
        }
    }

    /// The most that any reading saw at any moment.
    pub(super) fn highest(&self) -> f64 {
        let peak_bytes = self.trial.container_peak_of_waves_bytes.max(self.trial.container_peak_bytes);
        let charges = [self.charge(), self.highest_charge(peak_bytes, u64::MAX), self.highest_with_files(u64::MAX)];
        charges.into_iter().flatten().fold(self.highest_resident(), f64::max)
    }

    /// The most resident memory at any moment, by any reading.
    fn highest_resident(&self) -> f64 {
        self.highest_sample(0, u64::MAX).unwrap_or(0.0).max(self.highest_mark())
    }

    /// Where the most resident memory is a sum over processes and no account of a cgroup bounds it: what it is, and what of it was surely there
    /// at once. Samples count what processes share as often as there are some between two plateaus, and marks need not be of one moment.
    pub(super) fn summed(&self) -> Option<Summed> {
        let marks = self
            .trial
            .plateaus()
            .filter(|plateau| plateau.processes == 1)
            .filter_map(|plateau| plateau.high_water_bytes);
        let of_one = marks.chain(self.trial.high_water_of_one_bytes).max().map_or(0.0, |bytes| bytes as f64);
        let summed =
            Summed { bytes: self.highest_resident(), at_once_bytes: self.plateaus_once().fold(of_one, f64::max) };
        let is_sum = summed.bytes > SUM * summed.at_once_bytes && self.most_at_once().is_none();
        (is_sum && summed.at_once_bytes > 0.0).then_some(summed)
    }

    /// The most that was resident together with files in memory beside, until a time.
    fn highest_with_files(&self, until_ms: u64) -> Option<f64> {
        let beside = self.trial.beside.as_ref().filter(|beside| !beside.at_ms.is_empty())?;
        let samples = &self.trial.samples;
        let times = samples.at_ms.iter().map(|at_ms| u64::from(*at_ms));
        let nexts = times.clone().skip(1).chain([u64::MAX]);
        let sampled = times.zip(nexts).zip(&samples.rss_pages).filter(|((at_ms, _), _)| *at_ms <= until_ms);
        let both = sampled.map(|((at_ms, next_ms), pages)| {
            // What came and went between two samples came beside the first.
            let files = beside.memory_files_between(at_ms, next_ms.min(until_ms).saturating_sub(1).max(at_ms));
            f64::from(*pages) * self.page + self.beside_samples(at_ms) + files as f64
        });
        Some(self.at_once(both.reduce(f64::max)?))
    }

    /// Files in memory beside what is resident, at a time, bytes.
    fn memory_files_at(&self, at_ms: u64) -> f64 {
        self.trial.beside.as_ref().map_or(0.0, |beside| beside.memory_files_at(at_ms) as f64)
    }

    /// Pages that were given back already whenever most was resident: the least of them while memory was that high. What was given back only
    /// then had been in use, and would have been killed for.
    fn lazy_free_at_highest(&self, until_ms: u64) -> f64 {
        let Some(beside) = self.trial.beside.as_ref().filter(|beside| !beside.at_ms.is_empty()) else { return 0.0 };
        let samples = &self.trial.samples;
        let sampled = || {
            let sampled = samples.at_ms.iter().map(|at_ms| u64::from(*at_ms)).zip(&samples.rss_pages);
            sampled.filter(|(at_ms, _)| *at_ms <= until_ms)
        };
        let highest = f64::from(sampled().map(|(_, pages)| *pages).max().unwrap_or(0));
        let high = sampled().filter(|(_, pages)| f64::from(**pages) >= HIGH * highest);
        high.map(|(at_ms, _)| beside.lazy_free_at(at_ms)).min().unwrap_or(0) as f64
    }

    /// How resident memory moved on the *full* plateau.
    pub(super) fn growing(&self) -> Option<Growing> {
        let on_plateau = on_plateau(self.trial.plateau(Phase::Full)?, self.trial, &self.trial.samples.rss_pages);
        let points: Vec<Point> = on_plateau.map(|(at_ms, pages)| Point { x: at_ms / 1e3, y: pages }).collect();
        let seconds = points.last()?.x - points.first()?.x;
        let slope = |points: &[Point]| Some(Line::fit(points).ok()?.slope.value * self.page);
        let whole = slope(&points)?;
        let (first, second) = points.split_at(points.len() / 2);
        let is_steady = [slope(first)?, slope(second)?].into_iter().all(|half| half / whole >= STEADY_HALF);
        Some(Growing { bytes_per_second: whole, seconds, is_steady })
    }

    /// From the *open* plateau to the *full* one, from middle to middle.
    pub(super) fn seconds_to_full(&self) -> Option<f64> {
        let middle = |phase| self.trial.plateau(phase).map(|plateau| (plateau.from_ms + plateau.to_ms) as f64 / 2.0);
        Some((middle(Phase::Full)? - middle(Phase::Open)?) / 1e3)
    }

    /// Kernel memory of sockets on the *full* plateau.
    pub(super) fn sockets(&self) -> Option<f64> {
        Some(self.trial.plateau(Phase::Full)?.sockets?.total() as f64)
    }

    /// Kernel memory of sockets to users on the *full* plateau, where all of them were found.
    pub(super) fn user_sockets(&self) -> Option<f64> {
        let full = self.trial.plateau(Phase::Full)?;
        let users = full.user_sockets.filter(|users| users.connections == self.trial.asked)?;
        Some(users.memory.total() as f64)
    }

    /// What a container is charged for on the *full* plateau, from the series' source, and cannot take back: pages that were given back it can.
    pub(super) fn container(&self) -> Option<f64> {
        Some((self.charge()? - self.lazy_free()).max(0.0))
    }

    /// Pages on the *full* plateau that were given back and are charged until the kernel wants them, bytes.
    pub(super) fn lazy_free(&self) -> f64 {
        let smaps = self.trial.plateau(Phase::Full).and_then(|plateau| plateau.smaps);
        smaps.map_or(0.0, |smaps| smaps.lazy_free_bytes as f64)
    }

    /// The charge on the *full* plateau with these pages.
    fn charge(&self) -> Option<f64> {
        self.source.charge(self.trial.plateau(Phase::Full)?, self.resident(Phase::Full)?)
    }
}

/// A moment that is a sum over several processes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summed {
    /// The sum.
    pub bytes: f64,
    /// What was surely there at once.
    pub at_once_bytes: f64,
}

/// How resident memory moved over a plateau.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growing {
    /// By least squares.
    pub bytes_per_second: f64,
    /// How long it was looked at.
    pub seconds: f64,
    /// Whether it moved so in both halves: a collector gives back in one.
    pub is_steady: bool,
}

/// What resident memory is beside the sum of all processes' RSS: less what they share, and more by their pages of hugetlbfs.
fn beside_samples(plateau: &Plateau) -> f64 {
    plateau.hugetlb_bytes() as f64 - plateau.counted_twice_bytes() as f64
}

/// Resident pages of files on a plateau, those that several processes share once.
fn file_bytes(plateau: &Plateau) -> f64 {
    let once = match (plateau.smaps, plateau.counted_once_bytes) {
        (Some(smaps), Some(once)) if plateau.processes > 1 => once.saturating_sub(smaps.pss_anonymous_bytes),
        (smaps, _) => smaps.map_or(0, |smaps| smaps.file_bytes()),
    };
    once as f64
}

/// Whether all streams of the *open* plateau were still there on the *full* one, where there is one: else the two are of different numbers.
fn kept_all(trial: &Trial) -> bool {
    let streams = |phase| trial.plateau(phase).map(|plateau| plateau.streams);
    streams(Phase::Full).is_none_or(|full| streams(Phase::Open) == Some(full))
}

/// Anonymous pages that relatives share since a fork, and that the sum over them counts more than once.
fn anonymous_counted_twice(plateau: &Plateau) -> f64 {
    match (plateau.processes, plateau.smaps) {
        (0 | 1, _) | (_, None) => 0.0,
        (_, Some(smaps)) => smaps.anonymous_bytes.saturating_sub(smaps.pss_anonymous_bytes) as f64,
    }
}

/// The median over a plateau of a column of the samples.
fn level(trial: &Trial, phase: Phase, column: &[u32]) -> Option<f64> {
    let mut values: Vec<f64> = on_plateau(trial.plateau(phase)?, trial, column).map(|(_, pages)| pages).collect();
    median(&mut values)
}

/// A column of the samples on a plateau, each with its time in milliseconds.
fn on_plateau<'a>(plateau: &'a Plateau, trial: &'a Trial, column: &'a [u32]) -> impl Iterator<Item = (f64, f64)> + 'a {
    between(plateau.from_ms, plateau.to_ms, trial, column)
}

fn between<'a>(from_ms: u64, to_ms: u64, trial: &'a Trial, column: &'a [u32]) -> impl Iterator<Item = (f64, f64)> + 'a {
    let is_on = move |at_ms: u32| (from_ms..=to_ms).contains(&u64::from(at_ms));
    let column = trial.samples.at_ms.iter().zip(column);
    column.filter(move |(at_ms, _)| is_on(**at_ms)).map(|(at_ms, pages)| (f64::from(*at_ms), f64::from(*pages)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Run;

    const RUN: &str = include_str!("../../output/gallery/litellm/run.json");

    /// The first trial of a run in a cgroup, whose samples saw four times as much when its streams ended as a process ever had by itself.
    fn forked_at_its_end() -> (Trial, f64) {
        let run: Run = serde_json::from_str(RUN).unwrap();
        let (mut trial, page) = (run.trials[0].clone(), run.environment.page_bytes as f64);
        let (ends, of_one) = (trial.phase(Phase::Released).unwrap().begun_ms, trial.high_water_of_one_bytes.unwrap());
        let at = trial.samples.at_ms.iter().position(|at_ms| u64::from(*at_ms) >= ends).unwrap();
        trial.samples.rss_pages[at] = (4.0 * of_one as f64 / page) as u32;
        (trial, page)
    }

    fn highest(trial: &Trial, page: f64) -> f64 {
        let (source, hardest) = (ContainerSource::CgroupV1, Ending::default());
        Levels { page, trial, source, cut_off: false, hardest }.highest()
    }

    #[test]
    fn forks_between_plateaus_do_not_count_what_they_share_again() {
        let (trial, page) = forked_at_its_end();
        let files =
            trial.plateaus().map(|plateau| plateau.smaps.unwrap()).map(|all| all.rss_bytes - all.anonymous_bytes);
        let at_once = trial.container_peak_bytes.unwrap() + files.max().unwrap();
        let expected = at_once.max(trial.high_water_of_one_bytes.unwrap());
        assert_eq!(highest(&trial, page), expected as f64);
        // What one process had by itself is no sum.
        let by_itself = Trial { high_water_of_one_bytes: Some(2 * at_once), ..trial.clone() };
        assert_eq!(highest(&by_itself, page), 2.0 * at_once as f64);
        // Where the kernel keeps no account there is nothing to hold against the sum.
        let without = Trial { container_peak_bytes: None, ..trial };
        assert!(highest(&without, page) > 3.0 * expected as f64);
    }

    /// The account of a cgroup that the subject has left says nothing.
    #[test]
    fn a_subject_outside_of_its_cgroup_is_not_held_to_its_account() {
        let (mut trial, page) = forked_at_its_end();
        let sum = highest(&Trial { container_peak_bytes: None, ..trial.clone() }, page);
        let full = trial.phases.iter_mut().find(|record| record.phase == Phase::Full).unwrap();
        full.plateau.as_mut().unwrap().container.as_mut().unwrap().anonymous_bytes /= 2;
        assert_eq!(highest(&trial, page), sum);
    }
}
