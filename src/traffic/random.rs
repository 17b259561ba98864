//! The law that gaps without memory follow.

use fastrand::Rng;

/// An exponential draw with the given mean, by inversion. The unit is that of the mean.
pub(crate) fn exponential(random: &mut Rng, mean: f64) -> f64 {
    // `f64` is below 1, so that the logarithm is of a number above 0.
    -mean * (1.0 - random.f64()).ln()
}
