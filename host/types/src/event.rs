use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Extension, Failure, Options};

/// One thing that happened in an agent's turn, the same for every engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "type", content = "value")]
pub enum TurnEvent {
    /// The engine's name for the conversation, to resume it later.
    Session(String),
    /// A piece of what the agent says. Pieces follow each other without a gap.
    Text(String),
    /// A piece of what the agent thinks.
    Thought(String),
    /// A tool starts.
    Call(ToolCall),
    /// A tool has answered.
    Outcome(ToolResult),
    /// Tokens and money since the last such event.
    Usage(Usage),
    /// A permission is wanted.
    Ask(Permission),
    /// The account or the service takes no more for now.
    Limit(RateLimit),
    /// The turn is over; the last event of every turn.
    Finish(Finish),
    /// `retry`, `notice`, or something an engine has alone.
    Other(Extension),
}

/// The agent starts to use a tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToolCall {
    /// Unique in its turn.
    pub id: String,
    /// The tool's name as the engine calls it.
    pub name: String,
    /// JSON, as the engine printed it.
    pub arguments: String,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}

/// A tool has answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToolResult {
    /// The `id` of the call.
    pub id: String,
    /// False when the tool failed or was denied.
    pub ok: bool,
    /// What it printed or returned.
    pub output: String,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}

/// Tokens and money. Values of one turn add up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// Tokens sent to the model, those from a cache included.
    pub input: u32,
    /// Of `input`, how many came from a cache.
    #[serde(default)]
    pub cached: u32,
    /// Tokens the model wrote, its reasoning included.
    pub output: u32,
    /// Of `output`, how many were reasoning.
    #[serde(default)]
    pub reasoning: u32,
    /// US dollars, when the engine says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}

impl Usage {
    /// Adds another amount to this one. Counts stop at `u32::MAX`.
    pub fn add(&mut self, other: &Usage) {
        self.input = self.input.saturating_add(other.input);
        self.cached = self.cached.saturating_add(other.cached);
        self.output = self.output.saturating_add(other.output);
        self.reasoning = self.reasoning.saturating_add(other.reasoning);
        self.cost_usd = match (self.cost_usd, other.cost_usd) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(0.0) + b.unwrap_or(0.0)),
        };
    }

    /// All tokens, in and out.
    pub fn tokens(&self) -> u64 {
        u64::from(self.input) + u64::from(self.output)
    }
}

/// The agent wants to do something that needs a permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Permission {
    /// To be given back with the answer.
    pub id: String,
    /// The tool's name as the engine calls it.
    pub tool: String,
    /// JSON: what it would do.
    pub arguments: String,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}

/// The account or the service takes no more for now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RateLimit {
    /// When it will take more again: milliseconds since 1970 (UTC), if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<f64>,
    /// What is limited: `account`, `model`, `service`.
    pub scope: String,
    /// What the engine said.
    pub message: String,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}

/// The end of a turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finish {
    /// True only when the program exited with 0 *and* said that it had finished
    /// *and* flagged no error.
    pub ok: bool,
    /// The agent's final answer; empty when there is none.
    pub text: String,
    /// Why it ended, in the engine's own word.
    pub reason: String,
    /// Set when, and only when, `ok` is false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}
