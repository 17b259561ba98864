//! Tables and sentences within the columns of a terminal. No word is broken: a terminal would do that wherever a line is too long.

use super::table::Table;
use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, ContentArrangement, Width};

/// How many columns there are; `None` where nothing bounds them, as in a file or a pipe.
pub type Columns = Option<u16>;

/// What a cell has beside its words: a blank to either side.
const AROUND: u16 = 2;
/// The first column keeps its whole width when that is no more than this share of all: it says what a row is about.
const FIRST_SHARE: u16 = 3;
/// Blanks within brackets of so many characters are not broken at: an interval is read as one thing.
const LONGEST_BRACKET: usize = 24;
/// A blank that is none to break at.
const FIRM: char = '\u{a0}';

/// A table in columns, without lines. Where it is too wide its cells are wrapped, and where that is not enough, it comes in pieces of some
/// columns each, below one another, the first column in front of every one.
pub fn table(table: &Table, columns: Columns) -> String {
    let Some(most) = columns else { return laid_out(&table.0, None) };
    let natural = widths(&table.0, |cell| cell.chars().count());
    if total(&natural) <= most {
        return laid_out(&table.0, None);
    }
    let rows: Vec<Vec<String>> = table.0.iter().map(|row| row.iter().map(|cell| firm(cell)).collect()).collect();
    let mut least = widths(&rows, longest_word);
    if let (Some(first), Some(whole)) = (least.first_mut(), natural.first())
        && *whole <= most / FIRST_SHARE
    {
        *first = *whole;
    }
    let pieces: Vec<String> = pieces(&least, most)
        .into_iter()
        .map(|piece| {
            let chosen =
                |row: &Vec<String>| piece.iter().map(|&column| row.get(column).cloned().unwrap_or_default()).collect();
            let rows: Vec<Vec<String>> = rows.iter().map(chosen).collect();
            let least: Vec<u16> = piece.iter().map(|&column| least[column]).collect();
            laid_out(&rows, Some((most, &least))).replace(FIRM, " ")
        })
        .collect();
    pieces.join("\n")
}

/// A sentence, wrapped, each of its lines behind `indent` blanks. Numbers keep their units, as in tables.
pub fn words(text: &str, indent: u16, columns: Columns) -> String {
    let blanks = " ".repeat(indent.into());
    let Some(most) = columns else { return format!("{blanks}{text}\n") };
    let held_together = firm(text);
    let text =
        if longest_word(&held_together) + usize::from(indent) <= usize::from(most) { &held_together } else { text };
    let mut paragraph = comfy_table::Table::new();
    paragraph.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(most);
    paragraph.add_row([text]);
    if let Some(column) = paragraph.column_mut(0) {
        column.set_padding((indent, 0));
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(longest_word(text) as u16 + indent)));
    }
    paragraph.trim_fmt().replace(FIRM, " ") + "\n"
}

/// Which columns stand beside one another: as many as fit, the first before all of them.
fn pieces(least: &[u16], most: u16) -> Vec<Vec<usize>> {
    let mut pieces: Vec<Vec<usize>> = Vec::new();
    for column in 1..least.len() {
        let fits = |piece: &Vec<usize>| {
            total(&piece.iter().chain([&column]).map(|&column| least[column]).collect::<Vec<_>>()) <= most
        };
        match pieces.last_mut().filter(|piece| fits(piece)) {
            Some(piece) => piece.push(column),
            None => pieces.push(vec![0, column]),
        }
    }
    if pieces.is_empty() { vec![(0..least.len()).collect()] } else { pieces }
}

fn laid_out(rows: &[Vec<String>], within: Option<(u16, &[u16])>) -> String {
    let mut plain = comfy_table::Table::new();
    plain.load_style(NOTHING);
    let mut rows = rows.iter();
    if let Some(heading) = rows.next() {
        plain.set_header(heading);
    }
    plain.add_rows(rows);
    if let Some((most, least)) = within {
        plain.set_content_arrangement(ContentArrangement::Dynamic).set_width(most);
        for (column, least) in plain.column_iter_mut().zip(least) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least + AROUND)));
        }
    }
    plain.trim_fmt() + "\n"
}

/// The widest of every column.
fn widths(rows: &[Vec<String>], width: impl Fn(&str) -> usize) -> Vec<u16> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max();
    (0..columns).map(|column| u16::try_from(widest(column).unwrap_or(0)).unwrap_or(u16::MAX)).collect()
}

