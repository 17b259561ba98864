//! Which doubts there are about a series of a run.

use super::CONFIDENCE;
use super::cure::LEAST_RUNGS;
use super::curved::{self, STEP_BYTES};
use super::doubt::{Doubt, FAR};
use super::fitted::Fitted;
use super::lever::Lever;
use super::outside;
use super::prompt_axis::Prompts;
use super::quantity::Quantity;
use super::reading::Reading;
use super::shares::{MOMENT_SHARE, PEAK_SHARE};
use super::trial::points;
use crate::fit::{Largest, Line, Point};
use crate::run::{Phase, Plateau, Run, SimulatorFacts, Trial};
use crate::scenario::{Ending, Origin, Shape};
use std::collections::BTreeSet;

/// A plateau's `statm` and `smaps_rollup` may differ by this share, or by [`READINGS_PAGES`], before it is worth a word.
const READINGS_SHARE: f64 = 0.01;
/// The two are read one after the other, and a page or two may come between.
const READINGS_PAGES: u64 = 8;
/// An interval wider than this share of the slope, to either side, is no answer.
const WIDE: f64 = 0.10;
/// A sample or an event later than this at the 99th percentile, milliseconds, at any rate.
const LATE_MS: f64 = 20.0;
/// Half of the smallest read buffer in use: hyper begins with 8 KiB and doubles it when one read fills it.
const BURST_BYTES: f64 = 4096.0;
/// Residuals that move over the run by more than this share of what all streams cost together.
const DRIFT_SHARE: f64 = 0.05;

/// All doubts about one series of a run.
pub fn of(run: &Run, fitted: &Fitted) -> Vec<Doubt> {
    let trials: Vec<&Trial> = run.trials.iter().filter(|trial| trial.series == fitted.index).collect();
    // What is held against the lines is of the same prompts.
    let prompt = run.scenario.longest_prompt();
    let page = run.environment.page_bytes as f64;
    let of_lines: Vec<&Trial> = trials.iter().copied().filter(|trial| trial.prompt == prompt).collect();
    let all = [
        run.interrupted.then_some(Doubt::Interrupted { trials: trials.len() as u32 }),
        failed(run, fitted.index),
        not_reached(fitted, &trials),
        more_than_asked(fitted, &trials),
        tool_not_called(run, &trials),
        prompts_not_sent(run, fitted),
        not_settled(&trials),
        grows_with_time(fitted),
        too_few_rungs(fitted),
        curved::of_answer(fitted),
        base_drifts(fitted),
        sampler_late(&trials),
        simulator_late(run, &trials),
        subject_behind(run, &trials),
        not_collected(run, &trials),
        swap_in_use(&trials),
        (run.environment.transparent_huge_pages == "always").then_some(Doubt::HugePages),
        wide(run, fitted),
        readings_disagree(&trials, run.environment.page_bytes),
        file_pages_matter(fitted),
        peaks_above(fitted),
        peaks_at_end(fitted),
        more_at_peak(fitted, page),
        more_at_end(fitted, page),
        moment_above(fitted),
        nothing_resident(&trials),
        held_by_strangers(&trials),
        ended_early(run, &trials),
        no_further_wave(run, &trials),
        extrapolating(fitted),
    ];
    let of_bound = curved::of_bound(fitted, run.scenario.confined);
    let beside = outside::of(run, fitted, &of_lines);
    all.into_iter().flatten().chain(beside).chain(of_bound).chain(missing(&trials)).collect()
}

fn failed(run: &Run, series: u32) -> Option<Doubt> {
    let of_series = run.failures.iter().filter(|failure| failure.series == series && !run.is_beyond(failure));
    let failures: Vec<_> = of_series.collect();
    let why = failures.first()?.to_string();
    Some(Doubt::TrialsFailed { trials: failures.len() as u32, why })
}

fn not_reached(fitted: &Fitted, trials: &[&Trial]) -> Option<Doubt> {
    // What the line's point has; streams that were lost on the way there are as missing as those that never came.
    let held = |trial: &Trial| {
        let plateau = trial.plateau(Phase::Full).or_else(|| trial.plateau(Phase::Open));
        plateau.map_or(0, |plateau| plateau.streams)
    };
    // Who does not hold what nobody asked for has no pool to look for.
    let asked = trials.iter().filter(|trial| trial.asked <= fitted.streams_asked);
    let short = asked.map(|trial| (trial, held(trial))).filter(|(trial, held)| *held < trial.asked);
    let (trial, held) = short.max_by_key(|(trial, _)| trial.asked)?;
    Some(Doubt::NotReached { asked: trial.asked, held, broken_off: trial.simulator.broken_off })
}

