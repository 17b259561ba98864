//! The program as a user meets it.

mod options;
mod serve;
mod upstream;
