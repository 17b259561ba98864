//! `probe`: how much memory does one more open LLM stream cost?
pub mod cli;
pub mod client;
pub mod cost;
pub mod experiment;
pub mod fit;
pub mod heap;
pub mod reading;
pub mod report;
pub mod run;
pub mod sampler;
pub mod scenario;
pub mod simulator;
pub mod store;
pub mod subject;
pub mod units;
pub mod wire;
