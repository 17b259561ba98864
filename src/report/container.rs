//! What the numbers for a container leave out, and what to give one.

use crate::cost::{Analysis, CONFIDENCE, ContainerSource, SAFE_SHARE, SeriesAnalysis};
use crate::units::{Unit, grouped};

/// One note for all series: what the charge leaves out, and a limit for the series that needs most. Nothing where no charge is told.
pub fn note(analysis: &Analysis) -> Option<String> {
    if super::is_compared(analysis) {
        return None;
    }
    let charged = |series: &SeriesAnalysis| {
        series.container.map(|line| line.upper_prediction(f64::from(series.streams_max), CONFIDENCE))
    };
    let told = analysis.series.iter().filter_map(|series| Some((series, charged(series)?)));
    let (most, bytes) = told.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let leaves_out = leaves_out(most);
    if analysis.proof.is_some() {
        return Some(leaves_out);
    }
    let limit = Unit::Mebibyte.with_unit(bytes / SAFE_SHARE, 3);
    let streams = grouped(u64::from(most.streams_max));
    let share = SAFE_SHARE * 100.0;
    Some(format!(
        "{leaves_out} For {streams} streams give a container {limit}: what it is charged at most, filled to {share:.0} %."
    ))
}

fn leaves_out(series: &SeriesAnalysis) -> String {
    match series.container_source {
        ContainerSource::CgroupV1 | ContainerSource::CgroupV2 => {
            let of_files = series.anonymous.map(|anonymous| series.full.intercept.value - anonymous.intercept.value);
            let here = of_files
                .filter(|bytes| *bytes > 0.0)
                .map(|bytes| format!(" ({} of the RSS here)", Unit::for_size(bytes).with_unit(bytes, 2)))
                .unwrap_or_default();
            format!("What a container is charged leaves out pages of files{here}, which the kernel can take back.")
        }
        ContainerSource::Estimated => "What a container is charged is estimated from RSS and sockets, with an allowance, and has pages of \
             files in it, which the kernel can take back: where cgroups may be made it is read without them, and is less."
            .to_owned(),
    }
}
