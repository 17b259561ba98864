//! What a runtime says of its own heap, from inside a process that is not measured otherwise.

use serde::{Deserialize, Serialize};

/// A runtime that can be looked into with the program as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runtime {
    /// Node: V8's heap and what it holds outside of it for buffers.
    Node,
    /// CPython: its small objects, and what glibc's allocator has handed out.
    Python,
    /// HotSpot: the Java heap. Buffers outside of it, classes, code and stacks are none of it.
    Jvm,
    /// Go: the heap. The stacks of goroutines are none of it.
    Go,
}

/// A heap at one moment, over all processes of a subject that told of theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heap {
    /// What the runtime held for it before it collected, bytes: in use, garbage and free.
    pub held_bytes: u64,
    /// What was in use after a collection, bytes.
    pub alive_bytes: u64,
}

/// The heaps of one subject, with all its streams open and then with all their text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Which of the scenario's series.
    pub series: u32,
    /// Streams that were open.
    pub streams: u32,
    /// Which runtime told.
    pub runtime: Runtime,
    /// How many of the subject's processes.
    pub processes: u32,
    /// With all streams open and no text.
    pub open: Heap,
    /// With all text.
    pub full: Heap,
    /// Resident memory of the whole subject with all text, before it collected, bytes; what several processes share counts once.
    pub resident_bytes: u64,
}
