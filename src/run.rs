//! The record in the middle: everything one invocation saw, raw, versioned, and nothing that can be computed from it.
//!
//! Left of this record things touch the world, take time and may fail. Right of it everything is pure: `probe report DIR`
//! reads a `run.json` and computes all of it again, also when the mathematics has improved since.

mod beside;
mod contradiction;
mod failure;
mod look;
mod passed_on;
mod reason;

pub use beside::Beside;
pub use failure::Failure;
pub use look::{Heap, Look, Runtime};
pub use passed_on::{PassedOn, Refusal};
pub use reason::{LostProcess, Reason};

use crate::heap::Site;
use crate::reading::cgroup::{Version, version_or_0};
use crate::reading::{ContainerMemory, Skmem, SmapsRollup};
use crate::scenario::{Ending, Pace, Scenario, Series};
use crate::wire::event::Delta;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The name and version of the format. A change that an older reader would misread raises the number.
pub const SCHEMA: &str = "stream-probe/run/2";

/// Where all streams of a trial are together; the simulator moves them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The subject has started and no stream is open.
    Idle,
    /// Every stream is open: headers and the first events have come, no text yet.
    Open,
    /// Text is coming.
    Streaming,
    /// Every stream has had, and read, its whole text, and none has ended.
    Full,
    /// The same, after the subject was asked to collect its garbage and said that it had.
    Collected,
    /// Every stream has ended; the subject is still alive.
    Released,
}

impl Phase {
    /// All phases in their order.
    pub const ALL: [Phase; 6] =
        [Phase::Idle, Phase::Open, Phase::Streaming, Phase::Full, Phase::Collected, Phase::Released];

    /// The name used in files, tables and charts.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Idle => "idle",
            Phase::Open => "open",
            Phase::Streaming => "streaming",
            Phase::Full => "full",
            Phase::Collected => "collected",
            Phase::Released => "released",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// All trials of one invocation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// [`SCHEMA`].
    pub schema: String,
    /// The version of `probe` that recorded it.
    pub probe_version: String,
    /// When it began, RFC 3339 with the offset of the place.
    pub began: String,
    /// What was to be run.
    pub scenario: Scenario,
    /// What one stream held, as built, for each length of the scenario; where a real API was behind them, on average.
    pub streams: Vec<StreamFacts>,
    /// What was passed on to a real API, if one was behind the streams.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_on: Option<PassedOn>,
    /// Where it was run.
    pub environment: Environment,
    /// Every trial that reached its *open* phase, in the order in which they ended.
    pub trials: Vec<Trial>,
    /// Trials that gave nothing to measure.
    pub failures: Vec<Failure>,
    /// The heap profiles, two stream counts a mode.
    pub heap: Vec<HeapRecord>,
    /// What runtimes said of their heaps, in processes that were not measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looks: Vec<Look>,
    /// Whether the user stopped it before its end.
    pub interrupted: bool,
}

impl Run {
    /// The series that number `index` means.
    pub fn series(&self, index: u32) -> Option<&Series> {
        self.scenario.series.get(index as usize)
    }

    /// What a stream of number `index` held; nothing where there is no such number.
    pub fn stream(&self, index: u32) -> StreamFacts {
        self.streams.get(index as usize).copied().unwrap_or_default()
    }

    /// Whether the kernel killed the trial of this number at its limit.
    pub fn was_killed(&self, sequence: u32) -> bool {
        let of_trial = |failure: &&Failure| failure.sequence == Some(sequence);
        self.failures.iter().filter(of_trial).any(|failure| failure.reason.killed_in().is_some())
    }

    /// The smallest number of streams of a series with which the kernel killed it at its limit, once it was ready for them.
    pub fn killed_from(&self, series: u32) -> Option<u32> {
        let of_series = self.failures.iter().filter(|failure| failure.series == series);
        let killed = of_series.filter(|failure| failure.reason.killed_in().is_some_and(|phase| phase > Phase::Idle));
        killed.map(|failure| failure.asked).min()
    }

