//! A request, whatever its wire format: who said what, and which tools there are.

use serde_json::Value;

/// What an engine sent, reduced to what a script can ask about.
#[derive(Debug, Default)]
pub(crate) struct Conversation {
    pub(crate) model: String,
    pub(crate) stream: bool,
    pub(crate) system: String,
    pub(crate) tools: Vec<Offer>,
    pub(crate) parts: Vec<Part>,
}

/// A tool that the engine offers to the model.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) name: String,
    /// The group it is in, where an API has groups.
    pub(crate) group: Option<String>,
    pub(crate) schema: Value,
    /// Takes free text rather than JSON arguments.
    pub(crate) freeform: bool,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Part {
    User(String),
    Assistant,
    ToolResult(String),
}

impl Conversation {
    pub(crate) fn prompt(&self) -> &str {
        self.users().last().unwrap_or_default()
    }

    /// What the user said before the prompt.
    pub(crate) fn history(&self) -> Vec<&str> {
        let mut users: Vec<&str> = self.users().collect();
        users.pop();
        users
    }

    pub(crate) fn tool_output(&self) -> &str {
        let output = self.parts.iter().rev().find_map(|part| match part {
            Part::ToolResult(text) => Some(text.as_str()),
            _ => None,
        });
        output.unwrap_or_default()
    }

    /// Rounds of tool results since the user last spoke. Results that follow each
    /// other answer calls that were made at once: they are one round.
    pub(crate) fn round(&self) -> usize {
        let since = self
            .parts
            .iter()
            .rev()
            .take_while(|part| !matches!(part, Part::User(_)));
        let (mut rounds, mut inside) = (0, false);
        for part in since {
            let result = matches!(part, Part::ToolResult(_));
            rounds += usize::from(result && !inside);
            inside = result;
        }
        rounds
    }

    /// Adds what a user message says, unless the engine wrote all of it.
    pub(crate) fn user(&mut self, content: &Value) {
        let said = text(content);
        if !said.is_empty() {
            self.parts.push(Part::User(said));
        }
    }

    fn users(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::User(text) => Some(text.as_str()),
            _ => None,
        })
    }
}

/// The words of a message whose content is a text or a list of blocks.
pub(crate) fn text(content: &Value) -> String {
    let blocks = match content {
        Value::Array(blocks) => blocks.as_slice(),
        other => std::slice::from_ref(other),
    };
    let words = blocks
        .iter()
        .filter_map(|block| block.as_str().or(block["text"].as_str()));
    let words: Vec<String> = words
        .map(spoken)
        .filter(|words| !words.is_empty())
        .collect();
    words.join("\n")
}

/// What engines put into user messages on their own account.
const INJECTED: [&str; 10] = [
    "system-reminder",
    "system_notification",
    "reminder",
    "session_context",
    "current_datetime",
    "environment_context",
    "user_instructions",
    "permissions instructions",
    "skills_instructions",
    "plugins_instructions",
];

fn spoken(text: &str) -> String {
    let mut text = text.to_owned();
    for tag in INJECTED {
        let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
        while let Some(start) = text.find(&open) {
            let end = text[start..]
                .find(&close)
                .map(|at| start + at + close.len());
            text.replace_range(start..end.unwrap_or(text.len()), "");
        }
    }
    if text.trim_start().starts_with("# AGENTS.md instructions") {
        text.clear();
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Conversation, Part, text};
    use serde_json::json;

    #[test]
    fn rounds_are_counted_from_the_last_real_prompt() {
        let result = || Part::ToolResult("ok".to_owned());
        let mut talk = Conversation::default();
        assert_eq!((talk.round(), talk.prompt()), (0, ""));
        talk.user(&json!("first"));
        talk.parts.extend([Part::Assistant, result(), result()]);
        assert_eq!(talk.round(), 1);
        talk.user(&json!("<system-reminder>be brief</system-reminder>"));
        talk.parts.extend([Part::Assistant, result()]);
        assert_eq!((talk.round(), talk.prompt()), (2, "first"));
        talk.user(&json!([{"type": "text", "text": "second"}]));
        assert_eq!((talk.round(), talk.prompt()), (0, "second"));
        assert_eq!(talk.history(), ["first"]);
    }

    #[test]
    fn injected_blocks_are_not_what_the_user_said() {
        let content = json!([
            {"type": "text", "text": "<system-reminder>a</system-reminder>\nhello"},
            {"type": "input_text", "text": "<environment_context>b</environment_context>"},
            {"type": "text", "text": "<system-reminder>never closed"},
            {"type": "image"},
        ]);
        assert_eq!(text(&content), "hello");
    }
}
