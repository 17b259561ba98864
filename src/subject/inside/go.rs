//! A look into Go: nothing can be preloaded into it, and nothing in it answers. What its runtime knows of its heap is read where a debugger
//! would read it, and it is made to collect by the one knob that its runtime looks at all the time.
//!
//! Its monitor has a collection begin when none has been for `runtime.forcegcperiod`, two minutes (Go, src/runtime/proc.go, `sysmon`), which
//! is shortened for the time of three: pools are empty after two (src/sync/pool.go). `GODEBUG=schedtrace` keeps the monitor from going to sleep for as long
//! as the program rests, and prints its first line after so many milliseconds. `gctrace` would tell the same to the megabyte.

use super::go_layout::Layout;
use crate::run::Heap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::sleep;

/// What goes into `GODEBUG`: eleven days.
pub const AWAKE: &str = "schedtrace=1000000000";
/// What `runtime.forcegcperiod` is in every Go: nothing else is written over.
const TWO_MINUTES: u64 = 120_000_000_000;
/// Some cycles that began after it was asked: the first may have begun before.
const CYCLES: u32 = 4;
/// How often it is looked whether they are over.
const LOOK: Duration = Duration::from_millis(5);

/// Collects the garbage of the process `pid`, which is a Go program or tells nothing; what it held and what is alive.
///
/// Cancelled, it leaves the program as it was.
pub async fn look(pid: u32) -> Option<Heap> {
    let program = PathBuf::from(format!("/proc/{pid}/exe"));
    let layout = tokio::task::spawn_blocking(move || Layout::of(&program)).await.ok()??;
    let memory = Memory::open(pid, layout.movable_from)?;
    let held = || layout.held.iter().map(|at| memory.u64(*at).ok()).sum::<Option<u64>>();
    let held_bytes = held()?;
    // Where GOGC is off, nothing begins by time either.
    if (memory.u32(layout.percent).ok()? as i32) < 0 || memory.u64(layout.period).ok()? != TWO_MINUTES {
        return None;
    }
    let before = memory.u32(layout.collections).ok()?;
    let hurry = Hurry::begin(&memory, &layout).ok()?;
    loop {
        sleep(LOOK).await;
        let since = memory.u32(layout.collections).ok()?.wrapping_sub(before);
        if since >= CYCLES {
            break;
        }
    }
    drop(hurry);
    Some(Heap { held_bytes, alive_bytes: memory.u64(layout.marked).ok()? })
}

/// For as long as this lives, collections follow on each other.
struct Hurry<'a> {
    memory: &'a Memory,
    period: u64,
}

impl<'a> Hurry<'a> {
    fn begin(memory: &'a Memory, layout: &Layout) -> io::Result<Hurry<'a>> {
        // Before the first collection there is none by time.
        if memory.u64(layout.last)? == 0 {
            memory.write(layout.last, 1)?;
        }
        memory.write(layout.period, 1)?;
        Ok(Hurry { memory, period: layout.period })
    }
}

impl Drop for Hurry<'_> {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.memory.write(self.period, TWO_MINUTES);
    }
}

/// A process's memory, at the addresses that its program's file has.
struct Memory {
    file: File,
    moved_by: u64,
}

impl Memory {
    /// `None` where it may not be written to: man page proc_pid_mem(5), ptrace(2).
    fn open(pid: u32, movable_from: Option<u64>) -> Option<Memory> {
        let file = OpenOptions::new().read(true).write(true).open(format!("/proc/{pid}/mem")).ok()?;
        let moved_by = match movable_from {
            None => 0,
            Some(lowest) => {
                let program = fs::read_link(format!("/proc/{pid}/exe")).ok()?;
                let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
                let first = maps.lines().find(|line| line.ends_with(program.to_str().unwrap_or("\0")))?;
                u64::from_str_radix(first.split_once('-')?.0, 16).ok()?.wrapping_sub(lowest)
            }
        };
        Some(Memory { file, moved_by })
    }

    fn u64(&self, address: u64) -> io::Result<u64> {
        let mut bytes = [0; 8];
        self.file.read_exact_at(&mut bytes, address.wrapping_add(self.moved_by))?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn u32(&self, address: u64) -> io::Result<u32> {
        let mut bytes = [0; 4];
        self.file.read_exact_at(&mut bytes, address.wrapping_add(self.moved_by))?;
        Ok(u32::from_ne_bytes(bytes))
    }

    fn write(&self, address: u64, value: u64) -> io::Result<()> {
        self.file.write_all_at(&value.to_ne_bytes(), address.wrapping_add(self.moved_by))
    }
}