/// Where users ask, each request may open several.
fn more_than_asked(fitted: &Fitted, trials: &[&Trial]) -> Option<Doubt> {
    let each = fitted.streams_per_request.unwrap_or(1.0).max(1.0);
    let expected = |trial: &Trial| (f64::from(trial.asked) * each).round() as u32;
    let beyond = trials.iter().filter(|trial| trial.simulator.opened > expected(trial));
    let worst = beyond.max_by_key(|trial| (trial.asked, trial.simulator.opened))?;
    Some(Doubt::MoreThanAsked { asked: expected(worst), opened: worst.simulator.opened })
}

/// Where each stream is to be the answer to what a tool has brought.
fn tool_not_called(run: &Run, trials: &[&Trial]) -> Option<Doubt> {
    let is_to_be = run.scenario.origin == Origin::Simulated
        && run.scenario.streams.iter().any(|stream| stream.shape == Shape::Agent);
    let short = |trial: &&&Trial| is_to_be && trial.simulator.tool_calls < trial.simulator.opened;
    let SimulatorFacts { opened, tool_calls: called, .. } = trials.iter().find(short)?.simulator;
    Some(Doubt::ToolNotCalled { opened, called })
}

fn prompts_not_sent(run: &Run, fitted: &Fitted) -> Option<Doubt> {
    let Prompts { asked_chars, request_bytes, .. } = fitted.prompts.filter(|prompts| !prompts.are_there)?;
    Some(Doubt::PromptsNotSent { asked_chars, request_bytes, by_users: run.scenario.drive.is_some() })
}

fn plateaus(trial: &Trial) -> impl Iterator<Item = &Plateau> {
    trial.phases.iter().filter(|record| record.phase != Phase::Idle).filter_map(|record| record.plateau.as_ref())
}

fn not_settled(trials: &[&Trial]) -> Option<Doubt> {
    let moving = |trial: &&&Trial| plateaus(trial).any(|plateau| !plateau.settled);
    let count = trials.iter().filter(moving).count() as u32;
    (count > 0).then_some(Doubt::NotSettled { trials: count })
}

/// Ten minutes, in seconds.
const LONG: f64 = 600.0;

fn grows_with_time(fitted: &Fitted) -> Option<Doubt> {
    let bytes_per_stream_second = fitted.growing()?.value;
    let bytes_per_stream_of_ten_minutes = fitted.lines.full().slope.value + LONG * bytes_per_stream_second;
    Some(Doubt::GrowsWithTime { bytes_per_stream_second, bytes_per_stream_of_ten_minutes })
}

fn too_few_rungs(fitted: &Fitted) -> Option<Doubt> {
    let measured = fitted.trials.iter().filter(|trial| trial.get(Quantity::Full).is_some());
    let rungs = measured.map(|trial| trial.streams).collect::<BTreeSet<u32>>().len() as u32;
    (rungs < LEAST_RUNGS).then_some(Doubt::TooFewRungs { rungs, top: fitted.streams_max })
}

/// What the line leaves over, against the order of the trials: surely moving (the interval of the trend excludes 0) and enough to matter.
fn base_drifts(fitted: &Fitted) -> Option<Doubt> {
    let left = fitted.trials.iter().filter_map(|trial| {
        let y = trial.get(Quantity::Full)? - fitted.lines.full().at(f64::from(trial.streams));
        Some(Point { x: f64::from(trial.sequence), y })
    });
    let left: Vec<Point> = left.collect();
    let trend = Line::fit(&left).ok()?;
    let last = left.iter().map(|point| point.x).fold(0.0, f64::max);
    let first = left.iter().map(|point| point.x).fold(last, f64::min);
    let bytes = trend.slope.value * (last - first);
    let sure = trend.slope.low > 0.0 || trend.slope.high < 0.0;
    let rise = fitted.lines.full().slope.value.abs() * f64::from(fitted.streams_max);
    (sure && bytes.abs() > DRIFT_SHARE * rise).then_some(Doubt::BaseDrifts { bytes })
}

fn sampler_late(trials: &[&Trial]) -> Option<Doubt> {
    let p99_ms = trials.iter().map(|trial| trial.sampler.late_p99_ms).fold(0.0, f64::max);
    (p99_ms > LATE_MS).then_some(Doubt::SamplerLate { p99_ms })
}

