//! A run's numbers as the charts want them.

use super::chart::{
    ComparedValue, Comparison, ComparisonRow, CostLine, EstimateBytes, Fits, LimitLines, LineSpec, ModeLine, PhaseSpan,
    RssOverTime, TimeSeries,
};
use super::sentence::with_interval;
use crate::cost::{Analysis, CONFIDENCE, SAFE_SHARE, SeriesAnalysis};
use crate::fit::{Estimate, Line};
use crate::run::{Phase, Run, Trial};
use crate::units::{Unit, grouped};
use std::collections::BTreeMap;

/// Points at which a band is drawn.
const STEPS: u32 = 60;
/// No picture shows as many bytes.
const FAR_OUTSIDE: f64 = 1e17;
/// A number of streams that fit is drawn up to this many times the measured range; beyond, the data would be a dot in the corner.
const SHOWN_BEYOND: f64 = 100.0;

/// Resident memory over time: for every mode and number of streams the first of the trials that came farthest.
pub fn rss_over_time(run: &Run, analysis: &Analysis) -> RssOverTime {
    let mut shown: BTreeMap<(usize, u32), &Trial> = BTreeMap::new();
    for trial in &run.trials {
        // Of streams of several lengths the longest are shown.
        if trial.stream != run.scenario.longest() {
            continue;
        }
        let mode_index = analysis.series.iter().position(|series| series.index == trial.series);
        if let Some(mode_index) = mode_index {
            let best = shown.entry((mode_index, trial.asked)).or_insert(trial);
            if farthest(trial) > farthest(best) {
                *best = trial;
            }
        }
    }
    let widest = shown.values().max_by_key(|trial| trial.asked);
    RssOverTime {
        title: "Resident memory over time".to_owned(),
        subtitle: subtitle(run) + shared(shown.values().copied()),
        series: shown.iter().map(|((mode_index, _), trial)| series(run, *mode_index, trial)).collect(),
        modes: analysis.series.iter().map(|series| series.label.clone()).collect(),
        phases: widest.map(|trial| trial.phases.iter().map(span).collect()).unwrap_or_default(),
        limit: limit_lines(run),
        doubts: doubts(analysis),
    }
}

/// Samples are of the whole tree, and cheap: only plateaus are read so that what processes share counts once.
fn shared<'a>(mut trials: impl Iterator<Item = &'a Trial>) -> &'static str {
    if trials.any(|trial| trial.plateaus().any(|plateau| plateau.processes > 1)) {
        "; sums over all processes, in which shared pages count more than once"
    } else {
        ""
    }
}

fn farthest(trial: &Trial) -> Option<Phase> {
    trial.phases.iter().map(|record| record.phase).max()
}

fn series(run: &Run, mode_index: usize, trial: &Trial) -> TimeSeries {
    let page = run.environment.page_bytes as f64;
    let columns = trial.samples.at_ms.iter().zip(&trial.samples.rss_pages);
    let ended = trial.phases.last().map_or(u64::MAX, |record| record.ended_ms);
    let living = columns.filter(|(at_ms, _)| u64::from(**at_ms) <= ended);
    let points = living.map(|(at_ms, pages)| (f64::from(*at_ms) / 1e3, f64::from(*pages) * page)).collect();
    TimeSeries { mode_index, streams: trial.simulator.peak_streams, points }
}

fn span(record: &crate::run::PhaseRecord) -> PhaseSpan {
    let seconds = |ms: u64| ms as f64 / 1e3;
    PhaseSpan { name: record.phase.to_string(), from: seconds(record.begun_ms), to: seconds(record.ended_ms) }
}

/// The cost line: measured trials, fitted line, its band, the bound for one process.
pub fn cost_line(run: &Run, analysis: &Analysis) -> CostLine {
    let measured = analysis.series.iter().map(|mode| f64::from(mode.streams_max)).fold(1.0, f64::max);
    let fits = analysis.series.iter().enumerate().filter_map(|(mode_index, mode)| {
        let streams = mode.fits?.streams? as f64;
        (streams <= SHOWN_BEYOND * measured).then_some(Fits { mode_index, streams })
    });
    // One marker is enough: the mode for which the limit is tightest.
    let fits = fits.min_by(|a, b| a.streams.total_cmp(&b.streams));
    let x_max = fits.as_ref().map_or(measured, |fits| fits.streams.max(measured));
    CostLine {
        title: "What one more open stream costs".to_owned(),
        subtitle: subtitle(run),
        modes: analysis.series.iter().map(|mode| mode_line(mode, x_max)).collect(),
        x_max,
        limit: limit_lines(run),
        fits,
        doubts: doubts(analysis),
    }
}

