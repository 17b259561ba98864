//! `probe report DIR`: the same run, rendered again.

use super::measure::show;
use super::options::ReportOptions;
use super::{Outcome, put};
use crate::cost::Analysis;
use crate::report;
use crate::store::RunFolder;
use std::process::ExitCode;

/// Renders.
pub fn run(options: &ReportOptions) -> Outcome {
    let folder = RunFolder::existing(&options.folder);
    let run = folder.read_run()?;
    let analysis = Analysis::of(&run)?;
    folder.write_all(&report::render(&run, &analysis)?)?;
    show(&run, &analysis, options.json)?;
    if let Some(proof) = folder.read_proof()?.filter(|_| !options.json) {
        put(&format!("\n{}", report::proof_text(&proof)))?;
    }
    Ok(if options.strict && !analysis.is_sound() { ExitCode::from(1) } else { ExitCode::SUCCESS })
}
