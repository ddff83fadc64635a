use serde_json::Value as Json;

use super::data::is_bare;
use crate::yaml::{Node, Value};

/// What was written in YAML as JSON. Nothing in it is a placeholder.
pub(super) fn of(node: &Node) -> String {
    value(node).to_string()
}

fn value(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Scalar {
            text, plain: true, ..
        } if is_bare(text) => serde_json::from_str(text).unwrap_or_else(|_| text.clone().into()),
        Value::Scalar { text, .. } => text.clone().into(),
        Value::List(items) => items.iter().map(value).collect(),
        Value::Map { pairs, .. } => pairs
            .iter()
            .map(|(key, node)| (key.text.clone(), value(node)))
            .collect(),
    }
}
