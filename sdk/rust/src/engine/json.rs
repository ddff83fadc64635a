//! Reading JSON that may hold anything.

use serde_json::Value;

/// The string at a JSON pointer such as `/message/id`; empty when it is not there.
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

/// The list at a JSON pointer; empty when it is not there.
pub fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The number of tokens at a JSON pointer; 0 when it is not there, and never
/// more than the contract can carry.
pub fn count(value: &Value, pointer: &str) -> u32 {
    let Some(number) = value.pointer(pointer) else {
        return 0;
    };
    match (number.as_u64(), number.as_f64()) {
        (Some(whole), _) => u32::try_from(whole).unwrap_or(u32::MAX),
        // A float cast saturates, and makes 0 of what is negative or not a number.
        (None, Some(float)) => float as u32,
        (None, None) => 0,
    }
}

/// An amount of money at a JSON pointer, when there is a sensible one.
pub fn money(value: &Value, pointer: &str) -> Option<f64> {
    value
        .pointer(pointer)
        .and_then(Value::as_f64)
        .filter(|amount| amount.is_finite() && *amount >= 0.0)
}

/// Text as the content blocks of a tool's answer give it: a string, or a list
/// of `{"type": "text", "text": …}`; anything else is named in brackets.
pub fn content(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let parts: Vec<String> = blocks
                .iter()
                .map(|block| match (block, block.get("text")) {
                    (Value::String(text), _) | (_, Some(Value::String(text))) => text.clone(),
                    _ => format!("[{}]", text(block, "/type")),
                })
                .collect();
            parts.join("\n")
        }
        other => other.to_string(),
    }
}
