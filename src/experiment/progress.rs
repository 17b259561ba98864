//! What a running experiment tells whoever watches it.

use super::expected::Expected;
use crate::cost::Analysis;
use crate::proof::LimitedTrial;
use crate::run::{Failure, Phase};
use crate::units::Bytes;
use tokio::sync::mpsc::UnboundedSender;

/// Where news goes. A watcher that has gone away is no error.
pub type ProgressSender = UnboundedSender<Progress>;

/// One piece of news.
#[derive(Clone, Debug)]
pub enum Progress {
    /// A run begins.
    RunBegins {
        /// How long its passes and profiles may take.
        expected: Expected,
        /// Seconds that one pass is expected to take.
        pass: f64,
    },
    /// A proof begins, with its first line.
    ProofBegins {
        /// How long it may take, as long as nobody knows which streams the limit kills.
        expected: Expected,
    },
    /// The number is predicted: what is left are lines near it, and trials.
    Predicted {
        /// How many streams.
        streams: u64,
        /// How long that may take.
        expected: Expected,
    },
    /// A pass begins.
    PassBegins {
        /// From 1.
        pass: u32,
        /// The most there will be.
        of: u32,
        /// What it is for.
        why: Why,
        /// Trials in it.
        trials: u32,
        /// Seconds that the pass is expected to take.
        seconds: f64,
    },
    /// How a trial stands.
    Now(Live),
    /// A trial has ended.
    TrialEnds {
        /// Which.
        sequence: u32,
        /// Streams asked for.
        asked: u32,
        /// What went wrong, if something did.
        trouble: Option<Box<Failure>>,
    },
    /// No more trials of some series are run: they would come to nothing.
    SeriesEnd {
        /// Which, as tables call them.
        labels: Vec<String>,
    },
    /// The answer after a pass.
    PassEnds {
        /// From 1.
        pass: u32,
        /// What is known by now; `None` while there are too few trials for a line.
        so_far: Option<Box<Analysis>>,
        /// Whether another pass follows.
        another: bool,
    },
    /// Trials at a limit begin, for a proof.
    LimitBegins {
        /// The limit.
        limit: Bytes,
        /// Streams of each.
        streams: Vec<u32>,
        /// Seconds that they are expected to take.
        seconds: f64,
    },
    /// One of them has ended.
    LimitEnds(LimitedTrial),
    /// Looks into heaps begin.
    LooksBegin {
        /// How many processes.
        processes: u32,
        /// Seconds that they are expected to take.
        seconds: f64,
    },
    /// The heap profiles begin.
    ProfilesBegin {
        /// How many processes.
        processes: u32,
        /// Seconds that they are expected to take.
        seconds: f64,
    },
}

/// What a pass is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A first answer.
    First,
    /// A sharper one.
    Sharper,
    /// A sharper one with more streams than before, up to so many.
    Longer {
        /// The most.
        streams: u32,
    },
}

/// A trial at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Live {
    /// Which.
    pub sequence: u32,
    /// Which of the scenario's series.
    pub series: u32,
    /// Streams asked for.
    pub asked: u32,
    /// Where it is.
    pub phase: Phase,
    /// Streams open.
    pub open: u32,
    /// RSS in bytes.
    pub rss_bytes: u64,
}
