//! The plan: its formulas and tables, its files and their mistakes, what it prints, and its simulation.

mod answers;
mod engines;
mod formulas;
mod limits;
mod memory;
mod mistakes;
mod output;
mod played;
mod published;
mod queue;
mod readme;
mod schema;
