//! Quantities as people write them: `2.5`, `"150/min"`, `"12s"`, `"8%"`, `"512MiB"`, and with an interval `"2.5 +- 20%"` or
//! `{ low = 2, likely = 2.5, high = 4 }`.

use super::document::{Entry, Scalar};
use super::mistake::UNSAFE_NAME;
use crate::foreign::{is_unsafe, printable, quotable};
use crate::plan::band::Band;
use crate::units::{Bytes, KIB};
use jiff::SignedDuration;

/// How one number of a kind is read: from a number as it stands, or from a text with a unit.
#[derive(Clone, Copy)]
pub struct Kind {
    /// A number without a unit.
    number: fn(f64) -> Result<f64, String>,
    /// A text with a unit.
    text: fn(&str) -> Option<f64>,
    /// What to write instead, as `such as "12s"`.
    example: &'static str,
    /// Whether 0 is one.
    zero: bool,
}

/// Requests a second.
pub const RATE: Kind =
    Kind { number: Ok, text: rate, example: "requests a second, such as 2.5 or \"150/min\"", zero: false };
/// Seconds, above 0.
pub const TIME: Kind =
    Kind { number: Ok, text: seconds, example: "seconds, such as 12, or \"12s\", \"30min\"", zero: false };
/// The same, where none is possible.
pub const TIME_OR_NONE: Kind = Kind { zero: true, ..TIME };
/// A share that may be above 1.
pub const SHARE: Kind =
    Kind { number: plain_share, text: percent, example: "a share, such as \"8%\" or 0.08", zero: true };
/// Things that are counted, or tokens.
pub const COUNT: Kind = Kind { number: Ok, text: number, example: "a number, such as 1200", zero: false };
/// The same, where none is possible.
pub const COUNT_OR_NONE: Kind = Kind { zero: true, ..COUNT };
/// A factor.
pub const FACTOR: Kind = Kind { number: Ok, text: number, example: "a factor, such as 1.5", zero: false };
/// Hours.
pub const HOURS: Kind = Kind { number: Ok, text: hours, example: "hours a day, such as 8 or \"8h\"", zero: false };
/// A factor that may be nothing.
pub const FACTOR_OR_NONE: Kind = Kind { zero: true, ..FACTOR };
/// Bytes.
pub const SIZE: Kind = Kind { number: plain_size, text: size, example: "a size, such as \"512MiB\"", zero: false };
/// USD.
pub const USD: Kind = Kind { number: Ok, text: number, example: "USD for a million tokens, such as 3.0", zero: true };

/// One number.
pub fn one(kind: Kind) -> impl Fn(&Entry<'_>) -> Result<f64, String> {
    move |entry| scalar(kind, entry.scalar())
}

/// One number of at most `most`.
pub fn at_most(kind: Kind, most: f64) -> impl Fn(&Entry<'_>) -> Result<f64, String> {
    move |entry| scalar(kind, entry.scalar()).and_then(|value| no_more_than(most, value))
}

fn no_more_than(most: f64, value: f64) -> Result<f64, String> {
    if value > most { Err(format!("{value} is more than there can be: at most {most}")) } else { Ok(value) }
}

/// A whole number of at least 1.
pub fn whole(entry: &Entry<'_>) -> Result<u32, String> {
    const WHOLE: Kind = Kind { example: "a whole number from 1 to 1,000,000, such as 3", ..COUNT_OR_NONE };
    let value = scalar(WHOLE, entry.scalar())?;
    if value.fract() == 0.0 && (1.0..=1e6).contains(&value) {
        Ok(value as u32)
    } else {
        Err(format!("{value} is not possible: write {}", WHOLE.example))
    }
}

/// Any text of one line that is not empty.
pub fn words(entry: &Entry<'_>) -> Result<String, String> {
    match entry.scalar() {
        Some(Scalar::Text(text)) if text.trim().contains(is_unsafe) => {
            let shown: String = text.trim().chars().filter(|c| is_unsafe(*c)).take(1).collect();
            Err(format!("there is {} in it: {UNSAFE_NAME}", printable(&shown)))
        }
        Some(Scalar::Text(text)) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        _ => Err("write a text in quotes".to_owned()),
    }
}

/// Any text, of any length.
pub fn text(entry: &Entry<'_>) -> Result<String, String> {
    match entry.scalar() {
        Some(Scalar::Text(text)) => Ok(text.to_owned()),
        _ => Err("write a text in quotes".to_owned()),
    }
}

/// `true` or `false`.
pub fn truth(entry: &Entry<'_>) -> Result<bool, String> {
    match entry.scalar() {
        Some(Scalar::Truth(truth)) => Ok(truth),
        _ => Err("write true or false".to_owned()),
    }
}

