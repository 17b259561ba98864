//! Numbers of a plan as people read them.

use crate::plan::{Band, LimitUse, Resource};
use crate::units::{Bytes, Unit, grouped, significant};

/// About three digits that say something, thousands apart, no idle zeros: `4.05`, `48.6`, `1,234`.
pub fn short(value: f64) -> String {
    if value.abs() >= 1000.0 {
        return grouped(value.round().max(0.0) as u64);
    }
    let text = significant(value, 3);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// `8 %`.
pub fn percent(share: f64) -> String {
    let per_cent = share * 100.0;
    if per_cent >= 1000.0 {
        return format!("{} %", short(per_cent));
    }
    let text = significant(per_cent, if per_cent.abs() < 10.0 { 2 } else { 3 });
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} %")
}

/// `12 s`, `30 min`, `24 h`.
pub fn seconds(value: f64) -> String {
    let (divisor, unit) = match value {
        long if long >= 2.0 * 3600.0 => (3600.0, "h"),
        long if long >= 300.0 => (60.0, "min"),
        _ => (1.0, "s"),
    };
    format!("{} {unit}", short(value / divisor))
}

/// `2.5/s`.
pub fn rate(value: f64) -> String {
    format!("{}/s", short(value))
}

/// `12.4 MiB`.
pub fn size(bytes: f64) -> String {
    Unit::for_size(bytes).with_unit(bytes, 3)
}

/// `$1.23`; more digits below a cent.
pub fn usd(value: f64) -> String {
    match value {
        small if small < 1.0 => format!("${}", significant(small, 2)),
        large if large >= 1000.0 => format!("${}", grouped(large.round() as u64)),
        _ => format!("${value:.2}"),
    }
}

/// `49`, or `49 (40 to 58)`.
pub fn band(band: Band, say: impl Fn(f64) -> String) -> String {
    if band.is_exact() {
        return say(band.likely);
    }
    format!("{} ({} to {})", say(band.likely), say(band.low), say(band.high))
}

/// What is used of a limit, in its unit.
pub fn used(limit: &LimitUse) -> String {
    band(limit.used, |value| amount(limit.resource, value))
}

/// What there is of it.
pub fn capacity(limit: &LimitUse) -> String {
    match limit.resource {
        Resource::Memory => Bytes(limit.capacity as u64).to_string(),
        resource => amount(resource, limit.capacity),
    }
}

fn amount(resource: Resource, value: f64) -> String {
    match resource {
        Resource::Memory => size(value),
        Resource::Spend => usd(value),
        Resource::Streams
        | Resource::Rpm
        | Resource::Itpm
        | Resource::Otpm
        | Resource::Tpm
        | Resource::Tpd
        | Resource::Concurrent => short(value),
    }
}

/// `tier build`, and `tier-1` as it is.
pub fn tier_name(tier: &str) -> String {
    if tier.starts_with("tier") { tier.to_owned() } else { format!("tier {tier}") }
}

/// With a capital letter at its beginning.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A bar of twenty places for all of the limit, and an arrow where more is used.
pub fn bar(share: f64) -> String {
    const PLACES: f64 = 20.0;
    let eighths = (share.clamp(0.0, 1.0) * PLACES * 8.0).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.extend("▏▎▍▌▋▊▉".chars().nth(eighths % 8 - 1));
    }
    if share > 1.0 {
        bar.push('▶');
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_what_they_say() {
        assert_eq!(
            [4.05, 48.6, 2.5, 1.0, 243.0, 4000.0, 0.05].map(short),
            ["4.05", "48.6", "2.5", "1", "243", "4,000", "0.05"]
        );
        assert_eq!([0.06075, 0.08, 1.0, 0.695, 1.432].map(percent), ["6.1 %", "8 %", "100 %", "69.5 %", "143 %"]);
        assert_eq!([12.0, 90.0, 1800.0, 86_400.0].map(seconds), ["12 s", "90 s", "30 min", "24 h"]);
        assert_eq!([0.0012, 1.5, 1234.5].map(usd), ["$0.0012", "$1.50", "$1,235"]);
    }

    #[test]
    fn a_full_bar_has_twenty_places() {
        assert_eq!(bar(1.0).chars().count(), 20);
        assert_eq!(bar(0.0), "");
        assert_eq!(bar(0.5), "█".repeat(10));
        assert!(bar(1.4).ends_with('▶'));
        assert_eq!(bar(0.0625), "█▎");
    }
}
