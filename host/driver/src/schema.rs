//! JSON Schemas: whether a text meets one.

use cm_types::Failure;
use jsonschema::Validator;
use serde_json::Value;

/// How many problems are told at once.
const MOST: usize = 20;
/// The longest text of one problem, in characters: a problem quotes what it is about.
const LONGEST: usize = 400;

/// A JSON Schema.
pub(crate) struct Schema(Validator);

impl Schema {
    /// # Errors
    /// When it is none, or refers to another document: nothing is fetched.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let bad = |why: String| {
            Failure::new(
                "bad-schema",
                format!("the JSON Schema cannot be used: {why}"),
            )
        };
        let value: Value =
            serde_json::from_str(text).map_err(|error| bad(format!("it is not JSON: {error}")))?;
        let validator = jsonschema::validator_for(&value).map_err(|error| {
            let path = error.instance_path().to_string();
            bad(at(&path, &error.to_string()))
        })?;
        Ok(Self(validator))
    }

    /// Where and why a value does not meet it; empty when it does.
    pub(crate) fn problems(&self, value: &Value) -> Vec<String> {
        let problem = |error: jsonschema::ValidationError<'_>| {
            let path = error.instance_path().to_string();
            at(&path, &error.to_string())
        };
        self.0.iter_errors(value).take(MOST).map(problem).collect()
    }
}

/// Why a text is not JSON that meets this schema; empty when it is.
///
/// # Errors
/// When the schema is none.
pub(crate) fn conform(schema: &str, text: &str) -> Result<Vec<String>, Failure> {
    let schema = Schema::parse(schema)?;
    Ok(match serde_json::from_str(text) {
        Ok(value) => schema.problems(&value),
        Err(error) => vec![format!("it is not JSON: {error}")],
    })
}

/// Whether a value of the shared state may be written. One that is not JSON counts as a
/// JSON string.
///
/// # Errors
/// The first problem.
pub(crate) fn admit(schema: &str, key: &str, text: &str) -> Result<(), Failure> {
    let schema = Schema::parse(schema)?;
    let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    match schema.problems(&value).first() {
        None => Ok(()),
        Some(problem) => {
            let message =
                format!("`{key}` was not written: its value does not meet its schema: {problem}");
            Err(Failure::new("not-to-schema", message))
        }
    }
}

fn at(path: &str, what: &str) -> String {
    let place = if path.is_empty() { "at the top" } else { path };
    let mut text = format!("{place}: {what}");
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = r#"{"type": "object", "required": ["steps"], "properties": {
        "steps": {"type": "array", "items": {"type": "string"}}}}"#;

    #[test]
    fn problems_say_where_they_are() {
        assert_eq!(
            conform(PLAN, r#"{"steps": ["a"]}"#).unwrap(),
            Vec::<String>::new()
        );
        let problems = conform(PLAN, r#"{"steps": ["a", 1, 2]}"#).unwrap();
        assert_eq!(problems.len(), 2);
        assert!(problems[0].starts_with("/steps/1: "), "{problems:?}");
        let problems = conform(PLAN, "{}").unwrap();
        assert!(problems[0].starts_with("at the top: "), "{problems:?}");
        let problems = conform(PLAN, "so: {}").unwrap();
        assert!(problems[0].contains("line 1 column 1"), "{problems:?}");
    }

    #[test]
    fn many_and_long_problems_are_cut() {
        let numbers: Vec<u32> = (0..100).collect();
        let many = serde_json::json!({ "steps": numbers }).to_string();
        assert_eq!(conform(PLAN, &many).unwrap().len(), MOST);
        let long = serde_json::json!({ "steps": "é".repeat(10_000) }).to_string();
        assert!(conform(PLAN, &long).unwrap()[0].len() < 2 * LONGEST + 10);
    }

    #[test]
    fn what_is_no_schema_is_refused() {
        for schema in [
            "",
            "{",
            r#"{"type": "text"}"#,
            r#"{"$ref": "https://example.com/s"}"#,
        ] {
            assert_eq!(
                conform(schema, "{}").unwrap_err().code,
                "bad-schema",
                "{schema}"
            );
        }
    }

    #[test]
    fn a_value_that_is_not_json_is_a_string() {
        assert!(admit(r#"{"type": "string"}"#, "k", "plain words").is_ok());
        assert!(admit(r#"{"type": "object"}"#, "k", r#"{"a": 1}"#).is_ok());
        let failure = admit(r#"{"type": "object"}"#, "k", "plain words").unwrap_err();
        assert_eq!(failure.code, "not-to-schema");
    }
}
