//! Reading a line of JSON without what nobody reads of it.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

/// Reads a JSON object. What is at one of the pointers in `unread` is passed over, which is
/// much faster than keeping it; where something else than objects is on the way to it,
/// nothing is passed over. None: it is no JSON object.
pub(super) fn object(text: &str, unread: &[&str]) -> Option<Value> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Sieve { unread }.deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    value.is_object().then_some(value)
}

/// A value without some parts of it.
struct Sieve<'p> {
    /// Pointers, from this value on.
    unread: &'p [&'p str],
}

/// What is done with the value of a key.
enum Part<'p> {
    Kept,
    PassedOver,
    Sifted(Vec<&'p str>),
}

impl<'p> Sieve<'p> {
    fn part(&self, key: &str) -> Part<'p> {
        let mut below = Vec::new();
        for pointer in self.unread {
            let rest = pointer
                .strip_prefix('/')
                .and_then(|it| it.strip_prefix(key));
            match rest {
                Some("") => return Part::PassedOver,
                Some(rest) if rest.starts_with('/') => below.push(rest),
                _ => {}
            }
        }
        match below.is_empty() {
            true => Part::Kept,
            false => Part::Sifted(below),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Sieve<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Sieve<'_> {
    type Value = Value;

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            match self.part(&key) {
                Part::Kept => _ = map.insert(key, access.next_value()?),
                Part::PassedOver => _ = access.next_value::<IgnoredAny>()?,
                Part::Sifted(unread) => {
                    let value = access.next_value_seed(Sieve { unread: &unread })?;
                    map.insert(key, value);
                }
            }
        }
        Ok(Value::Object(map))
    }

    // Everything else is as it is.
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = access.next_element()? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const UNREAD: &[&str] = &["/unread", "/part/state/metadata"];

    #[test]
    fn what_nobody_reads_is_left_out_and_nothing_else() {
        let line = r#"{"unread":{"a":1},"part":{"state":{"metadata":[1],"output":"x"},"metadata":2},"unread2":3}"#;
        let read = json!({"part": {"state": {"output": "x"}, "metadata": 2}, "unread2": 3});
        assert_eq!(object(line, UNREAD), Some(read));
        let other = r#"{"part":[{"state":{"metadata":1}}]}"#;
        assert_eq!(object(other, UNREAD), serde_json::from_str(other).ok());
    }

    #[test]
    fn what_is_no_object_is_none() {
        for text in [
            "",
            "1",
            "[{}]",
            "null",
            "{} {}",
            "{\"a\":}",
            "{\"unread\":}",
        ] {
            assert_eq!(object(text, UNREAD), None, "{text}");
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        let key = prop_oneof![Just("part".to_owned()), Just("state".to_owned()), ".{0,3}"];
        leaf.prop_recursive(4, 32, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((key.clone(), inner), 0..6)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn without_anything_unread_it_reads_what_everybody_reads(value in value()) {
            let text = value.to_string();
            let plain = serde_json::from_str::<Value>(&text).ok().filter(Value::is_object);
            prop_assert_eq!(object(&text, &[]), plain.clone());
            prop_assert_eq!(object(&text, &["/part/state/nothing"]), plain);
        }
    }
}
