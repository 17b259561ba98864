//! Pictures and pages, made in memory.

mod chart;
mod gallery;
