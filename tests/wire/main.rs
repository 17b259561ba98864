//! Readers of bytes: event streams, Claude's events, heap profiles.

mod event;
mod heap_profile;
mod sse;
