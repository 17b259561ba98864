//! The answer in plain sentences.

use super::estimate::{Digits, at_most};
use super::proof::{charge_against_rss, verdict};
use crate::cost::{
    Analysis, Doubt, Fits, Harder, Prompts, Quantity, SAFE_SHARE, SeriesAnalysis, Stays, Verdict, met_by,
};
use crate::fit::Largest;
use crate::run::{Run, Runtime};
use crate::scenario::Client;
use crate::units::{Bytes, Unit, counted, grouped, significant};

/// The sentence of one series.
pub fn headline(series: &SeriesAnalysis) -> String {
    let beside = [of_its_prompt(series), at_other_times(series), of_a_request(series)];
    cost(series) + &beside.into_iter().flatten().collect::<String>()
}

/// What it keeps of its prompt, and what is left without one.
fn of_its_prompt(series: &SeriesAnalysis) -> Option<String> {
    let axis = series.fitted.prompt_axis.as_ref()?;
    Some(format!(
        " For every byte of its prompt it keeps {} bytes; without one it costs {}.",
        Digits::of_number(&axis.kept, 3),
        Digits::of_size(&axis.promptless)
    ))
}

/// Requests that open more than one stream are not told from each other by what a stream costs.
const MORE_THAN_ONE: f64 = 1.05;

/// What one more request costs, where each opens several streams.
fn of_a_request(series: &SeriesAnalysis) -> Option<String> {
    let streams = series.fitted.streams_per_request.filter(|streams| *streams > MORE_THAN_ONE)?;
    let stream = series.line(series.fitted.leading())?.slope;
    let opened = if streams.fract() == 0.0 { format!("{streams:.0}") } else { significant(streams, 2) };
    Some(format!(
        " Each request opened {opened} streams; one more request costs {}.",
        Digits::of_size(&stream.divided_by(streams.recip()))
    ))
}

/// What a stream costs when all of them end at once, where that is surely more.
fn at_other_times(series: &SeriesAnalysis) -> Option<String> {
    series.doubts.iter().find_map(|doubt| match doubt {
        Doubt::PeaksAtEnd { .. } => {
            let of = |quantity| Some(Digits::of_size(series.fitted.lines.per_stream(quantity)?));
            Some(match (of(Quantity::AtEnd), of(Quantity::AtEndApart)) {
                (Some(at_once), Some(apart)) => format!(
                    " When all of them end at once, one costs {at_once} at the highest moment; when one ends after the other, {apart}."
                ),
                (Some(at_once), None) => {
                    format!(" When all of them end at once, one costs {at_once} at the highest moment.")
                }
                (None, apart) => format!(" When one ends after the other, one costs {} at the highest moment.", apart?),
            })
        }
        _ => None,
    })
}

fn cost(series: &SeriesAnalysis) -> String {
    let most = at_most(series);
    let base = Unit::Mebibyte.with_unit(series.full().intercept.value, 2);
    let held = series.fitted.client.held();
    let what = what(series, held.one());
    let streams = format!("{} {}", grouped(u64::from(series.fitted.streams_told)), held.many());
    let of = series.fitted.at_chars.map(|chars| format!(" of {} characters", grouped(chars))).unwrap_or_default();
    let prompts = series.fitted.prompts.filter(|prompts| prompts.are_there);
    let with = prompts.map(|Prompts { asked_chars, .. }| {
        format!(" with a prompt of {}", counted(u64::from(asked_chars), "character"))
    });
    let of = of + &with.unwrap_or_default();
    if let Some(charge) = series.line(Quantity::Container).filter(|_| series.fitted.leading() == Quantity::Container) {
        return format!(
            "One more {what}{of} costs {}{} by what its container is charged, of which resident memory has {}, on a base of {}. {streams} \
             need at most {most}.",
            Digits::of_size(&charge.slope),
            if series.is_curved_in(Quantity::Container) { " on average, which is no line," } else { "" },
            Digits::of_size(&series.full().slope).value(),
            Unit::Mebibyte.with_unit(charge.intercept.value, 2),
        );
    }
    if let Some(alive) = series.line(Quantity::Alive) {
        return format!(
            "One more {what}{of} keeps {} alive. The program takes {base} whatever their number, and resident memory rises by {}, with what its \
             runtime holds beyond that. {streams} need at most {most}.",
            Digits::of_size(&alive.slope),
            rise(series),
        );
    }
    match &series.pieces {
        None => format!(
            "One more {what}{of} costs {}{} on a base of {base}. {streams} need at most {most}.",
            Digits::of_size(&series.full().slope),
            if series.is_curved() { " on average, which is no line," } else { "" },
        ),
        Some(pieces) => format!(
            "One more {what}{of} costs {} up to {} {} and {} from there to {}: no line. {streams} need at most {most}.",
            Digits::of_size(&pieces.lower),
            grouped(pieces.bend as u64),
            held.many(),
            Digits::of_size(&pieces.upper),
            grouped(u64::from(series.fitted.streams_max)),
        ),
    }
}

