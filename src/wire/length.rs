//! How long JSON is, without keeping any of it: prompts can be megabytes, and only their length decides anything.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// How many items a list of JSON has, and how long they are together.
#[derive(Clone, Copy, Debug)]
pub struct List {
    /// Items.
    pub count: u64,
    /// Characters of all of them.
    pub chars: u64,
}

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<List, D::Error> {
        struct Counting;
        impl<'de> Visitor<'de> for Counting {
            type Value = List;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of messages")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<List, A::Error> {
                let mut list = List { count: 0, chars: 0 };
                while let Some(item) = items.next_element::<Length>()? {
                    list.count += 1;
                    list.chars += item.chars;
                }
                Ok(list)
            }
        }
        deserializer.deserialize_seq(Counting)
    }
}

/// How long any JSON value is, written without spaces and escapes.
#[derive(Clone, Copy, Debug)]
pub struct Length {
    /// Characters.
    pub chars: u64,
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Length, D::Error> {
        deserializer.deserialize_any(Measuring).map(|chars| Length { chars })
    }
}

struct Measuring;

impl<'de> Visitor<'de> for Measuring {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<u64, E> {
        Ok(text.chars().count() as u64 + 2)
    }

    fn visit_bool<E>(self, value: bool) -> Result<u64, E> {
        Ok(if value { 4 } else { 5 })
    }

    fn visit_unit<E>(self) -> Result<u64, E> {
        Ok(4)
    }

    fn visit_u64<E>(self, number: u64) -> Result<u64, E> {
        Ok(number.to_string().len() as u64)
    }

    fn visit_i64<E>(self, number: i64) -> Result<u64, E> {
        Ok(number.to_string().len() as u64)
    }

    fn visit_f64<E>(self, number: f64) -> Result<u64, E> {
        Ok(number.to_string().len() as u64)
    }

    /// Brackets, and a comma between two.
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<u64, A::Error> {
        let (mut chars, mut count) = (2, 0_u64);
        while let Some(item) = items.next_element::<Length>()? {
            (chars, count) = (chars + item.chars, count + 1);
        }
        Ok(chars + count.saturating_sub(1))
    }

    /// Braces, a colon in each, and a comma between two.
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<u64, A::Error> {
        let (mut chars, mut count) = (2, 0_u64);
        while let Some((key, value)) = entries.next_entry::<Length, Length>()? {
            (chars, count) = (chars + key.chars + value.chars + 1, count + 1);
        }
        Ok(chars + count.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-zé ]{0,9}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{0,5}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_value_is_as_long_as_it_is_written(value in any_json()) {
            let text = value.to_string();
            let measured: Length = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(measured.chars, text.chars().count() as u64);
        }
    }
}
