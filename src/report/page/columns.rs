//! Tables and sentences within the columns of a terminal. No word is broken: a terminal would do that wherever a line is too long.

use super::Table;
use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, ContentArrangement, Width};

/// How many columns there are; `None` where nothing bounds them, as in a file or a pipe.
pub type Columns = Option<u16>;

/// What a cell has beside its words: a blank to either side.
const AROUND: u16 = 2;
/// What a row is about, and remarks on it, may be wrapped as often as it takes; they have this share of all columns at least.
const SHARE_OF_SENTENCES: u16 = 3;
/// Blanks within brackets of so many characters are not broken at: an interval is read as one thing.
const LONGEST_BRACKET: usize = 28;
/// A blank that is none to break at.
const FIRM: char = '\u{a0}';

/// A table in columns, without lines. Where it is too wide its cells are wrapped, none but sentences into more than two lines. Where that
/// is not enough, it comes in pieces of some columns each, below one another, the first column in front of every one, and its cells whole.
pub fn table(table: &Table, columns: Columns) -> String {
    let rows = indented(table);
    let Some(most) = columns else { return laid_out(&rows, None) };
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| firm(cell)).collect()).collect();
    let pieces = arranged(table, &rows, most).into_iter().map(|(piece, widths)| {
        let chosen =
            |row: &Vec<String>| piece.iter().map(|&column| row.get(column).cloned().unwrap_or_default()).collect();
        let rows: Vec<Vec<String>> = rows.iter().map(chosen).collect();
        laid_out(&rows, Some(&widths)).replace(FIRM, " ")
    });
    pieces.collect::<Vec<_>>().join("\n")
}

/// The heading, if there is one, and the rows, two blanks before what is indented.
fn indented(table: &Table) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> =
        [table.heading.clone()].into_iter().filter(|heading| !heading.is_empty()).collect();
    for row in &table.rows {
        let mut cells = row.cells.clone();
        if let Some(first) = cells.first_mut() {
            first.insert_str(0, &"  ".repeat(row.level));
        }
        rows.push(cells);
    }
    rows
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

/// How wide a column may be, without what is around.
struct Column {
    /// No word is broken.
    least: u16,
    /// As narrow as it may be beside others.
    narrow: u16,
    /// Every cell in one line, the heading in two at most.
    whole: u16,
    /// The heading in one line, too.
    wide: u16,
}

impl Column {
    fn of(table: &Table, rows: &[Vec<String>], number: usize, most: u16) -> Column {
        let widest = |rows: &[Vec<String>], width: fn(&str) -> usize| {
            let cells = rows.iter().filter_map(|row| row.get(number)).map(|cell| width(cell));
            u16::try_from(cells.max().unwrap_or(0)).unwrap_or(u16::MAX)
        };
        let in_one_line = |cell: &str| cell.chars().count();
        let (heading, below) = rows.split_at(usize::from(!table.heading.is_empty()));
        let (least, wide) = (widest(rows, longest_word), widest(rows, in_one_line));
        let whole = least.max(widest(below, in_one_line)).max(widest(heading, in_two_lines));
        let has_sentences = number == 0 || (table.has_remarks && number + 1 == table.columns());
        let narrow =
            if has_sentences { least.max(wide.min(most / SHARE_OF_SENTENCES)) } else { widest(rows, in_two_lines) };
        Column { least, narrow, whole, wide }
    }
}

/// Which columns stand beside one another, and how wide: all, if none is narrower than it may be.
fn arranged(table: &Table, rows: &[Vec<String>], most: u16) -> Vec<(Vec<usize>, Vec<u16>)> {
    let columns: Vec<Column> = (0..table.columns()).map(|number| Column::of(table, rows, number, most)).collect();
    let narrow: Vec<u16> = columns.iter().map(|column| column.narrow).collect();
    if total(&narrow) <= most {
        return vec![((0..columns.len()).collect(), widened(narrow, &columns, most))];
    }
    pieces(&columns, most)
}

