//! The command line as a whole: a measurement, or one of the verbs, each with its own options.

use super::options::{EXAMPLES, MeasureOptions};
use super::plan::PlanOptions;
use super::prove::ProveOptions;
use super::report::ReportOptions;
use super::serve::ServeOptions;
use clap::{Parser, Subcommand};

/// How much memory does one more open LLM stream cost? Measures it with a simulated Claude API on this machine, fits a line, draws it.
#[derive(Parser, Debug)]
#[command(name = "probe", version, about, after_help = EXAMPLES, args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct Options {
    /// What to do; without a verb, measure.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// What to measure.
    #[command(flatten)]
    pub measure: MeasureOptions,
}

/// What else there is to do.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Render the run in a folder again: table, report, charts
    Report(ReportOptions),
    /// Predict the smallest number of streams that a memory limit kills, then run around it in a container with that limit
    Prove(Box<ProveOptions>),
    /// List the clients that can be measured, and what is missing for each
    Clients,
    /// Turn traffic and measured memory into a capacity plan: how many streams, how much memory, which limit bites first
    Plan(Box<PlanOptions>),
    /// Run the simulator alone and say how to point a program at it
    Serve(ServeOptions),
    /// Print the JSON Schema of cost.json
    Schema,
}
