//! The formulas of the sizing method, one function each. Times are in seconds and rates per second throughout; what counts is that
//! both use the same unit.
//!
//! The method is the published one ("How Many Concurrent Claude API Requests Can You Actually Hold?", Claude Lab, 2026-07-03). Of its
//! three examples two follow from its formula: 3 to 4 streams for the nightly batch and 48.6, so 49, for the chat with 8 % retries.
//! The third does not: for the spike of 8 requests a second at 12 s and a headroom of 1.5 it prints 145, where the formula gives
//! 8 x 12 x 1.5 = 144 without retries and 155.5, so 156, with 8 %. This program gives 144 and 156.

/// The least headroom that the rule gives.
pub const LEAST_HEADROOM: f64 = 1.5;
/// The most headroom that the rule gives.
pub const MOST_HEADROOM: f64 = 2.0;
/// Up to this ratio of timeout to mean duration the least headroom is enough.
const RATIO_OF_LEAST: f64 = 5.0;
/// From this ratio on the most is taken.
const RATIO_OF_MOST: f64 = 10.0;

/// Seconds in a minute, which is what limits count in.
pub const MINUTE: f64 = 60.0;

/// Mean arrival rate of `tasks` spread over a window of `window` (above 0).
pub fn arrival_rate(tasks: f64, window: f64) -> f64 {
    tasks / window
}

/// What arrives at the API: every retry arrives again, and the headroom covers the peaks above the mean.
pub fn effective_rate(arrival: f64, retry_share: f64, headroom: f64) -> f64 {
    arrival * (1.0 + retry_share) * headroom
}

/// Headroom from how much longer than its mean a stream may take. The published rule says 1.5 up to a ratio of 5 and 2.0 beyond 10;
/// between them nothing is said, and this is linear.
pub fn headroom(timeout_over_duration: f64) -> f64 {
    let way = (timeout_over_duration - RATIO_OF_LEAST) / (RATIO_OF_MOST - RATIO_OF_LEAST);
    LEAST_HEADROOM + way.clamp(0.0, 1.0) * (MOST_HEADROOM - LEAST_HEADROOM)
}

/// Mean time for which a stream holds its slot: a hung one holds it until the timeout.
pub fn slot_time(duration: f64, hung_share: f64, timeout: f64) -> f64 {
    duration + hung_share * (timeout - duration)
}

/// Streams open at once, by Little's law (J. D. C. Little, "A Proof for the Queuing Formula L = λW", Operations Research 9, 1961).
pub fn concurrency(effective_rate: f64, slot_time: f64) -> f64 {
    whole_up(effective_rate * slot_time)
}

/// Requests that may wait so that the last of them waits no longer than `wait`.
pub fn queue_depth(effective_rate: f64, wait: f64) -> f64 {
    whole_up(effective_rate * wait)
}

/// The next whole number, unless the number is whole but for rounding: 4.05 x 60 is 243, although its nearest double is
/// 243.00000000000003.
pub fn whole_up(value: f64) -> f64 {
    let nearest = value.round();
    if (value - nearest).abs() <= value.abs() * 1e-9 { nearest } else { value.ceil() }
}
