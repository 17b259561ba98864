//! A capacity plan played through: a seeded discrete-event simulation.
//!
//! Little's law with a headroom factor says how many streams are open on average. It does not say how long requests
//! wait, how many are refused, or how far memory goes beyond its average. That depends on bursts, on the spread of
//! stream durations, on retries and on limits that bind together, and there is no formula for all of it at once. So it
//! is simulated, and the simulation is tested where there are formulas: Erlang B and C, M/M/c/K, Pollaczek-Khinchine.
//!
//! Arrivals, gates, buckets and retries are those of [`crate::traffic`]; this is the clock that tells them the time, and what goes through
//! them.
//!
//! # The way of a request
//! ```text
//!  arrival -> balancer -> gate --full--> shed
//!     ^                    |
//!     |                  queue --patience ends--> abandoned
//!     |                    |
//!     |                   slot -> sent --429--> asleep for retry-after, slot kept --last attempt--> gave up
//!     |                            |   ^______________|
//!     |                          stream: memory and output tokens grow until its end or the timeout
//!     |                            |
//!     +--- backoff <--failed-------+--> finished
//! ```
//! - A request that was answered 429 keeps its slot while it sleeps, as a call of an SDK does that retries inside the
//!   call. It is sent again after exactly `retry-after`, in whole seconds.
//! - A stream that failed gives its slot back, and its request comes to the balancer as a new arrival after its
//!   backoff, with a new duration. Both count as attempts. What was shed or abandoned does not come back.
//! - Text and output tokens come evenly over the life of a stream. A hung stream has its whole text only at the
//!   timeout; one that is cut has had the part that its time allowed.
//! - What is measured begins after a warm-up; see [`Span`].
//!
//! # Sizes
//! Seconds, bytes and tokens are doubles. State is one record for each request that waits, runs or is in backoff, and
//! histograms (hdrhistogram, three digits) that are as large as what they hold is spread: at most half a MiB for the
//! whole, each workload and each replica.

mod durations;
mod engine;
mod error;
mod events;
mod fleet;
mod load;
mod memory;
mod model;
mod outcome;
mod random;
mod requests;
mod run;
mod statistics;
mod tally;
mod waits;

pub use durations::{DurationError, LogNormal, StreamDuration};
pub use error::ModelError;
pub use fleet::{Balancing, Fleet, MOST_REPLICAS};
pub use load::Load;
pub use memory::{MemoryUse, StreamMemory};
pub use model::{Model, RequestFlow, Span};
pub use outcome::{Counts, Level, LittlesLaw, Replica, Simulation, Traffic, Waiting};
pub use run::{MOST_INSIDE, simulate, simulate_told};
pub use statistics::BATCHES;
