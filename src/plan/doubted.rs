//! Which doubts a plan has.

use super::band::Band;
use super::contradiction::Contradiction;
use super::doubt::{FAR, PlanDoubt, RETIRES_DAYS, STALE_DAYS};
use super::inputs::Inputs;
use super::memory_line::{Measured, MemoryLine};
use super::moves::Move;
use super::sizing::Sizing;
use super::verdict::Resource;
use super::workload::Workload;
use crate::cost::Quantity;
use jiff::civil::Date;
use toml::value::Datetime;

/// Another reading that gives this much more than the line is told.
const READING_SHARE: f64 = 0.05;

/// All doubts about a plan as of `today`.
pub fn doubts(
    inputs: &Inputs,
    sizing: &Sizing,
    contradictions: &[Contradiction],
    moves: &[Move],
    today: Date,
) -> Vec<PlanDoubt> {
    let mut doubts = about_tables(inputs, today);
    doubts.extend(about_sources(contradictions));
    doubts.extend(about_lifetimes(inputs, moves, today));
    doubts.extend(about_moves(inputs, moves));
    for (workload, size) in inputs.workloads.iter().zip(&sizing.workloads) {
        doubts.extend(about_workload(inputs, workload));
        if size.pool.is_none() {
            doubts.push(PlanDoubt::NoLimits { workload: workload.name.clone() });
        }
        if workload.hours_a_day.is_none() && size.limits.iter().any(|limit| limit.resource == Resource::Tpd) {
            doubts.push(PlanDoubt::DayAssumed { workload: workload.name.clone() });
        }
    }
    doubts.extend(about_memory(inputs, sizing));
    doubts.extend(about_prompts(inputs, sizing));
    once_each(doubts)
}

/// What two workloads have in common is told once.
fn once_each(doubts: Vec<PlanDoubt>) -> Vec<PlanDoubt> {
    let mut told: Vec<PlanDoubt> = Vec::new();
    for doubt in doubts {
        if !told.contains(&doubt) {
            told.push(doubt);
        }
    }
    told
}

fn about_tables(inputs: &Inputs, today: Date) -> Vec<PlanDoubt> {
    let account = &inputs.account;
    let mut doubts = Vec::new();
    if let Some(tier) = account.tier() {
        for model in inputs.workloads.iter().map(|workload| workload.model.as_deref().unwrap_or_default()) {
            let Some(row) = tier.row(model) else { continue };
            doubts.extend(stale(&format!("limits of the {}", row.table.name), row.table.date, today));
            if row.pool.inferred.iter().any(|inferred| inferred == tier.name) {
                doubts.push(PlanDoubt::Inferred { pool: row.pool.name.clone(), tier: tier.name.to_owned() });
            }
        }
    }
    let priced = |workload: &Workload| workload.input.is_some() && workload.output.is_some();
    for model in inputs.workloads.iter().filter(|workload| priced(workload)).filter_map(|w| w.model.as_ref()) {
        if account.own_prices.contains_key(model) {
            continue;
        }
        match account.price_of(model, 0.0) {
            Some(_) => {
                doubts.extend(stale("prices", account.prices.date, today));
                let unknown = account.prices.entry(model).is_some_and(|entry| entry.cache_read.is_none());
                let cached = |workload: &Workload| workload.cached > 0.0 && workload.model.as_ref() == Some(model);
                if unknown && inputs.workloads.iter().any(cached) {
                    doubts.push(PlanDoubt::NoCachePrice { model: model.clone() });
                }
            }
            None => doubts.push(PlanDoubt::NoPrice { model: model.clone() }),
        }
    }
    doubts
}

/// The models that are planned with, those of classes included. What a change would send elsewhere is no plan yet.
fn about_lifetimes(inputs: &Inputs, moves: &[Move], today: Date) -> Vec<PlanDoubt> {
    let planned = inputs.workloads.iter().filter_map(|workload| workload.model.as_deref());
    let routed = moves.iter().filter(|other| other.by_class).map(|other| other.to.as_str());
    let doubt = |model: &str| {
        let day = civil(inputs.account.models.lifetime(model).retires?)?;
        let (model, date) = (model.to_owned(), day.to_string());
        match today.duration_until(day).as_hours() / 24 {
            ..=0 => Some(PlanDoubt::Retired { model, date }),
            days @ 1..=RETIRES_DAYS => Some(PlanDoubt::Retires { model, date, days }),
            _ => None,
        }
    };
    planned.chain(routed).filter_map(doubt).collect()
}

/// One doubt a workload for all models of which no pace is known, and one for every class that is too slow.
fn about_moves(inputs: &Inputs, moves: &[Move]) -> Vec<PlanDoubt> {
    let mut doubts = Vec::new();
    for workload in &inputs.workloads {
        let own = || moves.iter().filter(|other| other.workload == workload.name);
        let others: Vec<String> = own().filter(|other| other.lasts.is_none()).map(|other| other.to.clone()).collect();
        if !others.is_empty() {
            let (workload, model) = (workload.name.clone(), workload.model.clone());
            doubts.push(PlanDoubt::PaceUnknown { workload, model, others });
        }
        for class in own().filter(|other| other.by_class) {
            let there = inputs.paces.moved(workload, &class.to);
            if there.outlasts_timeout() {
                doubts.push(PlanDoubt::TimeoutBelowPace {
                    workload: workload.name.clone(),
                    model: class.to.clone(),
                    seconds: there.duration.likely,
                });
            }
        }
    }
    doubts
}