/// The same widths and what room they leave, given to the columns from the first on until all is whole.
fn widened<'a>(mut widths: Vec<u16>, columns: impl IntoIterator<Item = &'a Column>, most: u16) -> Vec<u16> {
    for (number, column) in columns.into_iter().enumerate() {
        let room = most.saturating_sub(total(&widths));
        widths[number] += room.min(column.wide.saturating_sub(widths[number]));
    }
    widths
}

/// Some columns beside one another, and how wide they are: as many as are whole, the first before all of them. One that is not even alone
/// behind the first is wrapped.
fn pieces(columns: &[Column], most: u16) -> Vec<(Vec<usize>, Vec<u16>)> {
    let Some(first) = columns.first() else { return Vec::new() };
    let whole = |piece: &[usize]| {
        let others = piece.iter().skip(1).map(|&column| columns[column].whole);
        std::iter::once(first.narrow).chain(others).collect::<Vec<u16>>()
    };
    let mut pieces: Vec<Vec<usize>> = Vec::new();
    for column in 1..columns.len() {
        let fits = |piece: &&mut Vec<usize>| total(&whole(&[&piece[..], &[column]].concat())) <= most;
        match pieces.last_mut().filter(fits) {
            Some(piece) => piece.push(column),
            None => pieces.push(vec![0, column]),
        }
    }
    if pieces.is_empty() {
        pieces.push(vec![0]);
    }
    let with_widths = |piece: Vec<usize>| {
        let mut widths = whole(&piece);
        // From the last on, as far as no word is broken.
        for (place, &column) in piece.iter().enumerate().rev() {
            let over = total(&widths).saturating_sub(most);
            widths[place] -= over.min(widths[place].saturating_sub(columns[column].least));
        }
        let widths = widened(widths, piece.iter().map(|&column| &columns[column]), most);
        (piece, widths)
    };
    pieces.into_iter().map(with_widths).collect()
}

fn laid_out(rows: &[Vec<String>], widths: Option<&[u16]>) -> String {
    let mut plain = comfy_table::Table::new();
    plain.load_style(NOTHING);
    plain.add_rows(rows);
    if let Some(widths) = widths {
        plain.set_content_arrangement(ContentArrangement::Dynamic).set_width(total(widths));
        for (column, width) in plain.column_iter_mut().zip(widths) {
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width.saturating_add(AROUND))));
        }
    }
    plain.trim_fmt() + "\n"
}

fn total(widths: &[u16]) -> u16 {
    widths.iter().fold(0, |sum: u16, width| sum.saturating_add(width.saturating_add(AROUND)))
}

