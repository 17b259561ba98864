//! `probe` answers one question: how much memory does one more open LLM stream cost?
//!
//! An application that holds many streaming responses open waits, and what runs out first while it waits is its own memory. This crate
//! opens N streams in a process of its own, the built-in client's or any program's, against a simulated Claude API, reads that process's
//! memory from outside, fits a line through many N, and says what one more stream costs, with an interval and with what speaks against
//! the number. A plan turns that and traffic into sizes; a proof lets the kernel judge the line.
//!
//! ```standalone_crate
//! use stream_probe::{Probe, ProbeError};
//!
//! fn main() -> Result<(), ProbeError> {
//!     // This program is started again as the process that holds the streams.
//!     stream_probe::play_if_asked();
//!     tokio::runtime::Runtime::new()?.block_on(async {
//!         let cost = Probe::new().streams(24).retain().measure().await?;
//!         println!("One more stream costs {}.", cost.per_stream());
//!         Ok(())
//!     })
//! }
//! ```
//!
//! A program of one's own is measured with [`Probe::command`]; a test that cannot call [`play_if_asked`] first in its `main` measures with
//! the `probe` on the `PATH`. [`Measurement`] has the answer as numbers, as text, and as [`cost::Cost`] for a [`plan`].
//!
//! # Words
//! | word | meaning |
//! |---|---|
//! | stream | one open streaming response, from request sent to body ended |
//! | subject | the process under measurement |
//! | simulator | the Claude-shaped server in the harness; it knows how many streams are open and how many bytes went out |
//! | scenario | what is to be run: series, ladder of N, streams, transport, pace, passes, seed |
//! | mode | what the subject does with text: retain (chunks, text or events) or drop |
//! | series | one client in one mode: one line of the answer |
//! | trial | one *fresh* subject, with all processes that it starts, at one N in one series |
//! | phase | idle, open, streaming, full, collected, released: the simulator moves all streams of a trial through them together |
//! | reading | one source of one memory number (statm, smaps_rollup, VmHWM, sockets, cgroup, heap) |
//! | run | all trials of one invocation, raw; saved as `run.json` |
//! | cost line | memory = base + per-stream x N, each number with an interval |
//! | dialect | how an API calls its events, paths, headers and errors; Claude's is the one that there is |
//! | cassette | a recorded stream, told again |
//! | upstream | a real API to which streams are passed on |
//! | proof | a predicted number of streams that a limit kills, and trials around it |
//! | traffic | requests as they come, wait at a gate, are refused, draw on buckets of rate limits, and are sent again |
//! | plan | traffic and the cost line turned into streams, memory, shares of limits, a queue |
//! | doubt | something that speaks against a result, with the cure |
//!
//! # The way of the data
//! ```text
//!  scenario -> simulator --+                                         +-> report: text, Markdown, CSV, JSON
//!                          +-> experiment -> sampler -> run ==> cost-+-> charts: SVG, PNG
//!  scenario -> subject ----+              (the world ends)  ||   +-> plan (with traffic) -> report
//!                                                        run.json +-> doubts
//!                                            `probe report DIR` enters here again
//! ```
//! Left of the [`run`] everything touches the world, takes time and may fail. Right of it everything is pure and instant, and can be done
//! again for old runs. What is raw is stored; what is derived is computed.
//!
//! # The floors
//! A module uses only modules of floors below its own, and of its own floor those that the table names. `tests/floors.rs` reads the imports and
//! holds them to it.
//!
//! | floor | modules | of their own floor | know nothing of |
//! |---|---|---|---|
//! | 0 words | [`units`], [`foreign`], `allocator` | - | anything |
//! | 1 facts | [`scenario`], [`wire`], [`reading`], [`heap`], [`traffic`] | `scenario` uses `wire` | sockets, files, clocks |
//! | 2 record | [`run`], [`proof`] | `proof` uses `run` | how it was made |
//! | 3 judgement | [`fit`], [`cost`], [`plan`] | `cost` uses `fit`; `plan` uses `cost`, `fit` | disk, terminal, time |
//! | 4 pictures | [`report`] | - | where they are saved |
//! | 5 world | [`http`], [`simulator`], [`client`], [`subject`], [`sampler`], [`store`] | `simulator` uses `http`; `client` uses `http`; `subject` uses `client`, `sampler` | the terminal |
//! | 6 experiment | [`experiment`] | - | the terminal |
//! | 7 face | `cli`, `probe` | - | - |
//!
//! # One binary, every role
//! The harness hosts simulator and sampler; the subject is a child process, so that neither the server's nor the sampler's nor the charts'
//! memory is in the number. The binary starts itself again as the built-in subject. The dhat profile is taken in *another* process than
//! the memory series, because a profiler changes the number it explains; which allocator a process has is decided once, at the start of
//! `main`, and never by this library.

//! # Where does it go?
//! | what is new | its files |
//! |---|---|
//! | a reading of memory | a variant and its row in `cost/quantity.rs`; where the kernel is asked for something that is not asked yet: `reading/`, `sampler/`, a field of [`run::Plateau`] |
//! | a chart | `report/chart/NAME.rs`, its data in `report/pictures.rs`, a line in [`report::render`] |
//! | a client | `probes/NAME/`, a variant in `scenario/client.rs`, its recipe in `subject/programs.rs` |
//! | a file that a plan is written out as | `report/plan/NAME.rs`, a variant and its line in `cli/plan.rs` |
//! | a doubt | a variant in `cost/doubt.rs` with what is the matter and its cure, and the function in `cost/doubted.rs` that has it; a new cure: `cost/cure.rs`, in words in `report/cures.rs` |
//! | a dialect of streams | `wire/NAME/`, a variant of its `Dialect` |
//!
//! Table, Markdown, `cost.json`, its schema and the comparison are loops over the quantities; none of them knows one by name unless it says
//! something that no other does.

#![warn(missing_docs)]

#[cfg(not(target_os = "linux"))]
compile_error!("probe measures on Linux only: it reads memory from /proc and sockets over netlink");

mod allocator;
mod cli;
pub mod client;
pub mod cost;
pub mod experiment;
pub mod fit;
pub mod foreign;
pub mod heap;
pub mod http;
pub mod plan;
mod probe;
pub mod proof;
pub mod reading;
pub mod report;
pub mod run;
pub mod sampler;
pub mod scenario;
pub mod simulator;
pub mod store;
pub mod subject;
pub mod traffic;
pub mod units;
pub mod wire;

pub use allocator::Allocator;
pub use probe::{Measurement, Probe, ProbeError};
pub use subject::play_if_asked;

use std::process::ExitCode;

/// The command `probe`, with the arguments of this process.
pub fn command_line() -> ExitCode {
    cli::run()
}
