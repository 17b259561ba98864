//! What is measured of every trial and drawn as a line against its streams. A new reading is a row here: table, `cost.json`, its schema and
//! the comparison are loops over [`Quantity::ALL`].

use super::levels::Levels;
use crate::run::{Look, Phase};
use crate::scenario::Ending;
use serde::{Deserialize, Serialize};

/// One kind of memory in one phase, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Quantity {
    /// Resident memory with all text received: the answer.
    Full,
    /// The same without pages of files.
    Anonymous,
    /// The highest resident memory until then, which is what a limit meets.
    Peak,
    /// The highest resident memory of the whole trial: with what is taken when streams end.
    #[serde(rename = "peak_at_end")]
    AtEnd,
    /// The same where streams end one after the other.
    #[serde(rename = "peak_at_end_apart")]
    AtEndApart,
    /// Resident memory with all text received, after garbage was collected.
    Collected,
    /// Resident memory with all streams open and no text.
    Open,
    /// Resident memory with all streams ended.
    Released,
    /// Kernel memory of the subject's sockets with all text received.
    #[serde(rename = "socket")]
    Sockets,
    /// Kernel memory of a server's sockets to its users with all text received.
    #[serde(rename = "user_socket")]
    UserSockets,
    /// What a container is charged for with all text received, and cannot take back.
    Container,
    /// The highest charge of the whole trial, without pages of files: what a limit kills for.
    ContainerPeak,
    /// What a runtime keeps alive with all text received: what is in use after a collection.
    Alive,
    /// What it holds beyond that before it collects: garbage, and room.
    #[serde(rename = "runtime_allowance")]
    Allowance,
    /// Resident memory that is not the runtime's heap.
    OutsideHeap,
    /// A reading that there is not, to see that one more costs this file alone: what the subject says of itself.
    #[cfg(test)]
    MadeUp,
}

/// In which steps a quantity is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steps {
    /// In whole pages.
    Pages,
    /// To the byte.
    Bytes,
}

impl Steps {
    /// The step, in bytes, where pages are of so many.
    pub fn bytes(self, page_bytes: f64) -> f64 {
        match self {
            Steps::Pages => page_bytes,
            Steps::Bytes => 0.0,
        }
    }
}

