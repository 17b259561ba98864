//! Which line of which crate holds the bytes: heap profiles turned into sites, and sites into a cost per stream.
//!
//! ```text
//! heap.json of N=3  --Profile::parse--> Profile --sites--> [Site] --+
//!                                                                   +--marginal--> [SiteCost]
//! heap.json of N=10 --Profile::parse--> Profile --sites--> [Site] --+
//! ```
//!
//! The profiles are those of dhat-rs 0.3, written when the profiler is dropped while all streams are open, by a program
//! built with `debug = 1`: less leaves the crates out of the stacks, and `Profile::parse` says so. The numbers are
//! bytes *requested* from the allocator. They are neither touched memory (a 64 KiB buffer that was filled to a tenth
//! counts whole here, and a tenth in RSS) nor do they hold the allocator's own rounding and bookkeeping, thread stacks,
//! or what the kernel keeps for sockets. So they explain where the measured cost per stream comes from, and never
//! replace it.

mod frame;
mod marginal;
mod profile;
mod site;

pub use marginal::{MarginalError, SiteCost, marginal};
pub use profile::{Profile, ProfileError, ProgramPoint};
pub use site::{Site, sites};
