//! What the agent says, and which of it is the answer.

use cm_sdk::engine::Events;

/// The agent's messages. They come in pieces, with or without a name of the message
/// that they belong to.
#[derive(Debug)]
pub(crate) struct Speech {
    /// The message that is being said, or was said last.
    message: String,
    /// The agent's name of it.
    id: String,
    open: bool,
    thinking: bool,
    /// The agent tells its own troubles as messages.
    speaks_for_itself: bool,
    /// A piece of which it is not known yet whether it is a message or a trouble.
    held: Option<String>,
    /// The last trouble that it told.
    trouble: Option<String>,
}

impl Speech {
    pub(crate) fn new(speaks_for_itself: bool) -> Self {
        Self {
            message: String::new(),
            id: String::new(),
            open: false,
            thinking: false,
            speaks_for_itself,
            held: None,
            trouble: None,
        }
    }

    /// A piece of a message.
    pub(crate) fn piece(&mut self, text: &str, id: &str, events: &mut Events) {
        if text.is_empty() {
            return;
        }
        // A model's own words come in more than one piece: what is followed at once by
        // another piece is no trouble of the agent.
        let marked = text.starts_with("Info: ") || text.starts_with("Error: ");
        if let Some(held) = self.held.take() {
            if marked {
                self.told(&held, events);
            } else {
                self.say(&held, id, events);
            }
        }
        if self.speaks_for_itself && marked && !self.open {
            self.held = Some(text.to_owned());
        } else {
            self.say(text, id, events);
        }
    }

    fn say(&mut self, text: &str, id: &str, events: &mut Events) {
        self.thinking = false;
        if !self.open || (!id.is_empty() && !self.id.is_empty() && id != self.id) {
            if text.trim().is_empty() {
                return;
            }
            events.text_start();
            self.message.clear();
            self.open = true;
        }
        self.id = id.to_owned();
        self.message.push_str(text);
        events.text_piece(text);
        self.trouble = None;
    }

    fn told(&mut self, text: &str, events: &mut Events) {
        events.notice(text);
        self.trouble = text.strip_prefix("Error: ").map(str::to_owned);
    }

    /// A piece of a thought.
    pub(crate) fn thought(&mut self, text: &str, events: &mut Events) {
        self.pause(events);
        // Gemini puts the subject of a thought in stars before it, also when it has none.
        let text = text.strip_prefix("****\n").unwrap_or(text);
        if !self.thinking {
            if text.trim().is_empty() {
                return;
            }
            self.thinking = true;
            events.thought_start();
        }
        events.thought_piece(text);
    }

    /// Something else happened: what is said now is another message.
    pub(crate) fn pause(&mut self, events: &mut Events) {
        self.settle(events);
        self.open = false;
    }

    /// The same, for thoughts too.
    pub(crate) fn act(&mut self, events: &mut Events) {
        self.pause(events);
        self.thinking = false;
    }

    /// What was held back was followed by no other piece: the agent spoke for itself.
    pub(crate) fn settle(&mut self, events: &mut Events) {
        if let Some(held) = self.held.take() {
            self.told(&held, events);
        }
    }

    /// The trouble that the agent told last, if nothing was said after it.
    pub(crate) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// The last message.
    pub(crate) fn answer(&self) -> &str {
        self.message.trim()
    }
}
