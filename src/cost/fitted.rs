//! The lines of one series, before anything is said against them.

use super::bound::{Bound, Seen};
use super::container::ContainerSource;
use super::fits::Fits;
use super::harder::Harder;
use super::leak::Leak;
use super::lines::Lines;
use super::over_time::OverTime;
use super::prompt_axis::{PromptAxis, Prompts};
use super::quantity::Quantity;
use super::text_axis::TextAxis;
use super::trial::{TrialPoint, points};
use crate::fit::{Estimate, FitError, LackOfFit, Line, Point, TheilSen, median};
use crate::heap::{self, SiteCost};
use crate::run::{Failure, Heap, HeapRecord, Look, Phase, Run};
use crate::scenario::{Client, Mode, Pace, Series};
use crate::units::counted;

/// What the trials of one series say. Lines are of the longest streams with the longest prompts.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// Its place in the scenario.
    pub index: u32,
    /// How it is called beside the others.
    pub label: String,
    /// The program.
    pub client: Client,
    /// What it does with text.
    pub mode: Mode,
    /// The characters of the streams that its lines are of, where streams of several lengths were measured.
    pub at_chars: Option<u64>,
    /// The lines of shorter ones, and of those with shorter prompts.
    pub shorter: Vec<LengthLine>,
    /// Its trials as numbers.
    pub trials: Vec<TrialPoint>,
    /// A line for every quantity.
    pub lines: Lines,
    /// The most that was seen, by streams.
    pub seen: Vec<Seen>,
    /// The answer by Theil and Sen, which one bad trial does not move.
    pub robust: Option<TheilSen>,
    /// Whether the answer is a line at all.
    pub lack_of_fit: Option<LackOfFit>,
    /// The most that the kernel lets lie unread in one socket, bytes.
    pub receive_buffer_bytes: Option<u64>,
    /// Where the charge of a container comes from.
    pub container_source: ContainerSource,
    /// Growth from *open* to *full*, trial by trial, against streams.
    pub growth: Option<Line>,
    /// What streams add with time, whatever text comes.
    pub over_time: Option<OverTime>,
    /// What ended streams leave behind, wave after wave, where there were several.
    pub leak: Option<Leak>,
    /// Bytes kept for every byte of text.
    pub kept_per_text_byte: Option<Estimate>,
    /// Base, open stream and kept text apart, where streams of several lengths were measured.
    pub text_axis: Option<TextAxis>,
    /// What came of the prompts that were asked for.
    pub prompts: Option<Prompts>,
    /// The body of a request that opened one of the streams that its lines are of, bytes.
    pub request_bytes: Option<f64>,
    /// Stream and kept prompt apart, where prompts of several lengths were measured and came.
    pub prompt_axis: Option<PromptAxis>,
    /// Processor time.
    pub processor: Option<Processor>,
    /// Against the container's limit, if the scenario has one.
    pub fits: Option<Fits>,
    /// Streams that one request of a user opened before text came, on average, where users asked and all were served.
    pub streams_per_request: Option<f64>,
    /// The largest number of streams that was measured.
    pub streams_max: u32,
    /// The number of streams that somebody asked for.
    pub streams_asked: u32,
    /// The number of streams that the answer is for: the most that were held in trials of no more than were asked for.
    pub streams_told: u32,
    /// The smallest number of streams that was killed at the limit while the line was measured.
    pub killed_from: Option<u32>,
    /// From which number of streams on an event takes it more processor time, if from any.
    pub works_harder: Option<Harder>,
    /// What the heap profiles say, largest cost per stream first.
    pub sites: Vec<SiteCost>,
}

/// What is shorter of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Its text, which has so many characters.
    Text(u64),
    /// Its prompt; 0 is the program's own.
    Prompt(u32),
}

/// Streams of one length: what one more of them costs.
#[derive(Clone, Debug, PartialEq)]
pub struct LengthLine {
    /// How long they are.
    pub length: Length,
    /// Streams and resident bytes of every trial on the *full* plateau.
    pub points: Vec<Point>,
    /// The line through them.
    pub line: Line,
}

