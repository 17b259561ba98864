//! Seeded text that looks like an answer: words, punctuation, paragraphs, quotes and newlines that JSON has to escape.
//!
//! Plain ASCII: a character is a byte, and a runtime that stores strings in Latin-1 or UTF-16 shows itself by what it adds.

use fastrand::Rng;

const WORDS: [&str; 64] = [
    "the",
    "of",
    "a",
    "to",
    "and",
    "in",
    "is",
    "that",
    "it",
    "for",
    "with",
    "as",
    "on",
    "be",
    "this",
    "by",
    "an",
    "are",
    "from",
    "or",
    "stream",
    "memory",
    "each",
    "which",
    "when",
    "more",
    "than",
    "one",
    "can",
    "value",
    "result",
    "buffer",
    "server",
    "client",
    "response",
    "token",
    "while",
    "between",
    "limit",
    "number",
    "change",
    "process",
    "example",
    "because",
    "through",
    "measure",
    "several",
    "without",
    "request",
    "return",
    "however",
    "function",
    "container",
    "following",
    "connection",
    "available",
    "different",
    "therefore",
    "important",
    "concurrency",
    "application",
    "performance",
    "configuration",
    "implementation",
];

/// Exactly `chars` characters of prose.
pub fn prose(chars: usize, rng: &mut Rng) -> String {
    let mut text = String::with_capacity(chars + 32);
    let mut words_left = 0;
    while text.len() < chars {
        if words_left == 0 {
            words_left = rng.usize(6..22);
            if !text.is_empty() {
                text.push_str(if rng.u8(..5) == 0 { ".\n\n" } else { ". " });
            }
        } else {
            text.push(' ');
        }
        words_left -= 1;
        let word = WORDS[rng.usize(..WORDS.len())];
        if rng.u8(..40) == 0 {
            text.extend(["\"", word, "\""]);
        } else {
            text.push_str(word);
        }
    }
    text.truncate(chars);
    text
}

/// One JSON object of `chars` characters, as the input of a tool call; what is around the content takes 41 at least.
pub fn tool_input(chars: usize, rng: &mut Rng) -> String {
    // {"path":"src/module_123.rs","content":""}
    let frame = 41;
    let mut room = chars.saturating_sub(frame);
    let mut content = String::with_capacity(room);
    for c in prose(room, rng).chars() {
        // Quotes and newlines take two characters in JSON, so that less fits than there is.
        let takes = if matches!(c, '"' | '\n') { 2 } else { 1 };
        if takes > room {
            break;
        }
        room -= takes;
        content.push(c);
    }
    // One character is left over where two were needed.
    content.push_str(&" ".repeat(room));
    let path = format!("src/module_{:03}.rs", rng.u16(..1000));
    serde_json::json!({ "path": path, "content": content }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_long_as_asked_and_the_same_for_a_seed() {
        for chars in [0, 1, 7, 1000] {
            let text = prose(chars, &mut Rng::with_seed(3));
            assert_eq!(text.chars().count(), chars);
            assert!(text.is_ascii());
            assert_eq!(text, prose(chars, &mut Rng::with_seed(3)));
        }
        for chars in 41..600 {
            let input = tool_input(chars, &mut Rng::with_seed(chars as u64));
            assert_eq!(input.len(), chars, "{input}");
            assert!(serde_json::from_str::<serde_json::Value>(&input).is_ok());
        }
    }
}
