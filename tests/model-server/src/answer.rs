//! A turn made concrete for one request.

use crate::choice::Choice;
use crate::conversation::Conversation;
use crate::pattern;
use crate::script::Usage;
use crate::tool::{self, Call};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// What the model says, before it is put into a wire format.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) model: String,
    pub(crate) thinking: String,
    pub(crate) text: String,
    pub(crate) calls: Vec<Call>,
    pub(crate) usage: Usage,
    pub(crate) stop: Stop,
}

/// Why the model stopped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Stop {
    End,
    Tool,
    MaxTokens,
}

impl Answer {
    pub(crate) fn new(choice: &Choice, talk: &Conversation) -> Self {
        let mut values = choice.captures.clone();
        for (name, value) in [
            ("prompt", talk.prompt()),
            ("model", &talk.model),
            ("history", &talk.history().join(" | ")),
            ("tool_output", talk.tool_output()),
        ] {
            values.insert(name.to_owned(), value.to_owned());
        }
        let turn = &choice.turn;
        let wanted = turn.tool.iter().chain(&turn.tools);
        let mut calls: Vec<Call> = wanted
            .map(|call| tool::concrete(call, &talk.tools, &values))
            .collect();
        // A model that looks for its tools first says and does the rest when it has them.
        let search = calls.iter().position(Call::searches);
        let fill = |text: &str| match search {
            Some(_) => String::new(),
            None => pattern::fill(text, &values),
        };
        if let Some(at) = search {
            calls = vec![calls.swap_remove(at)];
        }
        Self {
            model: talk.model.clone(),
            thinking: fill(&turn.thinking),
            text: fill(&turn.text),
            usage: turn.usage,
            stop: match (turn.max_tokens, calls.is_empty()) {
                (true, _) => Stop::MaxTokens,
                (_, false) => Stop::Tool,
                _ => Stop::End,
            },
            calls,
        }
    }
}

/// A new identifier. Engines keep answers by these and resume old conversations,
/// so they must differ between servers too.
pub(crate) fn id(prefix: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{prefix}{:016x}", RandomState::new().hash_one(number))
}

/// Cuts a text into the pieces that it is streamed in.
pub(crate) fn pieces(text: &str) -> Vec<String> {
    const LENGTH: usize = 16;
    let letters: Vec<char> = text.chars().collect();
    letters
        .chunks(LENGTH)
        .map(|piece| piece.iter().collect())
        .collect()
}
