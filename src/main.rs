//! The command line's entry: which allocator, which role, which verb.

use dhat::Alloc as Profiled;
use std::alloc::{GlobalAlloc, Layout, System};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use stream_probe::{cli, subject};

/// The system's allocator, or dhat's around it; chosen once, before the profiler starts, and never changed. dhat takes a global lock
/// around every allocation even without a profiler, which is why it cannot simply stay.
struct Allocator;

static PROFILED: AtomicBool = AtomicBool::new(false);

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

// SAFETY: both allocators end in the system's, so that memory of one may be freed by the other, and dhat passes on pointers that it
// does not know.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { if PROFILED.load(Ordering::Relaxed) { Profiled.alloc(layout) } else { System.alloc(layout) } }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        unsafe {
            if PROFILED.load(Ordering::Relaxed) { Profiled.alloc_zeroed(layout) } else { System.alloc_zeroed(layout) }
        }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        unsafe {
            if PROFILED.load(Ordering::Relaxed) {
                Profiled.realloc(at, layout, size)
            } else {
                System.realloc(at, layout, size)
            }
        }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe {
            if PROFILED.load(Ordering::Relaxed) { Profiled.dealloc(at, layout) } else { System.dealloc(at, layout) }
        }
    }
}

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|verb| verb == subject::ROLE) {
        PROFILED.store(subject::heap_profile_wanted(), Ordering::Relaxed);
        return subject::play();
    }
    cli::run()
}