/// Processor time, user and system, while text comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Processor {
    /// Seconds for a thousand deltas more: the slope of seconds against deltas.
    pub seconds_per_1000_events: Estimate,
    /// The share of one processor that a stream takes at the pace at which a model writes, 0 to 1.
    pub share_per_stream_at_real_pace: f64,
}

impl Fitted {
    /// Draws the lines of the series `index`.
    ///
    /// # Errors
    /// When there is none through its *full* plateaus: why, and the numbers of streams held, for people.
    pub(super) fn of(run: &Run, index: u32) -> Result<Fitted, (FitError, String)> {
        let Series { client, mode } = run.scenario.series[index as usize].clone();
        let container_source = ContainerSource::of(run, index);
        let of_series = run.trials.iter().filter(|trial| trial.series == index);
        let all: Vec<TrialPoint> = of_series.map(|trial| TrialPoint::of(run, trial, container_source)).collect();
        let trials = of_kind(&all, (run.scenario.longest(), run.scenario.longest_prompt()));
        let page = run.environment.page_bytes as f64;
        let line = |quantity: Quantity| {
            Line::fit_in_steps(&points(&trials, |trial| trial.get(quantity)), quantity.steps().bytes(page))
        };
        let full_points = points(&trials, |trial| trial.get(Quantity::Full));
        let full = line(Quantity::Full).map_err(|reason| (reason, held(run, index, &full_points)))?;
        let others = Quantity::ALL.iter().filter(|quantity| **quantity != Quantity::Full);
        let looks: Vec<&Look> = run.looks.iter().filter(|look| look.series == index).collect();
        let by_look = |quantity: Quantity| {
            let seen = |look: &&Look| Some(Point { x: f64::from(look.streams), y: quantity.seen_in(look)? });
            let seen: Vec<Point> = looks.iter().filter_map(seen).collect();
            Line::fit_in_steps(&seen, quantity.steps().bytes(page))
        };
        let others =
            others.filter_map(|quantity| Some((*quantity, line(*quantity).or_else(|_| by_look(*quantity)).ok()?)));
        let lines = Lines::new(full, others);
        // A difference of two readings, each of whole pages.
        let grown = points(&trials, |trial| Some(trial.get(Quantity::Full)? - trial.get(Quantity::Open)?));
        let growth = Line::fit_in_steps(&grown, 2.0 * page).ok();
        let over_time = OverTime::fit(&trials, page);
        let growing = over_time.filter(|growing| growing.matters(lines.full().slope.value));
        let text_axis = TextAxis::fit(run, &all, growing);
        let prompts = Prompts::of(run, &all);
        let of_text = growth.map(|line| without_time(line.slope, growing, &trials));
        let seen = Seen::of(&all);
        Ok(Fitted {
            index,
            label: run.scenario.label(index as usize),
            client,
            mode,
            at_chars: (run.streams.len() > 1).then(|| run.longest_stream().chars),
            shorter: shorter(run, &all, prompts, page),
            robust: TheilSen::fit(&full_points).ok(),
            lack_of_fit: LackOfFit::test(&full_points, &full),
            receive_buffer_bytes: receive_buffer_bytes(run, index),
            container_source,
            kept_per_text_byte: kept_alive(run, &looks).or(kept_per_text_byte(run, text_axis.as_ref(), of_text)),
            growth,
            over_time,
            leak: Leak::fit(&trials, page),
            text_axis,
            prompts,
            request_bytes: median(&mut trials.iter().filter_map(|trial| trial.request_bytes).collect::<Vec<f64>>()),
            prompt_axis: PromptAxis::fit(run, &all).filter(|_| prompts.is_some_and(|prompts| prompts.are_there)),
            processor: processor(run, &trials),
            fits: run.scenario.limit.map(|limit| Fits::of(Bound::of(&lines, &seen), limit.as_f64())),
            streams_per_request: streams_per_request(run, index),
            streams_max: full_points.iter().map(|point| point.x as u32).max().unwrap_or(0),
            streams_asked: run.scenario.asked(),
            streams_told: streams_told(run, index),
            killed_from: run.killed_from(index),
            works_harder: Harder::of(&trials),
            sites: sites(run, index),
            lines,
            seen,
            trials,
        })
    }

