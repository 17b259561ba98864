//! Sizes as people write and read them. `512MB` and `512MiB` are different numbers here, as they are in a container's limit.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One kibibyte, in bytes.
pub const KIB: f64 = 1024.0;
/// One mebibyte, in bytes.
pub const MIB: f64 = 1024.0 * 1024.0;

/// A whole number of bytes. Parses `4096`, `16KiB`, `512MiB`, `512MB`, `1.5GiB`; prints the largest binary unit that fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(pub u64);

/// Why a text is not a size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not a size: write a number and one of B, kB, KiB, MB, MiB, GB, GiB, such as 512MiB")]
pub struct NotASize {
    text: String,
}

/// No container is smaller than this; a number without a unit is one of bytes, and seldom meant.
const LEAST_LIMIT: Bytes = Bytes(64 << 10);

/// A size that no container has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{size} is no container's limit: write a size with its unit, such as 512MiB")]
pub struct NoLimit {
    size: Bytes,
}

impl FromStr for Bytes {
    type Err = NotASize;

    fn from_str(text: &str) -> Result<Self, NotASize> {
        let refuse = || NotASize { text: text.to_owned() };
        let trimmed = text.trim();
        let split = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(split);
        let number: f64 = number.parse().map_err(|_| refuse())?;
        let factor = factor_of(unit.trim_start()).ok_or_else(refuse)?;
        let bytes = number * factor;
        // Above 2^53 a double no longer holds every whole number, and no machine has that much memory.
        if bytes > 2f64.powi(53) {
            return Err(refuse());
        }
        Ok(Bytes(bytes.round() as u64))
    }
}

fn factor_of(unit: &str) -> Option<f64> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "kib" | "ki" => KIB,
        "mib" | "mi" => MIB,
        "gib" | "gi" => KIB * MIB,
        _ => return None,
    })
}

impl Bytes {
    /// The same size as a container's memory limit.
    ///
    /// # Errors
    /// When no container is so small.
    pub fn as_limit(self) -> Result<Bytes, NoLimit> {
        if self < LEAST_LIMIT { Err(NoLimit { size: self }) } else { Ok(self) }
    }

    /// The same size as a double, for arithmetic.
    pub fn as_f64(self) -> f64 {
        self.0 as f64
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gibibyte = Unit::Gibibyte.factor() as u64;
        let unit = match self.0 {
            whole if whole > 0 && whole.is_multiple_of(gibibyte) => Unit::Gibibyte,
            _ => Unit::for_size(self.as_f64()),
        };
        let whole = self.as_f64() / unit.factor();
        if whole.fract() == 0.0 {
            return write!(f, "{} {}", grouped(whole as u64), unit.symbol());
        }
        f.write_str(&unit.with_unit(self.as_f64(), 3))
    }
}

/// The unit of a table column or a sentence, chosen once so that its numbers can be compared by eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Byte,
    /// 1,024 bytes.
    Kibibyte,
    /// 1,048,576 bytes.
    Mebibyte,
    /// 1,073,741,824 bytes.
    Gibibyte,
}

impl Unit {
    /// The unit in which `bytes` has one to four digits before the point; from 0.1 MiB on it is MiB.
    pub fn for_size(bytes: f64) -> Unit {
        let size = bytes.abs();
        if size < KIB {
            Unit::Byte
        } else if size < 0.1 * MIB {
            Unit::Kibibyte
        } else if size < 10_000.0 * MIB {
            Unit::Mebibyte
        } else {
            Unit::Gibibyte
        }
    }

    /// Bytes in one of this unit.
    pub fn factor(self) -> f64 {
        match self {
            Unit::Byte => 1.0,
            Unit::Kibibyte => KIB,
            Unit::Mebibyte => MIB,
            Unit::Gibibyte => KIB * MIB,
        }
    }

