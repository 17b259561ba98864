//! How much a delta brings.

use crate::body::{events, said};
use crate::server::{SEED, spec, streamed};
use stream_probe::scenario::{Shape, StreamSpec};
use stream_probe::simulator::Script;

/// As recorded over 31 streams: mean, the sizes at or below which 10, 50, 90 and 99 % of the deltas are, and the largest.
const RECORDED: [(Shape, &str, f64, [usize; 4], usize); 3] = [
    (Shape::LongForm, "text_delta", 22.4, [3, 13, 55, 153], 208),
    (Shape::Thinking, "thinking_delta", 10.1, [2, 10, 22, 29], 29),
    (Shape::ToolUse, "input_json_delta", 7.5, [2, 7, 12, 27], 85),
];

#[tokio::test]
async fn sizes_are_as_recorded() {
    for (shape, kind, mean, quantiles, largest) in RECORDED {
        let told = events(&streamed(Script::new(&spec(shape, 60_000), SEED)).await);
        let pieces = said(&told, kind);
        // The first piece of a tool's input is empty by rule, not by chance.
        let mut sizes: Vec<usize> = pieces.iter().map(|piece| piece.chars().count()).filter(|&size| size > 0).collect();
        sizes.sort_unstable();
        let count = sizes.len();
        let got = sizes.iter().sum::<usize>() as f64 / count as f64;
        assert!((got / mean - 1.0).abs() < 0.05, "{kind}: {got} on average, recorded {mean}");
        for (percent, recorded) in [10, 50, 90, 99].into_iter().zip(quantiles) {
            let got = sizes[count * percent / 100];
            let off = got.abs_diff(recorded);
            assert!(off <= 1 || off * 100 <= recorded * 12, "{kind}, {percent} %: {got}, recorded {recorded}");
        }
        assert!(sizes[0] == 1 && sizes[count - 1] <= largest, "{kind}: {} to {}", sizes[0], sizes[count - 1]);
    }
}

#[tokio::test]
async fn a_size_that_is_asked_for_is_met() {
    let cases = [
        (Shape::LongForm, "text_delta", 1_000, 1),
        (Shape::Chat, "text_delta", 1_000, 7),
        (Shape::Thinking, "thinking_delta", 3_000, 64),
        (Shape::ToolUse, "input_json_delta", 1_000, 16),
        (Shape::LongForm, "text_delta", 100_000, 40_000),
        (Shape::LongForm, "text_delta", 10, 10_000),
    ];
    for (shape, kind, chars, size) in cases {
        let spec = StreamSpec { shape, chars, delta_chars: Some(size) };
        let told = events(&streamed(Script::new(&spec, SEED)).await);
        let mut pieces = said(&told, kind);
        if shape == Shape::ToolUse {
            assert_eq!(pieces.remove(0), "");
        }
        let last = pieces.pop().unwrap();
        assert!(pieces.iter().all(|piece| piece.chars().count() == size as usize), "{shape:?} {size}: {pieces:?}");
        // What is left over comes last.
        assert!((1..=size as usize).contains(&last.chars().count()), "{shape:?} {size}: {last:?}");
    }
}
