//! What streams add with time, whatever text comes: growth on the *full* plateau, where nothing comes.

use super::quantity::Quantity;
use super::trial::{TrialPoint, points};
use crate::fit::{Estimate, Line, Point};

/// Growth within a minute that is less than this share of what a stream costs is no matter.
const MATTERS: f64 = 0.10;
const MINUTE_SECONDS: f64 = 60.0;

/// What grows all the time grew since *open* at no less than this share of its rate on the plateau: steps that come once a second fall twice
/// or three times into two seconds.
const STEADY: f64 = 0.5;

/// How much one more stream grows in a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OverTime {
    /// On the *full* plateau, or if that is less, from the *open* plateau to the *full* one, with all that the text added: bytes per stream and
    /// second.
    pub per_stream_second: Estimate,
    /// Whether both agree.
    is_steady: bool,
}

impl OverTime {
    /// Of trials with both plateaus; a page is the grain of each.
    pub(super) fn fit(trials: &[TrialPoint], page: f64) -> Option<OverTime> {
        let seconds = |trial: &TrialPoint| trial.seconds_to_full.filter(|seconds| *seconds > 0.0);
        let between =
            points(trials, |trial| Some((trial.get(Quantity::Full)? - trial.get(Quantity::Open)?) / seconds(trial)?));
        let between = Line::fit(&between).ok()?.slope;
        let rates: Vec<Point> = points(trials, |trial| trial.growing.map(|growing| growing.bytes_per_second));
        let shortest =
            trials.iter().filter_map(|trial| trial.growing).map(|growing| growing.seconds).reduce(f64::min)?;
        let on_plateau = Line::fit_in_steps(&rates, page / shortest).ok()?.slope;
        let least = if between.value < on_plateau.value { between } else { on_plateau };
        // Where trials with few streams fall and those with many are level, the slope rises and nothing grows.
        let most = rates.iter().map(|point| point.x).fold(0.0, f64::max);
        let mut with_most =
            trials.iter().filter(|trial| f64::from(trial.streams) == most).filter_map(|trial| trial.growing);
        let least_of_most = STEADY * least.value * most;
        let is_steady = between.high >= STEADY * on_plateau.value
            && with_most.all(|growing| growing.is_steady && growing.bytes_per_second >= least_of_most);
        Some(OverTime { per_stream_second: least, is_steady })
    }

    /// Whether streams surely grow, and by enough to matter to what one of them costs, bytes.
    pub(super) fn matters(&self, per_stream: f64) -> bool {
        let is_sure = self.is_steady && self.per_stream_second.low > 0.0;
        is_sure && self.per_stream_second.value * MINUTE_SECONDS > MATTERS * per_stream.abs()
    }

    /// What is left of growth over so many seconds when that of time is taken away, bytes per stream.
    pub(super) fn taken_from(&self, growth: Estimate, seconds: f64) -> Estimate {
        let Estimate { value, low, high } = self.per_stream_second;
        Estimate {
            value: growth.value - value * seconds,
            low: growth.low - high * seconds,
            high: growth.high - low * seconds,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cost::{Analysis, Doubt};
    use crate::report;
    use crate::run::{Phase, Run};

    const RUN: &str = include_str!("../../output/gallery/24-streams/run.json");

    /// The gallery's run, of streams that grow by so many bytes a second from when they are open; `pace` is how many times as long the text
    /// takes.
    fn growing(bytes_per_second: f64, pace: f64) -> Run {
        let mut run: Run = serde_json::from_str(RUN).unwrap();
        let page = run.environment.page_bytes as f64;
        for trial in &mut run.trials {
            let begun = trial.phase(Phase::Streaming).unwrap().begun_ms;
            let longer = (pace - 1.0) * (trial.phase(Phase::Full).unwrap().begun_ms - begun) as f64;
            let later = |at_ms: u64| if at_ms > begun { at_ms + longer as u64 } else { at_ms };
            let opened = trial.phase(Phase::Open).unwrap().begun_ms as f64;
            for (at_ms, pages) in trial.samples.at_ms.iter_mut().zip(&mut trial.samples.rss_pages) {
                *at_ms = later(u64::from(*at_ms)) as u32;
                let seconds = (f64::from(*at_ms) - opened).max(0.0) / 1e3;
                *pages += (f64::from(trial.asked) * bytes_per_second * seconds / page) as u32;
            }
            for record in &mut trial.phases {
                (record.begun_ms, record.ended_ms) = (later(record.begun_ms), later(record.ended_ms));
                if let Some(plateau) = &mut record.plateau {
                    (plateau.from_ms, plateau.to_ms) = (later(plateau.from_ms), later(plateau.to_ms));
                }
            }
        }
        run
    }

    #[test]
    fn growth_with_time_is_told_from_text() {
        for pace in [1.0, 5.0] {
            let analysis = Analysis::of(&growing(4096.0, pace)).unwrap();
            for series in &analysis.series {
                let rate = series.fitted.over_time.unwrap().per_stream_second;
                assert!((rate.value / 4096.0 - 1.0).abs() < 0.1 && rate.low > 0.0, "{rate:?}");
                let doubt = series.doubts.iter().find(|doubt| matches!(doubt, Doubt::GrowsWithTime { .. }));
                let said = doubt.unwrap().matter();
                assert!(said.contains("a second: what it costs depends on how long it lasts"), "{said}");
            }
            // Drop mode keeps nothing of the text, and what time added is none of it.
            let kept = analysis.series[1].fitted.kept_per_text_byte.unwrap();
            assert!(kept.value.abs() < 0.1 && kept.low < 0.05, "{pace}: {kept:?}");
            let page = report::markdown(&growing(4096.0, pace), &analysis);
            assert!(page.contains("grows while open, a second") && !page.contains("Although its text is dropped"));
        }
    }

    #[test]
    fn streams_that_are_level_are_not_said_to_grow() {
        let analysis = Analysis::of(&growing(0.0, 1.0)).unwrap();
        for series in &analysis.series {
            let rate = series.fitted.over_time.unwrap().per_stream_second;
            assert!(rate.low <= 0.0 && rate.high >= 0.0, "{rate:?}");
            assert!(!series.doubts.iter().any(|doubt| matches!(doubt, Doubt::GrowsWithTime { .. })));
        }
    }

    /// What moves on the plateau alone is not what streams do all the time.
    #[test]
    fn what_grows_on_the_plateau_alone_is_no_growth_of_streams() {
        let mut run = growing(0.0, 1.0);
        for trial in &mut run.trials {
            let full = trial.plateau(Phase::Full).unwrap().clone();
            for (at_ms, pages) in trial.samples.at_ms.iter().zip(&mut trial.samples.rss_pages) {
                let seconds = (f64::from(*at_ms) - full.from_ms as f64).max(0.0) / 1e3;
                *pages += (f64::from(trial.asked) * 8.0 * seconds) as u32;
            }
        }
        let analysis = Analysis::of(&run).unwrap();
        let drop = &analysis.series[1];
        assert!(drop.fitted.over_time.unwrap().per_stream_second.low > 0.0);
        assert!(!drop.doubts.iter().any(|doubt| matches!(doubt, Doubt::GrowsWithTime { .. })), "{:?}", drop.doubts);
    }
}
