//! What aider prints, line by line.

use cm_sdk::engine::Events;
use serde_json::json;

use crate::{Aider, tokens};

/// Where in its output a line stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Part {
    /// Before its name: what libraries have to say.
    #[default]
    Before,
    /// Its name, model and repository, up to a blank line.
    Head,
    /// What the model answers, up to its tokens.
    Answer,
    /// What went wrong, up to a blank line.
    Trouble,
    /// What was made of the answer.
    After,
}

impl Aider {
    pub(crate) fn decode(&mut self, line: &str, events: &mut Events) {
        let blank = line.trim().is_empty();
        match self.part {
            Part::Before if line.starts_with("Aider v") => self.part = Part::Head,
            Part::Before if is_trouble(line) => self.went_wrong(line),
            Part::Before if blank => {}
            Part::Before => events.notice(line),
            Part::Head if blank => self.part = Part::After,
            Part::Head => {}
            Part::Trouble if blank => self.part = Part::After,
            Part::Trouble => self.more_trouble(line, events),
            Part::Answer | Part::After if is_trouble(line) => self.went_wrong(line),
            Part::Answer | Part::After if line.starts_with("Tokens: ") => {
                if let Some(usage) = tokens::usage(line) {
                    events.usage(usage);
                }
                self.part = Part::After;
                self.blank = 0;
                self.complete = true;
                self.trouble = None;
            }
            Part::Answer => self.say(line, events),
            Part::After => self.after(line, blank, events),
        }
    }

    /// Between answers: what was done, or the beginning of an answer.
    fn after(&mut self, line: &str, blank: bool, events: &mut Events) {
        if let Some(path) = line.strip_prefix("Applied edit to ") {
            self.edits += 1;
            let id = format!("edit-{}", self.edits);
            events.call(&id, "edit", &json!({ "path": path }));
            events.outcome(&id, true, line);
        } else if is_remark(line) {
            events.notice(line);
        } else if self.complete && (blank || !line.contains(' ')) {
            // The names of files that it is about to change.
        } else if !blank {
            self.complete = false;
            self.answer.clear();
            self.part = Part::Answer;
            events.text_start();
            self.say(line, events);
        }
    }

    fn say(&mut self, line: &str, events: &mut Events) {
        if line.trim().is_empty() {
            self.blank += 1;
            return;
        }
        let breaks = if self.answer.is_empty() {
            0
        } else {
            self.blank + 1
        };
        self.blank = 0;
        let piece = format!("{}{line}", "\n".repeat(breaks.min(100)));
        events.text_piece(&piece);
        self.answer.push_str(&piece);
    }

    fn went_wrong(&mut self, line: &str) {
        self.part = Part::Trouble;
        self.complete = false;
        self.answer.clear();
        self.trouble = Some(line.trim_end().to_owned());
    }

    fn more_trouble(&mut self, line: &str, events: &mut Events) {
        if let Some(trouble) = &mut self.trouble {
            // It breaks its lines after a space.
            trouble.push(' ');
            trouble.push_str(line.trim());
            if line.starts_with("Retrying in ") {
                events.retry(trouble, json!({}));
            }
        }
    }
}

/// Errors of the library by which it talks to models, and its own.
fn is_trouble(line: &str) -> bool {
    line.strip_prefix("litellm.").is_some_and(|rest| {
        rest.split(':')
            .next()
            .is_some_and(|name| name.ends_with("Error") || name.ends_with("Exceeded"))
    }) || ["The API provider", "Model ", "Your estimated chat context"]
        .iter()
        .zip([" is not able to", " has hit a token limit", " exceeds the "])
        .any(|(begin, more)| line.starts_with(begin) && line.contains(more))
}

fn is_remark(line: &str) -> bool {
    [
        "Commit ",
        "Added ",
        "Repo-map",
        "Skipped edits",
        "Did not apply edit",
        "The LLM did not conform",
        "Only 3 reflections",
        "https://aider.chat",
    ]
    .iter()
    .any(|begin| line.starts_with(begin))
}
