//! The built-in client: one shared reqwest client, one server-sent event stream after the other or all at once.

mod keeper;
mod stream;

pub use keeper::Keeper;
pub use stream::{ClientConfig, ClientError, StreamClient, read_events};
