//! What the tests that run `probe` share: whose turn it is, what is left out where it is not installed, and the formats that are kept.

pub mod cost_schema;
mod left_out;
mod ordinary_user;
mod turn;

pub use left_out::{cgroups_or_left_out, client_or_left_out, is_required};
pub use ordinary_user::{ordinary_user, output_or_left_out};
pub use turn::{Turn, alone, beside_others, waiting};
