//! The command line's entry: which allocator, which role, which verb.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: stream_probe::Allocator = stream_probe::Allocator;

fn main() -> ExitCode {
    stream_probe::play_if_asked();
    stream_probe::command_line()
}