    /// Whether what failed had more streams than anybody asked for: that it holds no more is no fault.
    pub fn is_beyond(&self, failure: &Failure) -> bool {
        failure.asked > self.scenario.asked()
    }

    /// The longest stream.
    pub fn longest_stream(&self) -> StreamFacts {
        self.streams.last().copied().unwrap_or_default()
    }
}

/// One stream's content in numbers. All streams of a trial are alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamFacts {
    /// Characters of text, thinking and tool input.
    pub chars: u64,
    /// The same in bytes of UTF-8.
    pub text_bytes: u64,
    /// Delta events.
    pub deltas: u64,
    /// Bytes of all events, as sent in the response's body.
    pub wire_bytes: u64,
}

impl StreamFacts {
    /// Counts a delta's text, apart from its bytes on the wire.
    pub fn count(&mut self, delta: &Delta<'_>) {
        self.deltas += 1;
        if let Some(said) = delta.said() {
            self.chars += said.chars().count() as u64;
            self.text_bytes += said.len() as u64;
        }
    }

    /// Both together.
    pub fn add(&mut self, other: StreamFacts) {
        self.chars += other.chars;
        self.text_bytes += other.text_bytes;
        self.deltas += other.deltas;
        self.wire_bytes += other.wire_bytes;
    }
}

/// The machine and the settings that can move a memory number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Environment {
    /// Kernel release.
    pub kernel: String,
    /// Machine architecture, as Rust names it.
    pub architecture: String,
    /// Processors this process may use.
    pub processors: u32,
    /// Physical memory in bytes.
    pub memory_bytes: u64,
    /// Memory page in bytes: the grain of RSS.
    pub page_bytes: u64,
    /// `always`, `madvise` or `never`; `always` makes RSS grow in steps of 2 MiB.
    pub transparent_huge_pages: String,
    /// Swap space in bytes.
    pub swap_bytes: u64,
    /// Which cgroup version counts memory: 1, 2, or 0 where none was found.
    #[serde(with = "version_or_0")]
    #[cfg_attr(test, schemars(with = "u8"))]
    pub cgroup_version: Option<Version>,
    /// `kernel.randomize_va_space`: 0 means that addresses are not randomised.
    pub address_randomisation: u8,
    /// `MALLOC_ARENA_MAX` as the subject saw it.
    pub malloc_arena_max: Option<String>,
    /// Threads that run the built-in subject's tasks.
    pub subject_worker_threads: u32,
    /// The hard limit of open files.
    pub open_files_limit: u64,
}

/// One fresh subject at one number of streams.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Order of start within the run, from 0.
    pub sequence: u32,
    /// Which pass over the ladder, from 0.
    pub pass: u32,
    /// Which of the scenario's series.
    pub series: u32,
    /// Which of the run's streams.
    pub stream: u32,
    /// Which of the scenario's prompts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub prompt: u32,
    /// Streams asked for.
    pub asked: u32,
    /// How they ended.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ending: Ending,
    /// How fast their text came, where that was not as the scenario says: its program could not have followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<Pace>,
    /// When it began, milliseconds after the run did.
    pub began_ms: u64,
    /// The phases it went through, in order.
    pub phases: Vec<PhaseRecord>,
    /// `statm` from outside through its whole life.
    pub samples: Samples,
    /// What the sampler cost and how late it was.
    pub sampler: SamplerFacts,
    /// What those samples do not tell, through its whole life too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<Beside>,
    /// Its streams opened and ended again, where the scenario has more waves than one: those that came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_waves: Vec<Wave>,
    /// What the simulator did and how late it was, without further waves.
    pub simulator: SimulatorFacts,
    /// What the subject said of itself on the *full* plateau, in bytes, where it says so.
    pub self_reported_rss: Option<u64>,
    /// The highest RSS of any one process of the subject, of those that ended before any plateau too, bytes; without further waves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high_water_of_one_bytes: Option<u64>,
    /// The highest that the subject's own cgroup was charged until its last plateau, or until it ended if that was before, bytes; without
    /// further waves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_peak_bytes: Option<u64>,
    /// The same with further waves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_peak_of_waves_bytes: Option<u64>,
}