/// Clients beside one another, one row each.
pub fn comparison(run: &Run, analysis: &Analysis) -> Comparison {
    let mut kinds: Vec<String> = Vec::new();
    let mut rows: Vec<ComparisonRow> = Vec::new();
    for series in &analysis.series {
        let kind = series.mode.adjective().to_owned();
        let place = kinds.iter().position(|other| *other == kind).unwrap_or_else(|| {
            kinds.push(kind);
            kinds.len() - 1
        });
        let value = ComparedValue {
            kind: place,
            per_stream: bytes(&series.full.slope),
            base: bytes(&series.full.intercept),
            label: short(&series.full),
        };
        match rows.iter_mut().find(|row| row.name == series.client.name()) {
            Some(row) => row.values.push(value),
            None => rows.push(ComparisonRow { name: series.client.name().to_owned(), values: vec![value] }),
        }
    }
    Comparison {
        title: "What one more open stream costs".to_owned(),
        subtitle: subtitle(run),
        kinds,
        rows,
        doubts: doubts(analysis),
    }
}

fn bytes(estimate: &Estimate) -> EstimateBytes {
    // An interval without an end ends outside of every picture.
    let within = |end: f64| end.clamp(-FAR_OUTSIDE, FAR_OUTSIDE);
    EstimateBytes { value: estimate.value, low: within(estimate.low), high: within(estimate.high) }
}

fn mode_line(mode: &SeriesAnalysis, x_max: f64) -> ModeLine {
    let steps = || (0..=STEPS).map(|step| f64::from(step) * x_max / f64::from(STEPS));
    let points = mode.trials.iter().filter_map(|trial| Some((f64::from(trial.streams), trial.full?)));
    let band = |x: f64| {
        let band = mode.full.confidence_band(x);
        (x, band.low, band.high)
    };
    ModeLine {
        name: mode.label.clone(),
        points: points.collect(),
        line: spec(&mode.full),
        band: steps().map(band).collect(),
        prediction_upper: steps().map(|x| (x, mode.full.upper_prediction(x, CONFIDENCE))).collect(),
        open_line: mode.open.as_ref().map(spec),
        label: format!("{}: {} per stream", mode.label, short(&mode.full)),
    }
}

fn short(line: &Line) -> String {
    let whole = with_interval(&line.slope);
    whole.split_once(" (").map_or(whole.clone(), |(value, _)| value.to_owned())
}

fn spec(line: &Line) -> LineSpec {
    LineSpec { intercept: line.intercept.value, slope: line.slope.value }
}

fn limit_lines(run: &Run) -> Option<LimitLines> {
    let limit_bytes = run.scenario.limit?.as_f64();
    Some(LimitLines { limit_bytes, seventy_bytes: SAFE_SHARE * limit_bytes })
}

fn subtitle(run: &Run) -> String {
    let scenario = &run.scenario;
    format!(
        "{}{} characters a stream, HTTP/{}{}, Linux {}, {} processors, {} of memory",
        scenario.only_client().map(|client| format!("{}, ", client.name())).unwrap_or_default(),
        grouped(run.longest_stream().chars),
        scenario.http.version(),
        if scenario.tls { " over TLS" } else { "" },
        run.environment.kernel,
        run.environment.processors,
        Unit::Gibibyte.with_unit(run.environment.memory_bytes as f64, 2),
    )
}

fn doubts(analysis: &Analysis) -> Option<String> {
    let count: usize = analysis.series.iter().map(|mode| mode.doubts.len()).sum();
    match count {
        0 => None,
        1 => Some("1 doubt: see the report".to_owned()),
        more => Some(format!("{more} doubts: see the report")),
    }
}
