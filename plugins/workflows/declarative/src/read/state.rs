use super::fields::{Fields, text};
use super::reading::Reading;
use super::{json, schema, word};
use crate::model::StateKey;
use crate::problem::Problems;
use crate::yaml::{Node, Value};

/// `state:` of a workflow.
pub(super) fn read(fields: &Fields<'_>, reading: &mut Reading<'_>) -> Vec<StateKey> {
    let mut keys = Vec::new();
    for (key, node) in fields.map("state", reading.problems) {
        if !word::is_name(&key.text) {
            reading
                .problems
                .error(key.at, "this cannot be a key of the state", word::NAME_HELP);
            continue;
        }
        let mut state = StateKey {
            key: key.text.clone(),
            value: Some(String::new()),
            schema: None,
        };
        match &node.value {
            Value::Null => {}
            Value::Scalar { text, .. } => state.value = Some(text.clone()),
            Value::Map { .. } => typed(&mut state, node, reading),
            Value::List(_) => {
                let what = format!("the value of `{}`", key.text);
                text(&what, key.at, node, reading.problems);
            }
        }
        keys.push(state);
    }
    keys
}

fn typed(state: &mut StateKey, node: &Node, reading: &mut Reading<'_>) {
    let example = "plan: { value: \"\", schema: { type: string } }";
    let Some(fields) = Fields::of("a value of the state", node, example, reading.problems) else {
        return;
    };
    state.value = fields.node("value").map(value);
    match (fields.node("schema"), fields.key("schema")) {
        (Some(node), Some(key)) => {
            state.schema = schema::read(node, key, reading).map(|schema| schema.text);
        }
        _ => missing(node, example, reading.problems),
    }
    fields.finish(&["value", "schema"], &[], reading.problems);
}

fn missing(node: &Node, example: &str, problems: &mut Problems) {
    problems.error(
        node.at,
        "a value of the state that is a mapping needs a `schema`",
        format!("write `{example}`, or a text"),
    );
}

/// A text as it is; everything else as JSON.
fn value(node: &Node) -> String {
    match &node.value {
        Value::Scalar { text, .. } => text.clone(),
        _ => json::of(node),
    }
}
