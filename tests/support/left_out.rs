//! What a test needs of the machine. Where that is missing, it is said what is left out; under `PROBE_TEST_CLIENTS=required` and
//! `PROBE_TEST_CGROUPS=required` that is a failure.

use std::process::Command;
use stream_probe::subject::Cgroups;

/// Whether what this variable stands for has to be here.
pub fn is_required(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|value| value == "required")
}

/// Whether `program` runs here.
pub fn client_or_left_out(program: &str) -> bool {
    let version = if program == "go" { "version" } else { "--version" };
    let runs = Command::new(program).arg(version).output().is_ok_and(|output| output.status.success());
    assert!(runs || !is_required("PROBE_TEST_CLIENTS"), "{program} is required and does not run here");
    if !runs {
        println!("left out: {program} is not installed");
    }
    runs
}

/// Whether cgroups may be made here.
pub fn cgroups_or_left_out() -> bool {
    let Err(error) = Cgroups::detect() else { return true };
    assert!(!is_required("PROBE_TEST_CGROUPS"), "{error}");
    println!("left out: {error}");
    false
}