impl Trial {
    /// The record of `phase`, if the trial got there.
    pub fn phase(&self, phase: Phase) -> Option<&PhaseRecord> {
        self.phases.iter().find(|record| record.phase == phase)
    }

    /// The plateau of `phase`, if the trial came to one.
    pub fn plateau(&self, phase: Phase) -> Option<&Plateau> {
        self.phase(phase)?.plateau.as_ref()
    }

    /// All its plateaus, in their order.
    pub fn plateaus(&self) -> impl Iterator<Item = &Plateau> {
        self.phases.iter().filter_map(|record| record.plateau.as_ref())
    }
}

/// The same number of streams once more in the same subject, opened, sent their text and ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wave {
    /// From when samples count after all of them had ended, milliseconds after the trial began.
    pub from_ms: u64,
    /// To when.
    pub to_ms: u64,
    /// What the subject's own cgroup was charged then and could not give back, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charged_bytes: Option<u64>,
    /// Streams that the subject read to their ends although the users of all of them had hung up in the middle; `None` where they had not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_on: Option<u32>,
}

/// One phase of one trial. Times are milliseconds after the trial began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhaseRecord {
    /// Which.
    pub phase: Phase,
    /// When it began.
    pub begun_ms: u64,
    /// When it ended.
    pub ended_ms: u64,
    /// The plateau and the readings taken on it; `streaming` has none.
    pub plateau: Option<Plateau>,
    /// Processor time that the subject had used when the phase began, nanoseconds, user and system; `None` where the kernel does not tell.
    pub cpu_ns: Option<u64>,
}

/// The level part of a phase. Only RSS has to be readable; any other reading may be missing, and is `None` then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plateau {
    /// From when the samples count, milliseconds after the trial began.
    pub from_ms: u64,
    /// To when.
    pub to_ms: u64,
    /// Whether RSS had come to rest before `from_ms`.
    pub settled: bool,
    /// Open streams, counted by the simulator.
    pub streams: u32,
    /// Open connections of the subject to the simulator; `None` where the kernel does not tell.
    pub connections: Option<u32>,
    /// Those of them that no process was found to hold: of another user, or in another namespace.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub connections_of_strangers: u32,
    /// Processes of the subject: it and what it started. All numbers below are sums over them.
    pub processes: u32,
    /// `smaps_rollup`: a walk over the page table, exact.
    pub smaps: Option<SmapsRollup>,
    /// Resident bytes with what several processes share counted once: anonymous pages by PSS, of every part of a file the process that has
    /// most of it. Of one process its RSS.
    pub counted_once_bytes: Option<u64>,
    /// `statm` resident bytes right beside that walk, to compare the two.
    pub statm_beside_bytes: u64,
    /// `VmHWM`: the highest RSS so far, bytes. Over several processes the sum is an upper bound, because they need not peak together.
    pub high_water_bytes: Option<u64>,
    /// Threads.
    pub threads: Option<u32>,
    /// Page tables, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_tables_bytes: Option<u64>,
    /// Kernel memory of the subject's own sockets to the simulator, summed.
    pub sockets: Option<Skmem>,
    /// Pages, at least, that processes of the subject took which had ended by the *full* plateau.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faults_of_ended: Option<u64>,
    /// Pipes and sockets within this machine that the subject had open, on the *full* plateau.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<u32>,
    /// TCP sockets that it had open whose other end was its own as well, on the *full* plateau.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels_tcp: Option<u32>,
    /// Files in memory that its processes had open, as far as they are not resident in one of them, on the *full* plateau, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_memory_files_bytes: Option<u64>,
    /// Files in memory of the whole machine, its own and others', on the *full* plateau, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_files_bytes: Option<u64>,
    /// Kernel memory of the subject's sockets to its users, summed, on the *full* plateau of a server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_sockets: Option<UserSockets>,
    /// Bytes that lay in the subject's receive queues.
    pub unread_bytes: Option<u64>,
    /// The largest receive buffer that the kernel allowed one of those sockets, bytes: a ceiling for what can lie unread in it.
    pub receive_buffer_bytes: Option<u64>,
    /// What the subject's own memory cgroup was charged, on the *full* plateau and where it had one.
    pub container: Option<ContainerMemory>,
}

