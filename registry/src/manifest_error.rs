use cm_types::Problem;

use crate::names;

/// A `cm.toml` that cannot be read, with the place of the mistake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct ManifestError {
    /// The file, as it was given.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// What is wrong and what was expected.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl ManifestError {
    pub(crate) fn from_toml(file: String, text: &str, error: &toml::de::Error) -> Self {
        let offset = error.span().map_or(0, |span| span.start);
        let (message, help) = explain(error.message());
        Self::at(file, text, offset, message, help)
    }

    pub(crate) fn at(
        file: String,
        text: &str,
        offset: usize,
        message: String,
        help: Option<String>,
    ) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let small = |number| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            file,
            line: small(line),
            column: small(column),
            message,
            help,
        }
    }

    /// The same as a finding of a check.
    pub fn problem(&self) -> Problem {
        Problem {
            fatal: true,
            message: self.message.clone(),
            path: self.file.clone(),
            line: self.line,
            column: self.column,
            help: self.help.clone(),
        }
    }
}

/// Puts serde's words into those of a person who writes TOML.
fn explain(message: &str) -> (String, Option<String>) {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let first = quoted.next().unwrap_or_default();
    let rest: Vec<_> = quoted.collect();
    let list = || {
        rest.iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let meant = || {
        names::did_you_mean(first, rest.iter().copied())
            .map(|word| format!("did you mean `{word}`?"))
    };
    if message.starts_with("unknown field") {
        (
            format!("unknown key `{first}`, expected one of {}", list()),
            meant(),
        )
    } else if message.starts_with("unknown variant") {
        (
            format!("unknown word `{first}`, expected one of {}", list()),
            meant(),
        )
    } else if message.starts_with("missing field") {
        (format!("the key `{first}` is missing"), None)
    } else {
        let words = message
            .replace(
                "expected struct PackageInfo",
                "expected a table like `[package]`",
            )
            .replace("expected struct Manifest", "expected tables")
            .replace("expected struct Build", "expected a table like `[build]`")
            .replace(
                "expected struct Capabilities",
                "expected a table like `[capabilities]`",
            )
            .replace(
                "expected struct ComponentEntry",
                "expected a table with `kind`, `name` and `path`",
            )
            .replace(": map, expected", ": a table, expected")
            .replace(": sequence, expected", ": an array, expected");
        (words.trim_end().replace('\n', "; "), None)
    }
}
