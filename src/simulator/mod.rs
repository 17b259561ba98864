//! A server inside the harness that speaks as the API does. It knows how many streams are open and how many bytes went out, and it moves all
//! streams of a trial through their phases together.
//!
//! It must not be the bottleneck: payloads are built once and shared, an open stream holds a position and a timer, and how late
//! each event was is recorded rather than hoped for.

mod authority;
mod broken_off;
mod cassette;
mod compressed;
mod connections;
mod consent;
mod fault;
mod forward;
mod generated;
mod headers;
mod intake;
mod key;
mod listen;
mod passing;
mod prose;
mod recorder;
mod recording;
mod script;
mod service;
mod sizes;
mod source;
mod stage;
mod streaming;
mod traffic;
mod upstream;

pub use crate::wire::request::Asked;
pub use authority::{Authority, AuthorityError};
pub use broken_off::BrokenOff;
pub use cassette::{Cassette, CassetteError, Damage, Flaw, NoTimes};
pub use key::{ApiKey, Credentials, NotAKey};
pub use listen::{Simulator, SimulatorConfig, SimulatorError};
pub use recording::Recording;
pub use script::{FirstTurn, Script, Timing, Told};
pub use source::Source;
pub use stage::{Conduct, Lateness, Stage};
pub use upstream::{Upstream, UpstreamError};