/// What one more costs, in two pieces where it is no line.
fn rise(series: &SeriesAnalysis) -> String {
    match &series.pieces {
        None if series.is_curved() => {
            format!("{} for each on average, which is no line", Digits::of_size(&series.full().slope))
        }
        None => format!("{} for each", Digits::of_size(&series.full().slope)),
        Some(pieces) => format!(
            "{} for each up to {} {} and {} from there to {}",
            Digits::of_size(&pieces.lower),
            grouped(pieces.bend as u64),
            series.fitted.client.held().many(),
            Digits::of_size(&pieces.upper),
            grouped(u64::from(series.fitted.streams_max)),
        ),
    }
}

/// "retained stream", and whose, where it is not the built-in client's.
fn what(series: &SeriesAnalysis, streams: &str) -> String {
    let kept = series.fitted.mode.adjective();
    match &series.fitted.client {
        // An agent keeps its own conversation in any case: what is retained or dropped is what its program reads of it.
        Client::Stack(stack) if stack.holds_agents() => {
            let kept = if series.fitted.mode.retains() { " whose messages are kept" } else { "" };
            format!("{streams} of {}{kept}", stack.name())
        }
        Client::Reqwest | Client::Ballast { .. } => format!("{kept} {streams}"),
        Client::Stack(stack) => format!("{kept} {} {streams}", stack.name()),
        Client::Command(command) => format!("{kept} {streams} of {}", command.name()),
    }
}

/// The sentences of a run: one a series, one about the limit where there is one, and what is worth knowing beside.
pub fn headlines(run: &Run, analysis: &Analysis) -> Vec<String> {
    let mut sentences: Vec<String> = interruption(run).into_iter().collect();
    for series in &analysis.series {
        // Of many, the table says it, and what is worth knowing beside would be lost among its like.
        if !super::is_compared(analysis) {
            sentences.push(headline(series));
        }
        match (run.scenario.limit, series.fitted.fits, &analysis.proof) {
            // What lived and what was killed says more than what fits by RSS.
            (_, _, Some(proof)) => {
                sentences.extend(verdict(proof));
                sentences.extend(charge_against_rss(series));
            }
            (Some(limit), _, None) if run.scenario.confined && run.scenario.for_a_proof => {
                sentences.push(format!("No proof yet: no number of streams was run into the limit of {limit}."));
            }
            (Some(limit), Some(fits), None) => {
                sentences.push(fitting(series, limit, &fits));
                sentences.extend(under_the_limit(run, series));
            }
            (_, _, None) => {}
        }
        sentences.extend(kept_though_dropped(run, series));
        sentences.extend(behind(run, series));
        sentences.extend(waves(run, series));
        sentences.extend(read_on(run, series));
    }
    sentences
}

/// What was cut short is not read as the whole answer.
fn interruption(run: &Run) -> Option<String> {
    let trials = counted(run.trials.len() as u64, "trial");
    run.interrupted.then(|| format!("Interrupted: {trials}, and the rest of the run is missing."))
}

