//! What speaks against a result. A closed list; the text of each says what to do.

use super::fitted::Fitted;
use super::quantity::Quantity;
use super::reading::Reading;
use crate::fit::{Largest, Line, Point};
use crate::run::{Phase, Run, SimulatorFacts, Trial};
use crate::units::{Unit, counted, grouped, significant};
use serde::Serialize;
use std::collections::BTreeSet;

/// A plateau's `statm` and `smaps_rollup` may differ by this share, or by [`READINGS_PAGES`], before it is worth a word.
const READINGS_SHARE: f64 = 0.01;
/// The two are read one after the other, and a page or two may come between.
const READINGS_PAGES: u64 = 8;
/// An interval wider than this share of the slope, to either side, is no answer.
const WIDE: f64 = 0.10;
/// With fewer different numbers of streams no curve can be told from a line.
const LEAST_RUNGS: u32 = 3;
/// A sample or an event later than this at the 99th percentile, milliseconds, at any rate.
const LATE_MS: f64 = 20.0;
/// Memory comes in pages, and tables double: where trials agree to the page, such steps are surely no line and no curve either. 16 pages.
const STEP_BYTES: f64 = 65_536.0;
/// Half of the smallest read buffer in use: hyper begins with 8 KiB and doubles it when one read fills it.
const BURST_BYTES: f64 = 4096.0;
/// An answer at more than this many times the largest measured number of streams is an extrapolation.
const FAR: f64 = 2.0;
/// A peak that costs more than this share above the plateau, per stream.
const PEAK_SHARE: f64 = 0.10;
/// Residuals that move over the run by more than this share of what all streams cost together.
const DRIFT_SHARE: f64 = 0.05;

/// One thing that speaks against a mode's answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Doubt {
    /// Some trials held fewer streams than asked for.
    NotReached {
        /// Asked for.
        asked: u32,
        /// Held.
        held: u32,
    },
    /// Memory was still moving when it was measured.
    NotSettled {
        /// Of how many trials.
        trials: u32,
    },
    /// Fewer than three different numbers of streams.
    TooFewRungs {
        /// How many.
        rungs: u32,
        /// The most streams of them.
        top: u32,
    },
    /// The points do not lie on a line.
    Curved {
        /// The largest miss as a share of the line's rise; `None` if the line is level.
        misfit: Option<f64>,
        /// Where.
        streams: f64,
    },
    /// Later trials are heavier or lighter than earlier ones.
    BaseDrifts {
        /// From the first trial to the last, bytes.
        bytes: f64,
    },
    /// The sampler was late.
    SamplerLate {
        /// 99th percentile, milliseconds.
        p99_ms: f64,
    },
    /// The simulator was late.
    SimulatorLate {
        /// 99th percentile, milliseconds.
        p99_ms: f64,
        /// Time between two events of a stream, milliseconds.
        interval_ms: f64,
    },
    /// The subject was asked to collect its garbage and did not say that it had.
    NotCollected {
        /// Trials in which it did not.
        trials: u32,
    },
    /// The subject had not read everything when it was measured.
    SubjectBehind {
        /// The most unread bytes of one trial.
        unread_bytes: u64,
    },
    /// Part of the subject was swapped out.
    SwapInUse {
        /// The most of one trial, bytes.
        bytes: u64,
    },
    /// Transparent huge pages are always on.
    HugePages,
    /// The interval of the slope is wide.
    WideInterval {
        /// Half its width as a share of the slope; `null` in a file where the slope is 0.
        #[cfg_attr(test, schemars(with = "Option<f64>"))]
        relative: f64,
    },
    /// `statm` and `smaps_rollup` disagree.
    ReadingsDisagree {
        /// The largest difference, bytes.
        bytes: u64,
    },
    /// This machine does not give one of the readings.
    ReadingMissing {
        /// Which.
        reading: Reading,
        /// Trials without it.
        trials: u32,
    },
    /// Total and anonymous memory have different slopes.
    FilePagesMatter {
        /// Difference of the slopes, bytes per stream.
        bytes_per_stream: f64,
    },
    /// Peaks cost more per stream than plateaus.
    PeaksAbove {
        /// One more stream at the peak, bytes.
        peak_bytes_per_stream: f64,
        /// One more stream on the plateau, bytes.
        full_bytes_per_stream: f64,
    },
    /// The number of streams that fit lies far beyond what was measured.
    Extrapolating {
        /// Streams that are said to fit.
        to: Largest,
        /// The most that were measured.
        measured: u32,
    },
    /// The run was stopped before its end.
    Interrupted {
        /// Trials of it that there are.
        trials: u32,
    },
    /// Trials failed.
    TrialsFailed {
        /// How many.
        trials: u32,
        /// Why the first did.
        why: String,
    },
}