/// Events that are late come together, and are read at once: that matters when they fill a good part of a read buffer.
fn simulator_late(run: &Run, trials: &[&Trial]) -> Option<Doubt> {
    if run.scenario.slow_reader {
        return None;
    }
    let stream = run.longest_stream();
    let event_bytes = stream.wire_bytes as f64 / stream.deltas.max(1) as f64;
    let burst = |facts: &SimulatorFacts| facts.late_p99_ms / facts.interval_ms.max(1e-3) * event_bytes;
    let late = trials.iter().map(|trial| trial.simulator);
    let worst = late.max_by(|a, b| burst(a).total_cmp(&burst(b)))?;
    let matters = burst(&worst) > BURST_BYTES || worst.late_p99_ms > LATE_MS;
    matters.then_some(Doubt::SimulatorLate { p99_ms: worst.late_p99_ms, interval_ms: worst.interval_ms })
}

/// Where falling behind is what is measured, it is no doubt.
fn subject_behind(run: &Run, trials: &[&Trial]) -> Option<Doubt> {
    if run.scenario.slow_reader {
        return None;
    }
    let on_full = trials.iter().filter_map(|trial| trial.plateau(Phase::Full));
    let unread_bytes = on_full.filter_map(|plateau| plateau.unread_bytes).max()?;
    (unread_bytes > 0).then_some(Doubt::SubjectBehind { unread_bytes })
}

fn not_collected(run: &Run, trials: &[&Trial]) -> Option<Doubt> {
    let has = |trial: &Trial, phase| trial.plateau(phase).is_some();
    let silent = trials.iter().filter(|trial| has(trial, Phase::Full) && !has(trial, Phase::Collected)).count() as u32;
    (run.scenario.collect && silent > 0).then_some(Doubt::NotCollected { trials: silent })
}

fn swap_in_use(trials: &[&Trial]) -> Option<Doubt> {
    let swapped = |plateau: &Plateau| Some(plateau.smaps?.swap_bytes);
    let bytes = trials.iter().flat_map(|trial| plateaus(trial)).filter_map(swapped).max()?;
    (bytes > 0).then_some(Doubt::SwapInUse { bytes })
}

/// Where somebody said how sharp the answer is to be, or how long it may take, anything less is told.
fn wide(run: &Run, fitted: &Fitted) -> Option<Doubt> {
    let lever = Lever::of(fitted, None);
    let (relative, wanted) = (lever.slope.relative_half_width(), run.scenario.precision());
    let trials = || Some(2 * lever.pairs_until(wanted, lever.low, lever.high)?);
    let is_asked = run.scenario.precision.is_some() || run.scenario.within.is_some();
    match relative {
        wide if wide > WIDE => Some(Doubt::WideInterval { relative, trials: trials() }),
        more if more > wanted && is_asked => Some(Doubt::NotAsPrecise { relative, wanted, trials: trials() }),
        _ => None,
    }
}

fn readings_disagree(trials: &[&Trial], page_bytes: u64) -> Option<Doubt> {
    let enough = |plateau: &Plateau| {
        let apart = plateau.readings_apart_bytes()?;
        let share = plateau.resident_bytes() as f64 * READINGS_SHARE;
        (apart > READINGS_PAGES * page_bytes && apart as f64 > share).then_some(apart)
    };
    let bytes = trials.iter().flat_map(|trial| plateaus(trial)).filter_map(enough).max()?;
    Some(Doubt::ReadingsDisagree { bytes })
}

fn file_pages_matter(fitted: &Fitted) -> Option<Doubt> {
    let (total, anonymous) = (fitted.lines.full().slope, *fitted.lines.per_stream(Quantity::Anonymous)?);
    let apart = total.low > anonymous.high || total.high < anonymous.low;
    apart.then_some(Doubt::FilePagesMatter { bytes_per_stream: (total.value - anonymous.value).abs() })
}

/// Surely above (the intervals do not meet), and by enough to matter.
fn peaks_above(fitted: &Fitted) -> Option<Doubt> {
    let (full, peak) = (fitted.lines.full().slope, *fitted.lines.per_stream(Quantity::Peak)?);
    let apart = peak.low > full.high && peak.value > full.value * (1.0 + PEAK_SHARE);
    apart.then_some(Doubt::PeaksAbove { peak_bytes_per_stream: peak.value, full_bytes_per_stream: full.value })
}

