//! What the agent says and thinks, and which of it is the answer.

use cm_sdk::engine::{Events, json as read};
use serde_json::Value;

/// The agent's messages.
#[derive(Debug, Default)]
pub(crate) struct Speech {
    /// The message that is being said: Codex's name of it, and what was told of it.
    open: Option<(String, String)>,
    /// The thought of which pieces were told.
    thinks: String,
    /// The last whole message, and whether it was one on the way.
    answer: String,
    aside: bool,
}

impl Speech {
    pub(crate) fn begin(&mut self, id: &str, events: &mut Events) {
        events.text_start();
        self.open = Some((id.to_owned(), String::new()));
    }

    pub(crate) fn piece(&mut self, id: &str, text: &str, events: &mut Events) {
        if self.open.as_ref().is_none_or(|(open, _)| open != id) {
            self.begin(id, events);
        }
        if let Some((_, told)) = &mut self.open {
            told.push_str(text);
            events.text_piece(text);
        }
    }

    /// A message is complete; what was not told of it by pieces is told now.
    pub(crate) fn end(&mut self, item: &Value, events: &mut Events) {
        let (id, text) = (read::text(item, "/id"), read::text(item, "/text"));
        if self.open.as_ref().is_none_or(|(open, _)| open != id) {
            self.begin(id, events);
        }
        let told = self.open.take().map(|(_, told)| told).unwrap_or_default();
        if let Some(rest) = text.strip_prefix(told.as_str()) {
            events.text_piece(rest);
        }
        let aside = read::text(item, "/phase") == "commentary";
        if !aside || self.aside || self.answer.is_empty() {
            text.clone_into(&mut self.answer);
            self.aside = aside;
        }
    }

    pub(crate) fn thought(&mut self, id: &str, text: &str, events: &mut Events) {
        id.clone_into(&mut self.thinks);
        events.thought_piece(text);
    }

    /// A thought is complete. Where there is no summary of it, it stands there itself.
    pub(crate) fn thought_end(&mut self, item: &Value, events: &mut Events) {
        if self.thinks == read::text(item, "/id") {
            return;
        }
        let summary = read::list(item, "/summary");
        let parts = match summary {
            [] => read::list(item, "/content"),
            summary => summary,
        };
        for part in parts.iter().filter_map(Value::as_str) {
            events.thought(part);
        }
    }

    /// The last message.
    pub(crate) fn answer(&self) -> &str {
        self.answer.trim()
    }
}
