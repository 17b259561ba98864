//! The decoder against the HTML Standard's examples, cases derived from its algorithm, and an independent decoder;
//! always at many ways to cut the stream into chunks.

use proptest::collection::vec;
use proptest::prelude::*;
use stream_probe::wire::sse::{Decoder, SseError, SseEvent};

/// Name, data, id.
type Event = (String, String, String);

fn event(name: &str, data: &str, id: &str) -> Event {
    (name.into(), data.into(), id.into())
}

fn decode_with<'a>(
    decoder: &mut Decoder,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Event>, Result<(), SseError>) {
    let mut events = Vec::new();
    for chunk in chunks {
        let pushed = decoder.push(chunk, |e| events.push(event(e.name, e.data, e.id)));
        if pushed.is_err() {
            return (events, pushed);
        }
    }
    (events, Ok(()))
}

fn decode<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Event> {
    let (events, result) = decode_with(&mut Decoder::new(usize::MAX), chunks);
    result.unwrap();
    events
}

/// Input, and the (name, data, id) of the events in it.
type Case = (&'static [u8], &'static [(&'static str, &'static str, &'static str)]);

const M: &str = "message";

/// The examples of the HTML Standard, 9.2.1 and 9.2.6.
#[rustfmt::skip]
const EXAMPLES: &[Case] = &[
    (b"data: This is the first message.\n\ndata: This is the second message, it\ndata: has two lines.\n\ndata: This is the third message.\n\n",
     &[(M, "This is the first message.", ""), (M, "This is the second message, it\nhas two lines.", ""), (M, "This is the third message.", "")]),
    (b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n",
     &[("add", "73857293", ""), ("remove", "2153", ""), ("add", "113411", "")]),
    (b"data: YHOO\ndata: +2\ndata: 10\n\n", &[(M, "YHOO\n+2\n10", "")]),
    (b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
     &[(M, "first event", "1"), (M, "second event", ""), (M, " third event", "")]),
    (b"data\n\ndata\ndata\n\ndata:", &[(M, "", ""), (M, "\n", "")]),
    (b"data:test\n\ndata: test\n\n", &[(M, "test", ""), (M, "test", "")]),
];

#[rustfmt::skip]
const DERIVED: &[Case] = &[
    // Line ends.
    (b"data: a\r\n\r\ndata: b\r\n\r\n", &[(M, "a", ""), (M, "b", "")]),
    (b"data: a\r\rdata: b\r\r", &[(M, "a", ""), (M, "b", "")]),
    (b"data: a\r\ndata: b\rdata: c\n\r\ndata: d\n\r", &[(M, "a\nb\nc", ""), (M, "d", "")]),
    (b"\n\r\n\r\r\n\ndata: a\n\n", &[(M, "a", "")]),
    (b"data: a\r\n\ndata: b\r\n\r", &[(M, "a", ""), (M, "b", "")]),
    // A byte order mark: one, at the start, is dropped. Two, or one elsewhere, or a part of one, is content.
    (b"\xEF\xBB\xBFdata: a\n\n", &[(M, "a", "")]),
    (b"\xEF\xBB\xBF\xEF\xBB\xBFdata: a\n\ndata: b\n\n", &[(M, "b", "")]),
    (b"\n\xEF\xBB\xBFdata: a\n\ndata: b\n\n", &[(M, "b", "")]),
    (b"\xEF\xBBdata: a\n\ndata: \xEF\xBB\xBFb\n\n", &[(M, "\u{FEFF}b", "")]),
    (b"\xEF\xBB\xBF\n\xEF\xBB\xBF", &[]),
    // Fields and comments.
    (b":\n: c\n:data: x\ndata: a\n:\ndata: b\n\n", &[(M, "a\nb", "")]),
    (b"data:a:b: c\n\n", &[(M, "a:b: c", "")]),
    (b"data:\ta\ndata:  b \n\n", &[(M, "\ta\n b ", "")]),
    (b"Data: x\n data: x\ndata : x\ndatax: x\ndat: x\n\ndata: a\n\n", &[(M, "a", "")]),
    (b"data: \n\ndata: \ndata:\ndata\n\n", &[(M, "", ""), (M, "\n\n", "")]),
    // The event type: the last wins, an empty one is none, and it ends with the block, data or not.
    (b"event: x\nevent: y\ndata: a\n\ndata: b\n\n", &[("y", "a", ""), (M, "b", "")]),
    (b"event: x\nevent\ndata: a\n\nevent: x\nevent:\ndata: b\n\n", &[(M, "a", ""), (M, "b", "")]),
    (b"event: x\n\ndata: a\n\n", &[(M, "a", "")]),
    (b"data: a\nevent: x\n\n", &[("x", "a", "")]),
    // The id: inherited, also from a block without data; dropped when empty; ignored with a NUL in it.
    (b"id: 1\n\ndata: a\n\nid: 2\ndata: b\n\ndata: c\n\nid\ndata: d\n\n",
     &[(M, "a", "1"), (M, "b", "2"), (M, "c", "2"), (M, "d", "")]),
    (b"id: 1\nid: 2\x003\ndata: a\n\nid: \x00\ndata: b\n\n", &[(M, "a", "1"), (M, "b", "1")]),
    // UTF-8, whole and broken; a broken sequence never swallows a line end.
    ("event: é\ndata: 漢字😀\nid: ü\n\n".as_bytes(), &[("é", "漢字😀", "ü")]),
    (b"data: \xFF\xC3\ndata: \xE6\xBC\ndata: \xF0\x9F\x98\r\n\n", &[(M, "\u{FFFD}\u{FFFD}\n\u{FFFD}\n\u{FFFD}", "")]),
    (b"event: \xC3\xC3\xA9\nid: \xED\xA0\x80\ndata: \xC0\x80\n\n", &[("\u{FFFD}é", "\u{FFFD}\u{FFFD}", "\u{FFFD}\u{FFFD}\u{FFFD}")]),
    (b"data: a\x00b\n\n", &[(M, "a\0b", "")]),
    // The end of the stream discards what no blank line has ended.
    (b"data: a\n\ndata: b\n", &[(M, "a", "")]),
    (b"data: a\n\nevent: x\ndata: b", &[(M, "a", "")]),
    (b"", &[]),
];

fn cases() -> impl Iterator<Item = (&'static [u8], Vec<Event>)> {
    EXAMPLES.iter().chain(DERIVED).map(|&(input, events)| {
        let events = events.iter().map(|&(n, d, i)| event(n, d, i)).collect();
        (input, events)
    })
}

#[test]
fn cases_at_every_cut_in_two() {
    for (input, expected) in cases() {
        for cut in 0..=input.len() {
            let (head, tail) = input.split_at(cut);
            let name = input.escape_ascii();
            assert_eq!(decode([head, tail]), expected, "\"{name}\" cut at {cut}");
        }
    }
}

#[test]
fn cases_in_chunks() {
    for (input, expected) in cases() {
        for size in 1..=3 {
            let name = input.escape_ascii();
            assert_eq!(decode(input.chunks(size)), expected, "\"{name}\" by {size}");
        }
    }
}

#[test]
fn retry_is_ascii_digits_only() {
    let mut decoder = Decoder::new(100);
    let mut retry = |line: &[u8]| {
        decoder.push(line, |_| {}).unwrap();
        decoder.retry().map(|time| time.as_millis())
    };
    assert_eq!(retry(b"data: a\n"), None);
    assert_eq!(retry(b"retry: 0250\n"), Some(250));
    for ignored in ["", "+3", "-3", " 3", "3 ", "3s", "1.5", "٣", "99999999999999999999"] {
        assert_eq!(retry(format!("retry: {ignored}\n").as_bytes()), Some(250), "{ignored}");
    }
    assert_eq!(retry(b"retry\nretry:3\n"), Some(3));
}

/// An event that lies whole in a chunk is a view of the chunk.
#[test]
fn whole_events_are_borrowed() {
    let chunk = b"event: content_block_delta\ndata: {\"type\":\"x\"}\n\nevent: e\r\ndata: d\r\n\r\n";
    let inside = chunk.as_ptr_range();
    let mut decoder = Decoder::new(1000);
    let mut seen = 0;
    let on_event = |event: SseEvent<'_>| {
        assert!(inside.contains(&event.name.as_ptr()));
        assert!(inside.contains(&event.data.as_ptr()));
        seen += 1;
    };
    decoder.push(chunk, on_event).unwrap();
    assert_eq!(seen, 2);
    assert_eq!(decoder.retained_bytes(), 0);
}

/// Nothing is held between events, however large the one before and however it was cut.
#[test]
fn nothing_is_held_at_rest() {
    let mut stream = b"event: content_block_delta\ndata: ".to_vec();
    stream.resize(100_000, b'x');
    stream.extend_from_slice(b"\ndata: y\n\n");
    for size in [1, 7, 1369, 16_384, 200_000] {
        let mut decoder = Decoder::new(200_000);
        let (events, result) = decode_with(&mut decoder, stream.chunks(size));
        assert_eq!((events.len(), result), (1, Ok(())));
        assert_eq!(decoder.retained_bytes(), 0, "in chunks of {size}");
    }
    let mut decoder = Decoder::new(200_000);
    decode_with(&mut decoder, [&stream[..50_000]]).1.unwrap();
    assert!((49_900..60_000).contains(&decoder.retained_bytes()));
    // A decoder is one per stream, so its own size counts too.
    assert!(size_of::<Decoder>() <= 160);
}

#[test]
fn the_id_is_all_that_stays() {
    let mut decoder = Decoder::new(100);
    decoder.push(b"id: 12345\ndata: a\n\n", |_| {}).unwrap();
    assert_eq!(decoder.retained_bytes(), 5);
}

/// The limit is on the bytes of one event, whatever the chunks, and what came before the large event is still handed
/// out.
#[test]
fn the_limit_is_an_error_at_any_cut() {
    let small = b"data: 12345\n\n".repeat(3);
    let inputs: [&[u8]; 4] = [
        b"data: 1234567890",
        b"event: 12345\ndata: 12345",
        b"data: 12\ndata: 34\ndata: 56\ndata: 78\n\n",
        b": a long comment",
    ];
    for large in inputs {
        let stream = [&small, large].concat();
        for size in 1..=stream.len() {
            let mut decoder = Decoder::new(15);
            let (events, result) = decode_with(&mut decoder, stream.chunks(size));
            assert_eq!(events.len(), 3);
            assert_eq!(result, Err(SseError::TooLarge { limit: 15 }));
            assert_eq!(decoder.retained_bytes(), 0);
            let again = decoder.push(b"\n\ndata: a\n\n", |_| panic!("an event after the error"));
            assert_eq!(again, Err(SseError::TooLarge { limit: 15 }));
        }
    }
}

/// A line of exactly the limit passes.
#[test]
fn the_limit_is_inclusive() {
    let line = b"data: 123456789\n\n";
    for size in 1..=line.len() {
        let (events, result) = decode_with(&mut Decoder::new(15), line.chunks(size));
        assert_eq!((events.len(), result), (1, Ok(())));
    }
}

/// Cuts `stream` at the given places, each a share of its length.
fn cut_up<'a>(stream: &'a [u8], at: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = at.iter().map(|at| at.index(stream.len() + 1)).collect();
    cuts.sort_unstable();
    let mut chunks = Vec::new();
    let mut from = 0;
    for to in cuts.into_iter().chain([stream.len()]) {
        chunks.push(&stream[from..to]);
        from = to;
    }
    chunks
}

fn oracle(chunks: &[&[u8]]) -> Vec<Event> {
    let mut parser = sse_parse::SseParser::new();
    for chunk in chunks {
        parser.feed(chunk);
    }
    std::iter::from_fn(|| parser.next_event()).map(|e| (e.event, e.data, e.id)).collect()
}

/// A stream from the grammar of the standard, with what real and broken servers add to it.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let bytes = |options: &[&'static [u8]]| prop::sample::select(options.to_vec());
    let end = bytes(&[b"\n", b"\r", b"\r\n"]);
    let field = bytes(&[b"data", b"data", b"data", b"event", b"id", b"retry", b"", b"Data", b"dat", b"x", b"\xFF"]);
    let colon = bytes(&[b":", b": ", b": ", b":  ", b"", b" "]);
    let piece = bytes(&[
        b"a",
        b"text",
        b":",
        b" ",
        b"12",
        b"\0",
        "é".as_bytes(),
        "漢".as_bytes(),
        "😀".as_bytes(),
        b"\xEF\xBB\xBF",
        b"\xC3",
        b"\xE6\xBC",
        b"\xF0\x9F\x98",
        b"\xFF",
        b"\xED\xA0\x80",
    ]);
    let line = (field, colon, vec(piece, 0..4), end.clone())
        .prop_map(|(field, colon, value, end)| [field, colon, &value.concat(), end].concat());
    let blank = end.prop_map(<[u8]>::to_vec);
    let start = bytes(&[b"", b"", b"\xEF\xBB\xBF", b"\xEF\xBB\xBF\xEF\xBB\xBF", b"\xEF\xBB", b"\xEF"]);
    let lines = vec(prop_oneof![2 => line, 1 => blank], 0..30);
    (start, lines).prop_map(|(start, lines)| [start, &lines.concat()].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn agrees_with_another_decoder(stream in stream(), at in vec(any::<prop::sample::Index>(), 0..8)) {
        let chunks = cut_up(&stream, &at);
        prop_assert_eq!(decode(chunks.iter().copied()), oracle(&[&stream]));
    }

    #[test]
    fn any_bytes_agree_with_another_decoder(stream in vec(any::<u8>(), 0..200), at in vec(any::<prop::sample::Index>(), 0..8)) {
        let chunks = cut_up(&stream, &at);
        prop_assert_eq!(decode(chunks.iter().copied()), oracle(&[&stream]));
    }

    #[test]
    fn the_limit_does_not_depend_on_the_cuts(stream in stream(), limit in 0..60_usize, at in vec(any::<prop::sample::Index>(), 0..8)) {
        let whole = decode_with(&mut Decoder::new(limit), [&stream[..]]);
        let mut decoder = Decoder::new(limit);
        let cut = decode_with(&mut decoder, cut_up(&stream, &at));
        prop_assert_eq!(cut, whole);
        // Vectors double, and the id is held besides the event; broken bytes in it take three.
        prop_assert!(decoder.retained_bytes() <= 3 * (2 * limit + 8) + 3 * limit);
    }
}
