//! Names that people give: ids, agents, inputs, artifacts.

use crate::template::{Part, Template};

/// Whether it may be the id of a step, the name of an agent, an input or a key
/// of the state: what a placeholder can name.
pub(super) fn is_name(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// Whether it may be the name of an artifact: a file's name, without a path.
pub(super) fn is_file_name(text: &str) -> bool {
    text.len() <= 64
        && text.split('.').all(|part| !part.is_empty())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// What names look like, for help.
pub(super) const NAME_HELP: &str = "letters, digits, `_` and `-`, beginning with a letter";

/// What agents are called, for help.
pub(super) const AGENT_HELP: &str = "it is the name of a file in `agents/`, without `.md`";

/// An id made of a text: its first words without placeholders, for example
/// `cargo-test`.
pub(super) fn slug(template: &Template) -> Option<String> {
    let text: Vec<_> = template
        .parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Placeholder(_) => " ",
        })
        .collect();
    let text = text.concat();
    let line = text
        .lines()
        .find(|line| line.contains(|c: char| c.is_ascii_alphabetic()))?;
    let mut words = Vec::new();
    let mut length = 0;
    for word in line
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        if words.is_empty() && word.starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        length += word.len() + 1;
        if length > 32 && !words.is_empty() || words.len() == 4 {
            break;
        }
        words.push(word.to_ascii_lowercase());
    }
    let slug = words.join("-");
    is_name(&slug).then_some(slug)
}

/// At most the beginning of a text, for messages.
pub(super) fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= 40 && line.len() == text.len() {
        return text.to_string();
    }
    let start: String = line.chars().take(40).collect();
    format!("{}…", start.trim_end())
}
