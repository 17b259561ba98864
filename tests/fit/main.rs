//! Lines and what speaks against them, each with a known answer from outside.

mod coverage;
mod curve;
mod laws;
mod line;
mod nist;
mod robust;