    /// `KiB`, `MiB`, ...
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::Byte => "B",
            Unit::Kibibyte => "KiB",
            Unit::Mebibyte => "MiB",
            Unit::Gibibyte => "GiB",
        }
    }

    /// `bytes` in this unit to `digits` significant digits, without the symbol.
    pub fn number(self, bytes: f64, digits: u32) -> String {
        significant(bytes / self.factor(), digits)
    }

    /// `bytes` in this unit to `digits` significant digits, with the symbol.
    pub fn with_unit(self, bytes: f64, digits: u32) -> String {
        format!("{} {}", self.number(bytes, digits), self.symbol())
    }
}

/// `value` to `digits` significant digits in plain decimal notation, thousands apart, never fewer than all its whole digits.
pub fn significant(value: f64, digits: u32) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value:.0}");
    }
    let magnitude = value.abs().log10().floor() as i64;
    let decimals = (i64::from(digits) - 1 - magnitude).clamp(0, 12) as usize;
    decimal(value, decimals)
}

/// `value` with so many places behind the point, and a comma between groups of three digits before it: `-1,169`, `1,466.2`.
pub fn decimal(value: f64, places: usize) -> String {
    let digits = format!("{value:.places$}");
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |digits| ("-", digits));
    // What is rounded away has no sign.
    let sign = if digits.bytes().all(|digit| matches!(digit, b'0' | b'.')) { "" } else { sign };
    let (whole, behind) = digits.split_once('.').map_or((digits, ""), |(whole, behind)| (whole, behind));
    let Ok(whole) = whole.parse() else { return format!("{sign}{digits}") };
    let point = if behind.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{behind}", grouped(whole))
}

/// A whole number with a comma between groups of three digits: `60,000`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// So many of something that takes an s where it is not one: `1 stream`, `2,000 streams`.
pub fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

/// The verb that goes with [`counted`]: `1 trial is`, `2 trials are`.
pub fn is_or_are(number: u64) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        let said = [0, 1, 2, 2000].map(|number| counted(number, "stream"));
        assert_eq!(said, ["0 streams", "1 stream", "2 streams", "2,000 streams"]);
        assert_eq!([0, 1, 2].map(is_or_are), ["are", "is", "are"]);
    }

    #[test]
    fn decimal_and_binary_units_differ() {
        assert_eq!("512MB".parse(), Ok(Bytes(512_000_000)));
        assert_eq!("512MiB".parse(), Ok(Bytes(536_870_912)));
        assert_eq!("512 MiB".parse(), Ok(Bytes(536_870_912)));
        assert_eq!("1.5GiB".parse(), Ok(Bytes(1_610_612_736)));
        assert_eq!("4096".parse(), Ok(Bytes(4096)));
    }

    #[test]
    fn what_is_no_size_says_what_would_be() {
        for bad in ["512 MBs", "", "MiB", "-1MiB", "1e3", "12 parsecs", "..", "99999999999GiB"] {
            let error = bad.parse::<Bytes>().unwrap_err().to_string();
            assert!(error.contains("such as 512MiB"), "{bad}: {error}");
        }
    }

    #[test]
    fn prints_with_the_precision_asked_for() {
        assert_eq!(Bytes(201_326).to_string(), "0.192 MiB");
        assert_eq!(Bytes(30_000).to_string(), "29.3 KiB");
        assert_eq!(Bytes(512).to_string(), "512 B");
        assert_eq!(Bytes(512 << 20).to_string(), "512 MiB");
        assert_eq!(Bytes(1 << 30).to_string(), "1 GiB");
        assert_eq!(Bytes(3 << 29).to_string(), "1,536 MiB");
        assert_eq!(significant(1234.4, 2), "1,234", "whole digits stay");
        assert_eq!(
            [(-1169.4, 0), (1466.25, 1), (-0.5, 1), (-0.04, 1), (1e20, 0)]
                .map(|(value, places)| decimal(value, places)),
            ["-1,169", "1,466.2", "-0.5", "0.0", "100000000000000000000"]
        );
        assert_eq!(grouped(60_000), "60,000");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000_000), "1,000,000");
    }
}
