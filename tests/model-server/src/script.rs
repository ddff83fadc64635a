//! The script: rules, and the turns that they answer with.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What the server answers. The first rule that fits a request gives the answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    /// Tried in order.
    pub rules: Vec<Rule>,
    /// The answer to a request with tools that no rule fits.
    pub otherwise: Option<Turn>,
}

/// One scripted conversation and the prompts it belongs to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// A name for [`Seen::rule`](crate::Seen::rule); the rule's number if empty.
    pub name: String,
    /// Which requests the rule is for.
    pub when: When,
    /// The answers: one, and one more for each round of tool results.
    pub turns: Vec<Turn>,
}

/// The conditions of a rule; all that are given must hold.
///
/// Patterns are found anywhere in the text. `{name}` stands for one word, and
/// `{name...}` for the rest of a line.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct When {
    /// A pattern in the last thing the user said.
    pub prompt_contains: Option<String>,
    /// A pattern in the system prompt.
    pub system_contains: Option<String>,
    /// A pattern in the name of the model.
    pub model: Option<String>,
    /// A pattern in the request's path: the prefix before `/v1` tells the engine.
    pub path_contains: Option<String>,
    /// Whether the request offers tools. Without it a rule is for requests that
    /// do: those that do not are an engine's own errands (titles, summaries).
    pub has_tools: Option<bool>,
}

/// One answer of the model.
///
/// Its texts may use the pattern's names, `{prompt}`, `{model}`, `{tool_output}` (the last
/// result) and `{history}` (what the user said before, joined by ` | `).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Turn {
    /// Reasoning, shown before the text.
    pub thinking: String,
    /// The words of the answer.
    pub text: String,
    /// A tool to call.
    pub tool: Option<ToolCall>,
    /// Several tools to call at once.
    pub tools: Vec<ToolCall>,
    /// What the answer is said to have cost.
    pub usage: Usage,
    /// More headers of a streamed answer, such as what is left of a limit.
    pub headers: BTreeMap<String, String>,
    /// Stop as if the limit of output tokens was reached.
    pub max_tokens: bool,
    /// Wait this long before the first byte.
    pub delay_ms: u64,
    /// Wait this long between the pieces of a streamed answer.
    pub chunk_delay_ms: u64,
    /// Answer with an HTTP error instead.
    pub error: Option<Failure>,
    /// Send the head of the answer and then nothing more.
    pub hang: bool,
    /// Close the connection after so many pieces of a streamed answer.
    pub cut_after_chunks: Option<usize>,
    /// `hang` and `cut_after_chunks` happen only the first so many times.
    pub fault_times: Option<u32>,
}

/// A tool call in words that fit every engine, mapped onto the tools it offers.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ToolCall {
    /// Writes a file.
    WriteFile {
        /// Where.
        path: String,
        /// What.
        content: String,
    },
    /// Runs a shell command.
    Shell {
        /// The command line.
        command: String,
    },
    /// Reads a file.
    ReadFile {
        /// Which.
        path: String,
    },
    /// A tool of a server of the Model Context Protocol, by whatever name the engine
    /// gives it; where the engine wants tools to be looked for first, that is done.
    Mcp {
        /// The server's name, as the engine was told.
        server: String,
        /// The tool's own name.
        tool: String,
        /// The tool's arguments.
        #[serde(default)]
        input: Value,
    },
    /// Exactly this tool with exactly these arguments.
    Named {
        /// The tool's name.
        name: String,
        /// The tool's arguments.
        #[serde(default)]
        input: Value,
    },
}

/// The token counts of an answer.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Usage {
    /// All input tokens, cached ones included.
    pub input: u64,
    /// Output tokens.
    pub output: u64,
    /// Input tokens that came from the cache.
    pub cached: u64,
}

impl Default for Usage {
    fn default() -> Self {
        Self {
            input: 100,
            output: 20,
            cached: 0,
        }
    }
}

/// An HTTP error.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The status code.
    pub status: u16,
    /// The whole body. A text is the message of an error in the API's own form.
    #[serde(default)]
    pub body: Value,
    /// More headers, such as `retry-after`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Fail only the first so many times that a conversation gets here.
    #[serde(default)]
    pub times: Option<u32>,
}

/// Why a script cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the model server's script is not valid: {0}; see the fields of `Script`")]
pub struct ScriptError(#[from] serde_json::Error);

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// Not JSON, or a field that a script does not have.
    pub fn from_json(text: &str) -> Result<Self, ScriptError> {
        Ok(serde_json::from_str(text)?)
    }

    /// The script of the program: it knows how to write a file, run a command,
    /// remember, and fail in the ways that matter. See `src/example.json`.
    ///
    /// # Errors
    /// Never, unless that file was broken by an edit.
    pub fn example() -> Result<Self, ScriptError> {
        Self::from_json(include_str!("example.json"))
    }
}
