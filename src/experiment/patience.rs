//! How long a subject may take for what it is asked to do.

use std::time::Duration;

/// How long a subject may take for what it is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For its first stream: a runtime has to start and to load its packages.
    pub first_arrival: Duration,
    /// For each further one: when none has arrived for this long, no more will.
    pub next_arrival: Duration,
    /// For the text, as many times as long as it comes: a subject that reads slowly holds the simulator up.
    pub text_times: u32,
    /// For the text, beyond that.
    pub text_beyond: Duration,
    /// For reading what has been sent.
    pub reading: Duration,
    /// For ending, once its input is closed.
    pub ending: Duration,
}

impl Patience {
    /// With a subject that is measured.
    pub const MEASURED: Patience = Patience {
        first_arrival: Duration::from_secs(30),
        next_arrival: Duration::from_secs(5),
        text_times: 3,
        text_beyond: Duration::from_secs(30),
        reading: Duration::from_secs(5),
        ending: Duration::from_secs(5),
    };
    /// With a subject under dhat, where everything takes longer; at its end the profiler names its sites.
    pub const PROFILED: Patience = Patience {
        first_arrival: Duration::from_secs(60),
        next_arrival: Duration::from_secs(15),
        text_times: 4,
        text_beyond: Duration::from_secs(60),
        reading: Duration::from_secs(15),
        ending: Duration::from_secs(120),
    };

    /// For a text that comes within `whole`.
    pub fn text(&self, whole: Duration) -> Duration {
        whole * self.text_times + self.text_beyond
    }
}
