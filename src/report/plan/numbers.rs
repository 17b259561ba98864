//! The four numbers of every workload, each with how it came about.

use super::gate;
use super::words::{band, percent, rate, seconds, short, size};
use crate::plan::{Band, Gate, Headroom, Inputs, Plan, Resource, Tokens, Workload, WorkloadSize};
use crate::report::page::{Block, Section, Table};
use crate::units::significant;

/// One section a workload.
pub fn sections(plan: &Plan) -> Vec<Option<Section>> {
    let all = plan.inputs.workloads.iter().zip(&plan.sizing.workloads);
    all.map(|(workload, size)| section(&plan.inputs, workload, size)).collect()
}

fn section(inputs: &Inputs, workload: &Workload, numbers: &WorkloadSize) -> Option<Section> {
    let effective = rate(numbers.effective_rate.likely);
    let mut table = Table::new(["", workload.name.as_str(), "how it came about"]).with_remarks();
    let mut row = |level: usize, what: &str, value: String, how: String| {
        table.push_at(level, [what.to_owned(), value, how]);
    };
    row(0, "effective arrivals", band(numbers.effective_rate, rate), arrivals(workload));
    row(0, "streams at once", band(numbers.concurrency, short), streams(workload, numbers));
    if let (Some(hung), Some(timeout)) = (numbers.all_hung, workload.timeout) {
        let memory = hung.memory.map(|memory| format!(", {} of memory", size(memory.high))).unwrap_or_default();
        let how = format!("{effective} x {} until the timeout{memory}", seconds(timeout));
        row(1, "if every stream hangs", band(hung.concurrency, short), how);
    }
    row(0, "requests a minute", band(numbers.rpm, short), format!("60 x {effective}"));
    let rpm = short(numbers.rpm.likely);
    if let Some((itpm, tokens)) = numbers.itpm.zip(workload.input) {
        let cached = if workload.cached > 0.0 {
            format!(" x {} that are not read from the cache", percent(1.0 - workload.cached))
        } else {
            String::new()
        };
        row(0, "input tokens a minute", band(itpm, short), format!("{rpm} x {}{cached}", counted(tokens)));
    }
    if let Some((otpm, tokens)) = numbers.otpm.zip(workload.output) {
        row(0, "output tokens a minute", band(otpm, short), format!("{rpm} x {}", counted(tokens)));
    }
    let limited = |resource: Resource| numbers.limits.iter().any(|limit| limit.resource == resource);
    if let Some(tpm) = numbers.tpm().filter(|_| limited(Resource::Tpm)) {
        row(0, "tokens a minute", band(tpm, short), "input and output tokens together".to_owned());
    }
    if let Some(tpd) = numbers.tpd.filter(|_| limited(Resource::Tpd)) {
        let hours = short(workload.hours_a_day.unwrap_or(24.0));
        row(0, "tokens a day", band(tpd, short), format!("60 x {hours} h of them, without headroom"));
    }
    if let Some((depth, wait)) = numbers.queue_depth.zip(workload.wait) {
        row(0, "queue depth", band(depth, short), format!("{effective} x {} of tolerable wait", seconds(wait)));
    }
    let replicas = inputs.process.replicas;
    if let Some(how) = gate::how(numbers, replicas) {
        row(0, "gate of one replica", gate::numbers(Gate::of(numbers, replicas)), how);
    }
    if let Some(memory) = numbers.memory {
        row(0, "memory", memory_in_words(memory), memory_how(inputs, workload, numbers.concurrency));
    }
    Section::of(workload.name.clone(), vec![Block::Table(table)])
}

fn arrivals(workload: &Workload) -> String {
    let headroom = match workload.headroom {
        Headroom::Given(factor) => format!("{} headroom (given)", short(factor)),
        Headroom::Rule { ratio, factor } => {
            let between = if ratio > 5.0 && ratio < 10.0 { ", linear between 1.5 at 5 and 2 at 10" } else { "" };
            format!("{} headroom (timeout over duration is {}{between})", short(factor), short(ratio))
        }
        Headroom::Assumed(factor) => format!("{} headroom (assumed: no timeout is given)", short(factor)),
    };
    format!("{} x (1 + {} retried) x {headroom}", rate(workload.arrival.likely), percent(workload.retry.likely))
}

fn streams(workload: &Workload, numbers: &WorkloadSize) -> String {
    let (arrivals, held) = (numbers.effective_rate.likely, numbers.slot_time.likely);
    let hung = match workload.timeout {
        Some(timeout) if workload.hung.likely > 0.0 => {
            let (hung, mean) = (percent(workload.hung.likely), seconds(workload.duration.likely));
            format!(" ({mean}, and {} for the {hung} that hang)", seconds(timeout))
        }
        _ => String::new(),
    };
    let product = arrivals * held;
    let rounded = if (product - numbers.concurrency.likely).abs() > 1e-6 {
        format!(" = {}, rounded up", significant(product, 4))
    } else {
        String::new()
    };
    format!("{} x {}{hung}{rounded}", rate(arrivals), seconds(held))
}

fn counted(tokens: Tokens) -> String {
    let estimated = if tokens.estimated { " (estimated)" } else { "" };
    format!("{} tokens{estimated}", short(tokens.count.likely))
}

/// `17.3 MiB, at most 17.9 MiB`.
pub fn memory_in_words(memory: Band) -> String {
    if memory.is_exact() {
        return size(memory.likely);
    }
    format!("{}, at most {}", size(memory.likely), size(memory.high))
}

fn memory_how(inputs: &Inputs, workload: &Workload, concurrency: Band) -> String {
    let Some(line) = &workload.memory else { return String::new() };
    let at = line.at_text(workload.text_bytes);
    let per_stream = match workload.memory_of_prompt().likely {
        0.0 => size(at.per_stream),
        prompt => format!("({} + {} of prompt)", size(at.per_stream), size(prompt)),
    };
    let replicas = inputs.process.replicas;
    let each = if replicas > 1 { format!(" in each of {replicas}") } else { String::new() };
    let streams = (concurrency.likely / f64::from(replicas)).ceil();
    format!("{} + {} x {}{each} ({})", size(at.base), short(streams), per_stream, line.name())
}
