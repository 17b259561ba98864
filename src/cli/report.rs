//! `probe report DIR`: the same run, rendered again.

use super::Outcome;
use super::measure::show;
use crate::cost::Analysis;
use crate::report;
use crate::store::RunFolder;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `probe report`.
#[derive(Args, Debug)]
pub struct ReportOptions {
    /// The run's folder, such as output/latest
    pub folder: PathBuf,
    /// Print cost.json instead of the table
    #[arg(long)]
    pub json: bool,
    /// Exit with 1 when there is a doubt about the answer
    #[arg(long)]
    pub strict: bool,
}

/// Renders.
pub fn run(options: &ReportOptions) -> Outcome {
    let folder = RunFolder::existing(&options.folder);
    let run = folder.read_run()?;
    let analysis = Analysis::of(&run)?.with_proof(folder.read_proof()?);
    folder.write_all(&report::render(&run, &analysis)?)?;
    show(&run, &analysis, options.json)?;
    Ok(if options.strict && !analysis.is_sound() { ExitCode::from(1) } else { ExitCode::SUCCESS })
}