    /// What streams add with time, where they surely do and it matters.
    pub fn growing(&self) -> Option<Estimate> {
        let growing = self.over_time.filter(|growing| growing.matters(self.lines.full().slope.value))?;
        Some(growing.per_stream_second)
    }

    /// What a process needs at most.
    pub fn bound(&self) -> Bound<'_> {
        Bound::of(&self.lines, &self.seen)
    }

    /// Which quantity answers what one more stream costs: resident memory, or what its container is charged where that was read and lies
    /// clearly above. An estimate has allowances in it, and leads nowhere.
    pub fn leading(&self) -> Quantity {
        let is_read = self.container_source != ContainerSource::Estimated;
        if is_read && self.lines.charge_leads(f64::from(self.streams_told)) {
            Quantity::Container
        } else {
            Quantity::Full
        }
    }

    /// "N streams need at most": the one-sided 95 % bound for one process with `streams` open, and never less than was seen.
    pub fn needs_at_most(&self, streams: f64) -> f64 {
        self.bound().at(streams)
    }
}

/// Growth from *open* to *full*, less what time added where streams grow by themselves.
fn without_time(growth: Estimate, growing: Option<OverTime>, trials: &[TrialPoint]) -> Estimate {
    let mut seconds: Vec<f64> = trials.iter().filter_map(|trial| trial.seconds_to_full).collect();
    match (growing, median(&mut seconds)) {
        (Some(growing), Some(seconds)) => growing.taken_from(growth, seconds),
        (None, _) | (_, None) => growth,
    }
}

/// From the axis where it is there, else growth over the bytes of text.
fn kept_per_text_byte(run: &Run, axis: Option<&TextAxis>, growth: Option<Estimate>) -> Option<Estimate> {
    let text_bytes = run.longest_stream().text_bytes as f64;
    let of_growth = growth.filter(|_| text_bytes > 0.0).map(|growth| growth.divided_by(text_bytes));
    axis.map(|axis| axis.kept).or(of_growth)
}

/// What a runtime keeps alive for its text: resident memory has garbage and room in it that nobody keeps.
fn kept_alive(run: &Run, looks: &[&Look]) -> Option<Estimate> {
    let text_bytes = Some(run.longest_stream().text_bytes as f64).filter(|bytes| *bytes > 0.0)?;
    let alive = |heap: Heap| heap.alive_bytes as f64;
    let grown = |look: &&Look| Point { x: f64::from(look.streams), y: alive(look.full) - alive(look.open) };
    let grown: Vec<Point> = looks.iter().map(grown).collect();
    Some(Line::fit(&grown).ok()?.slope.divided_by(text_bytes))
}

/// The trials of one stream and prompt.
fn of_kind(all: &[TrialPoint], kind: (u32, u32)) -> Vec<TrialPoint> {
    all.iter().filter(|trial| (trial.stream, trial.prompt) == kind).cloned().collect()
}

/// The lines of streams that are not the longest, or have not the longest prompt, by ascending length; one that cannot be drawn is left out.
fn shorter(run: &Run, all: &[TrialPoint], prompts: Option<Prompts>, page: f64) -> Vec<LengthLine> {
    let (longest, longest_prompt) = (run.scenario.longest(), run.scenario.longest_prompt());
    let of_kind = |kind: (u32, u32)| {
        let length = match kind {
            (stream, prompt) if prompt == longest_prompt => Length::Text(run.stream(stream).chars),
            (_, prompt) => Length::Prompt(run.scenario.prompt(prompt)),
        };
        let points = points(&of_kind(all, kind), |trial| trial.get(Quantity::Full));
        let line = Line::fit_in_steps(&points, page).ok()?;
        Some(LengthLine { length, points, line })
    };
    let are_told_apart = prompts.is_some_and(|prompts| prompts.are_there);
    let kinds = run.scenario.streams_and_prompts().into_iter().filter(|kind| *kind != (longest, longest_prompt));
    kinds.filter(|(_, prompt)| are_told_apart || *prompt == longest_prompt).filter_map(of_kind).collect()
}

