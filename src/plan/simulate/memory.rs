//! The memory of one replica: base + sum over open streams of (open + kept x text received so far).
//!
//! Each stream's text grows linearly, so the sum is linear between two events: one level and one slope for a replica,
//! whatever the number of streams.

use super::statistics::Totals;
use crate::cost::SAFE_SHARE;
use crate::fit::Estimate;
use hdrhistogram::Histogram;

/// What an open stream adds to the memory of its process.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StreamMemory {
    /// For being open, in bytes.
    pub open_bytes: f64,
    /// Bytes kept for each byte of text received; 0 if text is processed and dropped.
    pub kept_per_text_byte: f64,
    /// The whole text of a stream in bytes. It arrives evenly over the life of the stream.
    pub text_bytes: f64,
}

impl StreamMemory {
    /// Memory of a stream that has had its whole text, in bytes.
    pub fn full_bytes(&self) -> f64 {
        self.open_bytes + self.kept_per_text_byte * self.text_bytes
    }
}

/// Memory over the measured time, of one replica or of all of them laid together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemoryUse {
    /// Time average in bytes.
    pub mean_bytes: Estimate,
    /// Stayed below this for half of the time, in bytes.
    pub p50_bytes: f64,
    /// Stayed below this for 99 % of the time, in bytes.
    pub p99_bytes: f64,
    /// The largest in bytes, exact.
    pub peak_bytes: f64,
    /// Share of time above [`SAFE_SHARE`] of the limit, 0 to 1, exact.
    pub share_above_safe: Estimate,
    /// Share of time above the limit itself, 0 to 1, exact. A real replica dies at the first moment.
    pub share_above_limit: Estimate,
}

#[derive(Clone, Copy)]
enum Quantity {
    Seconds,
    ByteSeconds,
    AboveSafe,
    AboveLimit,
}

const QUANTITIES: usize = Quantity::AboveLimit as usize + 1;

/// Weights in the histogram are whole numbers: the whole measured time is this many.
const WHOLE_TIME: f64 = 1e15;
/// A piece of time in which memory grows enters the histogram in up to this many steps.
const MOST_STEPS: f64 = 64.0;

/// The memory of one replica, followed through time.
#[derive(Debug)]
pub(super) struct Memory {
    base_bytes: f64,
    limit_bytes: f64,
    level_bytes: f64,
    bytes_per_s: f64,
    open: u64,
    at_s: f64,
    peak_bytes: f64,
    weight_per_s: f64,
    by_time: Histogram<u64>,
    totals: Totals<QUANTITIES>,
}

impl Memory {
    /// `most_bytes` is what memory can at most come to, `measured_s` the time that will be measured.
    pub(super) fn new(base_bytes: f64, limit_bytes: f64, most_bytes: f64, measured_s: f64) -> Memory {
        // Three digits from 1 byte up; the bounds are valid for hdrhistogram whatever `most_bytes` is.
        let most = most_bytes.clamp(2.0, 2f64.powi(60)) as u64;
        Memory {
            base_bytes,
            limit_bytes,
            level_bytes: base_bytes,
            bytes_per_s: 0.0,
            open: 0,
            at_s: 0.0,
            peak_bytes: base_bytes,
            weight_per_s: WHOLE_TIME / measured_s,
            by_time: Histogram::new_with_bounds(1, most, 3).expect("the bounds are valid"),
            totals: Totals::new(),
        }
    }

    /// A stream opens with `open_bytes` and grows by `bytes_per_s`.
    pub(super) fn open(&mut self, now_s: f64, open_bytes: f64, bytes_per_s: f64) {
        self.advance(now_s);
        self.open += 1;
        self.level_bytes += open_bytes;
        self.bytes_per_s += bytes_per_s;
        self.peak_bytes = self.peak_bytes.max(self.level_bytes);
    }

    /// That stream closes after `open_s` seconds and gives all of it back.
    pub(super) fn close(&mut self, now_s: f64, open_s: f64, open_bytes: f64, bytes_per_s: f64) {
        self.advance(now_s);
        self.open -= 1;
        self.level_bytes -= open_bytes + bytes_per_s * open_s;
        self.bytes_per_s -= bytes_per_s;
        if self.open == 0 {
            // Exactly the base again, so that rounding does not add up over millions of streams.
            (self.level_bytes, self.bytes_per_s) = (self.base_bytes, 0.0);
        }
    }

    /// The measured time begins: forgets what was before.
    pub(super) fn begin(&mut self, now_s: f64) {
        self.advance(now_s);
        self.by_time.reset();
        self.peak_bytes = self.level_bytes;
        self.totals.mark();
    }

    /// A batch ends.
    pub(super) fn mark(&mut self, now_s: f64) {
        self.advance(now_s);
        self.totals.mark();
    }

    /// Lays the record of another replica over this one's: every moment of either counts alike.
    pub(super) fn absorb(&mut self, other: &Memory) {
        self.peak_bytes = self.peak_bytes.max(other.peak_bytes);
        self.totals.absorb(&other.totals);
        self.by_time.add(&other.by_time).expect("replicas are equal, so their histograms have the same bounds");
    }

