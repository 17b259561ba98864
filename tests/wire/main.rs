//! Readers of bytes: event streams, Claude's events, heap profiles.

mod dialect;
mod event;
mod heap_profile;
mod sse;
