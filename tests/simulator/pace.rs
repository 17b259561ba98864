//! When events come: each has a time of its own, whatever became of those before it.

use crate::body::said;
use crate::server::{Reader, config, stream_client, url, within};
use std::time::{Duration, Instant};
use stream_probe::scenario::{Http, Pace, Shape, StreamSpec};
use stream_probe::simulator::{Conduct, Simulator, SimulatorConfig};

/// Deltas of 10 characters.
fn paced(deltas: u32, seconds: f64, conduct: Conduct) -> Simulator {
    let spec = StreamSpec { shape: Shape::Chat, chars: deltas * 10, delta_chars: Some(10) };
    Simulator::start(SimulatorConfig { pace: Pace::Seconds(seconds), ..config(&spec, conduct) }).unwrap()
}

#[tokio::test]
async fn events_come_in_their_time() {
    let simulator = paced(50, 1.0, Conduct::Free);
    assert_eq!(simulator.interval(), Duration::from_millis(20));
    let asked = Instant::now();
    let mut reader = Reader::open(&stream_client(Http::One), &url(&simulator)).await;
    reader.names(3).await;
    assert_eq!(said(&reader.rest().await, "text_delta").len(), 50);
    let took = asked.elapsed();
    // 50 ms to the first, 49 intervals to the last. Never early; late only as the machine is.
    assert!(took >= Duration::from_millis(50 + 49 * 20), "{took:?}");
    assert!(took < Duration::from_secs(20), "{took:?}");

    let record = simulator.facts();
    assert_eq!((record.deltas, record.interval_ms, record.peak_streams), (50, 20.0, 1));
    assert!(record.late_median_ms <= record.late_p99_ms && record.late_p99_ms <= record.late_max_ms, "{record:?}");
    // The histogram keeps two digits.
    assert!(record.late_max_ms <= took.as_secs_f64() * 1e3 * 1.01, "{record:?} in {took:?}");
}

/// Server and client share this thread, so that sleeping in it stalls the server: the one kind of lateness that is known beforehand.
#[tokio::test(flavor = "current_thread")]
async fn a_stall_is_made_up_for_and_put_on_record() {
    let simulator = paced(40, 0.4, Conduct::Staged);
    let stage = simulator.stage();
    let mut reader = Reader::open(&stream_client(Http::One), &url(&simulator)).await;
    reader.names(3).await;
    assert_eq!(simulator.facts().late_max_ms, 0.0);

    // Events are due 10 ms apart from here on, the last after 390 ms and all of them before the stall ends.
    stage.begin_text(Duration::ZERO);
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(stage.deltas(), 0);
    within(stage.when(|stage| stage.full() == 1)).await;

    // Event i was due at 10 i ms and came after 600: half of them were at least 400 ms late. Had each been timed from the one before
    // it, all but the first would have seemed punctual.
    let record = simulator.facts();
    assert!(record.late_max_ms >= 600.0 * 0.99, "{record:?}");
    assert!(record.late_median_ms >= 400.0 * 0.99, "{record:?}");

    // And none is missing or out of order.
    stage.release();
    let told = reader.rest().await;
    let pieces = said(&told, "text_delta");
    assert_eq!((pieces.len(), pieces.concat().len()), (40, 400));
    assert_eq!(told.last().unwrap().name, "message_stop");
}
