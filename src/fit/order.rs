//! Median and quantiles of a handful of numbers.

/// The median, or `None` if there are no values or one of them is not finite. Sorts the values in
/// place.
///
/// Between the two middle values of an even count it is their mean. The plateau of a trial is
/// reduced to this number: a page fault or a garbage collection in the middle of a plateau moves a
/// mean and leaves a median alone.
pub fn median(values: &mut [f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// The quantile at `fraction` (0 is the smallest value, 1 the largest), or `None` if there are no
/// values, one of them is not finite, or the fraction is outside 0 to 1. Sorts the values in place.
///
/// Linear between neighbours, at place `fraction * (count - 1)` counted from 0: definition 7 of R.
/// J. Hyndman and Y. Fan, "Sample Quantiles in Statistical Packages", The American Statistician
/// 50(4), 1996.
pub fn quantile(values: &mut [f64], fraction: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&fraction) || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let place = fraction * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    let share = place - below as f64;
    Some(between(values[below], values[above], share))
}

/// `share` (0 to 1) of the way from a up to b; rounding cannot carry it beyond either.
fn between(a: f64, b: f64, share: f64) -> f64 {
    if share == 0.5 {
        return a.midpoint(b);
    }
    (a * (1.0 - share) + b * share).clamp(a, b)
}