/// Everything that is to be said of a quantity.
struct Row {
    key: &'static str,
    per_stream: (usize, &'static str),
    briefly: Option<&'static str>,
    meaning: &'static str,
    steps: Steps,
    read: Read,
}

/// Where a quantity is read.
enum Read {
    /// In a trial.
    OfTrial(fn(&Levels<'_>) -> Option<f64>),
    /// In a runtime's heap, by a look into it.
    OfLook(fn(&Look) -> f64),
}

impl Quantity {
    /// Every one, in the order of tables.
    pub const ALL: &'static [Quantity] = &[
        Quantity::Full,
        Quantity::Anonymous,
        Quantity::Peak,
        Quantity::AtEnd,
        Quantity::AtEndApart,
        Quantity::Collected,
        Quantity::Open,
        Quantity::Released,
        Quantity::Sockets,
        Quantity::UserSockets,
        Quantity::Container,
        Quantity::ContainerPeak,
        Quantity::Alive,
        Quantity::Allowance,
        Quantity::OutsideHeap,
        #[cfg(test)]
        Quantity::MadeUp,
    ];

    fn row(self) -> Row {
        match self {
            Quantity::Full => Row {
                key: "full",
                per_stream: (0, "one more stream with all its text"),
                briefly: Some("one more stream with all its text"),
                meaning: "Resident memory with all text received: the answer.",
                steps: Steps::Pages,
                read: Read::OfTrial(|levels| levels.resident(Phase::Full)),
            },
            Quantity::Anonymous => Row {
                key: "anonymous",
                per_stream: (1, "without pages of files"),
                briefly: None,
                meaning: "The same without pages of files.",
                steps: Steps::Pages,
                read: Read::OfTrial(|levels| levels.anonymous()),
            },
            Quantity::Peak => Row {
                key: "peak",
                per_stream: (1, "at its peak (VmHWM)"),
                briefly: Some("at its peak (VmHWM)"),
                meaning: "The highest resident memory until all text was received.",
                steps: Steps::Pages,
                read: Read::OfTrial(|levels| levels.peak()),
            },
            Quantity::AtEnd => Row {
                key: "peak_at_end",
                per_stream: (1, "when streams end, at the peak"),
                briefly: Some("when streams end, at the peak"),
                meaning: "The highest resident memory of the whole trial, with what is taken when all streams end at once.",
                steps: Steps::Pages,
                read: Read::OfTrial(|levels| levels.at_end(Ending::Together)),
            },
            Quantity::AtEndApart => Row {
                key: "peak_at_end_apart",
                per_stream: (1, "when they end one after the other"),
                briefly: Some("when they end one after the other"),
                meaning: "The highest resident memory of the whole trial, where streams end one after the other.",
                steps: Steps::Pages,
                read: Read::OfTrial(|levels| levels.at_end(Ending::Apart)),
            },
            Quantity::Collected => Row {
                key: "collected",
                per_stream: (1, "after garbage was collected"),
                briefly: Some("after garbage was collected"),
                meaning: "Resident memory with all text received and garbage collected.",
                steps: Steps::Pages,
                read: Read::OfTrial(|levels| levels.resident(Phase::Collected)),
            },
            Quantity::Open => Row {
                key: "open",
                per_stream: (0, "one more stream, open, no text yet"),
                briefly: Some("open, no text yet"),
                meaning: "Resident memory with all streams open and no text.",
                steps: Steps::Pages,
                read: Read::OfTrial(|levels| levels.open()),
            },
            Quantity::Released => Row {
                key: "released",
                per_stream: (0, "left behind by an ended stream"),
                briefly: None,
                meaning: "Resident memory with all streams ended: what one more leaves behind.",
                steps: Steps::Pages,
                read: Read::OfTrial(|levels| levels.resident(Phase::Released)),
            },
            Quantity::Sockets => Row {
                key: "socket",
                per_stream: (0, "kernel socket memory a stream, not in RSS"),
                briefly: None,
                meaning: "Kernel memory of sockets with all text received; not part of resident memory.",
                steps: Steps::Bytes,
                read: Read::OfTrial(|levels| levels.sockets()),
            },
            Quantity::UserSockets => Row {
                key: "user_socket",
                per_stream: (1, "and of its sockets to users"),
                briefly: None,
                meaning: "Kernel memory of a server's sockets to its users with all text received; not part of resident memory.",
                steps: Steps::Bytes,
                read: Read::OfTrial(|levels| levels.user_sockets()),
            },
            Quantity::Container => Row {
                key: "container",
                per_stream: (0, "a container is charged, per stream"),
                briefly: None,
                meaning: "What a container is charged for with all text received, and cannot take back; container_source says where it is from.",
                steps: Steps::Pages,
                read: Read::OfTrial(|levels| levels.container()),
            },
            Quantity::ContainerPeak => Row {
                key: "container_peak",
                per_stream: (1, "at its peak, without pages of files"),
                briefly: None,
                meaning: "The highest charge of the whole trial, less the pages of files that the kernel could take back.",
                steps: Steps::Pages,
                read: Read::OfTrial(|levels| levels.container_peak()),
            },
            Quantity::Alive => Row {
                key: "alive",
                per_stream: (0, "alive in the runtime's heap, a stream"),
                briefly: Some("alive"),
                meaning: "What a runtime keeps alive with all text received, after a collection.",
                steps: Steps::Bytes,
                read: Read::OfLook(|look| look.full.alive_bytes as f64),
            },
            Quantity::Allowance => Row {
                key: "runtime_allowance",
                per_stream: (1, "held by the runtime beyond that"),
                briefly: None,
                meaning: "What a runtime holds beyond what is alive, with all text received and before it collects.",
                steps: Steps::Bytes,
                read: Read::OfLook(|look| look.full.held_bytes as f64 - look.full.alive_bytes as f64),
            },
            Quantity::OutsideHeap => Row {
                key: "outside_heap",
                per_stream: (1, "resident outside its heap"),
                briefly: None,
                meaning: "Resident memory beyond what a runtime holds as its heap, with all text received.",
                steps: Steps::Pages,
                read: Read::OfLook(|look| look.resident_bytes as f64 - look.full.held_bytes as f64),
            },
            #[cfg(test)]
            Quantity::MadeUp => Row {
                key: "made_up",
                per_stream: (0, "one more stream as the subject says"),
                briefly: Some("as the subject says"),
                meaning: "Resident memory by the subject's own voice.",
                steps: Steps::Pages,
                read: Read::OfTrial(|levels| levels.trial.self_reported_rss.map(|bytes| bytes as f64)),
            },
        }
    }

    /// Its name, of which its fields in `cost.json` are made.
    pub fn key(self) -> &'static str {
        self.row().key
    }

    /// The quantity of that name.
    pub fn of_key(key: &str) -> Option<Quantity> {
        Quantity::ALL.iter().copied().find(|quantity| quantity.key() == key)
    }

    /// The field of its base in `cost.json`.
    pub fn base_field(self) -> String {
        match self {
            Quantity::Full => "base_bytes".to_owned(),
            // What it takes whatever the number of streams.
            Quantity::Allowance => "runtime_allowance_bytes".to_owned(),
            other => format!("{}_base_bytes", other.key()),
        }
    }

    /// The field of its slope.
    pub fn per_stream_field(self) -> String {
        match self {
            Quantity::Full => "per_stream_bytes".to_owned(),
            other => format!("{}_bytes_per_stream", other.key()),
        }
    }

    /// What its slope is called in a table, and how far it is indented there: 1 where it belongs to the row above.
    pub fn per_stream(self) -> (usize, &'static str) {
        self.row().per_stream
    }

    /// What its slope is called where many series are compared; `None` where it is left out of that.
    pub fn briefly(self) -> Option<&'static str> {
        self.row().briefly
    }

    /// What it is, a sentence.
    pub fn meaning(self) -> &'static str {
        self.row().meaning
    }

    /// In which steps it is known.
    pub fn steps(self) -> Steps {
        self.row().steps
    }

    /// Its value in one trial, bytes; `None` where the trial did not reach its phase or the machine does not give the reading.
    pub(super) fn read(self, levels: &Levels<'_>) -> Option<f64> {
        match self.row().read {
            Read::OfTrial(read) => read(levels),
            Read::OfLook(_) => None,
        }
    }

    /// Its value in a look into a heap, bytes; `None` where trials have it.
    pub(super) fn seen_in(self, look: &Look) -> Option<f64> {
        match self.row().read {
            Read::OfTrial(_) => None,
            Read::OfLook(read) => Some(read(look)),
        }
    }
}
