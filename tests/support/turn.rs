//! Whose turn it is on two processors.

use std::sync::{Condvar, Mutex, PoisonError};

/// Places on this machine. As many tests run at once as there are places (`.cargo/config.toml`), because most of each is waiting: of 300 s
/// of programs measured one after the other, 27 s were processor time.
const PLACES: usize = 36;
/// The whole of `cargo test` takes 300 s of processor time, a third of two processors with twelve that measure side by side; these are eighteen.
const MEASURING: usize = 2;

static FREE: Mutex<usize> = Mutex::new(PLACES);
static FREED: Condvar = Condvar::new();

/// Places taken; dropping it makes room.
pub struct Turn(usize);

/// For a program that does not do what it should: words are asserted, and no number.
pub fn waiting() -> Turn {
    take(1)
}

/// For a measurement that the others do not disturb: what is kept, and not when, is asserted.
pub fn beside_others() -> Turn {
    take(MEASURING)
}

/// For a measurement that has to have the machine to itself.
pub fn alone() -> Turn {
    take(PLACES)
}

fn take(places: usize) -> Turn {
    let free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut free = FREED.wait_while(free, |free| *free < places).unwrap_or_else(PoisonError::into_inner);
    *free -= places;
    Turn(places)
}

impl Drop for Turn {
    fn drop(&mut self) {
        *FREE.lock().unwrap_or_else(PoisonError::into_inner) += self.0;
        FREED.notify_all();
    }
}
