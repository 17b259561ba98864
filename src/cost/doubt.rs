//! What speaks against a result: a closed list. Each says what is the matter, and which cure there is; the cures are in words where options
//! are known.

use super::bound::met_by;
use super::cure::{Cure, Tried};
use super::quantity::Quantity;
use super::reading::Reading;
use crate::fit::Largest;
use crate::scenario::Ending;
use crate::units::{Unit, counted, grouped, significant};
use serde::Serialize;

/// An answer at more than this many times the largest measured number of streams is an extrapolation.
pub(super) const FAR: f64 = 2.0;

/// One thing that speaks against a mode's answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Doubt {
    /// Some trials held fewer streams than asked for.
    NotReached {
        /// Asked for.
        asked: u32,
        /// Held.
        held: u32,
        /// Broken off by the subject.
        broken_off: u32,
    },
    /// More streams came than were asked for.
    MoreThanAsked {
        /// Asked for.
        asked: u32,
        /// Came.
        opened: u32,
    },
    /// Streams came that no call of a tool had come before, where one was to come before each.
    ToolNotCalled {
        /// Streams that came.
        opened: u32,
        /// Tools that were called.
        called: u32,
    },
    /// Requests had not the prompts that were asked for: the subject asks something of its own.
    PromptsNotSent {
        /// Characters of the longest prompt that was asked for.
        asked_chars: u32,
        /// The body of a request that was to have it, bytes.
        request_bytes: f64,
        /// Whether users asked for it, and the subject was to pass it on.
        by_users: bool,
    },
    /// Memory was still moving when it was measured.
    NotSettled {
        /// Of how many trials.
        trials: u32,
    },
    /// Streams grow while they are open, whatever text comes.
    GrowsWithTime {
        /// One stream, bytes a second.
        bytes_per_stream_second: f64,
        /// What one costs that is open for ten minutes, bytes.
        bytes_per_stream_of_ten_minutes: f64,
    },
    /// Fewer than three different numbers of streams.
    TooFewRungs {
        /// How many.
        rungs: u32,
        /// The most streams of them.
        top: u32,
    },
    /// The points do not lie on a line.
    Curved {
        /// The largest miss as a share of the line's rise; `None` if the line is level.
        misfit: Option<f64>,
        /// Where.
        streams: f64,
    },
    /// The points of another quantity, which decides what streams need at most or comes to decide it, do not lie on a line.
    BoundCurved {
        /// Which.
        quantity: Quantity,
        /// The largest miss as a share of the line's rise; `None` if the line is level.
        misfit: Option<f64>,
        /// Where.
        streams: f64,
    },
    /// Later trials are heavier or lighter than earlier ones.
    BaseDrifts {
        /// From the first trial to the last, bytes.
        bytes: f64,
    },
    /// The sampler was late.
    SamplerLate {
        /// 99th percentile, milliseconds.
        p99_ms: f64,
    },
    /// The simulator was late.
    SimulatorLate {
        /// 99th percentile, milliseconds.
        p99_ms: f64,
        /// Time between two events of a stream, milliseconds.
        interval_ms: f64,
    },
    /// The subject was asked to collect its garbage and did not say that it had.
    NotCollected {
        /// Trials in which it did not.
        trials: u32,
    },
    /// The subject had not read everything when it was measured.
    SubjectBehind {
        /// The most unread bytes of one trial.
        unread_bytes: u64,
    },
    /// Part of the subject was swapped out.
    SwapInUse {
        /// The most of one trial, bytes.
        bytes: u64,
    },
    /// Transparent huge pages are always on.
    HugePages,
    /// The interval of the slope is wide.
    WideInterval {
        /// Half its width as a share of the slope; `null` in a file where the slope is 0.
        #[cfg_attr(test, schemars(with = "Option<f64>"))]
        relative: f64,
        /// Further trials that would make it as sharp as wanted; `null` where nobody would wait for them.
        trials: Option<u32>,
    },
    /// The slope is not as sharp as somebody wanted it, though its interval is not wide.
    NotAsPrecise {
        /// Half the width of the interval as a share of the slope.
        relative: f64,
        /// What that was wanted to be.
        wanted: f64,
        /// Further trials that would make it so; `null` where nobody would wait for them.
        trials: Option<u32>,
    },
    /// `statm` and `smaps_rollup` disagree.
    ReadingsDisagree {
        /// The largest difference, bytes.
        bytes: u64,
    },
    /// This machine does not give one of the readings.
    ReadingMissing {
        /// Which.
        reading: Reading,
        /// Trials without it.
        trials: u32,
    },
    /// Total and anonymous memory have different slopes.
    FilePagesMatter {
        /// Difference of the slopes, bytes per stream.
        bytes_per_stream: f64,
    },
    /// Peaks cost more per stream than plateaus.
    PeaksAbove {
        /// One more stream at the peak, bytes.
        peak_bytes_per_stream: f64,
        /// One more stream on the plateau, bytes.
        full_bytes_per_stream: f64,
    },
    /// Streams that end all at once cost more than on their plateau.
    PeaksAtEnd {
        /// One more stream at the highest moment of the whole trial, bytes.
        peak_bytes_per_stream: f64,
        /// One more stream on the plateau, bytes.
        full_bytes_per_stream: f64,
        /// In the way of ending that takes more.
        ending: Ending,
    },
    /// Before all text was received the streams took more for a moment than they have then, whatever one of them adds.
    MoreAtPeak {
        /// How much more, bytes.
        more_bytes: f64,
        /// With so many, the most that were measured.
        streams: u32,
    },
    /// When they ended they took more for a moment than ever before, whatever one of them adds.
    MoreAtEnd {
        /// How much more, bytes.
        more_bytes: f64,
        /// With so many, the most that were measured.
        streams: u32,
        /// In the way of ending that takes more.
        ending: Ending,
    },
    /// For a moment there was more than ever on a plateau, whatever the number of streams.
    MomentAbove {
        /// The most that any reading saw, bytes.
        seen_bytes: f64,
        /// What the plateau with all text stays below, bytes.
        full_bytes: f64,
    },
    /// What a container is charged lies clearly above resident memory.
    ChargeAbove {
        /// One more stream by the charge, bytes.
        charge_bytes_per_stream: f64,
        /// One more stream by resident memory, bytes.
        resident_bytes_per_stream: f64,
        /// What most of the difference is.
        part: ChargePart,
    },
    /// What the subject's cgroup is charged lies clearly below anonymous memory, which is all charged.
    ChargeBelow {
        /// One more stream by the charge, bytes.
        charge_bytes_per_stream: f64,
        /// One more stream by anonymous memory, bytes.
        anonymous_bytes_per_stream: f64,
        /// The charge with the most streams that were measured, bytes.
        charge_bytes: f64,
        /// Anonymous memory with as many, bytes.
        anonymous_bytes: f64,
    },
    /// There was no resident memory where there were streams.
    NothingResident {
        /// Trials in which there was none.
        trials: u32,
    },
    /// Files in memory grew with the streams, and nobody reads what the subject's container is charged.
    MemoryFilesUnseen {
        /// For one more stream, bytes.
        bytes_per_stream: f64,
        /// Whether they are the program's own, and in what is estimated and needed at most; else they are the whole machine's, and in no number.
        are_counted: bool,
    },
    /// Files in memory were more at one moment than with all text received, and nobody reads what the subject's container is charged.
    MemoryFilesForAMoment {
        /// How much more, bytes.
        bytes: f64,
        /// As there.
        are_counted: bool,
    },
    /// The most memory is a sum over several processes, which need not have been there at once.
    MomentIsASum {
        /// The sum, bytes.
        bytes: f64,
        /// What of it was surely there at once, bytes.
        at_once_bytes: f64,
    },
    /// Memory that the program has given back is resident and charged until the kernel wants it.
    LazilyFreed {
        /// How much, bytes.
        bytes: f64,
        /// With so many streams, the most that were measured.
        streams: u32,
    },
    /// Processes ended before they were seen, and nobody reads what the subject's container was charged meanwhile.
    EndedUnseen {
        /// What they took of memory in all, at least, bytes.
        bytes: f64,
    },
    /// Pipes or sockets within the machine come with the streams, and nobody reads what lies in them.
    ChannelsUnseen {
        /// For one more stream.
        per_stream: f64,
    },
    /// TCP sockets from the subject to itself come with the streams, and no charge has what lies in them.
    OwnTcpUnseen {
        /// For one more stream.
        per_stream: f64,
    },
    /// Processes that could not be followed hold streams.
    HeldByStrangers {
        /// The most connections of one trial that no process was found to hold.
        connections: u32,
    },
    /// The subject ended with its streams, before there was a plateau without them.
    EndedEarly {
        /// Trials in which it did.
        trials: u32,
    },
    /// Streams were to be opened again once all had ended, and were not, or not all.
    NoFurtherWave {
        /// Trials with fewer waves than asked for.
        trials: u32,
        /// Of so many.
        of: u32,
    },
    /// The number of streams that fit lies far beyond what was measured.
    Extrapolating {
        /// Streams that are said to fit.
        to: Largest,
        /// The most that were measured.
        measured: u32,
    },
    /// The run was stopped before its end.
    Interrupted {
        /// Trials of it that there are.
        trials: u32,
    },
    /// Trials failed.
    TrialsFailed {
        /// How many.
        trials: u32,
        /// Why the first did.
        why: String,
    },
}

