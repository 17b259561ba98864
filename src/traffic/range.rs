//! Numbers that cannot be.

/// A number that is out of its range.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{name} is {value}, must be {allowed}")]
pub struct OutOfRange {
    /// What the number is, with its unit.
    pub name: &'static str,
    /// What was given.
    pub value: f64,
    /// What is allowed.
    pub allowed: &'static str,
}

/// Whether a number `holds`.
pub(crate) fn that(
    name: &'static str,
    value: f64,
    allowed: &'static str,
    holds: impl Fn(f64) -> bool,
) -> Result<(), OutOfRange> {
    if holds(value) { Ok(()) } else { Err(OutOfRange { name, value, allowed }) }
}

pub(crate) fn above_zero(name: &'static str, value: f64) -> Result<(), OutOfRange> {
    that(name, value, "a number above 0", |value| value.is_finite() && value > 0.0)
}

pub(crate) fn zero_or_more(name: &'static str, value: f64) -> Result<(), OutOfRange> {
    that(name, value, "a number of 0 or more", |value| value.is_finite() && value >= 0.0)
}

pub(crate) fn share(name: &'static str, value: f64) -> Result<(), OutOfRange> {
    that(name, value, "a share from 0 to 1", |value| (0.0..=1.0).contains(&value))
}