/// A doubt as `cost.json` has it, for its schema: its numbers with its kind, and the sentence.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "only the shape is used")]
pub struct Written {
    /// Its numbers, with `kind`.
    #[serde(flatten)]
    doubt: Doubt,
    /// One sentence with the cure.
    text: String,
}

impl Doubt {
    /// One sentence: what is the matter, and what to do.
    pub fn text(&self) -> String {
        let size = |bytes: f64| Unit::for_size(bytes).with_unit(bytes, 2);
        match self {
            Doubt::NotReached { asked, held } => format!(
                "{asked} streams were asked for and {held} were held: the line uses what was held. Look for a pool or a gate in the subject."
            ),
            Doubt::NotSettled { trials } => format!(
                "Memory was still moving when it was measured in {trials} trials. Give it more repeats, or look for background work in the subject."
            ),
            Doubt::TooFewRungs { rungs, top } => format!(
                "Through {rungs} numbers of streams there is always a line: nothing shows whether this is one. Measure at three and more, such as \
                 --streams {}.",
                ladder_to((*top).max(LEAST_RUNGS))
            ),
            Doubt::Curved { misfit, streams } => format!(
                "The points do not lie on a line: at {streams:.0} streams it misses by {}. Do not extrapolate; measure at the number you plan for.",
                misfit.map_or_else(
                    || "more than chance allows".to_owned(),
                    |share| format!("{} % of its rise", significant(share * 100.0, 2))
                )
            ),
            Doubt::BaseDrifts { bytes } => format!(
                "Later trials were {} {} than earlier ones. Something else on this machine changes; run again when it is quiet.",
                size(bytes.abs()),
                if *bytes > 0.0 { "heavier" } else { "lighter" }
            ),
            Doubt::SamplerLate { p99_ms } => format!(
                "Samples came up to {} ms late (99th percentile). The machine is busy; run again when it is quiet, or at a slower --pace.",
                significant(*p99_ms, 2)
            ),
            Doubt::SimulatorLate { p99_ms, interval_ms } => format!(
                "The simulator sent events up to {} ms late (99th percentile) at {} ms an event, so that they came in bursts. Use a slower --pace or fewer streams.",
                significant(*p99_ms, 2),
                significant(*interval_ms, 2)
            ),
            Doubt::NotCollected { trials } => format!(
                "In {trials} trials the subject did not answer that it had collected its garbage. It has to print 'collected' when a line 'collect' comes on its standard input; see probes/README.md."
            ),
            Doubt::SubjectBehind { unread_bytes } => format!(
                "The subject had not read {} when it was measured: what it holds depends on how far it was behind. Use a slower --pace.",
                size(*unread_bytes as f64)
            ),
            Doubt::SwapInUse { bytes } => format!(
                "{} of the subject were swapped out and are missing from RSS. Turn swap off, or run where memory is not short.",
                size(*bytes as f64)
            ),
            Doubt::HugePages => "Transparent huge pages are always on: RSS grows in steps of 2 MiB. Compare with \
                 /sys/kernel/mm/transparent_hugepage/enabled set to madvise."
                .to_owned(),
            Doubt::WideInterval { relative } if relative.is_finite() => format!(
                "The interval is {} % of the slope to either side. Use more --repeats or a larger --streams.",
                significant(relative * 100.0, 2)
            ),
            Doubt::WideInterval { .. } => {
                "The slope is 0, and its interval is not. Use more --repeats or a larger --streams.".to_owned()
            }
            Doubt::ReadingsDisagree { bytes } => format!(
                "statm and smaps_rollup differ by up to {}. This kernel's counters are approximate; trust differences above that.",
                size(*bytes as f64)
            ),
            Doubt::ReadingMissing { reading, trials } => format!(
                "{} could not be read in {trials} trials: {}. {}",
                reading.name(),
                reading.without(),
                reading.cure()
            ),
            Doubt::FilePagesMatter { bytes_per_stream } => format!(
                "Total and anonymous memory differ by {} per stream: pages of files come and go with the streams. Plan with the larger.",
                size(*bytes_per_stream)
            ),
            Doubt::PeaksAbove { peak_bytes_per_stream, full_bytes_per_stream } => format!(
                "At its peak a stream costs {}, on the plateau {}: a container's limit meets peaks. Plan with the peak.",
                size(*peak_bytes_per_stream),
                size(*full_bytes_per_stream)
            ),
            Doubt::Extrapolating { to: Largest::Whole(to), measured } => format!(
                "{} streams is more than {FAR:.0} times the {} that were measured. Measure nearer to it: --streams {}.",
                grouped(*to),
                grouped(u64::from(*measured)),
                to / 2 + 1
            ),
            Doubt::Extrapolating { to: Largest::Unbounded, measured } => format!(
                "Any number of streams is far more than the {} that were measured. Measure at the number you plan for.",
                grouped(u64::from(*measured))
            ),
            Doubt::Interrupted { trials } => format!(
                "The run was interrupted: its line is through the {} until then. Let it come to its end.",
                counted(u64::from(*trials), "trial")
            ),
            Doubt::TrialsFailed { trials, why } => {
                format!("{trials} trials failed; the first: {why}")
            }
        }
    }
}

