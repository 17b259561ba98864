//! Text from outside, a program's, a server's or a file's: what of it may be printed, kept in a failure, or written into another file.
//!
//! A terminal obeys control characters (ECMA-48; OSC 52 sets the clipboard, CSI 2 J clears the screen), bidirectional ones let a line read as
//! another than it is (Unicode Technical Report 36, section 2.8; CVE-2021-42574), and a line separator ends a comment in YAML 1.1.

use std::borrow::Cow;
use std::fmt::Write;

/// Characters of foreign text that are quoted in a line at the most.
pub const LONGEST_QUOTE: usize = 200;

/// Whether a character is one that a terminal obeys, that changes the order in which a line reads, or that ends a line.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            // Bidirectional marks, embeddings, overrides and isolates: Unicode Standard Annex 9, table 1 of section 2.
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separator.
            | '\u{2028}' | '\u{2029}'
            // The byte order mark, annotations, and the tags, none of which can be seen.
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// The text with every unsafe character written as an escape, as Rust writes it: `\u{1b}`, `\n`, `\t`.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_unsafe(c) {
            // Writing to a string does not fail; tags and marks have no short escape, which is all that `escape_default` adds.
            let _ = write!(out, "{}", c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// The same of a text of several lines, of which the line breaks stay.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| c != '\n' && is_unsafe(c)) {
        return Cow::Borrowed(text);
    }
    let lines: Vec<_> = text.split('\n').map(printable).collect();
    Cow::Owned(lines.join("\n"))
}

/// A JSON document that says the same, with every unsafe character in its strings as JSON escapes it (RFC 8259, section 7); between strings
/// a document has none but line breaks.
pub fn printable_json(document: &str) -> Cow<'_, str> {
    if !document.contains(|c| c != '\n' && is_unsafe(c)) {
        return Cow::Borrowed(document);
    }
    let mut out = String::with_capacity(document.len() + 8);
    for c in document.chars() {
        if c != '\n' && is_unsafe(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// One line of it to quote: trimmed, cut off after [`LONGEST_QUOTE`] characters with a word about how many are left out, and printable.
pub fn quotable(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(LONGEST_QUOTE) {
        None => printable(text).into_owned(),
        Some((end, _)) => {
            let left_out = text[end..].chars().count();
            format!("{}… ({left_out} more characters)", printable(&text[..end]))
        }
    }
}

/// Several lines of it to quote as one: white space of every kind becomes one space, and the rest as [`quotable`] has it.
pub fn quotable_in_a_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    quotable(&words.join(" "))
}

/// Text that is none of Markdown's, nor HTML's within that: printable, and with a backslash before every character that would begin either
/// (CommonMark 0.31.2, sections 2.4, 4.10 and 6; a bar ends a cell of a table). An underscore within a word begins nothing.
pub fn plain_markdown(text: &str) -> String {
    let text = printable(text);
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        let in_word = before.is_alphanumeric() && letters.peek().is_some_and(|next| next.is_alphanumeric());
        if matches!(c, '\\' | '<' | '&' | '[' | ']' | '*' | '`' | '|' | '~') || (c == '_' && !in_word) {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    out
}

/// Text as code within a line of Markdown, also where it has backticks itself (section 6.1).
pub fn code_markdown(text: &str) -> String {
    let text = printable(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    if longest == 0 {
        return format!("`{text}`");
    }
    let fence = "`".repeat(longest + 1);
    format!("{fence} {text} {fence}")
}

/// As part of a file's name: letters, digits, `.` and `_` stay, and whatever stands between them becomes one `-`.
pub fn file_name_part(text: &str) -> String {
    let words = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '_')));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_terminal_obeys_is_written_out() {
        for (text, shown) in [
            ("plain, ünïcode, 日本語, 👩‍👩‍👧", "plain, ünïcode, 日本語, 👩‍👩‍👧"),
            ("\x1b]52;c;aGk=\x07", "\\u{1b}]52;c;aGk=\\u{7}"),
            ("\x1b[2J\x1b]0;title\x1b\\", "\\u{1b}[2J\\u{1b}]0;title\\u{1b}\\"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\u{202e}b\u{2066}c\u{200f}", "a\\u{202e}b\\u{2066}c\\u{200f}"),
            ("a\u{2028}b\r\n\tc\0", "a\\u{2028}b\\r\\n\\tc\\u{0}"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }

    #[test]
    fn a_long_line_is_cut_off_with_a_word() {
        assert_eq!(quotable("  short \n"), "short");
        let long = quotable(&"é".repeat(LONGEST_QUOTE + 5));
        assert_eq!(long, format!("{}… (5 more characters)", "é".repeat(LONGEST_QUOTE)));
    }

    #[test]
    fn lines_of_our_own_stay_lines() {
        assert_eq!(printable_lines("two\nlines"), "two\nlines");
        assert_eq!(printable_lines("a\x1b[2J\nb\r\n\u{2028}c"), "a\\u{1b}[2J\nb\\r\n\\u{2028}c");
        assert_eq!(quotable_in_a_line(" a\r\n\tb\u{2028}c\x07 "), "a b c\\u{7}");
    }

    #[test]
    fn nothing_in_a_text_is_markdown() {
        for (text, shown) in [
            (
                "plain, 0.2 MiB (95 %: 0.1 to 0.3); smaps_rollup - 5 > 4",
                "plain, 0.2 MiB (95 %: 0.1 to 0.3); smaps_rollup - 5 > 4",
            ),
            ("<b>&amp;", "\\<b>\\&amp;"),
            ("[a](b) *c* _d_ `e` |f\\", "\\[a\\](b) \\*c\\* \\_d\\_ \\`e\\` \\|f\\\\"),
            ("a\nb", "a\\\\nb"),
        ] {
            assert_eq!(plain_markdown(text), shown);
        }
        assert_eq!(["node a.mjs", "a `b` ``c``"].map(code_markdown), ["`node a.mjs`", "``` a `b` ``c`` ```"]);
    }

    #[test]
    fn names_of_files_lead_nowhere_else() {
        for (text, part) in [
            ("node-sdk, retain-chunks", "node-sdk-retain-chunks"),
            ("node app.mjs", "node-app.mjs"),
            ("../../etc/passwd", "..-..-etc-passwd"),
            ("a\u{1b}[2J\0b|c", "a-2J-b-c"),
            ("für 日本", "für-日本"),
        ] {
            assert_eq!(file_name_part(text), part);
        }
    }

    proptest! {
        #[test]
        fn json_says_the_same(text in any::<String>()) {
            let document = serde_json::to_string_pretty(&serde_json::json!({ "a": [&text], &text: 1 })).unwrap();
            let shown = printable_json(&document);
            prop_assert!(!shown.contains(|c| c != '\n' && is_unsafe(c)));
            let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            prop_assert_eq!(read(&shown), read(&document));
        }

        #[test]
        fn nothing_unsafe_is_left_and_nothing_grows_without_bound(text in any::<String>()) {
            prop_assert!(!printable(&text).contains(is_unsafe));
            prop_assert!(!printable_lines(&text).contains(|c| c != '\n' && is_unsafe(c)));
            let quoted = quotable(&text);
            prop_assert!(!quoted.contains(is_unsafe));
            prop_assert!(quoted.chars().count() <= 10 * LONGEST_QUOTE + 40);
        }
    }
}
