//! `probe report FOLDER`: the same run, rendered again.

use super::measure::show;
use super::{Exit, complain};
use crate::cost::Analysis;
use crate::report;
use crate::store::RunFolder;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `probe report`.
#[derive(Args, Debug)]
pub struct ReportOptions {
    /// The run's folder, or the run.json in it
    #[arg(default_value = "output/latest", value_name = "FOLDER")]
    pub folder: PathBuf,
    /// Print cost.json instead of the table
    #[arg(long)]
    pub json: bool,
    /// Exit with 1 when there is a doubt about the answer
    #[arg(long)]
    pub strict: bool,
}

/// Shows the answer, also where it cannot be saved.
pub fn run(options: &ReportOptions) -> Exit {
    let folder = RunFolder::existing(&options.folder);
    let run = folder.read_run()?;
    let analysis = Analysis::of(&run)?.with_proof(folder.read_proof()?);
    show(&run, &analysis, options.json)?;
    if let Err(error) = folder.write_all(&report::render(&run, &analysis)?) {
        complain(&error);
    }
    Ok(if options.strict && !analysis.is_sound() { ExitCode::from(1) } else { ExitCode::SUCCESS })
}
