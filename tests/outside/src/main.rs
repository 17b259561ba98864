//! Measures the built-in client, which this program plays itself, and a command.

use std::error::Error;
use stream_probe::cost::Quantity;
use stream_probe::scenario::Pace;
use stream_probe::{Probe, play_if_asked};

#[global_allocator]
static ALLOCATOR: stream_probe::Allocator = stream_probe::Allocator;

fn main() -> Result<(), Box<dyn Error>> {
    play_if_asked();
    tokio::runtime::Runtime::new()?.block_on(all())
}

async fn all() -> Result<(), Box<dyn Error>> {
    let small = || Probe::new().ladder(&[1, 2, 4]).pace(Pace::Seconds(1.0)).passes(2);

    let built_in = small().retain().heap_profile().measure().await?;
    println!("{built_in}");
    let (per_stream, text) = (built_in.per_stream().0, 60_000.0);
    assert!(per_stream.value > 2.0 * text, "a retained stream keeps its text: {}", built_in.per_stream());
    let series = &built_in.series()[0];
    assert!(series.line(Quantity::Open).is_some_and(|open| open.slope.value < per_stream.value));
    assert!(!series.fitted.sites.is_empty(), "a heap profile was asked for");
    assert!(built_in.needs_at_most(4) > built_in.base().0.value + 4.0 * text);
    assert_eq!(built_in.cost().series.len(), 1);

    let error = small().command(["sh", "-c", "echo no config >&2; exit 3"]).measure().await.unwrap_err();
    assert!(error.to_string().contains("no config"), "{error}");
    let error = Probe::new().streams(1).measure().await.unwrap_err();
    assert!(error.to_string().contains("two different numbers"), "{error}");
    Ok(())
}
