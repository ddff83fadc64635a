//! The script's format; `script.schema.json` says the same for editors.

mod ask;

use cm_sdk::engine::Error;
use serde::Deserialize;
use serde_json::Value;

pub(crate) use ask::Ask;

/// What the engine does for which prompt.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// For editors; ignored.
    #[serde(rename = "$schema", default)]
    _schema: serde::de::IgnoredAny,
    /// The first one that matches is played.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Played when none matches. Without it, the prompt is echoed.
    #[serde(default)]
    pub default: Option<Rule>,
}

/// What is done, and when.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rule {
    /// Only for the agent of this name.
    #[serde(default)]
    pub agent: Option<String>,
    /// Only when the prompt contains this.
    #[serde(default)]
    pub contains: Option<String>,
    /// Only when the agent is asked for the n-th time in its run, from 0.
    #[serde(default)]
    pub occurrence: Option<u32>,
    /// Only when the request begins a conversation, or goes on with one.
    #[serde(default)]
    pub session: Option<Session>,
    /// What is done, in this order.
    #[serde(rename = "do", default)]
    pub steps: Vec<Step>,
    /// The final answer, when it is not what was said last. Anything but a string
    /// is given as JSON.
    #[serde(default)]
    pub answer: Option<Value>,
    /// Tokens and money, when they are not to be derived from lengths.
    #[serde(default)]
    pub usage: Tokens,
    /// The exit code at the end.
    #[serde(default)]
    pub exit: u8,
    /// Does not leave after the final answer.
    #[serde(default)]
    pub linger: bool,
}

/// Whether a request goes on with a conversation.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Session {
    /// It begins one.
    New,
    /// It goes on with one.
    Continued,
}

/// Tokens and money; what is missing is derived from lengths.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tokens {
    /// Sent to the model.
    pub input: Option<u32>,
    /// Of these, from a cache.
    pub cached: Option<u32>,
    /// Written by the model.
    pub output: Option<u32>,
    /// Of these, reasoning.
    pub reasoning: Option<u32>,
    /// US dollars.
    pub cost_usd: Option<f64>,
}

/// One thing to do.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Says something.
    Say(String),
    /// Thinks something.
    Think(String),
    /// Writes a file.
    Write(File),
    /// Replaces the first occurrence of a text in a file.
    Edit(Edit),
    /// Runs a command with `sh -c`.
    Run(String),
    /// Pretends to use a tool.
    Tool(Tool),
    /// Really uses a tool of the host.
    Call(Call),
    /// Asks to be allowed something.
    Ask(Ask),
    /// Tells the workflow something, in the directive file.
    Directive(Value),
    /// Writes any text into the directive file.
    DirectiveText(String),
    /// Waits some seconds.
    Sleep(f64),
    /// Says that it tries again.
    Retry(String),
    /// Reports a usage limit, and fails.
    Limit(Limit),
    /// Fails, and says so.
    Fail(Fail),
    /// Prints a line as it is.
    Print(String),
    /// Prints bytes given in hexadecimal, and a line end.
    Bytes(String),
    /// Prints a line on standard error.
    Stderr(String),
    /// Prints many lines.
    Flood(Flood),
    /// Ignores a signal from here on.
    Ignore(String),
    /// Ends itself by a signal.
    Kill(String),
    /// Ends at once, without a word, with this code.
    Exit(u8),
    /// Does nothing for ever.
    Hang(bool),
}

/// A file and what it holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Relative to the working directory.
    pub path: String,
    /// Its whole text.
    pub text: String,
}

/// A change in a file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Relative to the working directory.
    pub path: String,
    /// What to look for.
    pub old: String,
    /// What to put there.
    pub new: String,
}

/// A tool that is only told of.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it is given.
    #[serde(default)]
    pub arguments: Value,
    /// What it answers.
    #[serde(default)]
    pub output: String,
    /// Whether it fails.
    #[serde(default)]
    pub failed: bool,
    /// Whether it is not allowed.
    #[serde(default)]
    pub denied: bool,
}

/// A tool of the host.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Its name.
    pub tool: String,
    /// What it is given.
    #[serde(default)]
    pub arguments: Option<Value>,
}

/// A usage limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limit {
    /// What is said.
    pub message: String,
    /// When it ends: milliseconds since 1970.
    pub until_ms: Option<f64>,
    /// When it ends: milliseconds from now.
    pub retry_after_ms: Option<u32>,
    /// `account`, unless said otherwise.
    pub scope: Option<String>,
    /// Not when there is this file in the working directory.
    pub unless: Option<String>,
}

/// A failure.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fail {
    /// Its name.
    pub code: String,
    /// For a person.
    pub message: String,
    /// Whether another try may help.
    #[serde(default)]
    pub retry: bool,
    /// How long to wait before that.
    pub retry_after_ms: Option<u32>,
}

/// Many lines.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flood {
    /// How many.
    pub lines: u32,
    /// How long each is.
    pub width: u32,
    /// Whether they are said; else they are no part of the protocol.
    #[serde(default)]
    pub say: bool,
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    ///
    /// When it is not one; the message says where.
    pub fn parse(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|error| {
            Error::invalid_request("bad-script", format!("The script cannot be read: {error}."))
        })
    }
}
