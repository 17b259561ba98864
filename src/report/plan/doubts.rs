//! What speaks against a plan, in sentences: what is the matter, and the cure in keys of a plan's file and options of the command line.

use crate::plan::{FAR, PlanDoubt};
use crate::units::{Unit, counted, grouped, significant};

/// A doubt, in its sentences.
pub fn doubt_text(doubt: &PlanDoubt) -> String {
    match cure(doubt) {
        None => matter(doubt),
        Some(cure) => format!("{} {cure}", matter(doubt)),
    }
}

fn size(bytes: f64) -> String {
    Unit::for_size(bytes).with_unit(bytes, 3)
}

/// What is the matter.
fn matter(doubt: &PlanDoubt) -> String {
    match doubt {
        PlanDoubt::Stale { table, date, days } => format!("The {table} are as of {date}, {days} days ago."),
        PlanDoubt::Inferred { pool, tier } => {
            format!("No source states the limits of tier {tier} for {pool}; they are taken from its sibling.")
        }
        PlanDoubt::Contradicted { pool, tier, others } => format!(
            "By {} the limits of {pool} in tier {tier} would have another verdict (the numbers stand under Sources).",
            others.join(", ")
        ),
        PlanDoubt::DayAssumed { workload } => format!(
            "Tokens a day of {workload} are counted over 24 hours at this rate: nothing says how many hours it has."
        ),
        PlanDoubt::NoLimits { workload } => format!("Nothing says what the API allows {workload}."),
        PlanDoubt::NoMemory { workload } => {
            format!("Memory of {workload} is left out: nothing says what a stream costs.")
        }
        PlanDoubt::NoMemoryLimit => "Nothing says how much memory there is.".to_owned(),
        PlanDoubt::NoPrice { model } => format!("No price is known for {model}."),
        PlanDoubt::NoCachePrice { model } => {
            format!("No source says what a token from the cache costs on {model}; it is planned at the full price.")
        }
        PlanDoubt::Retires { model, date, days } => {
            format!("{model} retires on {date}, in {}.", counted(days.unsigned_abs(), "day"))
        }
        PlanDoubt::Retired { model, date } => format!("{model} retired on {date}: nothing answers any more."),
        PlanDoubt::PaceUnknown { workload, model: Some(model), others } => format!(
            "No source says how fast {} write{} beside {model}: streams of {workload} are planned there as long as they are.",
            others.join(", "),
            if others.len() == 1 { "s" } else { "" }
        ),
        PlanDoubt::PaceUnknown { workload, model: None, others } => format!(
            "Nothing says for which model the duration of {workload} is, so it is planned for {} as well.",
            others.join(", ")
        ),
        PlanDoubt::TimeoutBelowPace { workload, model, seconds } => {
            format!("On {model} a stream of {workload} lasts {seconds:.0} s on average, longer than its timeout.")
        }
        PlanDoubt::TokensEstimated { workload } => format!(
            "The tokens of {workload} are estimated at 4 characters each; models from 4.7 on count some 30 % more."
        ),
        PlanDoubt::P95BelowMean { workload, tail_seconds } => format!(
            "The p95 of {workload} lies below its mean: one stream of twenty would have to last {tail_seconds:.0} s or more on average."
        ),
        PlanDoubt::TimeoutBelowP95 { workload } => {
            format!("The timeout of {workload} lies below its p95: it gives up good streams, which then come again.")
        }
        PlanDoubt::Extrapolating { streams, measured } => format!(
            "{} streams in a process are more than {FAR:.0} times the {} that were measured.",
            grouped(*streams as u64),
            grouped(*measured as u64)
        ),
        PlanDoubt::TextScaled { workload, bytes, measured } => format!(
            "Streams of {workload} have {} of text and {} were measured; the cost was scaled.",
            size(*bytes),
            size(*measured)
        ),
        PlanDoubt::ReadingAbove { reading, bytes } => format!(
            "The {reading} of the same measurement lies {} above the memory that is likely. The high end, by which a limit is judged, has it in.",
            size(*bytes)
        ),
        PlanDoubt::MeasurementDoubted { line, doubts } => {
            format!("The measurement of {line} has {} of its own.", counted(*doubts as u64, "doubt"))
        }
        PlanDoubt::PromptsNotCounted { workload, bytes, bytes_in_process } => format!(
            "A prompt of {workload} has about {}, which a client may hold several times over for as long as its stream is open, and nothing says how often: kept once, the prompts in one process are {} more.",
            size(*bytes),
            size(*bytes_in_process)
        ),
        PlanDoubt::SeveralClients => {
            "Streams of different clients are planned into one process, with the largest base.".to_owned()
        }
        PlanDoubt::HungDoesNotFit { bytes } => {
            format!("If every stream hangs until its timeout, one process needs {}, more than its limit.", size(*bytes))
        }
        PlanDoubt::NotPlayed { reason, .. } => format!("The plan was not played through. {reason}."),
        PlanDoubt::NoSteadyState { load } => format!(
            "Its streams need {} % of the slots: there is no steady state, the queue grows for as long as that lasts, and the waits shown are those of the run's length.",
            significant(load * 100.0, 3)
        ),
        PlanDoubt::WaitsUnsettled { load, requests, needed } => unsettled(*load, *requests, *needed),
        PlanDoubt::WaitsTooLong { workload, seconds, tolerated_seconds, assumed } => format!(
            "One request of {workload} in twenty waits {} s or longer; {} s are {}.",
            significant(*seconds, 3),
            significant(*tolerated_seconds, 3),
            if *assumed { "assumed to be the most, since no wait is given" } else { "the most that they may" }
        ),
        PlanDoubt::Refused { workload, share, tolerated_seconds } => format!(
            "{} % of the requests of {workload} are refused: {}.",
            significant(share * 100.0, 2),
            without_slot(*tolerated_seconds)
        ),
    }
}

