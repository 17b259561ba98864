//! A plan as people and programs read it. Everything is made in memory.

mod certainty;
mod headline;
mod help;
mod inverse;
mod limits;
mod markdown;
mod money;
mod numbers;
mod routes;
mod section;
mod simulation;
mod text;
mod words;

pub use headline::headlines;
pub use markdown::markdown;
pub use text::text;
