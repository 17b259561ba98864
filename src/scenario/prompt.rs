//! What users ask, at a length.

/// A sentence without anything that JSON would write in more than its own characters.
const SENTENCE: &str = "Here is what the keeper wrote down about the lighthouse, year by year. ";

/// A message of `chars` characters, each of which is a byte, for user or stream `number`: a text of its own, as each request of an
/// application has.
pub fn prompt_of(number: u32, chars: u32) -> String {
    let length = chars as usize;
    // Of exactly the size that it needs: what a string has beyond is nobody's prompt.
    let mut prompt = String::with_capacity(length);
    prompt.extend(format!("Question {number}. ").chars().take(length));
    while prompt.len() < length {
        let left = length - prompt.len();
        prompt.push_str(&SENTENCE[..SENTENCE.len().min(left)]);
    }
    prompt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_has_its_length_in_bytes_of_json_and_is_one_users_own() {
        for chars in [0, 1, 12, 13, 1000, 360_000] {
            let prompt = prompt_of(1, chars);
            assert_eq!((prompt.len(), prompt.capacity()), (chars as usize, chars as usize));
            assert_eq!(serde_json::to_string(&prompt).unwrap().len(), prompt.len() + 2);
        }
        assert_ne!(prompt_of(1, 1000), prompt_of(2, 1000));
    }
}
