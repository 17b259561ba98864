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
            .and(format!(", read one after the other on every plateau, differ by at most {}.", Bytes(bytes))),
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
    let most = apart.max().map_or_else(|| "nothing: it gave none".to_owned(), |bytes| Bytes(bytes).to_string());
    Words::from("The subject's own reading (")
        .code("memory-stats")
        .and(format!(") and the one from outside differ by at most {most}."))
}

fn peak(run: &Run) -> Words {
    let over = run.trials.iter().filter_map(|trial| {
        let full = trial.plateau(Phase::Full)?;
        Some(full.high_water_bytes?.saturating_sub(full.resident_bytes()))
    });
    let peak = Words::from("The peak (").code("VmHWM");
    match over.max() {
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
