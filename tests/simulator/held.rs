//! Staged conduct: all streams together through their phases, and the counts that say where they are.

use crate::body::{Event, said};
use crate::server::{Reader, config, spec, start, stream_client, url, within};
use futures::future::join_all;
use std::time::{Duration, Instant};
use stream_probe::scenario::{Http, Shape};
use stream_probe::simulator::{Conduct, Script, Simulator, SimulatorConfig};

const STREAMS: u32 = 12;
const BOTH: [Http; 2] = [Http::One, Http::Two];
const SHAPES: [Shape; 3] = [Shape::Chat, Shape::Thinking, Shape::ToolUse];

async fn open(simulator: &Simulator, http: Http, streams: u32) -> Vec<Reader> {
    let client = stream_client(http);
    let url = url(simulator);
    join_all((0..streams).map(|_| Reader::open(&client, &url))).await
}

/// Open, full and ever opened.
fn counts(simulator: &Simulator) -> [u32; 3] {
    let stage = simulator.stage();
    [stage.open(), stage.full(), stage.opened()]
}

/// Whether nothing more comes. An event would be there at once; a wait that ends too early can hide a fault, not invent one.
async fn silent(reader: &mut Reader) -> bool {
    tokio::time::timeout(Duration::from_millis(10), reader.whenever_next()).await.is_err()
}

#[tokio::test]
async fn from_open_over_full_to_the_end() {
    for (http, shape) in BOTH.into_iter().flat_map(|http| SHAPES.map(|shape| (http, shape))) {
        let spec = spec(shape, 1_000);
        let facts = Script::new(&spec, crate::server::SEED).facts;
        let simulator = start(&spec, Conduct::Staged);
        let stage = simulator.stage();
        assert_eq!(counts(&simulator), [0, 0, 0]);

        // Open: everything before the first delta has come, and no more.
        let mut readers = open(&simulator, http, STREAMS).await;
        assert_eq!(counts(&simulator), [STREAMS, 0, STREAMS]);
        for reader in &mut readers {
            assert_eq!(reader.names(3).await, ["message_start", "content_block_start", "ping"]);
        }
        assert!(silent(&mut readers[0]).await);
        assert_eq!(stage.deltas(), 0);

        // Full: every text has come, and no stream has ended.
        stage.begin_text(Duration::ZERO);
        within(stage.when(|stage| stage.full() == STREAMS)).await;
        let read = join_all(readers.iter_mut().map(|reader| text_of(reader, facts.deltas))).await;
        assert!(read.iter().all(|text| *text == read[0]));
        assert_eq!(read[0].chars().count() as u64, facts.chars);
        assert!(silent(&mut readers[0]).await);
        assert_eq!(counts(&simulator), [STREAMS, STREAMS, STREAMS]);
        assert_eq!(stage.deltas(), facts.deltas * u64::from(STREAMS), "{shape:?}");

        // Released: what was held back, and the end.
        stage.release();
        for told in join_all(readers.iter_mut().map(Reader::rest)).await {
            let names: Vec<&str> = told.iter().map(|event| event.name.as_str()).collect();
            assert_eq!(names, ["content_block_stop", "message_delta", "message_stop"]);
        }
        within(stage.when(|stage| stage.open() == 0)).await;
        assert_eq!(counts(&simulator), [0, 0, STREAMS]);
        let record = simulator.facts();
        assert_eq!((record.peak_streams, record.deltas), (STREAMS, facts.deltas * u64::from(STREAMS)));
    }
}

/// One that ends too late is none that ends with another.
#[tokio::test]
async fn released_one_after_the_other() {
    for http in BOTH {
        let simulator = start(&spec(Shape::Chat, 100), Conduct::Staged);
        let stage = simulator.stage();
        // Those of an earlier wave are not waited for.
        drop(open(&simulator, http, 3).await);
        within(stage.when(|stage| stage.open() == 0)).await;
        let readers = open(&simulator, http, STREAMS).await;
        stage.begin_text(Duration::ZERO);
        within(stage.when(|stage| stage.full() == STREAMS)).await;
        let released = Instant::now();
        stage.release_apart(Duration::from_millis(600));
        let ends = readers.into_iter().map(|mut reader| async move {
            assert_eq!(reader.rest().await.last().unwrap().name, "message_stop");
            released.elapsed()
        });
        let mut after = join_all(ends).await;
        after.sort();
        assert!(after.iter().zip(0..).all(|(after, number)| *after >= Duration::from_millis(50) * number), "{after:?}");
        within(stage.when(|stage| stage.open() == 0)).await;
        assert_eq!((stage.ended_whole(), stage.broken_off().unwrap().streams), (STREAMS, 3));
    }
}

