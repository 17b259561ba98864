//! Where the heap's bytes come from.

use super::page::{Block, Section, Table, Words};
use crate::cost::{Analysis, SeriesAnalysis};
use crate::run::{HeapRecord, Run};
use crate::units::{Unit, grouped};

/// How many sites are worth a line.
const LARGEST: usize = 10;

/// A section for every series that was profiled.
pub fn sections(run: &Run, analysis: &Analysis) -> Vec<Section> {
    let profiled = analysis.series.iter().filter_map(|series| Some(section(profile(run, series)?, series)));
    profiled.collect()
}

fn section(record: &HeapRecord, series: &SeriesAnalysis) -> Section {
    let mut blocks = vec![Block::Table(table(record, series))];
    blocks.extend(sentence(series).map(Block::words));
    let how = Words::from("Requested bytes, alive on the ").term("full").and(
        " plateau, from a process of its own under dhat. Bytes per stream: the line through the profiles at the smallest and the largest \
         number of streams. The whole profile: ",
    );
    blocks.push(Block::Words(how.code(&record.file).and(", for dh_view.")));
    let streams = grouped(u64::from(record.streams));
    let title = format!("Heap: {}, the ten largest sites with {streams} streams", series.fitted.label);
    Section::left_to_the_page(title, blocks)
}

/// The profile of a series at the largest number of streams.
fn profile<'a>(run: &'a Run, series: &SeriesAnalysis) -> Option<&'a HeapRecord> {
    run.heap.iter().filter(|record| record.series == series.fitted.index).max_by_key(|record| record.streams)
}

/// The ten largest sites of a series with what one more stream adds to each.
fn table(record: &HeapRecord, series: &SeriesAnalysis) -> Table {
    let mut table = Table::new(["site", "on behalf of", "bytes", "bytes per stream"]);
    for site in record.sites.iter().take(LARGEST) {
        let cost = series.fitted.sites.iter().find(|cost| cost.label == site.label);
        table.push([
            site.label.clone(),
            site.caller.clone().unwrap_or_default(),
            grouped(site.bytes),
            cost.map_or_else(String::new, |cost| whole(cost.per_stream)),
        ]);
    }
    table
}

/// Whole bytes, thousands apart, which a site that shrinks has fewer of.
fn whole(bytes: f64) -> String {
    let sign = if bytes <= -0.5 { "-" } else { "" };
    format!("{sign}{}", grouped(bytes.abs().round() as u64))
}

/// What requested bytes are to resident ones, in a sentence.
fn sentence(series: &SeriesAnalysis) -> Option<String> {
    if series.fitted.sites.is_empty() {
        return None;
    }
    let requested: f64 = series.fitted.sites.iter().map(|site| site.per_stream).sum();
    let resident = series.full().slope.value;
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
