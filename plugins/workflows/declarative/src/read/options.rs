//! `options`: what an engine is told in its own words.

use super::data::is_bare;
use super::fields::{Fields, short};
use super::json;
use crate::problem::Problems;
use crate::yaml::{Node, Value};

const EXAMPLE: &str = "options: { program: my-agent, args: [\"--ask\", \"{prompt}\"] }";
/// What the host tells the adapter itself.
const HOST: [&str; 6] = [
    "agent",
    "engine",
    "occurrence",
    "previous",
    "root",
    "script",
];
/// Words in the names of what nobody may read.
const SECRET: [&str; 8] = [
    "apikey",
    "credential",
    "credentials",
    "key",
    "password",
    "secret",
    "secrets",
    "token",
];

/// Each option with its text: texts as they stand, lists and mappings as JSON.
pub(super) fn read(fields: &Fields<'_>, problems: &mut Problems) -> Vec<(String, String)> {
    let Some(node) = fields.node("options") else {
        return Vec::new();
    };
    let Value::Map { pairs, .. } = &node.value else {
        let message = format!("`options` must be a mapping, and this is {}", node.kind());
        problems.error(node.at, message, format!("write it like `{EXAMPLE}`"));
        return Vec::new();
    };
    let mut options = Vec::new();
    for (key, value) in pairs {
        let name = key.text.as_str();
        if let Some((why, help)) = objection(name) {
            problems.error(key.at, format!("the option `{}` {why}", short(name)), help);
        } else if let Some(text) = value_of(name, value, problems) {
            options.push((name.to_owned(), text));
        }
    }
    options
}

/// Why there can be no option with this name, and what to do.
fn objection(name: &str) -> Option<(&'static str, &'static str)> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
        return Some((
            "cannot be called so",
            "use letters, digits, `-`, `_` and `.`",
        ));
    }
    if HOST.contains(&name) {
        return Some(("is set by `cm` itself", "remove it"));
    }
    let lower = name.to_ascii_lowercase();
    let mut words = lower.split(['-', '_', '.']);
    words.any(|word| SECRET.contains(&word)).then_some((
        "looks like a secret, and everybody can read a workflow",
        "remove it, and put the secret into the engine's variable: `cm engines` says which",
    ))
}

fn value_of(name: &str, node: &Node, problems: &mut Problems) -> Option<String> {
    let wanted = match (name, &node.value) {
        ("fork", value) if !is_truth(value) => "`true` or `false`",
        ("max-turns", value) if !is_count(value) => "a whole number from 1",
        ("args" | "directories" | "tools", value) if !is_list(value) => "a list, like `[a, b]`",
        ("program", Value::List(_) | Value::Map { .. }) => "the name of a program",
        (_, Value::Null) => "a text, a list or a mapping",
        _ => {
            return Some(match &node.value {
                Value::Scalar { text, .. } => text.clone(),
                _ => json::of(node),
            });
        }
    };
    let message = format!(
        "the option `{name}` must be {wanted}, and this is {}",
        match &node.value {
            Value::Scalar { text, .. } => format!("`{}`", short(text)),
            _ => node.kind().to_owned(),
        }
    );
    problems.error(node.at, message, "");
    None
}

fn is_truth(value: &Value) -> bool {
    matches!(value, Value::Scalar { text, .. } if matches!(text.as_str(), "true" | "false"))
}

fn is_count(value: &Value) -> bool {
    matches!(value, Value::Scalar { text, .. }
        if is_bare(text) && text.parse::<u32>().is_ok_and(|count| count > 0))
}

/// A list, or the JSON of one; what is in it is the engine's affair.
fn is_list(value: &Value) -> bool {
    match value {
        Value::List(_) => true,
        Value::Scalar { text, .. } => serde_json::from_str::<Vec<serde_json::Value>>(text).is_ok(),
        _ => false,
    }
}