fn total(widths: &[u16]) -> u16 {
    widths.iter().fold(0, |sum: u16, width| sum.saturating_add(width.saturating_add(AROUND)))
}

fn longest_word(text: &str) -> usize {
    text.split(' ').map(|word| word.chars().count()).max().unwrap_or(0)
}

/// Words whose indentation, whose numbers with their units and whose short brackets stay together.
fn firm(cell: &str) -> String {
    let words = cell.trim_start_matches(' ');
    let mut out: String = cell[..cell.len() - words.len()].replace(' ', "\u{a0}");
    let mut rest = words;
    while let Some(blank) = rest.find(' ') {
        let (before, behind) = (&rest[..blank], &rest[blank + 1..]);
        if let Some(end) = before.starts_with('(').then(|| rest.find(')')).flatten()
            && rest[..end].chars().count() <= LONGEST_BRACKET
        {
            out.extend(rest[..=end].chars().map(|c| if c == ' ' { FIRM } else { c }));
            rest = &rest[end + 1..];
            continue;
        }
        let is_number = before.ends_with(|c: char| c.is_ascii_digit());
        let unit = behind.split(' ').next().unwrap_or_default();
        let is_unit =
            ["B", "KiB", "MiB", "GiB", "%", "ms", "s", "bytes"].contains(&unit.trim_end_matches([',', ';', ':', ')']));
        out += before;
        out.push(if is_number && is_unit { FIRM } else { ' ' });
        rest = behind;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(rows: &[&[&str]]) -> Table {
        Table(rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect())
    }

    #[test]
    fn what_fits_is_left_alone() {
        let small = rows(&[&["", "retain"], &["base", "7 MiB"]]);
        assert_eq!(table(&small, Some(80)), table(&small, None));
        assert_eq!(table(&small, None), "       retain\n base  7 MiB\n");
    }

    #[test]
    fn numbers_keep_their_units_and_intervals_stay_whole() {
        let wide = rows(&[&["", "retain"], &["one more stream with all its text", "0.214 MiB (95 %: 0.211 to 0.216)"]]);
        let shown = table(&wide, Some(40));
        assert!(shown.contains("0.214 MiB\n") && shown.contains("(95 %: 0.211 to 0.216)"), "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() <= 40), "{shown}");
    }

    #[test]
    fn sentences_keep_their_numbers_whole_too() {
        let said = "One more stream costs 1.3 MiB (95 %: 0.9 to 1.7) in 80 ms here.";
        let wrapped = words(said, 0, Some(24));
        let lines = ["One more stream costs", "1.3 MiB", "(95 %: 0.9 to 1.7) in", "80 ms here."];
        assert_eq!(wrapped.lines().collect::<Vec<_>>(), lines);
    }

    #[test]
    fn columns_that_do_not_fit_come_below() {
        let many = rows(&[&["client", "abcdefghij", "klmnopqrst"], &["one", "0123456789", "9876543210"]]);
        let shown = table(&many, Some(24));
        assert_eq!(shown, " client  abcdefghij\n one     0123456789\n\n client  klmnopqrst\n one     9876543210\n");
    }

    proptest! {
        /// Whatever is shown has every word in one piece, and is no wider than it may be unless a word is.
        #[test]
        fn no_word_is_broken(
            cells in proptest::collection::vec(proptest::collection::vec("[a-z0-9%]{1,12}( [a-z(]{1,9}[)0-9]{0,3}){0,6}", 3), 1..5),
            columns in 20..120_u16,
        ) {
            let wanted = Table(cells);
            let shown = table(&wanted, Some(columns));
            for word in wanted.0.iter().flatten().flat_map(|cell| cell.split(' ')) {
                prop_assert!(shown.contains(word), "{word} in\n{shown}");
            }
            let least = wanted.0.iter().flatten().map(|cell| longest_word(&firm(cell)) as u16 + AROUND).max().unwrap_or(0);
            for line in shown.lines() {
                prop_assert!(line.chars().count() <= usize::from(columns.max(2 * least)), "{line}\n{shown}");
            }
            let sentence = wanted.0[0].join(" ");
            let wrapped = words(&sentence, 1, Some(columns));
            prop_assert_eq!(wrapped.split_whitespace().collect::<Vec<_>>(), sentence.split(' ').collect::<Vec<_>>());
            prop_assert!(wrapped.lines().all(|line| line.chars().count() <= usize::from(columns)), "{}", wrapped);
        }
    }
}
