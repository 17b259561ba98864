//! Program points summed up to sites: the places in the source that hold memory.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::frame::Frame;
use super::profile::{Profile, ProgramPoint};

/// A place in the source, and what it holds at the end of the profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// `hyper::proto::h1::io::Buffered::new (proto/h1/io.rs:59)`: the function that asked for the memory.
    pub label: String,
    /// The nearest function above it that belongs to another crate, in the same form: on whose behalf. Where several
    /// calls lead to one site, the one that holds most. `None` if the stack, which dhat cuts off, shows no other crate.
    pub caller: Option<String>,
    /// Bytes alive, as requested from the allocator.
    pub bytes: u64,
    /// Blocks alive.
    pub blocks: u64,
}

/// The sites of a profile that hold anything at the end, largest first.
///
/// A site is the first frame of a stack, from the allocation outwards, that is none of these:
/// - an allocator (`alloc::alloc`, `__rust_alloc`, `dhat::Alloc`, any `GlobalAlloc`), or a frame below one;
/// - the standard library (`core`, `alloc`, `std`) and the hash table in it (`hashbrown`), since a `Vec` grows for the
///   one who pushes;
/// - a function without a module path, which is C.
///
/// So the buffer crates of others (`bytes`) count as sites and their user is the caller. Where the whole stack is of
/// the standard library (its buffer behind `stdout`), the first frame of `std` is the site. Stacks that differ only in
/// addresses, generics, columns or further up are one site.
pub fn sites(profile: &Profile) -> Vec<Site> {
    let frames: Vec<Frame<'_>> = profile.frames.iter().map(|f| Frame::parse(f)).collect();
    let mut by_label: BTreeMap<String, BTreeMap<Option<String>, (u64, u64)>> = BTreeMap::new();
    for point in profile.points.iter().filter(|point| point.bytes > 0) {
        let (label, caller) = place(point, &frames);
        let (bytes, blocks) = by_label.entry(label).or_default().entry(caller).or_default();
        *bytes = bytes.saturating_add(point.bytes);
        *blocks = blocks.saturating_add(point.blocks);
    }
    let mut sites: Vec<Site> = by_label.into_iter().map(site).collect();
    // The sort is stable and the map was in order of label, so equal sizes keep a fixed order.
    sites.sort_by_key(|site| std::cmp::Reverse(site.bytes));
    sites
}

fn site((label, callers): (String, BTreeMap<Option<String>, (u64, u64)>)) -> Site {
    let (bytes, blocks) = callers
        .values()
        .fold((0_u64, 0_u64), |(bytes, blocks), more| (bytes.saturating_add(more.0), blocks.saturating_add(more.1)));
    let caller = callers.into_iter().max_by_key(|(_, (bytes, _))| *bytes).and_then(|(caller, _)| caller);
    Site { label, caller, bytes, blocks }
}

/// The site of a stack and its caller.
fn place(point: &ProgramPoint, frames: &[Frame<'_>]) -> (String, Option<String>) {
    let stack: Vec<&Frame<'_>> = point.stack.iter().filter_map(|&at| frames.get(at)).collect();
    let outside = stack.iter().rposition(|frame| frame.is_allocator()).map_or(&stack[..], |last| &stack[last + 1..]);
    let Some(at) = outside.iter().position(|frame| !frame.is_plumbing()) else {
        return (standard_library(outside), None);
    };
    let own = outside[at].krate();
    let caller =
        outside[at + 1..].iter().find(|frame| !frame.is_plumbing() && frame.krate() != own).map(|frame| frame.label());
    (outside[at].label(), caller)
}

/// The site of a stack that never leaves the standard library.
fn standard_library(outside: &[&Frame<'_>]) -> String {
    let named = || outside.iter().filter(|frame| frame.has_path());
    named()
        .find(|frame| frame.krate() == "std")
        .or_else(|| named().next())
        .map_or_else(|| "(unknown)".to_owned(), |frame| frame.label())
}