    fn advance(&mut self, now_s: f64) {
        let seconds = now_s - self.at_s;
        if seconds <= 0.0 {
            return;
        }
        let (from, to) = (self.level_bytes, self.level_bytes + self.bytes_per_s * seconds);
        self.totals.add(Quantity::Seconds as usize, seconds);
        self.totals.add(Quantity::ByteSeconds as usize, seconds * from.midpoint(to));
        self.totals.add(Quantity::AboveSafe as usize, seconds * share_above(from, to, SAFE_SHARE * self.limit_bytes));
        self.totals.add(Quantity::AboveLimit as usize, seconds * share_above(from, to, self.limit_bytes));
        self.record(from, to, seconds);
        self.peak_bytes = self.peak_bytes.max(to);
        (self.level_bytes, self.at_s) = (to, now_s);
    }

    /// Steps as fine as the buckets of the histogram, each at its middle, unless that would be too many.
    fn record(&mut self, from: f64, to: f64, seconds: f64) {
        let bucket = self.by_time.equivalent_range(from as u64) as f64;
        let steps = ((to - from) / bucket).ceil().clamp(1.0, MOST_STEPS);
        let weight = (seconds * self.weight_per_s / steps).round() as u64;
        for step in 0..steps as u64 {
            let at = from + (to - from) * (step as f64 + 0.5) / steps;
            self.by_time.saturating_record_n(at as u64, weight);
        }
    }

    pub(super) fn usage(&self) -> MemoryUse {
        let none = Estimate { value: 0.0, low: 0.0, high: 0.0 };
        let seconds = Quantity::Seconds as usize;
        let share = |quantity: Quantity| self.totals.share(quantity as usize, seconds).unwrap_or(none);
        // The histogram knows the end of a bucket only, which may lie above everything in it.
        let quantile = |share: f64| (self.by_time.value_at_quantile(share) as f64).min(self.peak_bytes);
        MemoryUse {
            mean_bytes: self.totals.ratio(Quantity::ByteSeconds as usize, seconds).unwrap_or(none),
            p50_bytes: quantile(0.5),
            p99_bytes: quantile(0.99),
            peak_bytes: self.peak_bytes,
            share_above_safe: share(Quantity::AboveSafe),
            share_above_limit: share(Quantity::AboveLimit),
        }
    }
}

/// The share of a straight way from `from` up to `to` that lies above `line`.
fn share_above(from: f64, to: f64, line: f64) -> f64 {
    if from > line {
        1.0
    } else if to <= line {
        0.0
    } else {
        (to - line) / (to - from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: f64 = 1024.0 * 1024.0;

    /// One stream after the other, each open for 6 of 10 s: 100 MiB without, from 110 to 170 MiB with. The limit is 200
    /// MiB.
    fn one_stream_in_ten_seconds() -> MemoryUse {
        let mut memory = Memory::new(100.0 * MIB, 200.0 * MIB, 170.0 * MIB, 300.0);
        memory.begin(0.0);
        for second in (0..300).step_by(10).map(f64::from) {
            memory.open(second + 4.0, 10.0 * MIB, 10.0 * MIB);
            memory.close(second + 10.0, 6.0, 10.0 * MIB, 10.0 * MIB);
            memory.mark(second + 10.0);
        }
        assert_eq!(memory.level_bytes, 100.0 * MIB);
        memory.usage()
    }

    #[test]
    fn the_trajectory_of_one_stream_is_exact() {
        let usage = one_stream_in_ten_seconds();
        let close = |have: f64, want: f64, tolerance: f64| {
            assert!((have / want - 1.0).abs() <= tolerance, "{have} for {want}: {usage:?}");
        };
        assert_eq!(usage.peak_bytes, 170.0 * MIB);
        close(usage.mean_bytes.value, (0.4 * 100.0 + 0.6 * 140.0) * MIB, 1e-12);
        // Above 140 MiB for the second half of each stream; never above 200.
        close(usage.share_above_safe.value, 0.3, 1e-9);
        assert_eq!(usage.share_above_limit.value, 0.0);
        // A histogram of three digits: below 100 MiB for 0.4 of the time, below 120 for half of it (1 s of 10 later),
        // 169 for 99 %.
        close(usage.p50_bytes, 120.0 * MIB, 0.005);
        close(usage.p99_bytes, 169.0 * MIB, 0.005);
    }

    /// Sums of millions of numbers of different size stay true.
    #[test]
    fn rounding_does_not_add_up() {
        let mut memory = Memory::new(90e6, 512e6, 1e9, 1.0);
        memory.open(0.0, 0.1, 0.3);
        let mut now_s = 0.0;
        for stream in 0..1_000_000 {
            let (life_s, bytes) = (0.1 + f64::from(stream % 7) / 3.0, 1e3 * f64::from(stream % 11));
            memory.open(now_s, bytes, 1e6 / 3.0);
            let opened_s = now_s;
            now_s += life_s;
            memory.close(now_s, now_s - opened_s, bytes, 1e6 / 3.0);
        }
        let exact = 90e6 + 0.1 + 0.3 * now_s;
        assert!((memory.level_bytes - exact).abs() < 0.1, "{} for {exact}", memory.level_bytes);
    }

    #[test]
    fn time_above_a_line_is_cut_where_the_line_is() {
        assert_eq!(share_above(1.0, 3.0, 2.5), 0.25);
        assert_eq!(share_above(1.0, 3.0, 0.5), 1.0);
        assert_eq!(share_above(1.0, 3.0, 3.0), 0.0);
        assert_eq!(share_above(2.0, 2.0, 2.0), 0.0);
    }
}
