//! Bytes a second and allocations an event: decoding the simulator's own stream, and building it.

use divan::counter::{BytesCount, ItemsCount};
use divan::{AllocProfiler, Bencher, black_box};
use stream_probe::client::Keeper;
use stream_probe::scenario::{Mode, Shape, StreamSpec};
use stream_probe::simulator::{Asked, Script};
use stream_probe::wire::dialect::Dialect;
use stream_probe::wire::sse::Decoder;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

fn spec() -> StreamSpec {
    StreamSpec { shape: Shape::LongForm, chars: 60_000, delta_chars: None }
}

/// How the network cuts the stream.
#[derive(Debug, Clone, Copy)]
enum Cut {
    Event,
    Segment,
    Buffer,
}

const CUTS: [Cut; 3] = [Cut::Event, Cut::Segment, Cut::Buffer];

fn chunks(cut: Cut) -> Vec<Vec<u8>> {
    let script = Script::new(&spec(), 1);
    let asked = Asked { model: "m".to_owned(), max_tokens: None, stream: true, input_tokens: 1 };
    let events = script.body.iter().map(|told| told.template.fill("", &asked).to_vec());
    let size = match cut {
        Cut::Event => return events.collect(),
        Cut::Segment => 1_369,
        Cut::Buffer => 16_384,
    };
    let whole: Vec<u8> = events.flatten().collect();
    whole.chunks(size).map(<[u8]>::to_vec).collect()
}

fn counted(bencher: Bencher<'_, '_>, cut: Cut, work: impl Fn(&[Vec<u8>]) + Sync) {
    let chunks = chunks(cut);
    let bytes: usize = chunks.iter().map(Vec::len).sum();
    let events = Script::new(&spec(), 1).body.len();
    bencher.counter(BytesCount::new(bytes)).counter(ItemsCount::new(events)).bench(|| work(black_box(&chunks)));
}

/// Events found, nothing done with them.
#[divan::bench(args = CUTS)]
fn decode(bencher: Bencher<'_, '_>, cut: Cut) {
    counted(bencher, cut, |chunks| {
        let mut decoder = Decoder::new(1 << 20);
        for chunk in chunks {
            decoder
                .push(chunk, |event| {
                    black_box(event);
                })
                .expect("the script is a valid stream");
        }
    });
}

fn keep(mode: Mode, chunks: &[Vec<u8>]) {
    let mut decoder = Decoder::new(1 << 20);
    let mut keeper = Keeper::new(mode);
    for chunk in chunks {
        decoder.push(chunk, |event| keeper.take(Dialect::DEFAULT, &event)).expect("the script is a valid stream");
    }
    black_box(keeper);
}

/// Decoded, parsed and dropped.
#[divan::bench(args = CUTS)]
fn decode_and_drop(bencher: Bencher<'_, '_>, cut: Cut) {
    counted(bencher, cut, |chunks| keep(Mode::Drop, chunks));
}

/// Decoded, parsed and kept as whole events.
#[divan::bench(args = CUTS)]
fn decode_and_retain_events(bencher: Bencher<'_, '_>, cut: Cut) {
    counted(bencher, cut, |chunks| keep(Mode::RetainEvents, chunks));
}

/// The simulator's payloads, which are built once a run and shared by all streams.
#[divan::bench]
fn encode(bencher: Bencher<'_, '_>) {
    let script = Script::new(&spec(), 1);
    bencher
        .counter(BytesCount::new(script.facts.wire_bytes))
        .counter(ItemsCount::new(script.body.len()))
        .bench(|| Script::new(black_box(&spec()), 1));
}
