//! Leak or load: what ended streams leave behind, wave after wave.

use super::trial::{TrialPoint, points};
use crate::fit::{Estimate, Line};

/// What stays after each wave is a leak where the last wave leaves at least this share of what one leaves on average: what an allocator keeps
/// for the next wave comes once.
const STEADY: f64 = 0.5;
/// Memory is level where surely less than this share of what a stream costs stays of it.
const LEVEL: f64 = 0.02;
/// Fewer pages than these, over all streams and waves, are what tables and allocators do.
const LEAST_PAGES: f64 = 16.0;

/// What waves leave behind, each after the first: of one stream, and whatever their number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leak {
    /// Bytes per stream and wave.
    pub per_stream: Estimate,
    /// Bytes per wave with most streams.
    pub per_wave: Estimate,
    /// The most streams.
    pub streams: u32,
    /// How many waves there were.
    pub waves: u32,
    /// Where it stays.
    pub stays: Stays,
    /// The first two of the last wave alone.
    last: (Estimate, Estimate),
    /// What is too little to be more than chance, bytes per wave.
    least: f64,
}

/// By which reading memory stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stays {
    /// Resident; what lies outside of that was not read after each wave.
    Resident,
    /// Resident, and what the container is charged tells nothing else.
    ResidentAndCharged,
    /// In what the container is charged, and not in resident memory.
    Charged,
}

/// What that means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Each wave leaves more, and more of more streams.
    Leaks,
    /// Each wave leaves more, however many streams it has.
    LeaksOnce,
    /// What the first wave left behind serves the next.
    Level,
    /// The interval has both in it.
    Unknown,
}

impl Leak {
    /// Of trials with as many waves as any has, if there are more than one: by resident memory, or by the charge where surely more stays in it.
    pub(super) fn fit(trials: &[TrialPoint], page: f64) -> Option<Leak> {
        let resident = Leak::by(trials, page, Stays::Resident, |trial| &trial.after_waves)?;
        let charged = Leak::by(trials, page, Stays::Charged, |trial| &trial.charged_after_waves);
        let Some(charged) = charged.filter(|charged| charged.waves == resident.waves) else { return Some(resident) };
        let is_more = charged.per_stream.low > resident.per_stream.high
            || (charged.per_wave.low > resident.per_wave.high && charged.per_wave.low > charged.least);
        Some(if is_more { charged } else { Leak { stays: Stays::ResidentAndCharged, ..resident } })
    }

    fn by(trials: &[TrialPoint], page: f64, stays: Stays, levels: fn(&TrialPoint) -> &Vec<f64>) -> Option<Leak> {
        let waves = trials.iter().map(|trial| levels(trial).len()).max().filter(|waves| *waves > 1)?;
        let streams = trials.iter().map(|trial| trial.streams).max()?;
        let rise = |from: usize| {
            let further = (waves - 1 - from) as f64;
            let of_trial = |trial: &TrialPoint| {
                let levels = Some(levels(trial)).filter(|levels| levels.len() == waves)?;
                Some((levels.last()? - levels.get(from)?) / further)
            };
            // A difference of two readings, each of whole pages.
            let line = Line::fit_in_steps(&points(trials, of_trial), 2.0 * page / further).ok()?;
            Some((line.slope, line.confidence_band(f64::from(streams))))
        };
        let (per_stream, per_wave) = rise(0)?;
        let least = LEAST_PAGES * page / (waves - 1) as f64;
        Some(Leak { per_stream, per_wave, streams, waves: waves as u32, stays, last: rise(waves - 2)?, least })
    }

