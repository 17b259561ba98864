//! Arithmetic with twice the digits of a 64-bit float: a number is the unevaluated sum of two.
//!
//! A least-squares fit squares the conditioning of its data into the rounding errors of whoever
//! computes it. With about 32 digits inside, the digits of the answer are limited by what was
//! measured and not by the arithmetic, and a residual that ought to be zero can be told from one
//! that is merely small. A fit has some dozens of rows, so the tenfold cost of an operation does
//! not matter.
//!
//! Source of every operation: M. Joldes, J.-M. Muller, V. Popescu, "Tight and rigorous error bounds
//! for basic building blocks of double-word arithmetic", ACM Transactions on Mathematical Software
//! 44(2), 2017; the algorithm is named at each.

use std::iter::Sum;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// `high + low`, where `high` is that sum rounded to 64 bits. Relative error of an operation: below
/// 2^-101.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Twofold {
    high: f64,
    low: f64,
}

impl Twofold {
    pub(super) const ZERO: Self = Self { high: 0.0, low: 0.0 };

    /// The value rounded to 64 bits.
    pub(super) fn rounded(self) -> f64 {
        self.high
    }

    pub(super) fn is_zero(self) -> bool {
        self.high == 0.0
    }

    pub(super) fn is_negative(self) -> bool {
        self.high < 0.0
    }

    /// The square root; 0 for 0 and for anything below.
    ///
    /// One Newton step doubles the digits of the 64-bit root.
    pub(super) fn sqrt(self) -> Self {
        if self.high <= 0.0 {
            return Self::ZERO;
        }
        let root = self.high.sqrt();
        let (square, error) = product(root, root);
        let rest = self - Self { high: square, low: error };
        ordered_sum(root, rest.high / (2.0 * root))
    }
}

impl From<f64> for Twofold {
    fn from(value: f64) -> Self {
        Self { high: value, low: 0.0 }
    }
}

impl Add for Twofold {
    type Output = Self;

    /// AccurateDWPlusDW, algorithm 6.
    fn add(self, other: Self) -> Self {
        let (high, high_error) = sum(self.high, other.high);
        let (low, low_error) = sum(self.low, other.low);
        let first = ordered_sum(high, high_error + low);
        ordered_sum(first.high, low_error + first.low)
    }
}

impl Neg for Twofold {
    type Output = Self;

    fn neg(self) -> Self {
        Self { high: -self.high, low: -self.low }
    }
}

impl Sub for Twofold {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Twofold {
    type Output = Self;

    /// DWTimesDW3, algorithm 12.
    fn mul(self, other: Self) -> Self {
        let (high, error) = product(self.high, other.high);
        let low = self.low * other.low;
        let low = self.high.mul_add(other.low, low);
        let low = self.low.mul_add(other.high, low);
        ordered_sum(high, error + low)
    }
}

impl Div for Twofold {
    type Output = Self;

    /// DWDivDW2, algorithm 17: the 64-bit quotient, and what it leaves over divided once more.
    fn div(self, other: Self) -> Self {
        let quotient = self.high / other.high;
        let rest = self - other * Self::from(quotient);
        ordered_sum(quotient, rest.high / other.high)
    }
}

impl Sum for Twofold {
    fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
        values.fold(Self::ZERO, Add::add)
    }
}

/// a + b and its rounding error (2Sum).
fn sum(a: f64, b: f64) -> (f64, f64) {
    let total = a + b;
    let b_seen = total - a;
    let a_seen = total - b_seen;
    (total, (a - a_seen) + (b - b_seen))
}

/// a + b with its rounding error kept, for |a| >= |b| (Fast2Sum).
fn ordered_sum(a: f64, b: f64) -> Twofold {
    let total = a + b;
    Twofold { high: total, low: b - (total - a) }
}

/// a * b and its rounding error (2Prod, by fused multiply-add).
fn product(a: f64, b: f64) -> (f64, f64) {
    let total = a * b;
    (total, a.mul_add(b, -total))
}
