//! Draws from the law that log-normal durations are made of.

use fastrand::Rng;

/// Standard normal draws by the polar method, which yields two at a time.
///
/// Source: G. Marsaglia and T. A. Bray, "A Convenient Method for Generating Normal Variables", SIAM Review 6(3), 1964.
#[derive(Clone, Debug, Default)]
pub(super) struct Normal {
    spare: Option<f64>,
}

impl Normal {
    pub(super) fn draw(&mut self, random: &mut Rng) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * random.f64() - 1.0, 2.0 * random.f64() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                let stretch = (-2.0 * square.ln() / square).sqrt();
                self.spare = Some(y * stretch);
                return x * stretch;
            }
        }
    }
}
