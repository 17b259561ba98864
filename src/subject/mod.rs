//! The process under measurement: what it is told, how it is started and ended, and the two roles in which `probe` starts itself.
//!
//! The contract is the environment, not a library: a program that reads the variables below and opens its streams can be measured.

mod ballast;
mod builtin;
pub mod cgroup;
mod contract;
mod log;
mod orphans;
mod programs;
mod spawn;
mod voice;

pub use cgroup::{Cgroup, CgroupError, Cgroups, Entrance};
pub use contract::{Contract, ContractError, Order, heap_profile_wanted};
pub use log::{LastWords, Log};
pub use orphans::adopt as adopt_orphans;
pub use programs::{Program, ProgramError, program};
pub use spawn::{Addresses, Launch, SpawnError, Subject};
pub use voice::Voice;

use std::process::ExitCode;

/// The hidden verb with which `probe` starts itself as a subject.
pub const ROLE: &str = "__subject";

/// Threads that run the built-in subject's streams.
pub const WORKER_THREADS: u32 = 1;

/// Plays the subject that the environment asks for, until its standard input closes. To be called once, from `main`.
pub fn play() -> ExitCode {
    let played =
        Contract::from_environment().map_err(|error| error.to_string()).and_then(|contract| match contract.ballast {
            Some(ballast) => ballast::play(&contract, ballast).map_err(|error| error.to_string()),
            None => builtin::play(&contract).map_err(|error| error.to_string()),
        });
    match played {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("probe subject: {why}");
            ExitCode::FAILURE
        }
    }
}