/// Text that a program which drops its text surely keeps, from this many bytes a byte.
const KEPT: f64 = 0.1;
/// A rise of fewer pages than these, over all streams, is what tables and allocators do, and nobody's text.
const KEPT_PAGES: f64 = 16.0;

/// No program needs so many bytes for a byte of text: what is kept beyond that is something else.
const MOST_KEPT: f64 = 64.0;

/// Somebody keeps the text who is not meant to.
fn kept_though_dropped(run: &Run, series: &SeriesAnalysis) -> Option<String> {
    let streamed = run.longest_stream().text_bytes as f64 * f64::from(series.fitted.streams_max);
    let least = KEPT_PAGES * run.environment.page_bytes as f64;
    let kept = series
        .fitted
        .kept_per_text_byte
        .filter(|kept| !series.fitted.mode.retains() && kept.low > 0.0 && kept.value > KEPT)
        .filter(|kept| kept.value * streamed >= least)?;
    if kept.value > MOST_KEPT {
        let streams_text = run.longest_stream().text_bytes as f64;
        return Some(format!(
            "While the text of {} comes, {} takes {} more, {} times as much as the text itself: whatever that is, it is not the text.",
            series.fitted.client.held().said("a stream"),
            series.fitted.client.name(),
            Bytes((kept.value * streams_text) as u64),
            grouped(kept.value as u64),
        ));
    }
    // A runtime with a garbage collector holds what nobody keeps until it sees fit.
    let is_certain = series.fitted.client.is_built_in() || series.line(Quantity::Alive).is_some();
    let or_garbage = match (is_certain, series.line(Quantity::Collected)) {
        (true, _) => String::new(),
        (false, None) => ", or has not collected them yet: --collect tells which".to_owned(),
        (false, Some(line)) => {
            format!("; after a forced collection one more stream costs {}", Digits::of_size(&line.slope))
        }
    };
    Some(format!(
        "Although its text is dropped, {} keeps {} bytes for every byte streamed (95 %: {} to {}){or_garbage}.",
        series.fitted.client.name(),
        significant(kept.value, 2),
        significant(kept.low, 2),
        significant(kept.high, 2),
    ))
}

/// Whether what ended streams leave behind is a leak.
fn waves(run: &Run, series: &SeriesAnalysis) -> Option<String> {
    let leak = series.fitted.leak?;
    let waves = leak.waves;
    let each = Digits::of_size(&leak.per_stream);
    let hung_up = if run.scenario.hang_up { " whose users hung up" } else { "" };
    // A runtime with a garbage collector holds what nobody keeps until it sees fit.
    let is_certain = series.fitted.client.is_built_in() || series.line(Quantity::Collected).is_some();
    let or_garbage = match (leak.stays, is_certain) {
        (Stays::Charged, _) => ", in what the container is charged and not in resident memory",
        (_, true) => "",
        (_, false) => ", or garbage that is not collected yet: --collect tells which",
    };
    let memory = match leak.stays {
        Stays::Resident => "resident memory is level",
        Stays::ResidentAndCharged | Stays::Charged => "memory is level",
    };
    Some(match leak.verdict(series.full().slope.value) {
        Verdict::Leaks => {
            format!("After each wave of streams{hung_up} {each} of each stream stay: a leak{or_garbage}.")
        }
        Verdict::LeaksOnce => format!(
            "After each wave of streams{hung_up} {} stay, however many streams it has: a leak{or_garbage}.",
            Digits::of_size(&leak.per_wave)
        ),
        Verdict::Level => format!(
            "After {waves} waves {memory}: what an ended stream leaves behind is the allocator's, and serves the next."
        ),
        Verdict::Unknown => {
            format!("Over {waves} waves {each} a stream and wave stay: more --waves tell whether that is a leak.")
        }
    })
}