/// A part of what a container is charged that resident memory does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ChargePart {
    /// Files in memory and shared memory that no followed process has mapped: tmpfs, memfd.
    MemoryFiles,
    /// The kernel's own: pipes, socket buffers, stacks of threads, page tables.
    Kernel,
    /// Anonymous memory of processes that are not followed.
    OtherProcesses,
}

impl ChargePart {
    fn name(self) -> &'static str {
        match self {
            ChargePart::MemoryFiles => "files in memory (tmpfs, memfd, shared memory)",
            ChargePart::Kernel => "kernel memory (pipes, socket buffers, stacks of threads, page tables)",
            ChargePart::OtherProcesses => "memory of processes that are not followed",
        }
    }
}

/// A doubt as `cost.json` has it, for its schema: its numbers with its kind, and the sentence.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "only the shape is used")]
pub struct Written {
    /// Its numbers, with `kind`.
    #[serde(flatten)]
    doubt: Doubt,
    /// One sentence with the cure.
    text: String,
}

impl Doubt {
    /// What is the matter, in a sentence.
    pub fn matter(&self) -> String {
        match self {
            Doubt::NotReached { asked, held, broken_off } => {
                let lost = match broken_off {
                    0 => String::new(),
                    some => format!(" {some} of them the subject broke off."),
                };
                format!("{asked} streams were asked for and {held} were held: the line uses what was held.{lost}")
            }
            Doubt::MoreThanAsked { asked, opened } => {
                format!("{opened} streams came where {asked} were asked: retries or reconnects?")
            }
            Doubt::ToolNotCalled { opened, called } => format!(
                "{opened} streams came and {called} calls of a tool before them: who offered no tool Bash was answered with text at once."
            ),
            Doubt::PromptsNotSent { asked_chars, request_bytes, by_users: _ } => format!(
                "Prompts of {} were asked for and requests of {} came: the subject asks something else, and what it keeps of a prompt is not known.",
                counted(u64::from(*asked_chars), "character"),
                counted(*request_bytes as u64, "byte")
            ),
            Doubt::NotSettled { trials } => {
                format!("Memory was still moving when it was measured in {}.", counted(u64::from(*trials), "trial"))
            }
            Doubt::GrowsWithTime { bytes_per_stream_second, bytes_per_stream_of_ten_minutes } => format!(
                "Each open stream grows by {} a second: what it costs depends on how long it lasts. Open for ten minutes, one costs {}.",
                size(*bytes_per_stream_second),
                size(*bytes_per_stream_of_ten_minutes)
            ),
            Doubt::TooFewRungs { rungs, .. } => {
                format!("Through {rungs} numbers of streams there is always a line: nothing shows whether this is one.")
            }
            Doubt::Curved { misfit, streams } => {
                format!("The points do not lie on a line: at {streams:.0} streams it misses by {}.", missed(*misfit))
            }
            Doubt::BoundCurved { quantity, misfit, streams } => format!(
                "What is needed at most counts {}, whose points do not lie on a line: at {streams:.0} streams it misses by {}.",
                met_by(*quantity),
                missed(*misfit)
            ),
            Doubt::BaseDrifts { bytes } => {
                let how = if *bytes > 0.0 { "heavier" } else { "lighter" };
                format!("Later trials were {} {how} than earlier ones.", size(bytes.abs()))
            }
            Doubt::SamplerLate { p99_ms } => {
                format!("Samples came up to {} ms late (99th percentile).", significant(*p99_ms, 2))
            }
            Doubt::SimulatorLate { p99_ms, interval_ms } => format!(
                "The simulator sent events up to {} ms late (99th percentile) at {} ms an event, so that they came in bursts.",
                significant(*p99_ms, 2),
                significant(*interval_ms, 2)
            ),
            Doubt::NotCollected { trials } => {
                format!("In {trials} trials the subject did not answer that it had collected its garbage.")
            }
            Doubt::SubjectBehind { unread_bytes } => format!(
                "The subject had not read {} when it was measured: what it holds depends on how far it was behind.",
                size(*unread_bytes as f64)
            ),
            Doubt::SwapInUse { bytes } => {
                format!("{} of the subject were swapped out and are missing from RSS.", size(*bytes as f64))
            }
            Doubt::HugePages => "Transparent huge pages are always on: RSS grows in steps of 2 MiB.".to_owned(),
            Doubt::WideInterval { relative, trials } => wide(*relative) + &takes(*trials),
            Doubt::NotAsPrecise { relative, wanted, trials } => format!(
                "Half of the interval is {} % of the slope, where {} % was wanted.{}",
                significant(relative * 100.0, 2),
                significant(wanted * 100.0, 2),
                takes(*trials),
            ),
            Doubt::ReadingsDisagree { bytes } => {
                format!("statm and smaps_rollup differ by up to {}.", size(*bytes as f64))
            }
            Doubt::ReadingMissing { reading, trials } => {
                format!(
                    "{} could not be read in {}: {}.",
                    reading.name(),
                    counted(u64::from(*trials), "trial"),
                    reading.without()
                )
            }
            Doubt::FilePagesMatter { bytes_per_stream } => format!(
                "Total and anonymous memory differ by {} per stream: pages of files come and go with the streams.",
                size(*bytes_per_stream)
            ),
            Doubt::PeaksAbove { peak_bytes_per_stream, full_bytes_per_stream } => format!(
                "At its peak a stream costs {}, on the plateau {}: a container's limit meets peaks.",
                size(*peak_bytes_per_stream),
                size(*full_bytes_per_stream)
            ),
            Doubt::PeaksAtEnd { peak_bytes_per_stream, full_bytes_per_stream, ending } => {
                let ends = match ending {
                    Ending::Together => "all streams end at once",
                    Ending::Apart => "streams end one after the other",
                };
                let (peak, full) = (size(*peak_bytes_per_stream), size(*full_bytes_per_stream));
                format!(
                    "When {ends}, one costs {peak} at the highest moment, on the plateau {full}: what is needed at most has it in."
                )
            }
            Doubt::MoreAtPeak { more_bytes, streams } => format!(
                "On the way to all their text {} take {} more for a moment than with all of it: what is needed at most has it in.",
                counted(u64::from(*streams), "stream"),
                size(*more_bytes)
            ),
            Doubt::MoreAtEnd { more_bytes, streams, ending } => {
                let streams = counted(u64::from(*streams), "stream");
                let ends = match ending {
                    Ending::Together => format!("all {streams} end at once"),
                    Ending::Apart => format!("{streams} end one after the other"),
                };
                let more = size(*more_bytes);
                format!(
                    "When {ends}, they take {more} more for a moment than ever before: what is needed at most has it in."
                )
            }
            Doubt::MomentAbove { seen_bytes, full_bytes } => format!(
                "At one moment there were {}, where the plateau needs at most {}: a container's limit meets the moment.",
                size(*seen_bytes),
                size(*full_bytes)
            ),
            Doubt::ChargeAbove { charge_bytes_per_stream, resident_bytes_per_stream, part } => format!(
                "A container is charged {} for one more stream, of which resident memory has {}. Most of what it does not have is {}.",
                size(*charge_bytes_per_stream),
                size(*resident_bytes_per_stream),
                part.name()
            ),
            Doubt::ChargeBelow {
                charge_bytes_per_stream,
                anonymous_bytes_per_stream,
                charge_bytes,
                anonymous_bytes,
            } => {
                format!(
                    "One more stream adds {} to the processes' anonymous memory and {} to what their cgroup is charged, {} and {} in all: \
                     processes have left the cgroup, or memory is counted twice.",
                    size(*anonymous_bytes_per_stream),
                    size(*charge_bytes_per_stream),
                    size(*anonymous_bytes),
                    size(*charge_bytes)
                )
            }
            Doubt::NothingResident { trials } => format!(
                "In {} no memory was resident while streams were open: whose they are has not been found, or does not let itself be read.",
                counted(u64::from(*trials), "trial")
            ),
            Doubt::MemoryFilesUnseen { bytes_per_stream, are_counted } => {
                let grew = size(*bytes_per_stream);
                match are_counted {
                    true => format!(
                        "The program's files in memory (tmpfs, memfd, shared memory) grew by {grew} for one more stream, beside resident memory: \
                         the estimated charge and what is needed at most have those in that are open."
                    ),
                    false => format!(
                        "Files in memory (tmpfs, memfd, shared memory) grew by {grew} on this machine for one more stream, which is in no number here."
                    ),
                }
            }
            Doubt::MemoryFilesForAMoment { bytes, are_counted } => {
                let more = size(*bytes);
                match are_counted {
                    true => format!(
                        "At one moment the program's files in memory (tmpfs, memfd, shared memory) were {more} more than with all text received: \
                         what is needed at most has them in, as far as a look met them."
                    ),
                    false => format!(
                        "At one moment files in memory (tmpfs, memfd, shared memory) were {more} more on this machine than with all text \
                         received, which is in no number here."
                    ),
                }
            }
            Doubt::MomentIsASum { bytes, at_once_bytes } => format!(
                "The most memory, {}, is a sum over several processes: pages that they share count in each, and each one's highest need not be of \
                 one moment. Surely there at once were {}.",
                size(*bytes),
                size(*at_once_bytes)
            ),
            Doubt::LazilyFreed { bytes, streams } => format!(
                "Of what {} have resident {} were given back (MADV_FREE), and the kernel takes them before it kills: what a container is charged is \
                 told without them, and what is needed at most with them, as it was seen.",
                counted(u64::from(*streams), "stream"),
                size(*bytes)
            ),
            Doubt::EndedUnseen { bytes } => format!(
                "Processes that had ended by then took {} in all, and no reading says how much of it at once.",
                size(*bytes)
            ),
            Doubt::ChannelsUnseen { per_stream } => format!(
                "One more stream brings {} more pipes or sockets within this machine; what lies in them, up to some hundred KiB each, is in no number here.",
                significant(*per_stream, 2)
            ),
            Doubt::OwnTcpUnseen { per_stream } => format!(
                "One more stream brings {} more TCP sockets from the program to itself; what lies in them, up to some MiB each, is in no number here.",
                significant(*per_stream, 2)
            ),
            Doubt::HeldByStrangers { connections } => format!(
                "{} to the simulator of which no process was found to be the holder: the memory behind {} is in no number.",
                counted(u64::from(*connections), "connection"),
                if *connections == 1 { "it" } else { "them" }
            ),
            Doubt::EndedEarly { trials } => format!(
                "In {} the program ended with its streams: what they leave behind is not known, and peaks at their end only as far as samples met them.",
                counted(u64::from(*trials), "trial")
            ),
            Doubt::NoFurtherWave { trials, of } => format!(
                "In {trials} of {} the streams were not opened again once all had ended: whether ended streams leak is not known from them.",
                counted(u64::from(*of), "trial")
            ),
            Doubt::Extrapolating { to, measured } => extrapolating(*to, *measured),
            Doubt::Interrupted { trials } => format!(
                "The run was interrupted: its line is through the {} until then.",
                counted(u64::from(*trials), "trial")
            ),
            Doubt::TrialsFailed { trials, why } => format!("{trials} trials failed; the first: {why}"),
        }
    }

