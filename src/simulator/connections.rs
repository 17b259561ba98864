//! Which connections are open, so that the kernel can be asked for them and for no others.

use crate::reading::Ends;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The open connections of a simulator, as its own sockets see them.
#[derive(Debug, Default)]
pub struct Connections(Mutex<HashSet<Ends>>);

impl Connections {
    /// All of them.
    pub fn all(&self) -> Vec<Ends> {
        self.lock().iter().copied().collect()
    }

    /// Counts one in, until what is given back is dropped.
    pub fn enter(self: &Arc<Self>, ends: Ends) -> Connected {
        self.lock().insert(ends);
        Connected { connections: Arc::clone(self), ends }
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<Ends>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open connection.
#[derive(Debug)]
pub struct Connected {
    connections: Arc<Connections>,
    ends: Ends,
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.connections.lock().remove(&self.ends);
    }
}
