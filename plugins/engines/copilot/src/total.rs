//! What a session has used so far.

use cm_sdk::engine::{Usage, json};
use serde_json::{Value, json};

/// The token counts of a whole session. Copilot CLI prints these, not a turn's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Total {
    input: u32,
    cached: u32,
    output: u32,
    reasoning: u32,
}

impl Total {
    /// As Copilot CLI writes it for one model.
    pub(crate) fn from_usage(usage: &Value) -> Self {
        Self {
            input: json::count(usage, "/inputTokens"),
            cached: json::count(usage, "/cacheReadTokens"),
            output: json::count(usage, "/outputTokens"),
            reasoning: json::count(usage, "/reasoningTokens"),
        }
    }

    /// Together with what another model used.
    pub(crate) fn and(self, more: Self) -> Self {
        Self {
            input: self.input.saturating_add(more.input),
            cached: self.cached.saturating_add(more.cached),
            output: self.output.saturating_add(more.output),
            reasoning: self.reasoning.saturating_add(more.reasoning),
        }
    }

    /// As this adapter gave it out at the end of an earlier turn.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        value.is_object().then(|| Self {
            input: json::count(&value, "/input"),
            cached: json::count(&value, "/cached"),
            output: json::count(&value, "/output"),
            reasoning: json::count(&value, "/reasoning"),
        })
    }

    /// For a later turn.
    pub(crate) fn to_json(self) -> String {
        json!({
            "input": self.input,
            "cached": self.cached,
            "output": self.output,
            "reasoning": self.reasoning,
        })
        .to_string()
    }

    /// What was used since `before`. When that is not known, all of it, marked as
    /// such: too much is better than nothing where money is watched.
    pub(crate) fn since(self, before: Option<Self>) -> Usage {
        let known = before.unwrap_or_default();
        Usage {
            input: self.input.saturating_sub(known.input),
            cached: self.cached.saturating_sub(known.cached),
            output: self.output.saturating_sub(known.output),
            reasoning: self.reasoning.saturating_sub(known.reasoning),
            cost_usd: None,
            options: match before {
                Some(_) => Vec::new(),
                None => vec![("cumulative".to_owned(), "true".to_owned())],
            },
        }
    }
}
