//! From which share on a difference is worth a word.

/// A peak that costs more than this share above the plateau, per stream.
pub(super) const PEAK_SHARE: f64 = 0.10;
/// A moment that takes less than this share more of the whole process is of no consequence.
pub(super) const MOMENT_SHARE: f64 = 0.01;