/// The same of the whole trial, where its end and nothing before is what is more; of all at once, if that was measured and is.
fn peaks_at_end(fitted: &Fitted) -> Option<Doubt> {
    let full = fitted.lines.full().slope;
    let before = fitted.lines.per_stream(Quantity::Peak).map_or(full.high, |peak| peak.high.max(full.high));
    let of = |(ending, quantity): (Ending, Quantity)| {
        let end = *fitted.lines.per_stream(quantity)?;
        let apart = end.low > before && end.value > full.value * (1.0 + PEAK_SHARE);
        let (peak_bytes_per_stream, full_bytes_per_stream) = (end.value, full.value);
        apart.then_some(Doubt::PeaksAtEnd { peak_bytes_per_stream, full_bytes_per_stream, ending })
    };
    [(Ending::Together, Quantity::AtEnd), (Ending::Apart, Quantity::AtEndApart)].into_iter().find_map(of)
}

/// What streams take more at one moment than at another, where there are most of them: surely, by enough to matter, and beyond what its slope
/// says where that is told.
fn more_with_most(fitted: &Fitted, page: f64, at: Quantity, than: Quantity, slope_is_told: bool) -> Option<f64> {
    let most = f64::from(fitted.streams_max);
    let full = fitted.lines.full();
    // A difference of two readings, each of whole pages.
    let beyond = points(&fitted.trials, |trial| Some(trial.get(at)? - trial.get(than)?));
    let more = Line::fit_in_steps(&beyond, 2.0 * page).ok()?.confidence_band(if slope_is_told { 0.0 } else { most });
    let matters = (PEAK_SHARE * full.slope.value.abs() * most).max(MOMENT_SHARE * full.at(most)).max(STEP_BYTES);
    (more.low > matters).then_some(more.value)
}

/// Whatever their slopes: a program may take as much for a moment however many streams there are.
fn more_at_peak(fitted: &Fitted, page: f64) -> Option<Doubt> {
    let slope_is_told = peaks_above(fitted).is_some();
    let more_bytes = more_with_most(fitted, page, Quantity::Peak, Quantity::Full, slope_is_told)?;
    let is_told = moment_above(fitted).is_some();
    (!is_told).then_some(Doubt::MoreAtPeak { more_bytes, streams: fitted.streams_max })
}

/// The same of the end, where it is more than ever before, in the way of ending that takes more.
fn more_at_end(fitted: &Fitted, page: f64) -> Option<Doubt> {
    let before = if fitted.lines.get(Quantity::Peak).is_some() { Quantity::Peak } else { Quantity::Full };
    // What they take all at once has in it what they take one after the other.
    let slope_is_told = peaks_at_end(fitted).is_some();
    let at_once = more_with_most(fitted, page, Quantity::AtEnd, before, slope_is_told);
    let apart = more_with_most(fitted, page, Quantity::AtEndApart, before, slope_is_told);
    let each = [(at_once, Ending::Together), (apart, Ending::Apart)];
    let known = each.into_iter().filter_map(|(more, ending)| Some((more?, ending)));
    let (more_bytes, ending) = known.reduce(|most, other| if other.0 > most.0 { other } else { most })?;
    let is_told = moment_above(fitted).is_some();
    (!is_told).then_some(Doubt::MoreAtEnd { more_bytes, streams: fitted.streams_max, ending })
}

/// A moment that no slope shows: as much, however many streams there are.
fn moment_above(fitted: &Fitted) -> Option<Doubt> {
    let streams = f64::from(fitted.streams_max);
    let full_bytes = fitted.lines.full().upper_prediction(streams, CONFIDENCE);
    let seen_bytes = fitted.bound().seen_until(streams);
    let is_told = peaks_above(fitted).is_some() || peaks_at_end(fitted).is_some();
    let is_more = seen_bytes > full_bytes * (1.0 + PEAK_SHARE) && fitted.leading() == Quantity::Full;
    (is_more && !is_told).then_some(Doubt::MomentAbove { seen_bytes, full_bytes })
}

fn nothing_resident(trials: &[&Trial]) -> Option<Doubt> {
    let is_nothing = |plateau: &Plateau| plateau.streams > 0 && plateau.resident_bytes() == 0;
    let trials = trials.iter().filter(|trial| plateaus(trial).any(is_nothing)).count() as u32;
    (trials > 0).then_some(Doubt::NothingResident { trials })
}

fn held_by_strangers(trials: &[&Trial]) -> Option<Doubt> {
    let connections = trials.iter().flat_map(|trial| plateaus(trial)).map(|plateau| plateau.connections_of_strangers);
    let connections = connections.max().filter(|connections| *connections > 0)?;
    Some(Doubt::HeldByStrangers { connections })
}