fn without_slot(tolerated_seconds: f64) -> String {
    match tolerated_seconds {
        0.0 => "no slot is free, and they may not wait".to_owned(),
        seconds => format!("no slot becomes free within the {} s that they may wait", significant(seconds, 3)),
    }
}

fn unsettled(load: f64, requests: u64, needed: Option<u64>) -> String {
    let needed = needed.filter(|needed| *needed > requests).map_or_else(String::new, |needed| {
        format!(" ({} requests would tell, {} were played)", grouped(needed), grouped(requests))
    });
    let load = significant(load * 100.0, 3);
    format!("At a load of {load} % of the slots the run is too short to say how long waits are{needed}.")
}

/// What to do; `None` where what is the matter says it.
fn cure(doubt: &PlanDoubt) -> Option<String> {
    let fixed = match doubt {
        PlanDoubt::NoPrice { model } | PlanDoubt::NoCachePrice { model } => {
            return Some(format!("Write it under [prices.\"{model}\"]."));
        }
        PlanDoubt::Extrapolating { streams, .. } => {
            return Some(format!("Measure nearer to it: probe --streams {}.", (streams / 2.0).ceil()));
        }
        PlanDoubt::TextScaled { bytes, .. } => return Some(format!("Measure with --chars {bytes:.0}.")),
        PlanDoubt::ReadingAbove { .. } | PlanDoubt::NotPlayed { .. } => return None,
        PlanDoubt::Stale { .. } => "Compare them with what your account shows, and write yours into the plan.",
        PlanDoubt::Inferred { .. } | PlanDoubt::Contradicted { .. } => "Write what your account shows under [limits].",
        PlanDoubt::DayAssumed { .. } => "Give hours_a_day.",
        PlanDoubt::NoLimits { .. } => "Give the account's tier and a model, or your own limits (--rpm, [limits]).",
        PlanDoubt::NoMemory { .. } => "Run probe --streams 24, then plan with --cost output/latest.",
        PlanDoubt::NoMemoryLimit => "Give the container's limit (--limit 512MiB, memory_limit).",
        PlanDoubt::Retires { .. } | PlanDoubt::Retired { .. } => "Plan with another model.",
        PlanDoubt::PaceUnknown { model: Some(_), .. } => "Give the pace of both under [pace].",
        PlanDoubt::PaceUnknown { model: None, .. } => "Give its model.",
        PlanDoubt::TimeoutBelowPace { .. } => "Raise it, or route to a faster model.",
        PlanDoubt::TokensEstimated { .. } => "Count them and give input_tokens and output_tokens.",
        PlanDoubt::P95BelowMean { .. } => "Check both numbers.",
        PlanDoubt::TimeoutBelowP95 { .. } => "Raise it.",
        PlanDoubt::MeasurementDoubted { .. } => "Read its report.",
        PlanDoubt::PromptsNotCounted { .. } => {
            "Measure it with --prompt-chars 0,360000, or write per_prompt_byte under [memory]: 1 for each copy that is kept."
        }
        PlanDoubt::SeveralClients => "Plan each process by itself if they are several.",
        PlanDoubt::HungDoesNotFit { .. } => "Bound the streams with a gate, or shorten the timeout.",
        PlanDoubt::NoSteadyState { .. } => {
            "Plan more slots (headroom, replicas, max_streams), or the longest wait (--wait), after which requests are refused."
        }
        PlanDoubt::WaitsUnsettled { .. } => {
            "Take the ends of their intervals, play more requests (--simulate), or plan more headroom."
        }
        PlanDoubt::WaitsTooLong { .. } => "Plan more headroom, or give the wait that is well (--wait).",
        PlanDoubt::Refused { .. } => "Plan more headroom, or a longer wait (--wait).",
    };
    Some(fixed.to_owned())
}
