//! The simulator as a client meets it: over sockets, byte by byte. The formats expected here are written down once more,
//! by hand, and nothing that the crate reads them with is used.

mod agents;
mod answers;
mod body;
mod cassettes;
mod compressed;
mod events;
mod faults;
mod held;
mod pace;
mod passed_on;
mod server;
mod sizes;
mod transport;
