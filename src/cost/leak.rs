//! Leak or load: what ended streams leave behind, wave after wave.

use super::trial::{TrialPoint, points};
use crate::fit::{Estimate, Line};

/// What stays after each wave is a leak where the last wave leaves at least this share of what one leaves on average: what an allocator keeps
/// for the next wave comes once.
const STEADY: f64 = 0.5;
/// Memory is level where surely less than this share of what a stream costs stays of it.
const LEVEL: f64 = 0.02;

/// What one stream leaves behind in each wave after the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leak {
    /// Bytes per stream and wave.
    pub per_stream: Estimate,
    /// How many waves there were.
    pub waves: u32,
    /// The same of the last wave alone.
    last: Estimate,
}

/// What that means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Each wave leaves more.
    Leaks,
    /// What the first wave left behind serves the next.
    Level,
    /// The interval has both in it.
    Unknown,
}

impl Leak {
    /// Of trials with as many waves as any has, if there are more than one.
    pub(super) fn fit(trials: &[TrialPoint], page: f64) -> Option<Leak> {
        let waves = trials.iter().map(|trial| trial.after_waves.len()).max().filter(|waves| *waves > 1)?;
        let rise = |from: usize| {
            let further = (waves - 1 - from) as f64;
            let of_trial = |trial: &TrialPoint| {
                let levels = Some(&trial.after_waves).filter(|levels| levels.len() == waves)?;
                Some((levels.last()? - levels.get(from)?) / further)
            };
            // A difference of two readings, each of whole pages.
            Line::fit_in_steps(&points(trials, of_trial), 2.0 * page / further).ok().map(|line| line.slope)
        };
        Some(Leak { per_stream: rise(0)?, waves: waves as u32, last: rise(waves - 2)? })
    }

    /// What it means beside what one stream costs, bytes.
    pub fn verdict(&self, per_stream: f64) -> Verdict {
        let is_steady = self.last.value >= STEADY * self.per_stream.value;
        if self.per_stream.low > 0.0 && self.last.low > 0.0 && is_steady {
            Verdict::Leaks
        } else if self.per_stream.high <= LEVEL * per_stream.abs() {
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
    use crate::report;
    use crate::run::{Phase, Run, Wave};

    const RUN: &str = include_str!("../../output/gallery/24-streams/run.json");

    /// The gallery's run with further waves, after which so many bytes a stream are left more than after the first.
    fn waves(left: &[f64]) -> Run {
        let mut run: Run = serde_json::from_str(RUN).unwrap();
        run.scenario.waves = 1 + left.len() as u32;
        let page = run.environment.page_bytes as f64;
        for trial in &mut run.trials {
            let released = trial.plateau(Phase::Released).unwrap().clone();
            let level = *trial.samples.rss_pages.last().unwrap();
            for (wave, more) in (1..).zip(left) {
                let at = released.to_ms + wave * 10_000;
                trial.further_waves.push(Wave { from_ms: at, to_ms: at + 250, read_on: None });
                for sample in 0..10 {
                    trial.samples.at_ms.push((at + sample * 20) as u32);
                    trial.samples.rss_pages.push(level + (more * f64::from(trial.asked) / page) as u32);
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
        assert!(text.contains("After 3 waves memory is level") && !text.contains("a leak."), "{text}");
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
