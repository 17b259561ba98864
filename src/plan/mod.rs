//! From measured memory to a capacity plan.

pub mod simulate;