/// Reads up to and with the last delta.
async fn text_of(reader: &mut Reader, deltas: u64) -> String {
    let mut told: Vec<Event> = Vec::new();
    while told.iter().filter(|event| event.is_delta()).count() as u64 != deltas {
        told.push(reader.next().await.expect("the stream is held"));
    }
    ["text_delta", "thinking_delta", "input_json_delta"].iter().flat_map(|kind| said(&told, kind)).collect()
}

#[tokio::test]
async fn a_client_that_goes_is_counted_out_in_every_phase() {
    for http in BOTH {
        let simulator = start(&spec(Shape::Chat, 100), Conduct::Staged);
        let stage = simulator.stage();
        let mut readers = open(&simulator, http, 6).await;

        readers.pop();
        within(stage.when(|stage| stage.open() == 5)).await;
        readers.truncate(3);
        within(stage.when(|stage| stage.open() == 3)).await;

        stage.begin_text(Duration::ZERO);
        within(stage.when(|stage| stage.full() == 3)).await;
        readers.pop();
        within(stage.when(|stage| stage.open() == 2)).await;
        assert_eq!(counts(&simulator), [2, 2, 6]);

        stage.release();
        for mut reader in readers {
            assert_eq!(reader.rest().await.last().unwrap().name, "message_stop");
        }
        within(stage.when(|stage| stage.open() == 0)).await;
        assert_eq!(counts(&simulator), [0, 0, 6]);
        assert_eq!(simulator.facts().peak_streams, 6);
    }
}

#[tokio::test]
async fn a_client_that_goes_while_text_comes_is_counted_out() {
    for http in BOTH {
        // At real pace 100,000 characters take five minutes: nobody gets through.
        let config = config(&spec(Shape::LongForm, 100_000), Conduct::Staged);
        let pace = stream_probe::scenario::Pace::Real;
        let simulator = Simulator::start(SimulatorConfig { pace, ..config }).unwrap();
        let mut readers = open(&simulator, http, 3).await;
        simulator.stage().begin_text(Duration::ZERO);
        for reader in &mut readers {
            assert_eq!(reader.names(4).await[3], "content_block_delta");
        }
        for left in (0..3).rev() {
            readers.pop();
            within(simulator.stage().when(|stage| stage.open() == left)).await;
        }
        assert_eq!(counts(&simulator), [0, 0, 3]);
    }
}

#[tokio::test]
async fn whoever_waits_for_a_count_is_woken() {
    let simulator = start(&spec(Shape::Chat, 100), Conduct::Staged);
    let stage = simulator.stage();
    // Both wait before the first stream opens, and each for its own number.
    let two = async {
        stage.when(|stage| stage.opened() >= 2).await;
        stage.opened()
    };
    let three = async {
        stage.when(|stage| stage.opened() >= 3).await;
        stage.opened()
    };
    let (two, three, readers) = within(async { tokio::join!(two, three, open(&simulator, Http::One, 3)) }).await;
    assert!((2..=3).contains(&two) && three == 3, "{two} {three}");

    let full = stage.when(|stage| stage.full() == 3);
    within(async { tokio::join!(full, async { stage.begin_text(Duration::ZERO) }) }).await;
    let gone = stage.when(|stage| stage.open() == 0);
    within(async { tokio::join!(gone, async { drop(readers) }) }).await;
    assert_eq!(counts(&simulator), [0, 0, 3]);
    // What holds already needs no waking.
    within(stage.when(|stage| stage.opened() == 3)).await;
}

#[tokio::test]
async fn streams_after_the_cues_go_through_by_themselves() {
    let simulator = start(&spec(Shape::Chat, 100), Conduct::Staged);
    simulator.stage().begin_text(Duration::ZERO);
    simulator.stage().release();
    let mut readers = open(&simulator, Http::One, 2).await;
    for told in join_all(readers.iter_mut().map(Reader::rest)).await {
        assert_eq!(said(&told, "text_delta").concat().len(), 100);
        assert_eq!(told.last().unwrap().name, "message_stop");
    }
}

#[tokio::test]
async fn in_free_conduct_nobody_has_to_say_anything() {
    for http in BOTH {
        let simulator = start(&spec(Shape::Chat, 100), Conduct::Free);
        let mut readers = open(&simulator, http, 4).await;
        for told in join_all(readers.iter_mut().map(Reader::rest)).await {
            assert_eq!(told.last().unwrap().name, "message_stop");
        }
        within(simulator.stage().when(|stage| stage.open() == 0)).await;
        assert_eq!(counts(&simulator), [0, 0, 4]);
    }
}

#[tokio::test]
async fn a_simulator_that_is_dropped_takes_its_streams_along() {
    for http in BOTH {
        let simulator = start(&spec(Shape::Chat, 100), Conduct::Staged);
        let (url, readers) = (url(&simulator), open(&simulator, http, 3).await);
        drop(simulator);
        for reader in readers {
            assert!(reader.breaks().await, "broken off, not ended: {http:?}");
        }
        assert!(within(stream_client(http).open(&url)).await.is_err());
    }
}
