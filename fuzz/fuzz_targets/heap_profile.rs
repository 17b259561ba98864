//! No file makes the reader of heap profiles panic, and what it reads, the sites and their costs hold together.
//!
//! An input that is not JSON by itself is also tried as the text of frames, one a line, in a well-formed profile: random
//! bytes rarely get past the JSON otherwise.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stream_probe::heap::{ProgramPoint, Profile, marginal, sites};

fuzz_target!(|input: &[u8]| {
    if let Ok(profile) = Profile::parse(input) {
        check(&profile);
    }
    let frames: Vec<String> = String::from_utf8_lossy(input).lines().map(str::to_owned).collect();
    let points = (0..frames.len())
        .map(|from| ProgramPoint { bytes: 1 + from as u64, blocks: 1, stack: (from..frames.len()).take(8).collect() })
        .collect();
    check(&Profile { points, frames });
});

fn check(profile: &Profile) {
    let sites = sites(profile);
    let sum = sites.iter().fold(0_u64, |sum, site| sum.saturating_add(site.bytes));
    assert_eq!(sum, profile.bytes());
    assert!(sites.is_sorted_by(|a, b| a.bytes >= b.bytes));
    let costs = marginal((1, &sites), (2, &sites)).expect("two stream counts");
    assert!(costs.iter().all(|cost| cost.per_stream == 0.0));
    assert_eq!(costs.len(), sites.len());
}
