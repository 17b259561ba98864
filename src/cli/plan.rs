//! `probe plan`: a capacity plan from traffic and measured memory.

mod flags;

use self::flags::{Flags, Lines, WhatIfFlags};
use super::playing::Watch;
use super::whole::whole;
use super::{Exit, note, put, put_json};
use crate::plan::cost_line;
use crate::plan::file::{self, Mistakes, TEMPLATE};
use crate::plan::simulate::Balancing;
use crate::plan::{Inputs, MOST_ARRIVALS, MemoryLine, Plan, Play, ToldLimits, Verdict, play};
use crate::report::plan as report;
use crate::store::{RunFolder, read_text};
use crate::units::grouped;
use clap::{Args, Subcommand, ValueEnum};
use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Exit code when something does not fit or is doubted, under `--strict`.
const NOT_WELL: u8 = 1;

/// Headings under which `--help` lists the options.
const SIMULATION: &str = "The simulation";
const ANSWER: &str = "The answer";

/// Options of `probe plan`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, allow_negative_numbers = true)]
pub struct PlanOptions {
    /// What else to do with plans.
    #[command(subcommand)]
    verb: Option<PlanVerb>,
    /// The plan, such as plan.toml; without one, the options below describe a single workload, and with one some of them ask what if
    #[arg(value_name = "PLAN")]
    file: Option<PathBuf>,
    /// What a stream costs: a measured run's folder, such as output/latest, or its cost.json
    #[arg(long, value_name = "DIR|FILE")]
    cost: Option<PathBuf>,
    /// Write the plan as a page with charts, and as JSON, into this folder
    #[arg(long, value_name = "DIR", help_heading = ANSWER)]
    out: Option<PathBuf>,
    /// Play the plan through with about so many requests, more near full load; 0 leaves it out
    #[arg(help_heading = SIMULATION, long, default_value_t = 200_000, value_name = "REQUESTS", value_parser = requests)]
    simulate: u64,
    /// Simulate bursts: the rate in a burst as a multiple of the mean, such as 3
    #[arg(long, value_name = "FACTOR", value_parser = burst, help_heading = SIMULATION)]
    bursts: Option<f64>,
    /// How simulated replicas share the requests
    #[arg(long, value_enum, default_value_t = Balance::LeastBusy, help_heading = SIMULATION)]
    balance: Balance,
    /// Seed of the simulation
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = whole(0..=u64::MAX), help_heading = SIMULATION)]
    seed: u64,
    /// Print the plan as JSON instead of the table
    #[arg(long, help_heading = ANSWER)]
    json: bool,
    /// Print the plan as configuration: a Kubernetes Deployment, or Prometheus alert rules
    #[arg(long, value_enum, conflicts_with = "json", help_heading = ANSWER)]
    emit: Option<Emit>,
    /// Exit with 1 when something does not fit or is doubted
    #[arg(long, help_heading = ANSWER)]
    strict: bool,
    /// One workload, as options.
    #[command(flatten)]
    flags: Flags,
    /// The rest of it, or what is asked instead of what the plan says.
    #[command(flatten)]
    what_if: WhatIfFlags,
}

/// How replicas share requests.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Balance {
    /// Any of them
    Random,
    /// One after the other
    RoundRobin,
    /// The one with the fewest requests
    LeastBusy,
}

fn burst(text: &str) -> Result<f64, String> {
    let factor = text.parse().ok().filter(|factor: &f64| factor.is_finite() && *factor > 1.0);
    factor.ok_or_else(|| "write a number above 1, such as 3".to_owned())
}

fn requests(text: &str) -> Result<u64, String> {
    let most = grouped(MOST_ARRIVALS);
    match text.parse() {
        Ok(requests) if requests <= MOST_ARRIVALS => Ok(requests),
        Ok(_) => Err(format!("at most {most} requests are played, which takes about a minute")),
        Err(_) => Err(format!("write a whole number from 0 to {most}, such as 1000000")),
    }
}

/// As what a plan is printed for other programs.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Emit {
    /// Requests, limits, replicas, and the gate's numbers
    Kubernetes,
    /// Alerts on memory, refused requests, retries and the queue
    Prometheus,
}

/// What else there is to do.
#[derive(Subcommand, Debug)]
enum PlanVerb {
    /// Print a commented plan to fill in
    Init,
    /// Print the JSON Schema of a plan's JSON
    Schema,
}

