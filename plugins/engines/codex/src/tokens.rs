//! What a turn used.

use cm_sdk::engine::{Events, Usage, json as read};
use serde_json::Value;

/// Token counts of conversations, as they were told last.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    known: Vec<(String, Total)>,
}

/// The token counts of a whole conversation. What Codex calls the last ones are not always
/// those of the last answer, so they are only used where nothing else is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Total {
    input: u32,
    cached: u32,
    output: u32,
    reasoning: u32,
}

impl Tokens {
    /// A conversation begins; it has used nothing.
    pub(crate) fn begin(&mut self, thread: &str) {
        self.keep(thread, Total::default());
    }

    /// New counts. `before`: they were reached before this turn.
    pub(crate) fn update(
        &mut self,
        thread: &str,
        before: bool,
        usage: &Value,
        events: &mut Events,
    ) {
        let total = Total::read(usage, "/total");
        if !before {
            let known = self.known.iter().find(|(of, _)| of == thread);
            let known = known.map(|(_, known)| *known);
            let known = known.filter(|known| known.is_within(total));
            let known = known.unwrap_or_else(|| total.without(Total::read(usage, "/last")));
            let used = total.without(known);
            if used != Total::default() {
                events.usage(used.usage());
            }
        }
        self.keep(thread, total);
    }

    fn keep(&mut self, thread: &str, total: Total) {
        match self.known.iter_mut().find(|(of, _)| of == thread) {
            Some((_, known)) => *known = total,
            None => self.known.push((thread.to_owned(), total)),
        }
    }
}

impl Total {
    fn read(usage: &Value, which: &str) -> Self {
        let usage = usage.pointer(which).unwrap_or(&Value::Null);
        Self {
            input: read::count(usage, "/inputTokens"),
            cached: read::count(usage, "/cachedInputTokens"),
            output: read::count(usage, "/outputTokens"),
            reasoning: read::count(usage, "/reasoningOutputTokens"),
        }
    }

    fn is_within(self, other: Self) -> bool {
        self.input <= other.input && self.output <= other.output
    }

    fn without(self, before: Self) -> Self {
        Self {
            input: self.input.saturating_sub(before.input),
            cached: self.cached.saturating_sub(before.cached),
            output: self.output.saturating_sub(before.output),
            reasoning: self.reasoning.saturating_sub(before.reasoning),
        }
    }

    fn usage(self) -> Usage {
        Usage {
            input: self.input,
            cached: self.cached,
            output: self.output,
            reasoning: self.reasoning,
            cost_usd: None,
            options: Vec::new(),
        }
    }
}
