//! The plan file: TOML in, checked [`Inputs`](super::Inputs) out, or all of its mistakes at once.

mod account;
mod document;
mod headers;
mod mistake;
mod process;
mod quantity;
mod read;
mod workload;

pub use mistake::{Mistake, Mistakes};
pub use read::{BothMistakes, read, read_over};

/// A commented plan to fill in. It is a plan: the program reads it as it is.
pub const TEMPLATE: &str = include_str!("template.toml");
