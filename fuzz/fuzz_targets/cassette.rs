//! No file makes the reader of cassettes panic, and what it reads can be written and read again without a change.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::time::Duration;
use stream_probe::scenario::Tempo;
use stream_probe::simulator::{Asked, Cassette, Recording, Script};

fuzz_target!(|input: &[u8]| {
    let Ok(cassette) = Cassette::parse(input) else {
        return;
    };
    let script = cassette.script(Tempo::Own).expect("its own tempo");
    assert_eq!(cassette.is_timed(), cassette.script(Tempo::Recorded("2".parse().expect("a speed"))).is_ok());

    let mut recording = Recording::default();
    for (at, event) in events(&script).iter().enumerate() {
        recording.add(Duration::from_millis(at as u64), event);
    }
    let again = Cassette::parse(recording.text().as_bytes()).expect("what was read can be written");
    let told = again.script(Tempo::Even).expect("evenly");
    assert_eq!(events(&told).len(), events(&script).len());
    let facts = |script: &Script| (script.facts.chars, script.facts.text_bytes, script.facts.deltas);
    assert_eq!(facts(&told), facts(&script));
});

fn events(script: &Script) -> Vec<bytes::Bytes> {
    let asked = Asked { model: "m".to_owned(), max_tokens: None, stream: true, input_tokens: 1 };
    script.events("msg_01", &asked).collect()
}
