//! Numbers as people read them on a picture.

/// Bytes in one MiB, the unit of every memory axis.
pub(super) const MIB: f64 = 1024.0 * 1024.0;

/// `value` with a fixed number of decimals, thousands apart, and a true minus sign: `−1,234.5`.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    let plain = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = match plain.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (plain.as_str(), None),
    };
    let mut text = String::new();
    let is_zero = plain.chars().all(|c| matches!(c, '0' | '.'));
    if value < 0.0 && !is_zero {
        text.push('−');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// `value` with about three digits that say something, and no zeros that do not: `6.5`, `0.192`, `1,234`.
pub(super) fn brief(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    let leading = size.log10().floor();
    let decimals = (2.0 - leading).clamp(0.0, 9.0) as usize;
    let text = fixed(value, decimals);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Bytes as MiB, with the unit.
pub(super) fn mib(bytes: f64) -> String {
    format!("{} MiB", brief(bytes / MIB))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(fixed(999.0, 0), "999");
        assert_eq!(fixed(1_000.0, 0), "1,000");
        assert_eq!(fixed(-12_345_678.25, 1), "−12,345,678.2");
    }

    #[test]
    fn nothing_is_never_negative() {
        assert_eq!(fixed(-0.04, 1), "0.0");
        assert_eq!(brief(0.0), "0");
    }

    #[test]
    fn three_digits_and_no_idle_zeros() {
        let said = [6.5, 0.192, 0.02934, 358.4, 10_000.0, 1.0, -2.25].map(brief);
        assert_eq!(said, ["6.5", "0.192", "0.0293", "358", "10,000", "1", "−2.25"]);
    }
}