/// A number with or without an interval.
pub fn band(kind: Kind) -> impl Fn(&Entry<'_>) -> Result<Band, String> {
    move |entry| {
        if let Some(table) = entry.as_table(&format!("{}.", entry.name)) {
            let mut numbers = [0.0; 3];
            for (number, key) in numbers.iter_mut().zip(ENDS) {
                let end = table.entry(key).ok_or_else(|| format!("{key} is missing: write low, likely and high"))?;
                *number = scalar(kind, end.scalar()).map_err(|text| format!("{key}: {text}"))?;
            }
            table.end(&ENDS);
            return ordered(numbers);
        }
        match entry.scalar() {
            Some(Scalar::Text(text)) => match text.split_once("+-").or_else(|| text.split_once('±')) {
                Some((middle, spread)) => spread_around(kind, middle.trim(), spread.trim()),
                None => scalar(kind, entry.scalar()).map(Band::exact),
            },
            other => scalar(kind, other).map(Band::exact),
        }
    }
}

/// The same with no end above `most`.
pub fn band_at_most(kind: Kind, most: f64) -> impl Fn(&Entry<'_>) -> Result<Band, String> {
    move |entry| {
        let band = band(kind)(entry)?;
        no_more_than(most, band.high).map(|_| band)
    }
}

const ENDS: [&str; 3] = ["low", "likely", "high"];

fn ordered([low, likely, high]: [f64; 3]) -> Result<Band, String> {
    if low <= likely && likely <= high {
        Ok(Band { low, likely, high })
    } else {
        Err(format!("low {low}, likely {likely}, high {high} do not rise: order them"))
    }
}

/// `2.5 +- 20%` or `12s +- 2s`.
fn spread_around(kind: Kind, middle: &str, spread: &str) -> Result<Band, String> {
    let likely = scalar(kind, Some(Scalar::Text(middle)))?;
    let half = match spread.strip_suffix('%').and_then(number) {
        // Of a share, per cent are points and not parts.
        Some(per_cent) if !middle.ends_with('%') => likely * per_cent / 100.0,
        _ => scalar(kind, Some(Scalar::Text(spread)))?,
    };
    if half < 0.0 || half > likely || (half == likely && !kind.zero) {
        return Err(format!(
            "the interval \"{middle} +- {spread}\" reaches down to 0 or below: make it narrower, or give low, likely and high"
        ));
    }
    Ok(Band { low: likely - half, likely, high: likely + half })
}

fn scalar(kind: Kind, value: Option<Scalar<'_>>) -> Result<f64, String> {
    let (shown, read) = match value {
        Some(Scalar::Number(value)) => (value.to_string(), Some((kind.number)(value)?)),
        Some(Scalar::Text(text)) => {
            let text = text.trim();
            let bare = number(text);
            let read = bare.map(kind.number).transpose()?.or_else(|| (kind.text)(text));
            (format!("'{}'", quotable(text)), read)
        }
        Some(Scalar::Truth(_)) | None => return Err(format!("write {}", kind.example)),
    };
    match read {
        Some(value) if !value.is_finite() => Err(format!("{shown} is not a finite number: write {}", kind.example)),
        Some(value) if value < 0.0 => Err(format!("{shown} is negative: write {}", kind.example)),
        Some(0.0) if !kind.zero => Err(format!("{shown} is nothing, and it has to be more: write {}", kind.example)),
        // Beyond this no plan is meant, and products would leave the numbers that a picture can show.
        Some(value) if value > 1e15 => {
            Err(format!("{shown} is more than this program computes with: write {}", kind.example))
        }
        Some(value) => Ok(value),
        None => Err(format!("{shown} is not understood: write {}", kind.example)),
    }
}

/// `1200`, `1_200`, `1,200`.
fn number(text: &str) -> Option<f64> {
    let plain: String = text.trim().chars().filter(|c| !matches!(c, '_' | ',')).collect();
    // A double also reads `inf` and `nan`, which nobody means.
    if plain.chars().any(|c| c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E')) { None } else { plain.parse().ok() }
}

fn rate(typed: &str) -> Option<f64> {
    let (number_of, unit) = typed.split_once('/')?;
    let seconds = match unit.trim() {
        "s" | "sec" | "second" => 1.0,
        "min" | "m" | "minute" => 60.0,
        "h" | "hour" => 3600.0,
        "d" | "day" => 86_400.0,
        _ => return None,
    };
    Some(number(number_of)? / seconds)
}

fn seconds(text: &str) -> Option<f64> {
    text.parse::<SignedDuration>().ok().map(|time| time.as_secs_f64())
}

fn hours(text: &str) -> Option<f64> {
    seconds(text).map(|seconds| seconds / 3600.0)
}

fn percent(text: &str) -> Option<f64> {
    Some(number(text.strip_suffix('%')?)? / 100.0)
}

fn plain_share(value: f64) -> Result<f64, String> {
    if value > 1.0 {
        return Err(format!("{value} would be {} %: write \"{value}%\", or a share such as 0.08", value * 100.0));
    }
    Ok(value)
}

/// A size without a unit is one in bytes; a small one is a unit that was forgotten.
fn plain_size(value: f64) -> Result<f64, String> {
    if value > 0.0 && value < KIB {
        return Err(format!("{value} is a size of {value} bytes: write it with its unit, such as \"{value}MiB\""));
    }
    Ok(value)
}

fn size(text: &str) -> Option<f64> {
    text.parse::<Bytes>().ok().map(Bytes::as_f64)
}