/// Nobody's streams end where nobody reads them.
fn ended_early(run: &Run, trials: &[&Trial]) -> Option<Doubt> {
    let ended = |trial: &&&Trial| trial.phase(Phase::Released).is_some() && trial.plateau(Phase::Released).is_none();
    let trials = trials.iter().filter(ended).count() as u32;
    (trials > 0 && !run.interrupted).then_some(Doubt::EndedEarly { trials })
}

fn no_further_wave(run: &Run, trials: &[&Trial]) -> Option<Doubt> {
    let further = run.scenario.waves.saturating_sub(1) as usize;
    let of = trials.len() as u32;
    let trials = trials.iter().filter(|trial| trial.further_waves.len() < further).count() as u32;
    (trials > 0).then_some(Doubt::NoFurtherWave { trials, of })
}

/// Only a number that the report states can be too far: how many streams fit under the safe share of the limit.
fn extrapolating(fitted: &Fitted) -> Option<Doubt> {
    let to = fitted.fits?.streams?;
    let far = match to {
        Largest::Whole(streams) => streams as f64 > FAR * f64::from(fitted.streams_max),
        Largest::Unbounded => true,
    };
    far.then_some(Doubt::Extrapolating { to, measured: fitted.streams_max })
}

/// One doubt for each reading that trials are without.
fn missing(trials: &[&Trial]) -> impl Iterator<Item = Doubt> {
    Reading::ALL.into_iter().filter_map(|reading| {
        let trials = trials.iter().filter(|trial| reading.is_missing(trial)).count() as u32;
        (trials > 0).then_some(Doubt::ReadingMissing { reading, trials })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::SeriesAnalysis;
    use crate::cost::made_up::{ending, ending_so, peaking};

    /// Which doubts there are about moments, by their names.
    fn moments(series: &SeriesAnalysis) -> Vec<&'static str> {
        let name = |doubt: &Doubt| match doubt {
            Doubt::PeaksAbove { .. } => Some("a stream at its peak"),
            Doubt::PeaksAtEnd { .. } => Some("a stream at the end"),
            Doubt::MoreAtPeak { .. } => Some("all at their peak"),
            Doubt::MoreAtEnd { .. } => Some("all at the end"),
            Doubt::MomentAbove { .. } => Some("a moment"),
            _ => None,
        };
        series.doubts.iter().filter_map(name).collect()
    }

    /// The plateau with 24 streams is 10 MiB, of which the streams have 5.
    #[test]
    fn as_much_whatever_the_number_of_streams_is_told() {
        assert_eq!(moments(&ending(|_| 800.0)), ["all at the end"]);
        assert_eq!(moments(&peaking(|_| 800.0)), ["all at their peak"]);
        let apart = ending_so(Ending::Apart, |_| 800.0);
        assert_eq!(moments(&apart), ["all at the end"]);
        let said: String = apart.doubts.iter().map(Doubt::matter).collect();
        assert!(said.contains("When 24 streams end one after the other, they take 0.78 MiB more"), "{said}");
        let series = ending(|_| 800.0);
        let more = series.doubts.iter().find_map(|doubt| match doubt {
            Doubt::MoreAtEnd { more_bytes, streams: 24, ending: Ending::Together } => Some(*more_bytes),
            _ => None,
        });
        assert!((more.unwrap() / (800.0 * 1024.0) - 1.0).abs() < 0.02, "{more:?}");
        // A tenth of the whole process and more is told as what it is in all.
        assert_eq!(moments(&ending(|_| 22_528.0)), ["a moment"]);
    }

    #[test]
    fn what_a_slope_tells_is_not_told_again_and_what_it_does_not_is() {
        assert_eq!(moments(&ending(|streams| 60.0 * streams)), ["a stream at the end"]);
        assert_eq!(moments(&ending(|streams| 800.0 + 60.0 * streams)), ["a stream at the end", "all at the end"]);
        assert_eq!(moments(&peaking(|streams| 60.0 * streams)), ["a stream at its peak"]);
        let apart = ending_so(Ending::Apart, |streams| 60.0 * streams);
        assert_eq!(moments(&apart), ["a stream at the end"]);
        assert!(
            apart.doubts.iter().any(|doubt| doubt.matter().starts_with("When streams end one after the other, one"))
        );
    }

    #[test]
    fn what_is_of_no_consequence_is_not_told() {
        for kib in [0.0, 60.0, 90.0] {
            assert_eq!(moments(&ending(|_| kib)), [""; 0], "{kib}");
            assert_eq!(moments(&peaking(|_| kib)), [""; 0], "{kib}");
        }
    }
}