    /// What helps, in a run that had so much of it already; `None` where that is in what is the matter, or nothing is left.
    pub fn cure(&self, tried: Tried) -> Option<Cure> {
        match self {
            // What was lost is said with its cause where the trial's failure is.
            Doubt::NotReached { broken_off, .. } => (*broken_off == 0).then_some(Cure::LookForAGate),
            Doubt::MoreThanAsked { .. } => Some(Cure::AskOnce),
            Doubt::ToolNotCalled { .. } => Some(Cure::OfferTheTool),
            Doubt::PromptsNotSent { by_users: false, .. } => Some(Cure::SendThePrompt),
            Doubt::PromptsNotSent { by_users: true, .. } => Some(Cure::PassThePromptOn),
            Doubt::NotSettled { .. } => Some(Cure::settling(tried)),
            Doubt::GrowsWithTime { .. } => Some(Cure::StopGrowth),
            Doubt::TooFewRungs { top, .. } => Some(Cure::more_rungs(*top)),
            Doubt::Curved { .. } | Doubt::BoundCurved { .. } => Some(Cure::NoExtrapolation),
            Doubt::BaseDrifts { .. } => Some(Cure::QuietMachine),
            Doubt::SamplerLate { .. } => Some(Cure::less_busy(tried)),
            Doubt::SimulatorLate { .. } => Some(Cure::fewer_events(tried)),
            Doubt::NotCollected { .. } => Some(Cure::AnswerCollect),
            Doubt::SubjectBehind { .. } => Cure::slower_pace(tried),
            Doubt::SwapInUse { .. } => Some(Cure::NoSwap),
            Doubt::HugePages => Some(Cure::HugePagesOnRequest),
            Doubt::WideInterval { .. } | Doubt::NotAsPrecise { .. } => Some(Cure::narrowing(tried)),
            Doubt::ReadingsDisagree { .. } => Some(Cure::TrustLargeDifferences),
            Doubt::ReadingMissing { reading, .. } => Some(Cure::Readable(*reading)),
            Doubt::FilePagesMatter { .. } => Some(Cure::PlanWithTheLarger),
            Doubt::PeaksAbove { .. } => Some(Cure::PlanWithThePeak),
            Doubt::PeaksAtEnd { .. }
            | Doubt::MoreAtPeak { .. }
            | Doubt::MoreAtEnd { .. }
            | Doubt::MomentAbove { .. } => Some(Cure::PlanWithTheBound),
            Doubt::ChargeAbove { .. } => Some(Cure::PlanWithTheCharge),
            Doubt::ChargeBelow { .. } => Some(Cure::StayInTheCgroup),
            Doubt::OwnTcpUnseen { .. } => Some(Cure::ChargeSockets),
            Doubt::MemoryFilesUnseen { .. }
            | Doubt::MemoryFilesForAMoment { .. }
            | Doubt::ChannelsUnseen { .. }
            | Doubt::EndedUnseen { .. }
            | Doubt::MomentIsASum { .. } => Some(Cure::ReadTheCharge),
            Doubt::LazilyFreed { .. } => Some(Cure::ProveTheLimit),
            Doubt::HeldByStrangers { .. } | Doubt::NothingResident { .. } => Some(Cure::FollowTheHolder),
            Doubt::EndedEarly { .. } => Some(Cure::StayUntilInputEnds),
            Doubt::NoFurtherWave { .. } => Some(Cure::OpenAgain),
            Doubt::Extrapolating { to, .. } => Some(Cure::nearer(*to)),
            Doubt::Interrupted { .. } => Some(Cure::Finish),
            Doubt::TrialsFailed { .. } => None,
        }
    }
}

fn size(bytes: f64) -> String {
    Unit::for_size(bytes).with_unit(bytes, 2)
}

fn missed(misfit: Option<f64>) -> String {
    match misfit {
        None => "more than chance allows".to_owned(),
        Some(share) => format!("{} % of its rise", significant(share * 100.0, 2)),
    }
}

/// What it would take to make a slope as sharp as it is wanted.
fn takes(trials: Option<u32>) -> String {
    trials.map_or_else(String::new, |trials| {
        format!(" To be as sharp as wanted it takes some {} more.", counted(u64::from(trials), "trial"))
    })
}

fn wide(relative: f64) -> String {
    if relative.is_finite() {
        format!("The interval is {} % of the slope to either side.", significant(relative * 100.0, 2))
    } else {
        "The slope is 0, and its interval is not.".to_owned()
    }
}

fn extrapolating(to: Largest, measured: u32) -> String {
    let measured = grouped(u64::from(measured));
    match to {
        Largest::Whole(to) => {
            format!("{} streams is more than {FAR:.0} times the {measured} that were measured.", grouped(to))
        }
        Largest::Unbounded => format!("Any number of streams is far more than the {measured} that were measured."),
    }
}
