//! The allocator that a heap profile needs: the system's, or dhat's around it.

use dhat::Alloc as Profiled;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, Ordering};

/// The system's allocator, until the process is asked for a heap profile; dhat's around it from then on. dhat takes a global lock around
/// every allocation even without a profiler, which is why it cannot simply stay.
///
/// `probe` installs it; this library never does. A program that plays the built-in subject itself ([`play_if_asked`](crate::play_if_asked))
/// installs it where it wants heap profiles:
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: stream_probe::Allocator = stream_probe::Allocator;
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Allocator;

/// Chosen once, before the profiler starts, and never changed.
static PROFILED: AtomicBool = AtomicBool::new(false);
/// Whether an allocation came through [`Allocator`] since.
static INSTALLED: AtomicBool = AtomicBool::new(false);

/// From here on allocations are profiled; says whether [`Allocator`] is installed, without which none is. To be called before there is
/// another thread.
pub(crate) fn profile() -> bool {
    PROFILED.store(true, Ordering::Relaxed);
    drop(std::hint::black_box(Box::new(0_u8)));
    INSTALLED.load(Ordering::Relaxed)
}

// SAFETY: both allocators end in the system's, so that memory of one may be freed by the other, and dhat passes on pointers that it
// does not know.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if PROFILED.load(Ordering::Relaxed) {
            INSTALLED.store(true, Ordering::Relaxed);
            unsafe { Profiled.alloc(layout) }
        } else {
            unsafe { System.alloc(layout) }
        }
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
