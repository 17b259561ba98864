//! The process under measurement: what it is told, how it is started and ended, and the two roles in which `probe` starts itself.
//!
//! The contract is the environment, not a library: a program that reads the variables below and opens its streams can be measured.

mod ballast;
mod builtin;
pub mod cgroup;
mod contract;
mod inside;
mod log;
mod orphans;
mod programs;
mod spawn;
mod telling_line;
mod voice;

pub use cgroup::{Cgroup, CgroupError, Cgroups, Entrance};
use contract::heap_profile_wanted;
pub use contract::{Contract, ContractError, Order};
pub use inside::{Heaps, Inside};
pub use log::{LastWords, Log};
pub use orphans::{adopt as adopt_orphans, told as orphans_told};
pub use programs::{Program, ProgramError, program};
pub use spawn::{Addresses, Ended, Launch, SpawnError, Subject};
pub use voice::Voice;

use crate::allocator;
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};

/// The hidden verb with which `probe` starts itself as a subject.
pub const ROLE: &str = "__subject";

/// Threads that run the built-in subject's streams.
pub const WORKER_THREADS: u32 = 1;

/// Whether this program plays subjects.
static PLAYS: AtomicBool = AtomicBool::new(false);

/// Plays the built-in subject and does not return, where this process was started as one; else says that this program does so.
///
/// To be called first in `main`, before there is another thread or a runtime: what a process has begun before is in the number.
pub fn play_if_asked() {
    if std::env::args_os().nth(1).is_none_or(|verb| verb != ROLE) {
        PLAYS.store(true, Ordering::Relaxed);
        return;
    }
    let played = if heap_profile_wanted() && !allocator::profile() {
        Err("no heap profile: the program that plays the subject has to install stream_probe::Allocator".to_owned())
    } else {
        play()
    };
    match played {
        Ok(()) => exit(0),
        Err(why) => {
            eprintln!("probe subject: {why}");
            exit(1)
        }
    }
}

/// Plays the subject that the environment asks for, until its standard input closes.
fn play() -> Result<(), String> {
    let contract = Contract::from_environment().map_err(|error| error.to_string())?;
    match contract.ballast {
        Some(ballast) => ballast::play(&contract, ballast).map_err(|error| error.to_string()),
        None => builtin::play(&contract).map_err(|error| error.to_string()),
    }
}