/// Whether a server goes on with what nobody listens to any more.
fn read_on(run: &Run, series: &SeriesAnalysis) -> Option<String> {
    let trials = run.trials.iter().filter(|trial| trial.series == series.fitted.index);
    let waves = trials.flat_map(|trial| trial.further_waves.iter().map(|wave| (wave.read_on, trial.asked)));
    let hung_up = waves.filter_map(|(read_on, asked)| Some((u64::from(read_on?), u64::from(asked))));
    let (read_on, of) = hung_up.fold((0, 0), |sum, (read_on, asked)| (sum.0 + read_on, sum.1 + asked));
    let rest = match read_on {
        0 => "let go of all of them at the API".to_owned(),
        read_on => {
            format!(
                "read {} of them on to their ends at the API: tokens that are paid for and nobody sees",
                grouped(read_on)
            )
        }
    };
    (of > 0).then(|| format!("Of {} streams whose users hung up in the middle it {rest}.", grouped(of)))
}

/// What piles up where when the text is not read.
fn behind(run: &Run, series: &SeriesAnalysis) -> Option<String> {
    let (growth, sockets) = (series.fitted.growth?, series.line(Quantity::Sockets)?);
    run.scenario.slow_reader.then(|| {
        let ceiling =
            series.fitted.receive_buffer_bytes.map(|bytes| format!("; the kernel stops a socket at {}", Bytes(bytes)));
        let users = series.line(Quantity::UserSockets);
        let users = users.map(|line| format!(", and {} in those to its users", Digits::of_size(&line.slope)));
        format!(
            "{}, one more stream piles up {} in the process and {} in the kernel{}{}{}.",
            if run.scenario.drive.is_some() { "With users who stop reading" } else { "Falling behind" },
            Digits::of_size(&growth.slope),
            Digits::of_size(&sockets.slope),
            if users.is_some() { "'s sockets to the API" } else { "" },
            users.unwrap_or_default(),
            ceiling.unwrap_or_default(),
        )
    })
}

/// How it went under the limit itself, where it ran under it.
fn under_the_limit(run: &Run, series: &SeriesAnalysis) -> Option<String> {
    if !run.scenario.confined {
        return None;
    }
    let held = series.fitted.client.held().many();
    let many = |streams: u32| format!("{} {held}", grouped(u64::from(streams)));
    let fate = match series.fitted.killed_from {
        Some(streams) => format!("Under that limit the kernel killed it with {}.", many(streams)),
        None => format!("Under that limit it lived with {}.", many(series.fitted.streams_max)),
    };
    let harder = series.fitted.works_harder.map(|Harder { from, times }| {
        let times = significant(times, 2);
        format!(
            " From {} on an event takes {times} times as much processor time as with fewer: it collects harder.",
            many(from)
        )
    });
    let is_go = run.looks.iter().any(|look| look.series == series.fitted.index && look.runtime == Runtime::Go);
    let of_go = is_go.then(|| " Go sizes its heap by GOMEMLIMIT and not by the limit of its container.".to_owned());
    Some([Some(fate), harder, of_go].into_iter().flatten().collect())
}

fn fitting(series: &SeriesAnalysis, limit: Bytes, fits: &Fits) -> String {
    let share = SAFE_SHARE * 100.0;
    let by = if fits.by == Quantity::Full { String::new() } else { format!(", by {}", met_by(fits.by)) };
    let measured = match fits.by {
        Quantity::Container | Quantity::ContainerPeak => "the charge goes",
        _ => "resident memory goes",
    };
    match fits.streams {
        None | Some(Largest::Whole(0)) => {
            format!("No {} fits below {share:.0} % of {limit}{by}.", what(series, series.fitted.client.held().one()))
        }
        Some(Largest::Unbounded) => {
            format!(
                "Any number of {} fits into {limit}, as far as {measured}.",
                what(series, series.fitted.client.held().many())
            )
        }
        Some(Largest::Whole(streams)) => {
            format!(
                "{} {} fit below {share:.0} % of {limit}{by}.",
                grouped(streams),
                what(series, series.fitted.client.held().many())
            )
        }
    }
}
