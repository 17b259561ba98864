//! Any bytes, cut anywhere, give the same events as the whole, and never a panic.
//!
//! The first byte sets the limit and the next eight set the lengths of the chunks, over and over.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stream_probe::wire::sse::{Decoder, SseError};

type Decoded = (Vec<(String, String, String)>, Result<(), SseError>);

fuzz_target!(|input: &[u8]| {
    let Some((setting, stream)) = input.split_at_checked(9) else {
        return;
    };
    // Every other limit is too large to be met, so that long streams are read to their end as well.
    let limit = match setting[0] {
        small if small % 2 == 0 => usize::from(small),
        _ => usize::MAX,
    };
    let mut rest = stream;
    let mut chunks = Vec::new();
    for length in setting[1..].iter().cycle() {
        // A length of zero counts as one, so that the end is reached. An empty chunk follows every cut.
        let (chunk, after) = rest.split_at(usize::from(*length).max(1).min(rest.len()));
        chunks.extend([chunk, &[]]);
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    assert_eq!(decode(limit, chunks), decode(limit, [stream]));
});

fn decode<'a>(limit: usize, chunks: impl IntoIterator<Item = &'a [u8]>) -> Decoded {
    let mut decoder = Decoder::new(limit);
    let mut events = Vec::new();
    for chunk in chunks {
        let pushed = decoder.push(chunk, |event| {
            events.push((event.name.into(), event.data.into(), event.id.into()));
        });
        if pushed.is_err() {
            return (events, pushed);
        }
    }
    (events, Ok(()))
}
