//! A run's numbers as the charts want them.

use super::chart::{
    BentSpec, ComparedValue, Comparison, ComparisonRow, CostLine, EstimateBytes, FitMark, LimitLines, LineSpec,
    Outcomes, PhaseSpan, Rank, RssOverTime, SeriesLine, TrialTrace,
};
use super::estimate::Digits;
use super::proof::charge_against_rss;
use crate::cost::{Analysis, CONFIDENCE, Length, LengthLine, Quantity, SAFE_SHARE, SeriesAnalysis, TrialPoint, met_by};
use crate::fit::{Estimate, Largest, Line, Piecewise};
use crate::proof::Proof;
use crate::run::{Phase, Run, Trial};
use crate::units::{Unit, grouped};
use std::collections::BTreeMap;

/// Points at which a band is drawn.
const STEPS: u32 = 60;
/// No picture shows as many bytes.
const FAR_OUTSIDE: f64 = 1e17;
/// A number of streams that fit is drawn up to this many times the measured range; beyond, the data would be a dot in the corner, and the
/// number is told in words.
const SHOWN_BEYOND: f64 = 3.0;
/// A line whose bound lies above that of the answer by less than this share would be drawn upon it.
const TOLD_APART: f64 = 0.02;

/// Resident memory over time: for every series and number of streams the first of the trials that came farthest.
pub fn rss_over_time(run: &Run, analysis: &Analysis) -> RssOverTime {
    let mut shown: BTreeMap<(usize, u32), &Trial> = BTreeMap::new();
    for trial in &run.trials {
        // Of streams and prompts of several lengths the longest are shown.
        if (trial.stream, trial.prompt) != (run.scenario.longest(), run.scenario.longest_prompt()) {
            continue;
        }
        let series_index = analysis.series.iter().position(|series| series.fitted.index == trial.series);
        if let Some(series_index) = series_index {
            let best = shown.entry((series_index, trial.asked)).or_insert(trial);
            if farthest(trial) > farthest(best) {
                *best = trial;
            }
        }
    }
    // Of a trial that was killed the phases say nothing of the others.
    let widest = shown.values().max_by_key(|trial| (farthest(trial), trial.asked));
    RssOverTime {
        held: run.scenario.held(),
        title: "Resident memory over time".to_owned(),
        subtitle: subtitle(run, &grouped(run.longest_stream().chars)) + shared(shown.values().copied()),
        traces: shown.iter().map(|((series_index, _), trial)| trace(run, *series_index, trial)).collect(),
        series: analysis.series.iter().map(|series| series.fitted.label.clone()).collect(),
        phases: widest.map(|trial| spans(trial)).unwrap_or_default(),
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

fn trace(run: &Run, series_index: usize, trial: &Trial) -> TrialTrace {
    let page = run.environment.page_bytes as f64;
    let columns = trial.samples.at_ms.iter().zip(&trial.samples.rss_pages);
    let ends = lives_until_ms(trial);
    let mut living: Vec<(u32, f64)> = columns
        .filter(|(at_ms, _)| u64::from(**at_ms) <= ends)
        .map(|(at_ms, pages)| (*at_ms, f64::from(*pages) * page))
        .collect();
    without_the_end(&mut living);
    // The level at the plateau's end, which is where the line is met.
    let full = trial.plateau(Phase::Full).and_then(|plateau| {
        let on_it = living.iter().rev().find(|(at_ms, _)| u64::from(*at_ms) <= plateau.to_ms)?;
        Some((plateau.to_ms as f64 / 1e3, on_it.1))
    });
    let points = living.into_iter().map(|(at_ms, bytes)| (f64::from(at_ms) / 1e3, bytes)).collect();
    TrialTrace { series_index, streams: trial.simulator.peak_streams, points, full }
}

/// Leaves out the fall to nothing of a process that ended, or was killed: that is no memory of its streams.
fn without_the_end(living: &mut Vec<(u32, f64)>) {
    if living.last().is_some_and(|(_, bytes)| *bytes > 0.0) {
        return;
    }
    while living.len() > 1 && living[living.len() - 1].1 < living[living.len() - 2].1.max(1.0) {
        living.pop();
    }
}

/// Until when a trial shows what its streams cost, in milliseconds: to the end of its last plateau, and no further than its programs
/// live. Where programs end with their streams, what is left then is of others.
fn lives_until_ms(trial: &Trial) -> u64 {
    let Some(last) = trial.phases.last() else { return u64::MAX };
    let held = || trial.phases.iter().rev().filter(|record| record.phase < Phase::Released);
    let before = held().find_map(|record| record.plateau.as_ref());
    match (last.phase, &last.plateau, before) {
        (Phase::Released, Some(released), Some(before)) if released.processes < before.processes => before.to_ms,
        (Phase::Released, None, Some(before)) => before.to_ms,
        (_, Some(plateau), _) => plateau.to_ms,
        (_, None, _) => last.ended_ms,
    }
}

fn spans(trial: &Trial) -> Vec<PhaseSpan> {
    let ends = lives_until_ms(trial);
    trial.phases.iter().map(|record| span(record, ends)).collect()
}

/// A phase as it is drawn: no further than the trial is.
fn span(record: &crate::run::PhaseRecord, ends: u64) -> PhaseSpan {
    let seconds = |ms: u64| ms.min(ends) as f64 / 1e3;
    PhaseSpan { name: record.phase.to_string(), from: seconds(record.begun_ms), to: seconds(record.ended_ms) }
}

/// The cost line: measured trials, fitted line, its band, the bound for one process; what a limit meets first where that is another line; after
/// a proof the lines of the charge with what lived and what was killed.
pub fn cost_line(run: &Run, analysis: &Analysis) -> CostLine {
    let measured = analysis.series.iter().map(|series| f64::from(series.fitted.streams_max)).fold(1.0, f64::max);
    let fits = analysis.series.iter().enumerate().filter_map(|(series_index, series)| {
        let Largest::Whole(streams) = series.fitted.fits?.streams? else { return None };
        let streams = streams as f64;
        (streams <= SHOWN_BEYOND * measured).then_some(FitMark { series_index, streams })
    });
    // One marker is enough: the series for which the limit is tightest. Of what a proof has shown nothing is left to be said by RSS.
    let fits = fits.min_by(|a, b| a.streams.total_cmp(&b.streams)).filter(|_| analysis.proof.is_none());
    let tried_at = analysis.proof.iter().flat_map(|proof| &proof.trials).map(|trial| f64::from(trial.streams));
    let x_max = fits.iter().map(|fits| fits.streams).chain(tried_at).fold(measured, f64::max);
    let line = |(hue, series): (usize, &SeriesAnalysis)| {
        series_line(series, hue, x_max, analysis.proof.is_some() || !decides_apart(series, x_max))
    };
    let mut lines: Vec<SeriesLine> = analysis.series.iter().enumerate().map(line).collect();
    let of_lengths = analysis.series.iter().enumerate();
    lines.extend(
        of_lengths.flat_map(|(hue, series)| {
            series.fitted.shorter.iter().map(move |shorter| shorter_line(series, hue, shorter))
        }),
    );
    let (mut outcomes, mut remarks) = (None, Vec::new());
    match (&analysis.proof, analysis.series.first()) {
        (Some(proof), Some(series)) => {
            remarks.extend(charge_against_rss(series));
            let charged = charge_lines(series, analysis.series.len(), proof, x_max);
            // Trials stand on the line that was to meet the limit, which is the last.
            outcomes = (!charged.is_empty()).then(|| tried(proof, lines.len() + charged.len() - 1));
            lines.extend(charged);
        }
        (None, _) | (_, None) => {
            let of_series = analysis.series.iter().enumerate();
            lines.extend(of_series.filter_map(|(hue, series)| deciding_line(series, hue, x_max)));
        }
    }
    let held = run.scenario.held();
    CostLine {
        held,
        title: held.said("What one more open stream costs"),
        subtitle: subtitle(run, &lengths(run)),
        series: lines,
        x_max,
        limit: limit_lines(run),
        fits,
        outcomes,
        remarks,
        doubts: doubts(analysis),
    }
}

/// What became of the trials of a proof, for the series that is its line of the charge.
fn tried(proof: &Proof, series_index: usize) -> Outcomes {
    let numbers = |streams: Vec<u32>| streams.into_iter().map(f64::from).collect();
    let lived = proof.largest_survivor().map(|streams| format!("{} lived", grouped(streams.into())));
    let killed = proof.smallest_killed().map(|streams| format!("{} killed", grouped(streams.into())));
    Outcomes {
        series_index,
        survived: numbers(proof.survivors()),
        killed: numbers(proof.killed()),
        label: [lived, killed].into_iter().flatten().collect::<Vec<_>>().join(", "),
    }
}

/// The line of what the container is charged, beside that of its RSS, and that of its highest charge where that was to meet the limit.
fn charge_lines(series: &SeriesAnalysis, hue: usize, proof: &Proof, x_max: f64) -> Vec<SeriesLine> {
    let line = |(quantity, name): (Quantity, &str)| {
        let line = series.line(quantity)?;
        Some(SeriesLine {
            hue,
            points: points(series, quantity),
            label: format!("{name}: {} {}", short(line), per(series)),
            ..plain_line(name.to_owned(), line)
        })
    };
    let met = series.fitted.bound().killed_by(proof.limit.as_f64()).map(|(_, by)| by);
    let highest = met.filter(|by| *by != Quantity::Container).and_then(|by| {
        let is_apart = rises_above(series, by, Quantity::Container, x_max);
        is_apart.then(|| line((by, "charged at its highest"))).flatten()
    });
    let level = line((Quantity::Container, "charged to the container"));
    level.into_iter().chain(highest.map(|line| SeriesLine { rank: Rank::Met, ..line })).collect()
}

/// The line that decides what a series needs at most, where that is another one than the answer's and can be told from it.
fn deciding_line(series: &SeriesAnalysis, hue: usize, x_max: f64) -> Option<SeriesLine> {
    let quantity = deciding(series);
    let line = series.line(quantity).filter(|_| decides_apart(series, x_max))?;
    let name = format!("{}, {}", series.fitted.label, met_by(quantity));
    let no_line = if series.is_curved_in(quantity) { ", on average: no line" } else { "" };
    Some(SeriesLine {
        hue,
        rank: Rank::Met,
        points: points(series, quantity),
        prediction_upper: bound(line, x_max),
        label: format!("{name}: {} {}{no_line}", short(line), per(series)),
        ..plain_line(name, line)
    })
}

/// What decides what fits below the limit, and without one what the most streams need at most.
fn deciding(series: &SeriesAnalysis) -> Quantity {
    let most = f64::from(series.fitted.streams_max);
    series.fitted.fits.map_or_else(|| series.fitted.bound().by(most), |fits| fits.by)
}

fn decides_apart(series: &SeriesAnalysis, x_max: f64) -> bool {
    rises_above(series, deciding(series), Quantity::Full, x_max)
}

/// Whether the bound of a quantity lies so much above that of another one that both can be seen.
fn rises_above(series: &SeriesAnalysis, quantity: Quantity, other: Quantity, x_max: f64) -> bool {
    let (Some(line), Some(other)) = (series.line(quantity), series.line(other)) else { return false };
    let bound = |line: &Line, x| line.upper_prediction(x, CONFIDENCE);
    [f64::from(series.fitted.streams_max), x_max]
        .iter()
        .any(|x| bound(line, *x) > (1.0 + TOLD_APART) * bound(other, *x))
}

fn points(series: &SeriesAnalysis, quantity: Quantity) -> Vec<(f64, f64)> {
    let point = |trial: &TrialPoint| Some((f64::from(trial.streams), trial.get(quantity)?));
    series.fitted.trials.iter().filter_map(point).collect()
}

/// Numbers of streams at which what is no straight line is drawn.
fn steps(x_max: f64) -> impl Iterator<Item = f64> {
    (0..=STEPS).map(move |step| f64::from(step) * x_max / f64::from(STEPS))
}

/// What one process stays below.
fn bound(line: &Line, x_max: f64) -> Vec<(f64, f64)> {
    steps(x_max).map(|x| (x, line.upper_prediction(x, CONFIDENCE))).collect()
}

/// Streams of a shorter text or prompt, beside the longest.
fn shorter_line(series: &SeriesAnalysis, hue: usize, shorter: &LengthLine) -> SeriesLine {
    let shorter_by = match shorter.length {
        Length::Text(chars) => format!("{} characters", grouped(chars)),
        Length::Prompt(0) => "no prompt".to_owned(),
        Length::Prompt(chars) => format!("prompts of {}", grouped(u64::from(chars))),
    };
    let name = format!("{}, {shorter_by}", series.fitted.label);
    SeriesLine {
        hue,
        rank: Rank::Beside,
        points: shorter.points.iter().map(|point| (point.x, point.y)).collect(),
        label: format!("{name}: {} {}", short(&shorter.line), per(series)),
        ..plain_line(name, &shorter.line)
    }
}

fn plain_line(name: String, line: &Line) -> SeriesLine {
    SeriesLine {
        name,
        hue: 0,
        rank: Rank::Answer,
        points: Vec::new(),
        line: spec(line),
        pieces: None,
        band: Vec::new(),
        prediction_upper: Vec::new(),
        open_line: None,
        label: String::new(),
    }
}

/// Clients beside one another, one row each.
pub fn comparison(run: &Run, analysis: &Analysis) -> Comparison {
    let mut kinds: Vec<String> = Vec::new();
    let mut rows: Vec<ComparisonRow> = Vec::new();
    for series in &analysis.series {
        let kind = series.fitted.mode.adjective().to_owned();
        let place = kinds.iter().position(|other| *other == kind).unwrap_or_else(|| {
            kinds.push(kind);
            kinds.len() - 1
        });
        let value = ComparedValue {
            kind: place,
            per_stream: bytes(&series.full().slope),
            base: bytes(&series.full().intercept),
            label: if series.is_curved() { format!("{}, no line", short(series.full())) } else { short(series.full()) },
        };
        match rows.iter_mut().find(|row| row.name == series.fitted.client.name()) {
            Some(row) => row.values.push(value),
            None => rows.push(ComparisonRow { name: series.fitted.client.name().to_owned(), values: vec![value] }),
        }
    }
    Comparison {
        title: "What one more open stream costs".to_owned(),
        subtitle: subtitle(run, &grouped(run.longest_stream().chars)),
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

fn series_line(series: &SeriesAnalysis, hue: usize, x_max: f64, is_met: bool) -> SeriesLine {
    let band = |x: f64| {
        let band = series.full().confidence_band(x);
        (x, band.low, band.high)
    };
    let name = match series.fitted.at_chars {
        None => series.fitted.label.clone(),
        Some(chars) => format!("{}, {} characters", series.fitted.label, grouped(chars)),
    };
    SeriesLine {
        hue,
        points: points(series, Quantity::Full),
        pieces: series.pieces.as_ref().map(bent),
        // Where there is no line, nothing says where it lies.
        band: if series.is_curved() { Vec::new() } else { steps(x_max).map(band).collect() },
        // A limit meets the other bound.
        prediction_upper: if is_met { bound(series.full(), x_max) } else { Vec::new() },
        open_line: series.line(Quantity::Open).map(spec),
        label: format!("{name}: {}", cost_in_short(series)),
        ..plain_line(name, series.full())
    }
}

/// Of what a cost is.
fn per(series: &SeriesAnalysis) -> String {
    series.fitted.client.held().said("per stream")
}

/// What stands beside the line: as the headline says it, without intervals.
fn cost_in_short(series: &SeriesAnalysis) -> String {
    let number = |estimate| Digits::of_size(estimate).value();
    let per = per(series);
    match &series.pieces {
        Some(pieces) => format!(
            "{} {per} up to {}, then {}: no line",
            number(&pieces.lower),
            grouped(pieces.bend as u64),
            number(&pieces.upper)
        ),
        None if series.is_curved() => format!("{} {per}, on average: no line", number(&series.full().slope)),
        None => format!("{} {per}", number(&series.full().slope)),
    }
}

fn bent(pieces: &Piecewise) -> BentSpec {
    let (lower, upper) = (pieces.lower.value, pieces.upper.value);
    BentSpec {
        lower: LineSpec { intercept: pieces.intercept.value, slope: lower },
        upper: LineSpec { intercept: pieces.at(pieces.bend) - upper * pieces.bend, slope: upper },
        bend: pieces.bend,
    }
}

fn short(line: &Line) -> String {
    Digits::of_size(&line.slope).value()
}

fn spec(line: &Line) -> LineSpec {
    LineSpec { intercept: line.intercept.value, slope: line.slope.value }
}

fn limit_lines(run: &Run) -> Option<LimitLines> {
    let limit_bytes = run.scenario.limit?.as_f64();
    Some(LimitLines { limit_bytes, seventy_bytes: SAFE_SHARE * limit_bytes })
}

/// The lengths of streams, in characters.
fn lengths(run: &Run) -> String {
    run.streams.iter().map(|stream| grouped(stream.chars)).collect::<Vec<_>>().join(" and ")
}

fn subtitle(run: &Run, chars: &str) -> String {
    let scenario = &run.scenario;
    format!(
        "{}{chars} characters a stream, HTTP/{}{}, Linux {}, {} processors, {} of memory",
        scenario.only_client().map(|client| format!("{}, ", client.name())).unwrap_or_default(),
        scenario.http.version(),
        if scenario.tls { " over TLS" } else { "" },
        run.environment.kernel,
        run.environment.processors,
        Unit::Gibibyte.with_unit(run.environment.memory_bytes as f64, 2),
    )
}

fn doubts(analysis: &Analysis) -> Option<String> {
    let count: usize = analysis.series.iter().map(|series| series.doubts.len()).sum();
    match count {
        0 => None,
        1 => Some("1 doubt: see the report".to_owned()),
        more => Some(format!("{more} doubts: see the report")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_program_is_not_drawn() {
        let cut = |levels: &[f64]| {
            let mut living: Vec<(u32, f64)> = (0..).zip(levels.iter().copied()).collect();
            without_the_end(&mut living);
            living.into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>()
        };
        assert_eq!(cut(&[1.0, 160.0, 165.0, 82.0, 0.0, 0.0]), [1.0, 160.0, 165.0], "killed");
        assert_eq!(cut(&[1.0, 160.0, 150.0]), [1.0, 160.0, 150.0], "what is given back is");
        assert_eq!(cut(&[0.0]), [0.0]);
        assert_eq!(cut(&[]), [0.0; 0]);
    }
}
