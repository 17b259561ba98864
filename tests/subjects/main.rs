//! Real processes, measured: the built-in client, the programs of `probes/`, programs of known cost, and what cgroups do to them.

#[path = "../support/mod.rs"]
mod support;

mod any_client;
mod cgroup;
mod clients;
mod measure;
mod prove;
mod sdks;
