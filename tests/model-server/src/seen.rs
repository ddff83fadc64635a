//! What engines asked for: the evidence of a test.

use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One request that reached the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Seen {
    /// The HTTP method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// `anthropic`, `responses`, `chat`, or empty for anything else.
    pub api: &'static str,
    /// The model that was asked for.
    pub model: String,
    /// The beginning of the last thing the user said.
    pub prompt: String,
    /// How many things the user has said in this conversation.
    pub prompts: usize,
    /// Rounds of tool results since then.
    pub round: usize,
    /// The names of the tools that the engine offers.
    pub tools: Vec<String>,
    /// Whether a key came along. The key itself is not kept.
    pub authorized: bool,
    /// The rule that answered.
    pub rule: String,
    /// The status of the answer.
    pub status: u16,
}

/// Everything seen so far, and how often each failure was played.
#[derive(Default)]
pub(crate) struct Log {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    seen: Vec<Seen>,
    played: HashMap<String, u32>,
}

impl Log {
    pub(crate) fn add(&self, seen: Seen) {
        self.lock().seen.push(seen);
    }

    pub(crate) fn all(&self) -> Vec<Seen> {
        self.lock().seen.clone()
    }

    pub(crate) fn clear(&self) {
        *self.lock() = State::default();
    }

    /// Whether a failure that happens `times` times is still due at this place.
    pub(crate) fn due(&self, place: String, times: Option<u32>) -> bool {
        let Some(times) = times else {
            return true;
        };
        let mut state = self.lock();
        let played = state.played.entry(place).or_default();
        *played = played.saturating_add(1);
        *played <= times
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A list of requests is whole after every push, so a panic elsewhere is no reason to stop.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
