//! `samples.csv`: every sample of every trial, a line each.

use crate::run::{Phase, Run, Trial};

/// Columns: `sequence`, `pass`, `client`, `mode`, `chars` (of a stream's text), `streams` (asked for), `at_ms` (since the trial began), `phase`, `rss_bytes`,
/// `anonymous_bytes`; and where prompts were asked for, `prompt_chars`.
///
/// # Errors
/// When a line cannot be formatted.
pub fn samples(run: &Run) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let has_prompts = !run.scenario.prompt_chars.is_empty();
    let mut heading = vec![
        "sequence",
        "pass",
        "client",
        "mode",
        "chars",
        "streams",
        "at_ms",
        "phase",
        "rss_bytes",
        "anonymous_bytes",
    ];
    heading.extend(has_prompts.then_some("prompt_chars"));
    writer.write_record(heading)?;
    let page = run.environment.page_bytes;
    for trial in &run.trials {
        let Some(series) = run.series(trial.series) else { continue };
        let columns = &trial.samples;
        let rows = columns.at_ms.iter().zip(&columns.rss_pages).zip(&columns.anonymous_pages);
        for ((at_ms, rss), anonymous) in rows {
            let mut row = vec![
                trial.sequence.to_string(),
                trial.pass.to_string(),
                series.client.name().to_owned(),
                series.mode.to_string(),
                run.stream(trial.stream).chars.to_string(),
                trial.asked.to_string(),
                at_ms.to_string(),
                phase_at(trial, *at_ms).to_string(),
                (u64::from(*rss) * page).to_string(),
                (u64::from(*anonymous) * page).to_string(),
            ];
            row.extend(has_prompts.then(|| run.scenario.prompt(trial.prompt).to_string()));
            writer.write_record(row)?;
        }
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

fn phase_at(trial: &Trial, at_ms: u32) -> Phase {
    let begun = trial.phases.iter().rev().find(|record| record.begun_ms <= u64::from(at_ms));
    begun.map_or(Phase::Idle, |record| record.phase)
}
