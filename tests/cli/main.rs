//! The program as a user meets it.

#[path = "../support/ordinary_user.rs"]
mod ordinary_user;

mod options;
mod serve;
mod upstream;
