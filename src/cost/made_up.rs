//! Runs that are made up from one of the gallery, for tests: its trials take more at one moment than they did.

use super::{Analysis, SeriesAnalysis};
use crate::run::{Phase, Run, Trial};
use crate::scenario::Ending;

const KIB: f64 = 1024.0;
const RUN: &str = include_str!("../../output/gallery/24-streams/run.json");

/// The first series with so many KiB more than on the *full* plateau at one moment while streams end.
pub(super) fn ending(more_kib: impl Fn(f64) -> f64) -> SeriesAnalysis {
    ending_so(Ending::Together, more_kib)
}

/// The same in one of the ways of ending.
pub(super) fn ending_so(ending: Ending, more_kib: impl Fn(f64) -> f64) -> SeriesAnalysis {
    changed(|trial, page| {
        trial.ending = ending;
        let ends = trial.phase(Phase::Released).unwrap().begun_ms;
        let full = trial.plateau(Phase::Full).unwrap().resident_bytes() as f64;
        let more = more_kib(f64::from(trial.asked)) * KIB;
        let at = trial.samples.at_ms.iter().position(|at_ms| u64::from(*at_ms) >= ends).unwrap();
        trial.samples.rss_pages[at] = ((full + more) / page) as u32;
    })
}

/// The same with so many KiB more at the mark of the *full* plateau.
pub(super) fn peaking(more_kib: impl Fn(f64) -> f64) -> SeriesAnalysis {
    changed(|trial, _| {
        let more = more_kib(f64::from(trial.asked)) * KIB;
        let full = trial.phases.iter_mut().find(|record| record.phase == Phase::Full).unwrap();
        let plateau = full.plateau.as_mut().unwrap();
        plateau.high_water_bytes = Some(plateau.resident_bytes() + more as u64);
    })
}

fn changed(change: impl Fn(&mut Trial, f64)) -> SeriesAnalysis {
    let mut run: Run = serde_json::from_str(RUN).unwrap();
    let page = run.environment.page_bytes as f64;
    run.trials.iter_mut().for_each(|trial| change(trial, page));
    Analysis::of(&run).unwrap().series.remove(0)
}
