//! `probe plan`: a capacity plan from traffic and measured memory.

use super::whole::whole;
use super::{Outcome, put};
use crate::plan::cost_line;
use crate::plan::file::{self, Mistakes, TEMPLATE};
use crate::plan::simulate::Balancing;
use crate::plan::{Inputs, MemoryLine, Plan, Play, ToldLimits, Verdict, play};
use crate::report::plan as report;
use crate::store::RunFolder;
use anstream::{eprint, eprintln};
use clap::{Args, Subcommand, ValueEnum};
use std::fmt::Write as _;
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
    /// The plan, such as plan.toml; without one, the options below describe a single workload
    #[arg(value_name = "PLAN")]
    file: Option<PathBuf>,
    /// What a stream costs: a measured run's folder, such as output/latest, or its cost.json
    #[arg(long, value_name = "DIR|FILE")]
    cost: Option<PathBuf>,
    /// One workload, as options.
    #[command(flatten)]
    flags: Flags,
    /// Write the plan as a page with charts, and as JSON, into this folder
    #[arg(long, value_name = "DIR", help_heading = ANSWER)]
    out: Option<PathBuf>,
    /// Play the plan through with about so many requests; 0 leaves it out
    #[arg(help_heading = SIMULATION, long, default_value_t = 200_000, value_name = "REQUESTS", value_parser = whole(0..=u64::MAX))]
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

/// A plan of one workload. All are texts here: the plan's reader knows what they may be.
#[derive(Args, Debug)]
#[command(next_help_heading = "A plan without a file")]
struct Flags {
    /// Requests a second at the peak, such as 2.5 or 150/min
    #[arg(long, value_name = "RATE", conflicts_with = "file")]
    arrival: Option<String>,
    /// Mean time from request to the end of the stream, such as 12 or 12s
    #[arg(long, value_name = "TIME", conflicts_with = "file")]
    duration: Option<String>,
    /// Time that 95 % of the streams stay below
    #[arg(long, value_name = "TIME", conflicts_with = "file")]
    p95: Option<String>,
    /// Share of requests that are sent once more, such as 8%
    #[arg(long, value_name = "SHARE", conflicts_with = "file")]
    retry: Option<String>,
    /// Factor for the peaks above the mean [default: from timeout and duration, else 1.5]
    #[arg(long, value_name = "FACTOR", conflicts_with = "file")]
    headroom: Option<String>,
    /// After this a stream is given up
    #[arg(long, value_name = "TIME", conflicts_with = "file")]
    timeout: Option<String>,
    /// Share of streams that hang until the timeout
    #[arg(long, value_name = "SHARE", conflicts_with = "file")]
    hung: Option<String>,
    /// How long a request may wait for its turn
    #[arg(long, value_name = "TIME", conflicts_with = "file")]
    wait: Option<String>,
    /// Input tokens a request
    #[arg(long, value_name = "TOKENS", conflicts_with = "file")]
    input_tokens: Option<String>,
    /// Output tokens a request
    #[arg(long, value_name = "TOKENS", conflicts_with = "file")]
    output_tokens: Option<String>,
    /// Characters of text in a stream
    #[arg(long, value_name = "NUMBER", conflicts_with = "file")]
    chars: Option<String>,
    /// The model, such as claude-sonnet-5
    #[arg(long, conflicts_with = "file")]
    model: Option<String>,
    /// The client whose measured cost counts
    #[arg(long, conflicts_with = "file")]
    client: Option<String>,
    /// What it does with text: retain or drop
    #[arg(long, conflicts_with = "file")]
    mode: Option<String>,
    /// The account's tier, such as build
    #[arg(long, conflicts_with = "file")]
    tier: Option<String>,
    /// Requests a minute that the API allows
    #[arg(long, value_name = "NUMBER", conflicts_with = "file")]
    rpm: Option<String>,
    /// Input tokens a minute that it allows
    #[arg(long, value_name = "NUMBER", conflicts_with = "file")]
    itpm: Option<String>,
    /// Output tokens a minute that it allows
    #[arg(long, value_name = "NUMBER", conflicts_with = "file")]
    otpm: Option<String>,
    /// The container's memory limit, such as 512MiB
    #[arg(long, value_name = "SIZE", conflicts_with = "file")]
    limit: Option<String>,
    /// How many such containers there are
    #[arg(long, value_name = "NUMBER", conflicts_with = "file")]
    replicas: Option<String>,
}