impl Plateau {
    /// What several processes share and RSS therefore counts more than once, bytes: nothing as far as is known where that cannot be read.
    pub fn counted_twice_bytes(&self) -> u64 {
        match (self.smaps, self.counted_once_bytes) {
            (Some(smaps), Some(once)) => smaps.rss_bytes.saturating_sub(once),
            (None, _) | (_, None) => 0,
        }
    }

    /// Pages of hugetlbfs, which RSS has none of, bytes.
    pub fn hugetlb_bytes(&self) -> u64 {
        self.smaps.map_or(0, |smaps| smaps.hugetlb_bytes)
    }

    /// Resident bytes: by the walk, which is exact, or else by the kernel's counters.
    pub fn resident_bytes(&self) -> u64 {
        self.smaps.map_or(self.statm_beside_bytes, |smaps| smaps.rss_bytes)
    }

    /// How far the kernel's counters and the walk over the page table are apart, bytes; `None` where there was no walk.
    pub fn readings_apart_bytes(&self) -> Option<u64> {
        Some(self.statm_beside_bytes.abs_diff(self.smaps?.rss_bytes))
    }
}

/// What the kernel keeps for a server's connections to its users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSockets {
    /// The server's ends that were found.
    pub connections: u32,
    /// Their memory.
    pub memory: Skmem,
}

/// A time series in columns, so that the file stays small.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Samples {
    /// Milliseconds after the trial began.
    pub at_ms: Vec<u32>,
    /// Resident pages.
    pub rss_pages: Vec<u32>,
    /// Resident pages that belong to no file: `statm` resident less shared.
    pub anonymous_pages: Vec<u32>,
}

/// How the sampler did in one trial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SamplerFacts {
    /// Milliseconds from one sample to the next, as intended.
    pub period_ms: u32,
    /// Samples taken.
    pub samples: u64,
    /// Median time that one reading took, microseconds.
    pub read_median_us: f64,
    /// How late a sample was, 99th percentile, milliseconds.
    pub late_p99_ms: f64,
    /// How late the latest was, milliseconds.
    pub late_max_ms: f64,
}

/// How the simulator did in one trial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SimulatorFacts {
    /// The most streams open at once.
    pub peak_streams: u32,
    /// Streams that were ever opened.
    #[serde(default)]
    pub opened: u32,
    /// Those of them that were opened before the text came.
    #[serde(default)]
    pub opened_before_text: u32,
    /// Those that the subject broke off before they could end.
    #[serde(default)]
    pub broken_off: u32,
    /// Requests that were answered with a call of a tool, which are none of them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tool_calls: u32,
    /// Bytes of the bodies of the requests that opened them, all together; `None` in a record from before they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_bytes: Option<u64>,
    /// How streams were sent; `None` in a record from before that was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoken: Option<Spoken>,
    /// Delta events sent.
    pub deltas: u64,
    /// How late an event was, median, milliseconds.
    pub late_median_ms: f64,
    /// 99th percentile.
    pub late_p99_ms: f64,
    /// The latest.
    pub late_max_ms: f64,
    /// Milliseconds between two events of one stream, as intended.
    pub interval_ms: f64,
}

/// Of all streams that were opened, those that were sent otherwise than plain over HTTP/1.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoken {
    /// Over HTTP/2.
    pub http2: u32,
    /// Compressed with gzip.
    pub gzip: u32,
}

fn is_default(ending: &Ending) -> bool {
    *ending == Ending::default()
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The sites of one dhat profile: bytes that were requested and alive on the *full* plateau.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeapRecord {
    /// Which of the scenario's series.
    pub series: u32,
    /// Streams that were open.
    pub streams: u32,
    /// The profile's file in the run's folder.
    pub file: String,
    /// Sites, largest first.
    pub sites: Vec<Site>,
}