/// More is opened than was asked for where that tells better what one costs; what many cost is told of those that were asked for.
fn streams_told(run: &Run, series: u32) -> u32 {
    let trials = run.trials.iter().filter(|trial| trial.series == series && trial.asked <= run.scenario.asked());
    trials.filter_map(|trial| Some(trial.plateau(Phase::Full)?.streams)).max().unwrap_or(0)
}

fn streams_per_request(run: &Run, series: u32) -> Option<f64> {
    run.scenario.drive.as_ref()?;
    let of_series = run.trials.iter().filter(|trial| trial.series == series);
    let counted = of_series.map(|trial| (u64::from(trial.asked), u64::from(trial.simulator.opened_before_text)));
    let served = counted.filter(|(asked, opened)| opened >= asked);
    let (asked, opened) = served.fold((0, 0), |(asked, opened), one| (asked + one.0, opened + one.1));
    (asked > 0).then(|| opened as f64 / asked as f64)
}

fn receive_buffer_bytes(run: &Run, series: u32) -> Option<u64> {
    let trials = run.trials.iter().filter(|trial| trial.series == series);
    trials.filter_map(|trial| trial.plateau(Phase::Full)?.receive_buffer_bytes).max()
}

/// What trials held, and what that may mean where they held less than was asked for.
fn held(run: &Run, series: u32, points: &[Point]) -> String {
    let mut numbers: Vec<u64> = points.iter().map(|point| point.x as u64).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let most = numbers.last().copied().unwrap_or(0);
    let asked = || run.trials.iter().filter(|trial| trial.series == series).map(|trial| u64::from(trial.asked));
    let reads_no_number = run.scenario.drive.is_none() && asked().min().is_some_and(|fewest| most > fewest);
    let failures: Vec<&Failure> = run.failures.iter().filter(|failure| failure.series == series).collect();
    match (numbers.len(), asked().max()) {
        // Who was ended had no pool.
        (0 | 1, _) if !failures.is_empty() => {
            format!("{} failed, the first: {}", counted(failures.len() as u64, "trial"), failures[0])
        }
        (0, _) => "no trial got as far as having all its text".to_owned(),
        (1, Some(_)) if reads_no_number => {
            format!("the subject held {most} streams whatever number it was asked for: does it read PROBE_STREAMS?")
        }
        (1, Some(asked)) if asked > most => format!(
            "the subject never held more than {most} of the {asked} streams that it was asked for (a pool, a gate, or a loop that opens \
             the next stream when one has ended?){}",
            if run.scenario.drive.is_some() { "" } else { ", or does it not read PROBE_STREAMS?" }
        ),
        _ => {
            let words: Vec<String> = numbers.iter().map(u64::to_string).collect();
            format!("the trials held {} streams", words.join(", "))
        }
    }
}

fn processor(run: &Run, trials: &[TrialPoint]) -> Option<Processor> {
    let spent: Vec<Point> = trials.iter().filter_map(|trial| trial.work).map(|(x, y)| Point { x, y }).collect();
    let slope = Line::fit(&spent).ok()?.slope;
    let stream = run.longest_stream();
    let real_seconds = Pace::Real.text_within(stream.chars as u32).as_secs_f64();
    Some(Processor {
        seconds_per_1000_events: slope.divided_by(1e-3),
        share_per_stream_at_real_pace: slope.value * stream.deltas as f64 / real_seconds,
    })
}

/// The cost of each site from the profiles at the smallest and the largest number of streams.
fn sites(run: &Run, series: u32) -> Vec<SiteCost> {
    let mut records: Vec<&HeapRecord> = run.heap.iter().filter(|record| record.series == series).collect();
    records.sort_by_key(|record| record.streams);
    let (Some(few), Some(many)) = (records.first(), records.last()) else {
        return Vec::new();
    };
    heap::marginal((few.streams.into(), &few.sites), (many.streams.into(), &many.sites)).unwrap_or_default()
}
