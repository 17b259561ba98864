//! One subject to be started, whether it is measured or profiled.

use crate::scenario::{Ending, Pace};
use crate::units::Bytes;

/// One subject to be started.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Job {
    /// Which of the scenario's series.
    pub series: u32,
    /// Which of the scenario's streams.
    pub stream: u32,
    /// Which of the scenario's prompts.
    pub prompt: u32,
    /// Streams to open.
    pub streams: u32,
    /// How fast their text comes.
    pub pace: Pace,
    /// How they end.
    pub ending: Ending,
    /// Whether it has the machine to itself: a program that takes much processor time for each event, or that shares pages with its
    /// like, is changed by what runs beside it.
    pub alone: bool,
    /// The memory limit that it runs under, if it is to be killed there.
    pub limit: Option<Bytes>,
}

impl AsRef<Job> for Job {
    fn as_ref(&self) -> &Job {
        self
    }
}
