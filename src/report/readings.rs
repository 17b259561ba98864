//! How well the readings of a run agree.

use super::page::{Block, Section, Words};
use crate::run::{Phase, Plateau, Run, Trial};
use crate::units::{Bytes, significant};

/// Over all plateaus, and how late sampler and simulator came.
pub fn section(run: &Run) -> Section {
    let lines = [two_sources(run), inside_and_outside(run), peak(run), sampler(run), simulator(run)];
    Section::left_to_the_page("Readings", lines.map(Block::Item).into())
}

fn two_sources(run: &Run) -> Words {
    let apart = run.trials.iter().flat_map(Trial::plateaus).filter_map(Plateau::readings_apart_bytes).max();
    match apart {
        Some(bytes) => Words::default()
            .code("statm")
            .and(" and ")
            .code("smaps_rollup")
            .and(format!(", read one after the other on every plateau, {}.", apart_by(bytes))),
        None => {
            Words::default().code("smaps_rollup").and(" could not be read: RSS is by ").code("statm").and(" alone.")
        }
    }
}

fn inside_and_outside(run: &Run) -> Words {
    let apart = run.trials.iter().filter_map(|trial| {
        let outside = trial.plateau(Phase::Full)?.resident_bytes();
        Some(trial.self_reported_rss?.abs_diff(outside))
    });
    match apart.max() {
        Some(bytes) => Words::from("The subject's own reading (")
            .code("memory-stats")
            .and(format!(") and the one from outside {}.", apart_by(bytes))),
        None => Words::from("The subject gave no reading of its own: it is read from outside alone."),
    }
}

/// What two readings of the same do, at the worst.
fn apart_by(bytes: u64) -> String {
    match bytes {
        0 => "agree to the byte".to_owned(),
        some => format!("differ by at most {}", Bytes(some)),
    }
}

fn peak(run: &Run) -> Words {
    let over = run.trials.iter().filter_map(|trial| {
        let full = trial.plateau(Phase::Full)?;
        Some(full.high_water_bytes?.saturating_sub(full.resident_bytes()))
    });
    let peak = Words::from("The peak (").code("VmHWM");
    match over.max() {
        Some(0) => peak.and(") lies nowhere above the ").term("full").and(" plateau."),
        Some(bytes) => peak.and(format!(") lies at most {} above the ", Bytes(bytes))).term("full").and(" plateau."),
        None => peak.and(") could not be read."),
    }
}

fn sampler(run: &Run) -> Words {
    let facts = || run.trials.iter().map(|trial| trial.sampler);
    Words::from("One ").code("statm").and(format!(
        " sample took {} µs (median), every {} ms; the 99th percentile came {} ms late, the latest {} ms.",
        most(facts().map(|facts| facts.read_median_us)),
        facts().map(|facts| facts.period_ms).max().unwrap_or(0),
        most(facts().map(|facts| facts.late_p99_ms)),
        most(facts().map(|facts| facts.late_max_ms)),
    ))
}

fn simulator(run: &Run) -> Words {
    let facts = || run.trials.iter().map(|trial| &trial.simulator);
    let (late, interval) = (most(facts().map(|facts| facts.late_p99_ms)), most(facts().map(|facts| facts.interval_ms)));
    format!("The simulator's events came {late} ms late at the 99th percentile of the worst trial, at {interval} ms an event.")
        .into()
}

/// The largest, in two digits.
fn most(numbers: impl Iterator<Item = f64>) -> String {
    significant(numbers.fold(0.0, f64::max), 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::page::{Page, markdown};

    const RUN: &str = include_str!("../../output/gallery/24-streams/run.json");

    fn said(run: &Run) -> String {
        markdown(&Page { sections: vec![section(run)], ..Page::default() })
    }

    #[test]
    fn no_difference_is_told_as_none() {
        let mut run: Run = serde_json::from_str(RUN).unwrap();
        run.trials[0].self_reported_rss = run.trials[0].self_reported_rss.map(|bytes| bytes + 8192);
        let text = said(&run);
        assert!(text.contains("(`memory-stats`) and the one from outside differ by at most 8 KiB."), "{text}");
        for trial in &mut run.trials {
            for plateau in trial.phases.iter_mut().filter_map(|record| record.plateau.as_mut()) {
                plateau.high_water_bytes = Some(plateau.resident_bytes());
            }
            trial.self_reported_rss = trial.plateau(Phase::Full).map(Plateau::resident_bytes);
        }
        let text = said(&run);
        assert!(text.contains("(`memory-stats`) and the one from outside agree to the byte."), "{text}");
        assert!(text.contains("The peak (`VmHWM`) lies nowhere above the *full* plateau."), "{text}");
        run.trials.iter_mut().for_each(|trial| trial.self_reported_rss = None);
        let text = said(&run);
        assert!(text.contains("The subject gave no reading of its own") && !text.contains("nothing"), "{text}");
    }
}