    /// What it means beside what one stream costs, bytes.
    pub fn verdict(&self, per_stream: f64) -> Verdict {
        let streams = f64::from(self.streams);
        let leaks = |all: &Estimate, last: &Estimate, least: f64| {
            all.low > 0.0 && last.low > 0.0 && last.value >= STEADY * all.value && all.value >= least
        };
        let cost = LEVEL * per_stream.abs();
        let is_nothing = |all: &Estimate, least: f64| all.low <= 0.0 && all.high <= least;
        if leaks(&self.per_stream, &self.last.0, self.least / streams) {
            Verdict::Leaks
        } else if leaks(&self.per_wave, &self.last.1, self.least) {
            Verdict::LeaksOnce
        } else if (self.per_stream.high <= cost || is_nothing(&self.per_stream, self.least / streams))
            && self.per_wave.low <= (cost * streams).max(self.least)
        {
            Verdict::Level
        } else {
            Verdict::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::{Analysis, Doubt};
    use crate::reading::ContainerMemory;
    use crate::reading::cgroup::Version;
    use crate::report;
    use crate::run::{Phase, Run, Wave};

    const RUN: &str = include_str!("../../output/gallery/24-streams/run.json");

    /// The gallery's run with further waves, after which so many bytes a stream are left more than after the first.
    fn waves(left: &[f64]) -> Run {
        waves_of(left, |streams| streams)
    }

    /// The same with as much more as of so many streams.
    fn waves_of(left: &[f64], of: impl Fn(f64) -> f64) -> Run {
        let mut run: Run = serde_json::from_str(RUN).unwrap();
        run.scenario.waves = 1 + left.len() as u32;
        let page = run.environment.page_bytes as f64;
        for trial in &mut run.trials {
            let released = trial.plateau(Phase::Released).unwrap().clone();
            let level = *trial.samples.rss_pages.last().unwrap();
            for (wave, more) in (1..).zip(left) {
                let at = released.to_ms + wave * 10_000;
                trial.further_waves.push(Wave { from_ms: at, to_ms: at + 250, charged_bytes: None, read_on: None });
                for sample in 0..10 {
                    trial.samples.at_ms.push((at + sample * 20) as u32);
                    trial.samples.rss_pages.push(level + (more * of(f64::from(trial.asked)) / page) as u32);
                    trial.samples.anonymous_pages.push(0);
                }
            }
        }
        run
    }

    /// What is said of both series' waves.
    fn said(run: &Run) -> (Verdict, String) {
        let analysis = Analysis::of(run).unwrap();
        let drop = &analysis.series[1];
        let leak = drop.fitted.leak.unwrap();
        (leak.verdict(analysis.series[0].full().slope.value), report::headlines(run, &analysis).join(" "))
    }

    #[test]
    fn what_each_wave_leaves_is_a_leak() {
        let run = waves(&[131_072.0, 262_144.0, 393_216.0]);
        let analysis = Analysis::of(&run).unwrap();
        for series in &analysis.series {
            let leak = series.fitted.leak.unwrap();
            assert!((leak.per_stream.value / 131_072.0 - 1.0).abs() < 0.03 && leak.waves == 4, "{leak:?}");
        }
        let (verdict, text) = said(&run);
        assert!(verdict == Verdict::Leaks && text.contains("of each stream stay: a leak"), "{text}");
        let cost = serde_json::to_value(report::cost(&run, &analysis)).unwrap();
        assert!(cost["series"][0]["leak_bytes_per_stream"]["low"].as_f64().unwrap() > 100_000.0);
        assert!(report::markdown(&run, &analysis).contains("stays after each further wave"));
    }

    #[test]
    fn what_the_first_wave_leaves_is_the_allocators() {
        let run = waves(&[0.0, 0.0]);
        let analysis = Analysis::of(&run).unwrap();
        let leak = analysis.series[0].fitted.leak.unwrap();
        assert_eq!(leak.verdict(analysis.series[0].full().slope.value), Verdict::Level, "{leak:?}");
        let (_, text) = said(&run);
        assert!(text.contains("After 3 waves resident memory is level") && !text.contains("a leak."), "{text}");
    }

    #[test]
    fn what_each_wave_leaves_whatever_its_streams_is_a_leak_too() {
        let (verdict, text) = said(&waves_of(&[6_291_456.0, 12_582_912.0], |_| 1.0));
        assert_eq!(verdict, Verdict::LeaksOnce);
        assert!(
            text.contains("After each wave of streams 6.0")
                && text.contains("stay, however many streams it has: a leak"),
            "{text}"
        );
    }

    /// Fewer than sixteen pages in all.
    #[test]
    fn a_few_pages_are_no_leak() {
        let (verdict, text) = said(&waves(&[682.0, 1364.0]));
        assert_ne!(verdict, Verdict::Leaks);
        assert!(!text.contains("stay: a leak"), "{text}");
    }

    /// Files in memory are in no process, and in the charge.
    #[test]
    fn what_stays_in_the_charge_alone_is_a_leak() {
        let mut run = waves(&[0.0, 0.0]);
        for trial in &mut run.trials {
            let memory = ContainerMemory {
                version: Version::V1,
                usage_bytes: 9 << 20,
                anonymous_bytes: 5 << 20,
                file_bytes: 3 << 20,
                shmem_bytes: 0,
                kernel_bytes: 1 << 20,
                socket_bytes: None,
                peak_bytes: None,
                oom_kills: 0,
            };
            let released = trial.phases.iter_mut().find(|record| record.phase == Phase::Released).unwrap();
            released.plateau.as_mut().unwrap().container = Some(memory);
            let first = memory.unreclaimable_bytes();
            for (wave, number) in trial.further_waves.iter_mut().zip(1..) {
                wave.charged_bytes = Some(first + number * 131_072 * u64::from(trial.asked));
            }
        }
        let (verdict, text) = said(&run);
        assert_eq!(verdict, Verdict::Leaks);
        assert!(text.contains("a leak, in what the container is charged and not in resident memory."), "{text}");
        for trial in &mut run.trials {
            let first = trial.plateau(Phase::Released).unwrap().container.unwrap().unreclaimable_bytes();
            trial.further_waves.iter_mut().for_each(|wave| wave.charged_bytes = Some(first));
        }
        assert!(said(&run).1.contains("After 3 waves memory is level"));
    }

    /// An allocator that comes to rest after the second wave does not leak.
    #[test]
    fn what_comes_once_is_no_leak() {
        let (verdict, text) = said(&waves(&[65_536.0, 65_536.0, 65_536.0]));
        assert!(verdict != Verdict::Leaks && !text.contains(": a leak."), "{text}");
    }

    #[test]
    fn without_a_second_wave_nothing_is_said_but_that() {
        let mut run = waves(&[]);
        run.scenario.waves = 3;
        let analysis = Analysis::of(&run).unwrap();
        for series in &analysis.series {
            assert!(series.fitted.leak.is_none());
            assert!(series.doubts.contains(&Doubt::NoFurtherWave { trials: 10, of: 10 }), "{:?}", series.doubts);
        }
        assert!(!report::headlines(&run, &analysis).join(" ").contains("level"));
        // One wave is all that was asked for.
        run.scenario.waves = 1;
        assert!(
            Analysis::of(&run).unwrap().series[0]
                .doubts
                .iter()
                .all(|doubt| !matches!(doubt, Doubt::NoFurtherWave { .. }))
        );
    }
}
