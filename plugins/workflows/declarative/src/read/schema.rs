//! JSON Schemas: in a file of the package, or written where they are needed.

use super::json;
use super::reading::Reading;
use crate::model::Schema;
use crate::problem::Position;
use crate::yaml::{Node, Value};

/// The schema at `node`. `key` is where it is said that there is one.
pub(super) fn read(node: &Node, key: Position, reading: &mut Reading<'_>) -> Option<Schema> {
    match &node.value {
        Value::Map { .. } => Some(Schema {
            text: json::of(node),
            source: reading.problems.line(node.at),
            at: node.at,
        }),
        Value::Scalar { text: path, .. } if !path.trim().is_empty() => {
            let text = reading.named("the schema", path, node.at)?;
            let line = reading.problems.line(node.at);
            let entry = reading.problems.enter(path);
            let good = is_object(&text, reading);
            reading.problems.enter(&entry);
            good.then(|| Schema {
                text,
                source: format!("{path}, named in {line}"),
                at: node.at,
            })
        }
        _ => {
            reading.problems.error(
                key,
                format!(
                    "`schema` must be a file or a mapping, and this is {}",
                    node.kind()
                ),
                "write `schema: schemas/NAME.json`, or a JSON Schema as a mapping",
            );
            None
        }
    }
}

fn is_object(text: &str, reading: &mut Reading<'_>) -> bool {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(serde_json::Value::Object(_)) => return true,
        Ok(_) => reading.problems.error(
            Position::FILE,
            "a schema must be a JSON object",
            "write it like `{\"type\": \"object\"}`",
        ),
        Err(error) => {
            let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            let at = Position {
                line: small(error.line()),
                column: small(error.column()),
            };
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            reading.problems.error(
                at,
                format!("the schema is not JSON: {message}"),
                "write it like `{\"type\": \"object\"}`",
            );
        }
    }
    false
}