impl Flags {
    /// Every flag: its name, where it stands in a plan, its value.
    fn all(&self) -> [(&'static str, &'static str, &'static str, Option<&String>); 20] {
        [
            ("--arrival", "workload", "arrival", self.arrival.as_ref()),
            ("--duration", "workload", "duration", self.duration.as_ref()),
            ("--p95", "workload", "p95", self.p95.as_ref()),
            ("--retry", "workload", "retry", self.retry.as_ref()),
            ("--headroom", "workload", "headroom", self.headroom.as_ref()),
            ("--timeout", "workload", "timeout", self.timeout.as_ref()),
            ("--hung", "workload", "hung", self.hung.as_ref()),
            ("--wait", "workload", "wait", self.wait.as_ref()),
            ("--input-tokens", "workload", "input_tokens", self.input_tokens.as_ref()),
            ("--output-tokens", "workload", "output_tokens", self.output_tokens.as_ref()),
            ("--chars", "workload", "chars", self.chars.as_ref()),
            ("--model", "workload", "model", self.model.as_ref()),
            ("--client", "workload", "client", self.client.as_ref()),
            ("--mode", "workload", "mode", self.mode.as_ref()),
            ("--tier", "account", "tier", self.tier.as_ref()),
            ("--rpm", "limits", "rpm", self.rpm.as_ref()),
            ("--itpm", "limits", "itpm", self.itpm.as_ref()),
            ("--otpm", "limits", "otpm", self.otpm.as_ref()),
            ("--limit", "process", "memory_limit", self.limit.as_ref()),
            ("--replicas", "process", "replicas", self.replicas.as_ref()),
        ]
    }

    /// The plan that they describe, one flag a line, and which flag stands in which line.
    fn as_plan(&self) -> (String, Vec<&'static str>) {
        let mut text = String::from("[[workload]]\nname = \"workload\"\n");
        let mut flags = vec!["", ""];
        let mut section = "workload";
        for (flag, of_section, key, value) in self.all() {
            let Some(value) = value else { continue };
            if of_section != section {
                section = of_section;
                text += &format!("[{section}]\n");
                flags.push("");
            }
            // Writing to a string does not fail.
            let _ = writeln!(text, "{key} = {}", toml_string(value));
            flags.push(flag);
        }
        (text, flags)
    }
}

/// A text as a TOML basic string: a JSON string is one, but for the delete character.
fn toml_string(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// Plans.
pub fn run(options: &PlanOptions) -> Outcome {
    match &options.verb {
        Some(PlanVerb::Init) => {
            put(TEMPLATE)?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(PlanVerb::Schema) => {
            put(report::JSON_SCHEMA)?;
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
            eprint!("{lines}");
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
        put(&report::json(&plan)?)?;
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
    match play(&plan, how) {
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
    eprintln!("\nplan.md, plan.json and the charts are in {}", folder.path().display());
    Ok(())
}

/// What was measured, and the limits that were told meanwhile, from a run's folder or a `cost.json`.
fn read_cost(path: &Path) -> Result<(Vec<MemoryLine>, Option<ToldLimits>), Box<dyn std::error::Error>> {
    let path = if path.is_dir() { path.join("cost.json") } else { path.to_owned() };
    let text = std::fs::read_to_string(&path).map_err(|error| {
        format!(
            "cannot read {}: {error}; measure with probe --streams 24, and give its folder to --cost",
            path.display()
        )
    })?;
    let read = cost_line::read(&text).and_then(|lines| Ok((lines, cost_line::read_limits(&text)?)));
    Ok(read.map_err(|error| format!("{} {error}", path.display()))?)
}

/// The inputs, or one line a mistake.
fn read_inputs(
    options: &PlanOptions,
    measured: Option<&[MemoryLine]>,
) -> Result<Result<Inputs, String>, Box<dyn std::error::Error>> {
    let Some(path) = &options.file else {
        let (text, flags) = options.flags.as_plan();
        if flags.len() == 2 {
            return Err("nothing to plan: name a plan file (probe plan init > plan.toml makes one), or give --arrival and --duration".into());
        }
        return Ok(file::read(&text, measured).map_err(|mistakes| of_flags(&mistakes, &flags)));
    };
    let text = std::fs::read_to_string(path).map_err(|error| {
        format!("cannot read {}: {error}; make one with: probe plan init > {}", path.display(), path.display())
    })?;
    Ok(file::read(&text, measured).map_err(|mistakes| of_file(&mistakes, path)))
}

fn of_file(Mistakes(mistakes): &Mistakes, path: &Path) -> String {
    let line = |mistake: &file::Mistake| {
        let about = if mistake.about.is_empty() { String::new() } else { format!("{}: ", mistake.about) };
        format!("probe: {}:{}: {about}{}\n", path.display(), mistake.line, mistake.text)
    };
    mistakes.iter().map(line).collect()
}

fn of_flags(Mistakes(mistakes): &Mistakes, flags: &[&str]) -> String {
    let line = |mistake: &file::Mistake| match flags.get(mistake.line - 1) {
        Some(flag) if !flag.is_empty() => format!("probe: {flag}: {}\n", mistake.text),
        _ => format!("probe: {}\n", mistake.text),
    };
    mistakes.iter().map(line).collect()
}
