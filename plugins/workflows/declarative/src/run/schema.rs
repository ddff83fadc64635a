//! Answers that must be JSON.

use cm_sdk::workflow::{Error, failure};

use crate::model::Schema;

/// How many of the things that are wrong an agent is told.
const TOLD: usize = 20;

/// The part of an answer that is meant to be the JSON: all of it, or what is in its
/// only fenced block. (No line of JSON can begin with a fence.)
pub(super) fn json(answer: &str) -> &str {
    let mut blocks = Vec::new();
    let mut open = None;
    let mut at = 0;
    for line in answer.split_inclusive('\n') {
        let end = at + line.len();
        if line.trim_start().starts_with("```") {
            match open.take() {
                None => open = Some(end),
                Some(start) => blocks.push((start, at)),
            }
        }
        at = end;
    }
    let text = match (blocks.as_slice(), open) {
        ([(start, end)], None) => answer.get(*start..*end).unwrap_or(answer),
        _ => answer,
    };
    text.trim()
}

/// What an agent is told when its answer does not fit.
pub(super) fn again(errors: &[String]) -> String {
    let mut text = String::from(
        "Your answer is not JSON that meets the schema it must meet. What is wrong:\n",
    );
    for error in errors.iter().take(TOLD) {
        text.push_str(&format!("\n- {error}"));
    }
    if errors.len() > TOLD {
        text.push_str(&format!("\n- and {} more", errors.len() - TOLD));
    }
    text.push_str("\n\nAnswer again, with only the JSON: no words before or after it.");
    text
}

/// What is said when it does not fit, after it was asked for so often; 0 when it is
/// never asked for again.
pub(super) fn refusal(step: &str, schema: &Schema, asked: u32, errors: &[String]) -> Error {
    let first = errors.first().map(String::as_str).unwrap_or_default();
    let prompt = "say in its prompt what the JSON must be";
    let help = match asked {
        0 => prompt.into(),
        1 => format!("it was asked once: {prompt}, or allow more with `schema-retries`"),
        times => {
            format!("it was asked {times} times: {prompt}, or allow more with `schema-retries`")
        }
    };
    let mut failure = failure(
        "schema",
        format!(
            "the answer of the step `{step}` does not meet its schema ({}): {first}; {help}",
            schema.source
        ),
    );
    failure.details = (errors.len() > 1).then(|| errors.join("\n"));
    Error::Other(failure)
}