/// One doubt a pool.
fn about_sources(contradictions: &[Contradiction]) -> Vec<PlanDoubt> {
    let speaking = || contradictions.iter().filter(|contradiction| contradiction.changes_verdict());
    let doubt = |one: &Contradiction| PlanDoubt::Contradicted {
        pool: one.pool.to_string(),
        tier: one.tier.clone(),
        others: speaking().filter(|other| other.pool == one.pool).map(|other| other.other.clone()).collect(),
    };
    speaking().map(doubt).collect()
}

/// The day of a table.
fn civil(date: Datetime) -> Option<Date> {
    let date = date.date?;
    Date::new(i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?).ok()
}

fn stale(table: &str, date: Datetime, today: Date) -> Option<PlanDoubt> {
    let date = civil(date)?;
    let days = date.duration_until(today).as_hours() / 24;
    (days > STALE_DAYS).then(|| PlanDoubt::Stale { table: table.to_owned(), date: date.to_string(), days })
}

fn about_workload(inputs: &Inputs, workload: &Workload) -> Vec<PlanDoubt> {
    let name = || workload.name.clone();
    let mut doubts = Vec::new();
    let estimated = [workload.input, workload.output].into_iter().flatten().any(|tokens| tokens.estimated);
    if estimated {
        doubts.push(PlanDoubt::TokensEstimated { workload: name() });
    }
    if let Some(p95) = workload.p95 {
        let mean = workload.duration.likely;
        if p95 < mean {
            // With 95 % of the streams at p95 at most, the others make up the mean.
            let tail_seconds = (mean - 0.95 * p95) / 0.05;
            doubts.push(PlanDoubt::P95BelowMean { workload: name(), tail_seconds });
        }
        if workload.timeout.is_some_and(|timeout| timeout < p95) {
            doubts.push(PlanDoubt::TimeoutBelowP95 { workload: name() });
        }
    }
    match &workload.memory {
        None => doubts.push(PlanDoubt::NoMemory { workload: name() }),
        Some(_) if inputs.process.memory_limit.is_none() => doubts.push(PlanDoubt::NoMemoryLimit),
        Some(_) => {}
    }
    if let Some((measured, bytes)) =
        workload.memory.as_ref().and_then(|line| line.measured.as_ref()).zip(workload.text_bytes)
        && measured.text_axis.is_none()
        && (bytes / measured.text_bytes - 1.0).abs() > READING_SHARE
    {
        doubts.push(PlanDoubt::TextScaled { workload: name(), bytes, measured: measured.text_bytes });
    }
    doubts
}

fn about_memory(inputs: &Inputs, sizing: &Sizing) -> Vec<PlanDoubt> {
    let lines: Vec<&MemoryLine> = inputs.workloads.iter().filter_map(|workload| workload.memory.as_ref()).collect();
    let streams = (sizing.together.concurrency.high / f64::from(inputs.process.replicas)).ceil();
    let mut doubts = Vec::new();
    for line in &lines {
        let Some(measured) = &line.measured else { continue };
        if streams > FAR * measured.streams_max {
            doubts.push(PlanDoubt::Extrapolating { streams, measured: measured.streams_max });
        }
        if measured.doubts > 0 {
            doubts.push(PlanDoubt::MeasurementDoubted { line: line.name(), doubts: measured.doubts });
        }
        doubts.extend(readings_above(line, measured, streams));
    }
    if lines.iter().any(|line| line.client != lines[0].client) {
        doubts.push(PlanDoubt::SeveralClients);
    }
    let limit = inputs.process.memory_limit.map(|limit| limit.as_f64());
    if let Some((hung, _)) = sizing.together.memory_all_hung.zip(limit).filter(|(hung, limit)| hung.high > *limit) {
        doubts.push(PlanDoubt::HungDoesNotFit { bytes: hung.high });
    }
    doubts
}

/// Prompts are long where a single copy of each would be as much more as another reading has to be to be told.
fn about_prompts(inputs: &Inputs, sizing: &Sizing) -> Option<PlanDoubt> {
    let memory = sizing.together.memory?.likely;
    let all = inputs.workloads.iter().zip(&sizing.workloads).filter_map(|(workload, size)| {
        let bytes = workload.prompt_bytes()?;
        let line = workload.memory.as_ref()?;
        let streams = size.concurrency.likely / f64::from(inputs.process.replicas);
        // What was measured had prompts too, whatever is kept of them.
        let beyond = (bytes.likely - line.request_bytes()).max(0.0);
        line.of_prompt(bytes).is_none().then_some((workload, bytes.likely, beyond * streams))
    });
    let all: Vec<(&Workload, f64, f64)> = all.collect();
    let bytes_in_process: f64 = all.iter().map(|(_, _, bytes)| bytes).sum();
    let (workload, bytes, _) = all.into_iter().max_by(|a, b| a.2.total_cmp(&b.2))?;
    let doubt = PlanDoubt::PromptsNotCounted { workload: workload.name.clone(), bytes, bytes_in_process };
    (bytes_in_process > READING_SHARE * memory).then_some(doubt)
}

/// Other readings compare at the text that was measured.
const OTHER_READINGS: [(&str, Quantity); 4] = [
    ("container charge", Quantity::Container),
    ("peak", Quantity::Peak),
    ("peak when streams end", Quantity::AtEnd),
    ("peak when streams end one after the other", Quantity::AtEndApart),
];

fn readings_above(line: &MemoryLine, measured: &Measured, streams: f64) -> Vec<PlanDoubt> {
    let planned = line.bytes(Band::exact(streams), None).likely + line.of_measured_prompt() * streams;
    let above = |(reading, quantity): (&'static str, Quantity)| {
        let bytes = measured.lines.get(quantity)?.at(streams) - planned;
        (bytes > READING_SHARE * planned).then_some(PlanDoubt::ReadingAbove { reading, bytes })
    };
    OTHER_READINGS.into_iter().filter_map(above).collect()
}