/// How wide a column is in which the text has no more than two lines.
fn in_two_lines(text: &str) -> usize {
    let blanks = text.match_indices(' ').map(|(blank, _)| (&text[..blank], &text[blank + 1..]));
    let widths = blanks.map(|(before, behind)| before.chars().count().max(behind.chars().count()));
    widths.min().unwrap_or_else(|| text.chars().count())
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
        let mut table = Table::new(rows[0].iter().copied());
        rows[1..].iter().for_each(|row| table.push(row.iter().copied()));
        table
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

    #[test]
    fn sentences_are_wrapped_and_values_come_below_one_another() {
        let interval =
            "0.214 MiB (95 %: 0.211 to 0.216) up to 12 streams, 0.3 MiB (95 %: 0.2 to 0.4) from there: no line";
        let series = rows(&[&["", "retain", "drop"], &["one more stream with all its text", interval, interval]]);
        let shown = table(&series, Some(80));
        assert_eq!(shown.split("\n\n").count(), 2, "{shown}");
        let said = rows(&[&["", "chat", "how"], &["streams at once", "49 (39 to 59)", interval]]).with_remarks();
        let shown = table(&said, Some(60));
        assert!(!shown.contains("\n\n") && shown.lines().count() > 3, "{shown}");
    }

    #[test]
    fn many_columns_come_below_one_another_whole() {
        let names: Vec<String> = (1..=20).map(|number| format!("workload-{number}")).collect();
        let mut many = Table::new(["limit".to_owned()].into_iter().chain(names));
        many.push((0..=20).map(|share| if share == 0 { "requests a minute".to_owned() } else { format!("{share} %") }));
        let shown = table(&many, Some(80));
        for piece in shown.split("\n\n") {
            let lines: Vec<&str> = piece.lines().collect();
            assert_eq!(lines.len(), 2, "{shown}");
            assert!(lines[0].starts_with(" limit") && lines[1].starts_with(" requests a minute"), "{shown}");
        }
    }

    /// Lines that a cell takes where so many characters have room.
    fn lines(cell: &str, width: usize) -> usize {
        let mut lines = 1;
        let mut used = 0;
        for word in cell.split(' ').map(|word| word.chars().count()) {
            let with_it = if used == 0 { word } else { used + 1 + word };
            (lines, used) = if with_it > width { (lines + 1, word) } else { (lines, with_it) };
        }
        lines
    }

    proptest! {
        /// Whatever is shown has every word in one piece, and is no wider than it may be unless a word is.
        #[test]
        fn no_word_is_broken(
            cells in proptest::collection::vec(proptest::collection::vec("[a-z0-9%]{1,12}( [a-z(]{1,9}[)0-9]{0,3}){0,6}", 3), 1..5),
            columns in 20..120_u16,
        ) {
            let mut wanted = Table::new(&cells[0]);
            cells[1..].iter().for_each(|row| wanted.push(row));
            let shown = table(&wanted, Some(columns));
            for word in cells.iter().flatten().flat_map(|cell| cell.split(' ')) {
                prop_assert!(shown.contains(word), "{word} in\n{shown}");
            }
            let least = cells.iter().flatten().map(|cell| longest_word(&firm(cell)) as u16 + AROUND).max().unwrap_or(0);
            for line in shown.lines() {
                prop_assert!(line.chars().count() <= usize::from(columns.max(2 * least)), "{line}\n{shown}");
            }
            let sentence = cells[0].join(" ");
            let wrapped = words(&sentence, 1, Some(columns));
            prop_assert_eq!(wrapped.split_whitespace().collect::<Vec<_>>(), sentence.split(' ').collect::<Vec<_>>());
            prop_assert!(wrapped.lines().all(|line| line.chars().count() <= usize::from(columns)), "{}", wrapped);
        }

        /// Columns beside one another are wrapped into two lines at most, but for sentences; where they do not fit so, each is whole, and
        /// only one that stands alone behind the first is wrapped as often as it takes.
        #[test]
        fn values_stay_readable(
            cells in proptest::collection::vec(proptest::collection::vec("[a-z0-9]{1,9}( [a-z0-9]{1,9}){0,9}", 2..7), 2..5),
            columns in 20..160_u16,
            remarks in any::<bool>(),
        ) {
            let wanted = Table { has_remarks: remarks, ..cells[1..].iter().fold(Table::new(&cells[0]), |mut table, row| {
                table.push(row);
                table
            }) };
            let rows: Vec<Vec<String>> = indented(&wanted).iter().map(|row| row.iter().map(|cell| firm(cell)).collect()).collect();
            let pieces = arranged(&wanted, &rows, columns);
            let last = wanted.columns() - 1;
            let mut seen: Vec<usize> = pieces.iter().flat_map(|(piece, _)| piece.iter().copied().skip(1)).collect();
            seen.dedup();
            prop_assert_eq!(seen, (1..=last).collect::<Vec<_>>());
            for (piece, widths) in &pieces {
                prop_assert_eq!(piece[0], 0);
                for (column, width) in piece.iter().zip(widths).skip(1) {
                    let most = rows.iter().filter_map(|row| row.get(*column)).map(|cell| lines(cell, usize::from(*width))).max().unwrap();
                    let below = rows[1..].iter().filter_map(|row| row.get(*column)).map(|cell| lines(cell, usize::from(*width)));
                    let is_sentence = remarks && *column == last;
                    if pieces.len() == 1 {
                        prop_assert!(most <= 2 || is_sentence || piece.len() == 2, "{:?} {:?}", widths, rows);
                    } else if piece.len() > 2 {
                        prop_assert!(below.max().unwrap_or(1) == 1 && most <= 2, "{:?} {:?}", widths, rows);
                    }
                }
            }
        }
    }
}
