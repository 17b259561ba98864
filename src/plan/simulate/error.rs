//! Why a model cannot be simulated.

/// What is wrong with a model. Every text says where, what and what would do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// Nothing arrives.
    #[error("there is no workload to simulate: give at least one")]
    NoWorkload,
    /// A number that cannot be.
    #[error("{place}: {name} is {value}, must be {allowed}")]
    Value {
        /// The workload, the fleet, a pool or the span.
        place: String,
        /// What the number is.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What is allowed.
        allowed: &'static str,
    },
    /// Hung streams would stay for ever.
    #[error("{workload}: a share of streams hangs, but there is no timeout that ends them: give one")]
    HungWithoutTimeout {
        /// Name of the workload.
        workload: String,
    },
    /// A queue that outgrows the memory of this machine before it says anything more.
    #[error(
        "more than {most} requests would be waiting, running or in backoff at once: give fewer arrivals, more slots, or a shorter run"
    )]
    TooManyInside {
        /// How many there may be.
        most: usize,
    },
    /// A pool that is not there.
    #[error("{workload}: there is no pool {pool}, only {pools}, counted from 0")]
    NoSuchPool {
        /// Name of the workload.
        workload: String,
        /// What it asks for.
        pool: usize,
        /// How many there are.
        pools: usize,
    },
    /// Every attempt would be answered 429 for ever.
    #[error(
        "{workload}: one request needs {need} input tokens at once, but a full bucket holds {depth}: it can never start, so give a \
         deeper bucket or shorter prompts"
    )]
    NeverStarts {
        /// Name of the workload.
        workload: String,
        /// What one start needs.
        need: f64,
        /// What the bucket holds.
        depth: f64,
    },
}
