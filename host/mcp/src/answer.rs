//! A tool's answer, as the protocol carries it.

use rmcp::model::{CallToolResult, ContentBlock, MetaObject};
use serde_json::Value;

use crate::LONGEST_MESSAGE;

/// Marks a text that is JSON and not a text that looks like it. Objects need no mark:
/// they travel as structured content, which is always an object.
const JSON: &str = "cm/json";

/// What else is in a message beside the answer.
const AROUND: usize = 4096;

/// The message for an answer.
pub(crate) fn write(answer: Result<Value, String>) -> CallToolResult {
    let result = match answer {
        Ok(Value::String(text)) => CallToolResult::success(vec![ContentBlock::text(text)]),
        Ok(value @ Value::Object(_)) => CallToolResult::structured(value),
        Ok(value) => {
            let mut result = CallToolResult::success(vec![ContentBlock::text(value.to_string())]);
            let mut meta = MetaObject::new();
            meta.0.insert(JSON.into(), Value::Bool(true));
            result.meta = Some(meta);
            result
        }
        Err(message) => return error(message),
    };
    match too_long(&result) {
        Some(length) => error(format!(
            "the answer is {length} bytes long, and a message holds {LONGEST_MESSAGE}; ask for \
             less at a time"
        )),
        None => result,
    }
}

/// A tool's error. It is not an error of the protocol: the agent is to read it.
pub(crate) fn error(mut message: String) -> CallToolResult {
    // Escapes make six bytes of one.
    let longest = LONGEST_MESSAGE / 8;
    if message.len() > longest {
        message.truncate(message.floor_char_boundary(longest));
        message.push_str("… (cut)");
    }
    CallToolResult::error(vec![ContentBlock::text(message)])
}

/// The length of a message that is too long to be read on the other side.
fn too_long(result: &CallToolResult) -> Option<usize> {
    let mut counted = Count(0);
    // Nothing in it can fail to be written.
    serde_json::to_writer(&mut counted, result).ok()?;
    (counted.0 + AROUND > LONGEST_MESSAGE).then_some(counted.0)
}

struct Count(usize);

impl std::io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The answer in a message.
pub(crate) fn read(result: CallToolResult) -> Result<Value, String> {
    let mut text = String::new();
    for block in &result.content {
        if let ContentBlock::Text(block) = block {
            text.push_str(&block.text);
        }
    }
    if result.is_error == Some(true) {
        return Err(text);
    }
    if let Some(value) = result.structured_content {
        return Ok(value);
    }
    let marked = result
        .meta
        .is_some_and(|meta| meta.0.get(JSON) == Some(&Value::Bool(true)));
    match marked.then(|| serde_json::from_str(&text)) {
        Some(Ok(value)) => Ok(value),
        _ => Ok(Value::String(text)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_value_comes_back_as_it_was() {
        for value in [
            json!(null),
            json!(5),
            json!("5"),
            json!("null"),
            json!("plain\ntext"),
            json!([1, {"a": "b"}]),
            json!({"version": 3, "value": {"a": [null]}}),
            json!({}),
        ] {
            let wire = serde_json::to_string(&write(Ok(value.clone()))).unwrap();
            assert_eq!(
                read(serde_json::from_str(&wire).unwrap()),
                Ok(value),
                "{wire}"
            );
        }
        assert_eq!(read(write(Err("no".into()))), Err("no".into()));
    }

    #[test]
    fn an_answer_that_nobody_could_read_becomes_an_error() {
        let fits = "x".repeat(LONGEST_MESSAGE - 2 * AROUND);
        assert_eq!(read(write(Ok(json!(fits)))), Ok(json!(fits)));
        // As structured content and as text, and in the text each quote is escaped.
        let twice = json!({"content": "x".repeat(LONGEST_MESSAGE / 2)});
        let message = read(write(Ok(twice))).unwrap_err();
        assert!(message.contains("ask for less"), "{message}");

        let message = read(write(Err("ü\0".repeat(LONGEST_MESSAGE)))).unwrap_err();
        assert!(message.len() < LONGEST_MESSAGE / 7 && message.ends_with("(cut)"));
    }
}
