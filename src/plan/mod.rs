//! From traffic and measured memory to a capacity plan. Pure: no disk, no terminal, no clock; the same inputs give the same plan.
//!
//! ```text
//!  plan.toml -> file::read --+                      +-> Inverse: what would the limits allow?
//!                            +-> Inputs -> Sizing --+-> remedies: which change helps most, by trying it
//!  cost.json -> cost_line ---+                      +-> Money, routes, swings, doubts   => Plan
//! ```
//!
//! [`Sizing`] is the core: four numbers for each workload, and the share of every limit that all of them take together. It is cheap,
//! and everything else asks it again with one thing changed.

mod answer;
mod band;
mod change;
pub mod cost_line;
mod doubt;
pub mod file;
pub mod formula;
mod inputs;
mod inverse;
mod judge;
mod limits;
mod memory_line;
mod model;
mod money;
mod play;
mod play_error;
mod prices;
mod remedy;
mod routes;
mod sensitivity;
pub mod simulate;
mod simulated;
mod sizing;
mod sums;
mod verdict;
mod workload;

pub use answer::Plan;
pub use band::{Band, tidy};
pub use change::Change;
pub use doubt::{PlanDoubt, STALE_DAYS};
pub use inputs::{Account, Inputs, PoolLimits, Process};
pub use inverse::{Inverse, MostArrivals, Room};
pub use limits::{Allowance, LimitBook, LimitTable, Pool, ToldLimits};
pub use memory_line::{AtText, Measured, MemoryLine, Prediction, TextAxis};
pub use money::{BATCH_BYTES, BATCH_HOURS, BATCH_REQUESTS, BatchCost, Cost, Money};
pub use play::{Play, play};
pub use play_error::{MOST_ARRIVALS, PlayError};
pub use prices::{ModelPrice, Price, PriceBook};
pub use remedy::{Remedy, Tried};
pub use routes::{Part, Route};
pub use sensitivity::Swing;
pub use simulated::{Headway, Interval, Simulated, SimulatedWorkload, Tolerated};
pub use sizing::{Hung, Sizing, TogetherSize, WorkloadSize};
pub use verdict::{LimitUse, Resource, Verdict};
pub use workload::{Class, Headroom, Tokens, Workload};
