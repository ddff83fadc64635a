//! What an engine is told that goes on in place of another one.

use cm_sdk::workflow::{Error, Turn, details, message};

use super::conversation::Conversation;
use super::{outcome, prompt};
use crate::model::Fallback;

impl Conversation<'_> {
    /// The engine that takes over for this reason.
    pub(super) fn next_engine(&self, reason: &str) -> Option<&Fallback> {
        let next = self.fallbacks.front();
        next.filter(|_| self.on.iter().any(|on| on == reason))
    }

    /// The same turn for the engine that takes over after a failure, with what has
    /// happened; and a note of it. None when there is no such engine.
    pub(super) fn fall_back(&mut self, error: &Error) -> Option<(String, Turn)> {
        let next = self.next_engine(reason(error)?)?.clone();
        self.fallbacks.pop_front();
        let before = self.first.engine.replace(next.engine.clone());
        let before = before.unwrap_or_else(|| "the first engine".into());
        self.first.options = next.options_after(&self.first.options);
        self.first.model = next.model;
        self.first.effort = next.effort.or(self.first.effort.take());
        // What the other engine keeps of the conversation, this one does not have.
        self.first.session = None;
        self.session = None;
        let asked = match &self.now {
            Some(now) => prompt::anew(&self.first.prompt, &self.answer, now),
            None => self.first.prompt.clone(),
        };
        let words = note(&before, &next.engine, error);
        let turn = Turn {
            prompt: told(&asked, &before, error),
            schema: self.schema(),
            ..self.first.clone()
        };
        Some((words, turn))
    }
}

/// Why another engine could take over: `limit` or `down`.
fn reason(error: &Error) -> Option<&'static str> {
    match error {
        Error::Exhausted(failure) => {
            matches!(failure.code.as_str(), "usage-limit" | "rate-limit").then_some("limit")
        }
        Error::Unavailable(_) => Some("down"),
        Error::Missing(failure) => (failure.code == "not-installed").then_some("down"),
        Error::Denied(failure) => (failure.code == "not-signed-in").then_some("down"),
        _ => None,
    }
}

/// For those who watch.
fn note(before: &str, next: &str, error: &Error) -> String {
    format!("{next} goes on in place of {before}: {}", message(error))
}

/// What was asked, and what has happened since.
fn told(asked: &str, before: &str, error: &Error) -> String {
    let mut text = format!(
        "{}\n\n# What has happened so far\n\nThis was given to {before}, which could not go on: {}\n\nWhat it did until then is in this directory. Look at it first (`git status`, `git diff`), keep what is good, and go on from there.",
        asked.trim_end(),
        message(error)
    );
    let said = details(error).and_then(|failure| failure.details.as_deref());
    if let Some(said) = said.map(str::trim).filter(|said| !said.is_empty()) {
        text.push_str(&format!(
            "\n\nThe last that is known of it:\n\n{}",
            outcome::tail(said)
        ));
    }
    text
}
