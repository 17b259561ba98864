//! How many characters a delta carries: the distributions measured over 31 recorded streams with 3,901 deltas (vercel/ai's
//! recorded fixtures, read 2026-08-22).

use fastrand::Rng;

/// A recorded distribution: quantiles, and the mean that the bend between them is chosen to meet.
#[derive(Clone, Copy, Debug)]
pub struct DeltaSizes {
    /// (share of deltas at or below, characters), ascending.
    quantiles: [(f64, f64); 6],
    mean: f64,
}

/// Of text: 1,605 of them.
pub const TEXT: DeltaSizes = DeltaSizes {
    quantiles: [(0.0, 1.0), (0.1, 3.0), (0.5, 13.0), (0.9, 55.0), (0.99, 153.0), (1.0, 208.0)],
    mean: 22.4,
};

/// Of a tool's input: 2,210 of them.
pub const TOOL_INPUT: DeltaSizes =
    DeltaSizes { quantiles: [(0.0, 1.0), (0.1, 2.0), (0.5, 7.0), (0.9, 12.0), (0.99, 27.0), (1.0, 85.0)], mean: 7.5 };

/// Of thinking: 67 of them.
pub const THINKING: DeltaSizes =
    DeltaSizes { quantiles: [(0.0, 1.0), (0.1, 2.0), (0.5, 10.0), (0.9, 22.0), (0.99, 29.0), (1.0, 29.0)], mean: 10.1 };

impl DeltaSizes {
    /// A size in characters, at least 1.
    pub fn draw(&self, rng: &mut Rng) -> usize {
        self.quantile(rng.f64()).round().max(1.0) as usize
    }

    /// The size at or below which a share `p` of deltas lies.
    ///
    /// Between two recorded quantiles a and b it runs as a + (b - a) t^k with t from 0 to 1, whose mean is a + (b - a)/(k + 1).
    /// The one k for all segments is the one that gives the recorded mean, so that quantiles and mean both come out as recorded.
    fn quantile(&self, p: f64) -> f64 {
        let segment = self.quantiles.windows(2).find(|pair| p <= pair[1].0);
        let Some([(p0, a), (p1, b)]) = segment else {
            return self.quantiles[5].1;
        };
        a + (b - a) * ((p - p0) / (p1 - p0)).powf(self.bend())
    }

    fn bend(&self) -> f64 {
        let over_segments = |f: fn(f64, f64) -> f64| -> f64 {
            self.quantiles.windows(2).map(|pair| (pair[1].0 - pair[0].0) * f(pair[0].1, pair[1].1)).sum()
        };
        let floor = over_segments(|a, _| a);
        let rise = over_segments(|a, b| b - a);
        rise / (self.mean - floor) - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 200,000 draws reproduce every recorded quantile to a character and the mean to 2 % (rounding to whole characters).
    #[test]
    fn draws_follow_the_recording() {
        for recorded in [TEXT, TOOL_INPUT, THINKING] {
            let mut rng = Rng::with_seed(1);
            let mut drawn: Vec<usize> = (0..200_000).map(|_| recorded.draw(&mut rng)).collect();
            let mean = drawn.iter().sum::<usize>() as f64 / drawn.len() as f64;
            assert!((mean / recorded.mean - 1.0).abs() < 0.02, "{mean} against {}", recorded.mean);
            drawn.sort_unstable();
            for (p, size) in &recorded.quantiles[1..4] {
                let got = drawn[(p * drawn.len() as f64) as usize] as f64;
                assert!((got - size).abs() <= 1.0, "quantile {p}: {got} against {size}");
            }
        }
    }
}
