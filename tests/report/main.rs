//! Pictures and pages, made in memory.

mod bound;
mod chart;
mod gallery;
