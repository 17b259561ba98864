//! Where the heap's bytes come from.

use super::table::Table;
use crate::cost::SeriesAnalysis;
use crate::run::{HeapRecord, Run};
use crate::units::{Unit, grouped};

/// How many sites are worth a line.
const LARGEST: usize = 10;

/// The profile of a mode at the largest number of streams.
pub fn profile<'a>(run: &'a Run, mode: &SeriesAnalysis) -> Option<&'a HeapRecord> {
    run.heap.iter().filter(|record| record.series == mode.fitted.index).max_by_key(|record| record.streams)
}

/// The ten largest sites of a mode with what one more stream adds to each.
pub fn table(record: &HeapRecord, mode: &SeriesAnalysis) -> Table {
    let heading = ["site", "on behalf of", "bytes", "bytes per stream"].map(str::to_owned).to_vec();
    let mut rows = vec![heading];
    for site in record.sites.iter().take(LARGEST) {
        let cost = mode.fitted.sites.iter().find(|cost| cost.label == site.label);
        rows.push(vec![
            site.label.clone(),
            site.caller.clone().unwrap_or_default(),
            grouped(site.bytes),
            cost.map_or_else(String::new, |cost| whole(cost.per_stream)),
        ]);
    }
    Table(rows)
}

/// Whole bytes, thousands apart, which a site that shrinks has fewer of.
fn whole(bytes: f64) -> String {
    let sign = if bytes <= -0.5 { "-" } else { "" };
    format!("{sign}{}", grouped(bytes.abs().round() as u64))
}

/// What requested bytes are to resident ones, in a sentence.
pub fn sentence(mode: &SeriesAnalysis) -> Option<String> {
    if mode.fitted.sites.is_empty() {
        return None;
    }
    let requested: f64 = mode.fitted.sites.iter().map(|site| site.per_stream).sum();
    let resident = mode.full().slope.value;
    let unit = Unit::for_size(requested.max(resident));
    Some(format!(
        "Requested from the allocator: {} a stream; resident: {} a stream. What is requested and never written is not resident; \
         the allocator's own bookkeeping, stacks and pages of files are resident and not requested.",
        unit.with_unit(requested, 3),
        unit.with_unit(resident, 3)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_sites_have_their_thousands_apart() {
        assert_eq!([1_234_567.4, 999.6, 0.2, -0.4, -2048.0].map(whole), ["1,234,567", "1,000", "0", "0", "-2,048"]);
    }
}
