//! Reads the fields of a mapping, and says what is wrong with each.

pub(super) use super::word::short;
use crate::problem::{Position, Problems};
use crate::suggest;
use crate::template::{Source, Template};
use crate::yaml::{Key, Node, Value};

/// A mapping that is being read. Keys that nobody asked for are reported by
/// [`Fields::finish`].
pub(super) struct Fields<'n> {
    /// What it is of, for messages: `a workflow`, `a step`.
    what: &'static str,
    pairs: &'n [(Key, Node)],
}

/// A text in the file.
pub(super) struct Text<'n> {
    pub(super) text: &'n str,
    pub(super) at: Position,
    raw: &'n str,
}

impl Text<'_> {
    pub(super) fn template(&self) -> Template {
        Template::new(self.text, &Source::new(self.raw, self.at))
    }

    pub(super) fn owned(&self) -> String {
        self.text.to_string()
    }
}

impl<'n> Fields<'n> {
    /// None, and a problem, when it is not a mapping.
    pub(super) fn of(
        what: &'static str,
        node: &'n Node,
        example: &str,
        problems: &mut Problems,
    ) -> Option<Self> {
        match &node.value {
            Value::Map { pairs, .. } => Some(Self { what, pairs }),
            _ => {
                let message = format!("{what} must be a mapping, and this is {}", node.kind());
                problems.error(node.at, message, format!("write it like `{example}`"));
                None
            }
        }
    }

    /// The value of `key`, whatever it is.
    pub(super) fn node(&self, key: &str) -> Option<&'n Node> {
        self.pair(key).map(|(_, node)| node)
    }

    fn pair(&self, key: &str) -> Option<&'n (Key, Node)> {
        self.pairs.iter().find(|(found, _)| found.text == key)
    }

    /// Where `key` is written.
    pub(super) fn key(&self, key: &str) -> Option<Position> {
        self.pair(key).map(|(found, _)| found.at)
    }

    /// The text at `key`. None when the key is not there, or its value no text.
    pub(super) fn text(&self, key: &str, problems: &mut Problems) -> Option<Text<'n>> {
        let (found, node) = self.pair(key)?;
        text(&format!("`{key}`"), found.at, node, problems)
    }

    /// The text at `key`, which must be one of `words`.
    pub(super) fn word(
        &self,
        key: &str,
        words: &[&str],
        problems: &mut Problems,
    ) -> Option<String> {
        let text = self.text(key, problems)?;
        if words.contains(&text.text) {
            return Some(text.owned());
        }
        let message = format!("`{key}` cannot be `{}`", short(text.text));
        problems.error(
            text.at,
            message,
            suggest::help(text.text, words.iter().copied(), "possible"),
        );
        None
    }

    /// A whole number from 1 to `most`.
    pub(super) fn count(&self, key: &str, most: u32, problems: &mut Problems) -> Option<u32> {
        self.number(key, 1, most, problems)
    }

    /// A whole number from `least` to `most`.
    pub(super) fn number(
        &self,
        key: &str,
        least: u32,
        most: u32,
        problems: &mut Problems,
    ) -> Option<u32> {
        let text = self.text(key, problems)?;
        match text.text.parse::<u32>() {
            Ok(number) if (least..=most).contains(&number) => Some(number),
            _ => {
                let message = format!(
                    "`{key}` must be a whole number from {least} to {most}, and is `{}`",
                    short(text.text)
                );
                problems.error(text.at, message, "");
                None
            }
        }
    }

    /// `true` or `false`.
    pub(super) fn truth(&self, key: &str, problems: &mut Problems) -> Option<bool> {
        self.word(key, &["true", "false"], problems)
            .map(|word| word == "true")
    }

    /// The mapping at `key`, pair by pair.
    pub(super) fn map(&self, key: &str, problems: &mut Problems) -> &'n [(Key, Node)] {
        match self.node(key) {
            None => &[],
            Some(Node {
                value: Value::Map { pairs, .. },
                ..
            }) => pairs,
            Some(node) => {
                let message = format!("`{key}` must be a mapping, and this is {}", node.kind());
                problems.error(
                    node.at,
                    message,
                    format!("write it like `{key}: {{ name: text }}`"),
                );
                &[]
            }
        }
    }

    /// The texts at `key`: a list of them, or one.
    pub(super) fn texts(&self, key: &str, problems: &mut Problems) -> Vec<Text<'n>> {
        let Some((found, node)) = self.pair(key) else {
            return Vec::new();
        };
        match &node.value {
            Value::List(items) => {
                let what = format!("an item of `{key}`");
                items
                    .iter()
                    .filter_map(|item| text(&what, item.at, item, problems))
                    .collect()
            }
            Value::Map { .. } => {
                let message = format!("`{key}` must be a list of texts, and this is a mapping");
                problems.error(node.at, message, format!("write it like `{key}: [a, b]`"));
                Vec::new()
            }
            _ => text(&format!("`{key}`"), found.at, node, problems)
                .into_iter()
                .collect(),
        }
    }

    /// Reports every key that is not in `known`. Those in `later` are part of
    /// the language and not built yet.
    pub(super) fn finish(&self, known: &[&str], later: &[&str], problems: &mut Problems) {
        for (key, _) in self.pairs {
            if problems.full() {
                return;
            }
            let name = key.text.as_str();
            if known.contains(&name) {
            } else if later.contains(&name) {
                let message = format!("`{name}` is not supported yet");
                problems.error(
                    key.at,
                    message,
                    "remove it, or wait for a version that can do it",
                );
            } else {
                let message = format!("{} has no key `{}`", self.what, short(name));
                problems.error(
                    key.at,
                    message,
                    suggest::help(name, known.iter().copied(), "its keys"),
                );
            }
        }
    }
}

/// A node's text, or a problem.
pub(super) fn text<'n>(
    what: &str,
    key: Position,
    node: &'n Node,
    problems: &mut Problems,
) -> Option<Text<'n>> {
    match &node.value {
        Value::Scalar { text, raw, .. } if !text.trim().is_empty() => Some(Text {
            text,
            at: node.at,
            raw,
        }),
        Value::Scalar { .. } | Value::Null => {
            problems.error(key, format!("{what} is empty"), "give it a text");
            None
        }
        Value::Map { flow: true, pairs }
            if matches!(
                pairs.as_slice(),
                [(
                    _,
                    Node {
                        value: Value::Null,
                        ..
                    }
                )]
            ) =>
        {
            // `prompt: {planner.output}`: to YAML that is a mapping.
            let help = "a text that begins with `{` needs quotes around it";
            problems.error(
                node.at,
                format!("{what} must be a text, and to YAML this is a mapping"),
                help,
            );
            None
        }
        _ => {
            problems.error(
                node.at,
                format!("{what} must be a text, and this is {}", node.kind()),
                "",
            );
            None
        }
    }
}
