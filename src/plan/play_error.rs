//! Why a plan cannot be played through.

use super::simulate::{DurationError, MOST_REPLICAS, ModelError};
use crate::units::{grouped, significant};

/// The most requests before measuring begins, unless more than that were asked for: 5 to 10 s of one core.
pub const MOST_WARM_UP: u64 = 20_000_000;

/// The most new requests that can be asked for: half a minute to a minute of one core.
pub const MOST_ARRIVALS: u64 = 100_000_000;
/// The most bursts, and quiet times between them: about a second of one core.
pub const MOST_PERIODS: f64 = 50e6;
/// The most requests of one burst, all of which may have to wait at once.
pub const MOST_OF_A_BURST: f64 = 5e6;

/// Why a plan cannot be played through.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// Mean and p95 of a workload's durations fit no distribution.
    #[error("In {workload}, {reason}")]
    Duration {
        /// Which.
        workload: String,
        /// Why.
        reason: DurationError,
    },
    /// A plan may count on more than one retry a request; what is simulated is the chance that a stream fails.
    #[error(
        "In {workload}, {} % of the requests are sent once more, and a simulated stream fails with a chance below 100 %: give the \
         share of the streams that fail as its retry rate",
        significant(retry * 100.0, 3)
    )]
    Retry {
        /// Which.
        workload: String,
        /// Retries a request, 1 or more.
        retry: f64,
    },
    /// More processes than are simulated.
    #[error(
        "It has {} replicas, and {} at most are simulated: plan a part of the traffic on a part of them",
        grouped((*replicas).into()),
        grouped(MOST_REPLICAS.into())
    )]
    Replicas {
        /// How many.
        replicas: u32,
    },
    /// So many streams at once that the fleet would not come to rest within reason.
    #[error(
        "Its streams are so many and so long that {} requests would come before the fleet is at rest, and {} at most are simulated \
         for that: plan a part of the traffic",
        grouped(*requests),
        grouped(MOST_WARM_UP)
    )]
    Unrest {
        /// New requests before anything could be measured.
        requests: u64,
    },
    /// More requests were asked for than are played.
    #[error("{} requests were to be played, and {} at most are", grouped(*requests), grouped(MOST_ARRIVALS))]
    TooLong {
        /// How many.
        requests: u64,
    },
    /// So many bursts come and go between requests that playing them would take hours.
    #[error(
        "In {workload}, {} bursts and quiet times would have to be played for so few requests, and {} at most are: so far apart, \
         requests know nothing of bursts, so leave the bursts out",
        grouped(*periods as u64),
        grouped(MOST_PERIODS as u64)
    )]
    ManyBursts {
        /// Which.
        workload: String,
        /// How many, of both.
        periods: f64,
    },
    /// One burst is more than is played.
    #[error(
        "In {workload}, a single burst is {} requests, and {} at most are played: give smaller bursts, or plan a part of the traffic",
        grouped(*requests as u64),
        grouped(MOST_OF_A_BURST as u64)
    )]
    LargeBursts {
        /// Which.
        workload: String,
        /// Requests of a mean burst.
        requests: f64,
    },
    /// Numbers that contradict each other.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl PlayError {
    /// The workload that cannot be played, where it is one.
    pub fn workload(&self) -> Option<&str> {
        match self {
            PlayError::Duration { workload, .. }
            | PlayError::Retry { workload, .. }
            | PlayError::ManyBursts { workload, .. }
            | PlayError::LargeBursts { workload, .. } => Some(workload),
            PlayError::Replicas { .. } | PlayError::Unrest { .. } | PlayError::TooLong { .. } | PlayError::Model(_) => {
                None
            }
        }
    }
}