/// Three numbers of streams, the last of them `top`, as `--streams` takes them.
fn ladder_to(top: u32) -> String {
    [1, u32::midpoint(1, top), top].map(|rung| rung.to_string()).join(",")
}

/// All doubts about one series of a run.
pub fn of(run: &Run, fitted: &Fitted) -> Vec<Doubt> {
    let trials: Vec<&Trial> = run.trials.iter().filter(|trial| trial.series == fitted.index).collect();
    let all = [
        run.interrupted.then_some(Doubt::Interrupted { trials: trials.len() as u32 }),
        failed(run, fitted.index),
        not_reached(&trials),
        not_settled(&trials),
        too_few_rungs(fitted),
        curved(fitted),
        base_drifts(fitted),
        sampler_late(&trials),
        simulator_late(run, &trials),
        subject_behind(run, &trials),
        not_collected(run, &trials),
        swap_in_use(&trials),
        (run.environment.transparent_huge_pages == "always").then_some(Doubt::HugePages),
        wide(fitted),
        readings_disagree(&trials, run.environment.page_bytes),
        file_pages_matter(fitted),
        peaks_above(fitted),
        extrapolating(fitted),
    ];
    all.into_iter().flatten().chain(missing(&trials)).collect()
}

fn failed(run: &Run, series: u32) -> Option<Doubt> {
    let failures: Vec<_> = run.failures.iter().filter(|failure| failure.series == series).collect();
    let why = failures.first()?.to_string();
    Some(Doubt::TrialsFailed { trials: failures.len() as u32, why })
}

fn not_reached(trials: &[&Trial]) -> Option<Doubt> {
    // What the line's point has; streams that were lost on the way there are as missing as those that never came.
    let held = |trial: &Trial| {
        let plateau = trial.plateau(Phase::Full).or_else(|| trial.plateau(Phase::Open));
        plateau.map_or(0, |plateau| plateau.streams)
    };
    let short = trials.iter().map(|trial| (trial.asked, held(trial))).filter(|(asked, held)| held < asked);
    short.max_by_key(|(asked, _)| *asked).map(|(asked, held)| Doubt::NotReached { asked, held })
}

fn plateaus(trial: &Trial) -> impl Iterator<Item = &crate::run::Plateau> {
    trial.phases.iter().filter(|record| record.phase != Phase::Idle).filter_map(|record| record.plateau.as_ref())
}

fn not_settled(trials: &[&Trial]) -> Option<Doubt> {
    let moving = |trial: &&&Trial| plateaus(trial).any(|plateau| !plateau.settled);
    let count = trials.iter().filter(moving).count() as u32;
    (count > 0).then_some(Doubt::NotSettled { trials: count })
}

fn too_few_rungs(fitted: &Fitted) -> Option<Doubt> {
    let measured = fitted.trials.iter().filter(|trial| trial.get(Quantity::Full).is_some());
    let rungs = measured.map(|trial| trial.streams).collect::<BTreeSet<u32>>().len() as u32;
    (rungs < LEAST_RUNGS).then_some(Doubt::TooFewRungs { rungs, top: fitted.streams_max })
}

fn curved(fitted: &Fitted) -> Option<Doubt> {
    let lack = fitted.lack_of_fit.filter(|lack| lack.is_curved())?;
    let rise = fitted.lines.full().slope.value.abs() * f64::from(fitted.streams_max);
    if lack.relative_misfit.is_some_and(|misfit| misfit * rise < STEP_BYTES) {
        return None;
    }
    Some(Doubt::Curved { misfit: lack.relative_misfit, streams: lack.worst_x })
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
    let swapped = |plateau: &crate::run::Plateau| Some(plateau.smaps?.swap_bytes);
    let bytes = trials.iter().flat_map(|trial| plateaus(trial)).filter_map(swapped).max()?;
    (bytes > 0).then_some(Doubt::SwapInUse { bytes })
}

fn wide(fitted: &Fitted) -> Option<Doubt> {
    let relative = fitted.lines.full().slope.relative_half_width();
    (relative > WIDE).then_some(Doubt::WideInterval { relative })
}

fn readings_disagree(trials: &[&Trial], page_bytes: u64) -> Option<Doubt> {
    let enough = |plateau: &crate::run::Plateau| {
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
