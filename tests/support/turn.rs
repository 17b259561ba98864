//! Whose turn it is on two processors.

use std::sync::{Condvar, Mutex, PoisonError};

/// Measurements that run side by side. Most of one is waiting at a pace: of 300 s of programs measured one after the other, 27 s were
/// processor time, so that four take less than a fifth of the two processors that there are.
const SIDE_BY_SIDE: usize = 4;

static FREE: Mutex<usize> = Mutex::new(SIDE_BY_SIDE);
static FREED: Condvar = Condvar::new();

/// A place among the measurements; dropping it makes room.
pub struct Turn(usize);

/// For a measurement that the others do not disturb: what it keeps, and not when, is asserted.
pub fn beside_others() -> Turn {
    take(1)
}

/// For a measurement that has to have the machine to itself.
pub fn alone() -> Turn {
    take(SIDE_BY_SIDE)
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
