//! How long a subject may take for what it is asked to do.

use std::time::Duration;

/// How long a subject may take for what it is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For its first stream, and for each further one as long as it is at work: a runtime has to start and to load its packages.
    pub first_arrival: Duration,
    /// For its first stream while it does nothing: no program that is starting, on the slowest disk, lets a processor be for so long.
    pub idle: Duration,
    /// The same of a server that listens already, though not where it was expected.
    pub settled: Duration,
    /// For each further stream while it does nothing: when none has arrived for this long, no more will.
    pub next_arrival: Duration,
    /// For the text, as many times as long as it comes: a subject that reads slowly holds the simulator up.
    pub text_times: u32,
    /// For the text, beyond that.
    pub text_beyond: Duration,
    /// For reading what has been sent.
    pub reading: Duration,
    /// For ending, once its input is closed.
    pub closing: Duration,
    /// The same, once it is asked with a signal.
    pub ending: Duration,
}

impl Patience {
    /// With a subject that is measured.
    pub const MEASURED: Patience = Patience {
        first_arrival: Duration::from_secs(30),
        idle: Duration::from_secs(10),
        settled: Duration::from_secs(3),
        next_arrival: Duration::from_secs(5),
        text_times: 3,
        text_beyond: Duration::from_secs(30),
        reading: Duration::from_secs(5),
        closing: Duration::from_secs(1),
        ending: Duration::from_secs(4),
    };
    /// With a subject under dhat, where everything takes longer; at its end the profiler names its sites.
    pub const PROFILED: Patience = Patience {
        first_arrival: Duration::from_secs(60),
        idle: Duration::from_secs(10),
        settled: Duration::from_secs(3),
        next_arrival: Duration::from_secs(15),
        text_times: 4,
        text_beyond: Duration::from_secs(60),
        reading: Duration::from_secs(15),
        closing: Duration::from_secs(120),
        ending: Duration::from_secs(4),
    };

    /// The same with so many seconds for the first stream, whatever it does meanwhile, where somebody says how many.
    pub fn starting_within(self, seconds: Option<u32>) -> Patience {
        let Some(within) = seconds.map(|seconds| Duration::from_secs(seconds.into())) else { return self };
        Patience { first_arrival: within, idle: within, settled: within, ..self }
    }

    /// For a text that comes within `whole`.
    pub fn text(&self, whole: Duration) -> Duration {
        whole * self.text_times + self.text_beyond
    }
}
