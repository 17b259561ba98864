//! What helps against a doubt, in terms of what is measured: how it is asked for is known where options are.
//!
//! Nothing is advised that a run had already: who asks for a cure says what was tried.

use super::reading::Reading;
use crate::fit::Largest;
use crate::scenario::Scenario;

/// With fewer different numbers of streams no curve can be told from a line.
pub(super) const LEAST_RUNGS: u32 = 3;

/// What a run had already of what may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Whether there can be more passes.
    more_passes: bool,
    /// Whether text can come more slowly: that of a real API comes as it comes.
    slower_pace: bool,
}

impl Tried {
    /// In runs of this scenario.
    pub fn of(scenario: &Scenario) -> Tried {
        Tried { more_passes: scenario.repeats < Scenario::MOST_PASSES, slower_pace: !scenario.is_real() }
    }
}

/// What helps. A closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cure {
    /// To look for what keeps the subject from holding more streams.
    LookForAGate,
    /// A subject that opens each stream once, and none again.
    AskOnce,
    /// A subject whose agents offer the tool that is called.
    OfferTheTool,
    /// A subject that sends the prompts that it is asked for.
    SendThePrompt,
    /// A subject that passes its users' prompts on.
    PassThePromptOn,
    /// Less work of the subject's own in the background.
    Settle {
        /// Or more passes.
        more_passes: bool,
    },
    /// To look for what an open stream adds to, or to measure as long as streams last.
    StopGrowth,
    /// More numbers of streams, such as these.
    MoreRungs([u32; 3]),
    /// To measure at the planned number, and not to follow the line to it.
    NoExtrapolation,
    /// To measure at the planned number.
    PlannedNumber,
    /// To measure nearer to where the line is followed to, up to so many streams.
    Nearer {
        /// The number of streams.
        streams: u64,
    },
    /// A machine on which nothing else changes.
    QuietMachine,
    /// A machine that is less busy.
    LessBusy {
        /// Or a slower pace.
        slower_pace: bool,
    },
    /// Fewer streams.
    FewerEvents {
        /// Or a slower pace.
        slower_pace: bool,
    },
    /// A slower pace.
    SlowerPace,
    /// A subject that answers when it is asked to collect its garbage.
    AnswerCollect,
    /// No swap.
    NoSwap,
    /// Huge pages for those alone who ask for them.
    HugePagesOnRequest,
    /// More streams.
    Narrow {
        /// Or more passes.
        more_passes: bool,
    },
    /// To trust only differences that are larger than that.
    TrustLargeDifferences,
    /// A machine, or a subject, that gives the reading.
    Readable(Reading),
    /// To plan with the larger of two numbers.
    PlanWithTheLarger,
    /// To plan with peaks.
    PlanWithThePeak,
    /// To plan with what is needed at most, which has moments in it.
    PlanWithTheBound,
    /// To plan with what a container is charged.
    PlanWithTheCharge,
    /// Processes that stay in the cgroup that they are started in.
    StayInTheCgroup,
    /// To run where buffers of sockets are charged.
    ChargeSockets,
    /// To run where memory cgroups may be made.
    ReadTheCharge,
    /// To have the kernel judge.
    ProveTheLimit,
    /// To run as a user who may look at the files of whoever holds the streams.
    FollowTheHolder,
    /// A subject that stays until its standard input ends.
    StayUntilInputEnds,
    /// A subject that opens its streams again whenever it is told to.
    OpenAgain,
    /// To plan with what was killed, and to look for a curve.
    PlanWithTheKilled,
    /// To plan with what lived, and to look for a curve.
    PlanWithTheSurvivors,
    /// To mend what trials at a limit failed of.
    MendAndProveAgain,
    /// To let it come to its end.
    Finish,
}

impl Cure {
    /// Of memory that moves.
    pub(super) fn settling(tried: Tried) -> Cure {
        Cure::Settle { more_passes: tried.more_passes }
    }

    /// Of a line through too few numbers of streams, the largest of them `top`.
    pub(super) fn more_rungs(top: u32) -> Cure {
        let top = top.max(LEAST_RUNGS);
        Cure::MoreRungs([1, u32::midpoint(1, top), top])
    }

    /// Of late samples.
    pub(super) fn less_busy(tried: Tried) -> Cure {
        Cure::LessBusy { slower_pace: tried.slower_pace }
    }

    /// Of late events.
    pub(super) fn fewer_events(tried: Tried) -> Cure {
        Cure::FewerEvents { slower_pace: tried.slower_pace }
    }

    /// Of a subject that falls behind.
    pub(super) fn slower_pace(tried: Tried) -> Option<Cure> {
        tried.slower_pace.then_some(Cure::SlowerPace)
    }

    /// Of a wide interval.
    pub(super) fn narrowing(tried: Tried) -> Cure {
        Cure::Narrow { more_passes: tried.more_passes }
    }

    /// Of a line that is followed far.
    pub(super) fn nearer(to: Largest) -> Cure {
        match to {
            Largest::Whole(to) => Cure::Nearer { streams: to / 2 + 1 },
            Largest::Unbounded => Cure::PlannedNumber,
        }
    }
}
