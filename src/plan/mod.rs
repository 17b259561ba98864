//! From traffic and measured memory to a capacity plan. Pure: no disk, no terminal, no clock; the same inputs give the same plan.
//!
//! ```text
//!  plan.toml -> file::read --+                      +-> Inverse: what would the limits allow?
//!                            +-> Inputs -> Sizing --+-> Help: which changes help most, by trying them
//!  cost.json -> cost_line ---+                      +-> Money, routes, swings, doubts   => Plan
//! ```
//!
//! [`Sizing`] is the core: four numbers for each workload, and the share of every limit that all of them take together. It is cheap,
//! and everything else asks it again with one thing changed.

mod allowance;
mod answer;
mod band;
mod candidates;
mod change;
mod contradiction;
pub mod cost_line;
mod doubt;
mod doubted;
pub mod file;
pub mod formula;
mod gate;
mod inputs;
mod inverse;
mod judge;
mod lifetimes;
mod limits;
mod memory_line;
mod model;
mod money;
mod moves;
mod older_cost;
mod paces;
mod parts;
mod play;
mod play_error;
mod pool_name;
mod prices;
mod remedy;
mod routes;
mod sensitivity;
pub mod simulate;
mod simulated;
mod sizing;
mod sums;
mod verdict;
mod what_if;
mod workload;

pub use allowance::{Allowance, LIMITS, LimitKind, ToldLimits};
pub use answer::Plan;
pub use band::{Band, tidy};
pub use change::Change;
pub use contradiction::{Contradiction, Difference};
pub use doubt::{FAR, PlanDoubt, RETIRES_DAYS, STALE_DAYS};
pub use gate::Gate;
pub use inputs::{Account, Inputs, PoolLimits, Process};
pub use inverse::{Inverse, MostArrivals, Room};
pub use lifetimes::{Lifetime, ModelBook};
pub use limits::{LimitBook, LimitTable, Pool, Row, Tier};
pub use memory_line::{AtText, Measured, MemoryLine};
pub use money::{BATCH_BYTES, BATCH_HOURS, BATCH_REQUESTS, BatchCost, Money, WorkloadCost};
pub use moves::Move;
pub use paces::{Pace, PaceBook, PaceTable, Paces, Slowness, TimesAsLong};
pub use parts::Parts;
pub use play::{Play, play};
pub use play_error::{MOST_ARRIVALS, PlayError};
pub use pool_name::PoolName;
pub use prices::{ModelPrice, Price, PriceBook};
pub use remedy::{Help, Tried};
pub use routes::{Route, RoutePart};
pub use sensitivity::Swing;
pub use simulated::{Headway, Interval, Simulated, SimulatedWorkload, Tolerated};
pub use sizing::{Hung, Sizing, TogetherSize, WorkloadSize};
pub use verdict::{LimitUse, Resource, Verdict};
pub use what_if::WhatIf;
pub use workload::{Class, Headroom, Tokens, Workload};
