//! What the numbers for a container leave out, and what to give one.

use crate::cost::{Analysis, CONFIDENCE, ContainerSource, Quantity, SAFE_SHARE, SeriesAnalysis};
use crate::units::{Unit, grouped};

/// One note for all series: what the charge leaves out, and a limit for the series that needs most. Nothing where no charge is told.
pub fn note(analysis: &Analysis) -> Option<String> {
    if super::is_compared(analysis) {
        return None;
    }
    let told = analysis.series.iter().filter_map(|series| Some((series, needed(series)?)));
    let (most, bytes) = told.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let leaves_out = leaves_out(most);
    if analysis.proof.is_some() {
        return Some(leaves_out);
    }
    let limit = Unit::Mebibyte.with_unit(bytes / SAFE_SHARE, 3);
    let streams = grouped(u64::from(most.fitted.streams_told));
    let held = most.fitted.client.held().many();
    let share = SAFE_SHARE * 100.0;
    let and_files = if files(most).is_some() { " and these pages" } else { "" };
    Some(format!(
        "{leaves_out} For {streams} {held} give a container {limit}: what it is charged at most{and_files}, filled to {share:.0} %."
    ))
}

/// What a container with all streams of the series holds, at most: the charge, and the pages of files that the program runs from. The kernel
/// can take these back, and a program that has no room for them reads its own code again and again until it is killed.
fn needed(series: &SeriesAnalysis) -> Option<f64> {
    series.line(Quantity::Container)?;
    let streams = f64::from(series.fitted.streams_told);
    let charges = [Quantity::Container, Quantity::ContainerPeak].into_iter().filter_map(|charge| series.line(charge));
    let most = charges.map(|charge| charge.upper_prediction(streams, CONFIDENCE)).fold(0.0, f64::max);
    Some((most + files(series).unwrap_or(0.0)).max(series.fitted.needs_at_most(streams)))
}

/// Pages of files in resident memory that the charge does not have, bytes.
fn files(series: &SeriesAnalysis) -> Option<f64> {
    match series.fitted.container_source {
        ContainerSource::CgroupV1 | ContainerSource::CgroupV2 => {
            let anonymous = series.line(Quantity::Anonymous)?;
            Some(series.full().intercept.value - anonymous.intercept.value).filter(|bytes| *bytes > 0.0)
        }
        ContainerSource::Estimated => None,
    }
}

fn leaves_out(series: &SeriesAnalysis) -> String {
    match series.fitted.container_source {
        ContainerSource::CgroupV1 | ContainerSource::CgroupV2 => {
            let here = files(series)
                .map(|bytes| format!(" ({} of the RSS here)", Unit::for_size(bytes).with_unit(bytes, 2)))
                .unwrap_or_default();
            format!("What a container is charged leaves out pages of files{here}, which the kernel can take back.")
        }
        ContainerSource::Estimated => "What a container is charged is estimated from RSS and sockets, with an allowance: pages of files are in \
             it, which the kernel can take back, and files in memory and pipes are not. Where cgroups may be made it is read."
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Phase, Run};

    /// The limit that a note names, MiB.
    fn named(note: &str) -> f64 {
        let (_, behind) = note.split_once("give a container ").unwrap();
        behind.split_once(" MiB").unwrap().0.parse().unwrap()
    }

    #[test]
    fn a_container_has_room_for_what_was_resident() {
        for (text, source) in [
            (include_str!("../../output/gallery/prove-48-mib/run.json"), ContainerSource::CgroupV1),
            (include_str!("../../output/gallery/24-streams/run.json"), ContainerSource::Estimated),
        ] {
            let run: Run = serde_json::from_str(text).unwrap();
            let analysis = Analysis::of(&run).unwrap();
            assert_eq!(analysis.series[0].fitted.container_source, source);
            let resident = run
                .trials
                .iter()
                .filter_map(|trial| trial.plateau(Phase::Full))
                .map(|plateau| plateau.resident_bytes());
            let most = resident.max().unwrap() as f64 / 1_048_576.0;
            let note = note(&analysis).unwrap();
            let limit = named(&note);
            // Filled to 70 %, and no more than an allowance beyond.
            assert!(
                limit * SAFE_SHARE >= most && limit * SAFE_SHARE < most * 1.1 + 1.0,
                "{most} MiB were resident: {note}"
            );
            assert_eq!(note.contains("and these pages"), source == ContainerSource::CgroupV1, "{note}");
        }
    }
}
