//! Markdown files with front matter between `---` lines.

use super::fields::Fields;
use crate::problem::{Position, Problems};
use crate::template::{Source, Template};
use crate::yaml::{self, Node, Value};

/// A file with a text, and what is said of the text above it.
pub(super) struct Document<'s> {
    matter: Option<&'s str>,
    body: &'s str,
    /// The line in which the body begins.
    line: u32,
}

impl<'s> Document<'s> {
    /// None, and a problem, when it cannot be read.
    pub(super) fn of(source: &'s str, problems: &mut Problems) -> Option<Self> {
        if source.len() > yaml::MAX_BYTES {
            problems.error(
                Position::FILE,
                format!("the file is longer than {} bytes", yaml::MAX_BYTES),
                "",
            );
            return None;
        }
        let source = source.strip_prefix('\u{feff}').unwrap_or(source);
        let first = source.lines().next().unwrap_or_default();
        if first.trim_end() != "---" {
            return Some(Self {
                matter: None,
                body: source,
                line: 1,
            });
        }
        let start = source.find('\n').map_or(source.len(), |end| end + 1);
        let mut at = start;
        for (line, text) in (2..).zip(source[start..].split_inclusive('\n')) {
            if text.trim_end() == "---" {
                return Some(Self {
                    matter: Some(&source[start..at]),
                    body: &source[at + text.len()..],
                    line: line + 1,
                });
            }
            at += text.len();
        }
        problems.error(
            Position { line: 1, column: 1 },
            "the front matter that begins here does not end",
            "put a line `---` below it",
        );
        None
    }

    /// The front matter. None when there is none, or it cannot be read.
    pub(super) fn matter(&self, problems: &mut Problems) -> Option<Node> {
        // One empty line in place of the `---` keeps the line numbers true.
        match yaml::parse(&format!("\n{}", self.matter?)) {
            Ok(node) if node.value == Value::Null => None,
            Ok(node) => Some(node),
            Err(error) => {
                problems.error(error.at, error.message, error.help.unwrap_or_default());
                None
            }
        }
    }

    /// The text below. `wanted`: a problem when there is none, which says what
    /// has no prompt.
    pub(super) fn prompt(&self, wanted: Option<&str>, problems: &mut Problems) -> Template {
        let body = self.body;
        let lead = body.len() - body.trim_start().len();
        // The prompt's first line keeps its place for messages.
        let skipped = body[..lead].rfind('\n').map_or(0, |end| end + 1);
        let lines = u32::try_from(body[..skipped].matches('\n').count()).unwrap_or(u32::MAX);
        let line = self.line.saturating_add(lines);
        let prompt = body[skipped..].trim_end();
        if let Some(who) = wanted.filter(|_| prompt.is_empty()) {
            let (what, at) = match self.matter {
                Some(_) => (format!("{who} has no prompt"), Position { line, column: 0 }),
                None => ("the file is empty".into(), Position::FILE),
            };
            problems.error(
                at,
                what,
                "write what the agent is to do, below the front matter",
            );
        }
        Template::new(prompt, &Source::new(prompt, Position { line, column: 1 }))
    }
}

/// Front matter as a mapping.
pub(super) fn fields<'n>(node: &'n Node, problems: &mut Problems) -> Option<Fields<'n>> {
    Fields::of("front matter", node, "name: Planner", problems)
}