/// Plans.
pub fn run(options: &PlanOptions) -> Exit {
    match &options.verb {
        Some(PlanVerb::Init) => {
            put(TEMPLATE)?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(PlanVerb::Schema) => {
            put_json(report::JSON_SCHEMA)?;
            return Ok(ExitCode::SUCCESS);
        }
        None => {}
    }
    let (measured, limits) = options.cost.as_deref().map(read_cost).transpose()?.unzip();
    let inputs = match read_inputs(options, measured.as_deref())? {
        Ok(mut inputs) => {
            inputs.account.told = limits.flatten();
            inputs
        }
        Err(lines) => {
            note(&lines);
            return Ok(ExitCode::from(super::BAD_INPUT));
        }
    };
    let plan = simulated(options, Plan::of(inputs, jiff::Zoned::now().date()));
    if let Some(emit) = options.emit {
        put(&match emit {
            Emit::Kubernetes => report::kubernetes(&plan),
            Emit::Prometheus => report::prometheus(&plan),
        })?;
    } else if options.json {
        put_json(&report::json(&plan)?)?;
    } else {
        put(&report::text_within(&plan, super::columns()))?;
    }
    if let Some(folder) = &options.out {
        save(&plan, folder)?;
    }
    let well = plan.verdict() == Verdict::Fits && plan.doubts.is_empty();
    Ok(if options.strict && !well { ExitCode::from(NOT_WELL) } else { ExitCode::SUCCESS })
}

/// The plan, played through unless that was not wanted. What cannot be simulated can still be planned, and then that is a doubt.
fn simulated(options: &PlanOptions, plan: Plan) -> Plan {
    if options.simulate == 0 {
        return plan;
    }
    let balancing = match options.balance {
        Balance::Random => Balancing::Random,
        Balance::RoundRobin => Balancing::RoundRobin,
        Balance::LeastBusy => Balancing::LeastBusy,
    };
    let how = Play { arrivals: options.simulate, seed: options.seed, bursts: options.bursts, balancing };
    let mut watch = Watch::new();
    match play(&plan, how, &mut |requests, share| watch.hear(requests, share)) {
        Ok(simulated) => plan.with_simulation(simulated),
        Err(why) => plan.not_played(&why),
    }
}

/// Writes the page, the pictures and the JSON.
fn save(plan: &Plan, folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("cannot make {}: {error}; choose another folder with --out", folder.display()))?;
    let folder = RunFolder::existing(folder);
    folder.write_all(&report::render(plan)?)?;
    note(&format!("\nplan.md, plan.json and the charts are in {}", folder.path().display()));
    Ok(())
}

/// What was measured, and the limits that were told meanwhile, from a run's folder or a `cost.json`.
fn read_cost(path: &Path) -> Result<(Vec<MemoryLine>, Option<ToldLimits>), Box<dyn std::error::Error>> {
    let path = if path.is_dir() { path.join("cost.json") } else { path.to_owned() };
    let text = read_text(&path).map_err(|error| {
        format!(
            "cannot read {}: {error}; measure with probe --streams 24, and give its folder to --cost",
            path.display()
        )
    })?;
    let read = cost_line::read(&text).and_then(|lines| Ok((lines, cost_line::read_limits(&text)?)));
    Ok(read.map_err(|error| format!("{} {error}", path.display()))?)
}

/// The inputs, or a line for each of the first mistakes.
fn read_inputs(
    options: &PlanOptions,
    measured: Option<&[MemoryLine]>,
) -> Result<Result<Inputs, String>, Box<dyn std::error::Error>> {
    let Some(path) = &options.file else {
        let Lines { text, flags } = options.as_plan();
        if options.all().iter().all(|(_, _, _, value)| value.is_none()) {
            return Err("nothing to plan: name a plan file (probe plan init > plan.toml makes one), or give --arrival and --duration".into());
        }
        return Ok(file::read(&text, measured).map_err(|mistakes| first_few(of_flags(&mistakes, &flags))));
    };
    let text = read_text(path).map_err(|error| {
        let place = path.display();
        // Where there is something, it is not to be written over.
        let cure = match error.kind() {
            ErrorKind::NotFound => format!("make one with: probe plan init > {place}"),
            _ => "name a plan file, such as probe plan init > plan.toml makes".to_owned(),
        };
        format!("cannot read {place}: {error}; {cure}")
    })?;
    let Lines { text: over, flags } = options.as_what_if();
    let both = |mistakes: file::BothMistakes| {
        let of_file = of_file(&mistakes.file, path);
        first_few(of_file.into_iter().chain(of_flags(&mistakes.over, &flags)).collect())
    };
    Ok(file::read_over(&text, &over, measured).map_err(both))
}

/// Mistakes that are told; what is no plan at all has one in every line.
const TOLD: usize = 5;

/// The first of them, each once: what is asked of all workloads is wrong in every one of them.
fn first_few(mut lines: Vec<String>) -> String {
    let mut seen = HashSet::new();
    lines.retain(|line| seen.insert(line.clone()));
    let more = lines.len().saturating_sub(TOLD);
    lines.truncate(TOLD);
    if more > 0 {
        lines.push(format!("probe: and {} more", grouped(more as u64)));
    }
    lines.join("\n")
}

fn of_file(Mistakes(mistakes): &Mistakes, path: &Path) -> Vec<String> {
    let line = |mistake: &file::Mistake| {
        let about = if mistake.about.is_empty() { String::new() } else { format!("{}: ", mistake.about) };
        format!("probe: {}:{}: {about}{}", path.display(), mistake.line, mistake.text)
    };
    mistakes.iter().map(line).collect()
}

fn of_flags(Mistakes(mistakes): &Mistakes, flags: &[&str]) -> Vec<String> {
    let line = |mistake: &file::Mistake| match flags.get(mistake.line - 1) {
        Some(flag) if !flag.is_empty() => format!("probe: {flag}: {}", mistake.text),
        _ => format!("probe: {}", mistake.text),
    };
    mistakes.iter().map(line).collect()
}
