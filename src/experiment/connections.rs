//! What the kernel tells of the connections between a subject and the simulator, as far as it does.

use crate::reading::{Ends, Socket};
use crate::sampler::SocketTable;
use crate::simulator::Simulator;

/// The kernel's socket tables, as far as it has them.
pub struct Connections(Option<SocketTable>);

impl Connections {
    /// Opens them.
    pub fn open() -> Connections {
        Connections(SocketTable::open().ok())
    }

    /// Whether the subject has read everything: nothing unread at its end, nothing unacknowledged at the simulator's.
    /// `None` where the kernel does not tell.
    pub fn all_read(&mut self, simulator: &Simulator) -> Option<bool> {
        if self.of_subject(simulator)?.iter().any(|socket| socket.unread_bytes > 0) {
            return Some(false);
        }
        let server = self.ask(&simulator.connections())?;
        Some(server.iter().all(|socket| socket.unsent_bytes == 0))
    }

    /// The subject's side of its connections to the simulator.
    pub fn of_subject(&mut self, simulator: &Simulator) -> Option<Vec<Socket>> {
        self.other_sides(simulator.connections())
    }

    /// The other sides of connections that are seen from one side.
    pub fn other_sides(&mut self, connections: Vec<Ends>) -> Option<Vec<Socket>> {
        let connections: Vec<Ends> = connections.into_iter().map(Ends::reversed).collect();
        self.ask(&connections)
    }

    /// What the kernel says of sockets, where it does.
    fn ask(&mut self, connections: &[Ends]) -> Option<Vec<Socket>> {
        let answer = self.0.as_mut()?.ask(connections);
        if answer.is_err() {
            // What may be left of a broken answer is none to the next question.
            self.0 = SocketTable::open().ok();
        }
        answer.ok()
    }
}
