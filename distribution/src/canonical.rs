//! JSON in its one canonical form (RFC 8785): the same value is always the same
//! bytes, and so has the same digest.

use serde::Serialize;
use serde_json::Value;

/// The canonical bytes of a value without fractions.
pub(crate) fn to_vec(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::new();
    write(&serde_json::to_value(value)?, &mut bytes)?;
    Ok(bytes)
}

fn write(value: &Value, to: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    match value {
        Value::Array(items) => {
            to.push(b'[');
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    to.push(b',');
                }
                write(item, to)?;
            }
            to.push(b']');
        }
        Value::Object(map) => {
            // Not the map's own order: a feature of `serde_json` that any crate
            // may switch on makes that the order of insertion.
            let mut members: Vec<_> = map.iter().collect();
            members.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
            to.push(b'{');
            for (number, (key, member)) in members.into_iter().enumerate() {
                if number > 0 {
                    to.push(b',');
                }
                serde_json::to_writer(&mut *to, key)?;
                to.push(b':');
                write(member, to)?;
            }
            to.push(b'}');
        }
        scalar => serde_json::to_writer(to, scalar)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_by_their_utf_16() {
        let value =
            json!({"\u{fb33}": 1, "\u{1f600}": 2, "b": [true, null, "a\"\n\u{1}é"], "a": {}});
        let text = String::from_utf8(to_vec(&value).unwrap()).unwrap();
        assert_eq!(
            text,
            "{\"a\":{},\"b\":[true,null,\"a\\\"\\n\\u0001é\"],\"\u{1f600}\":2,\"\u{fb33}\":1}"
        );
    }
}
