//! Whole numbers as options take them.

use crate::units::grouped;
use std::fmt::Display;
use std::ops::RangeInclusive;

/// A parser of whole numbers within a range, which says in one line what it takes.
pub fn whole<N>(range: RangeInclusive<N>) -> impl Fn(&str) -> Result<N, String> + Clone + Send + Sync + 'static
where
    N: Copy + PartialOrd + std::str::FromStr + Into<u64> + Display + Send + Sync + 'static,
{
    move |text| {
        let number = text.trim().parse::<N>().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| {
            let (from, to) = ((*range.start()).into(), (*range.end()).into());
            let bounds = if to == u64::MAX {
                format!("from {}", grouped(from))
            } else {
                format!("from {} to {}", grouped(from), grouped(to))
            };
            format!("write a whole number {bounds}, in digits alone, such as {}", from.max(1000.min(to)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_whole_number_says_what_would_be() {
        let chars = whole(1..=100_000_000_u32);
        assert_eq!(chars("60000"), Ok(60_000));
        for bad in ["1kk", "0", "-1", "1.5", "1e3", "100000001", ""] {
            let said = chars(bad).unwrap_err();
            assert_eq!(said, "write a whole number from 1 to 100,000,000, in digits alone, such as 1000", "{bad}");
        }
        assert_eq!(
            whole(2..=10_u32)("x"),
            Err("write a whole number from 2 to 10, in digits alone, such as 10".to_owned())
        );
        assert_eq!(
            whole(0..=u64::MAX)("x"),
            Err("write a whole number from 0, in digits alone, such as 1000".to_owned())
        );
    }
}
