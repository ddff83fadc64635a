//! What single steps do.

use super::{Behaviour, Choice, Directives, Signal};
use crate::problem::Position;
use crate::template::Template;

/// A command, as a step uses it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CommandStep {
    /// For the shell.
    pub line: Template,
    /// Names of the host's tools it may use.
    pub tools: Vec<String>,
    /// Agents it may start.
    pub agents: Vec<(String, Position)>,
    /// What it may tell the workflow.
    pub directives: Directives,
    /// What its exit codes tell the workflow.
    pub on_exit: Vec<(i32, Signal)>,
}

/// An agent, as a step uses it.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentStep {
    /// The agent's name.
    pub name: String,
    /// Where it is written.
    pub at: Position,
    /// What the step says of it.
    pub choice: Choice,
    /// In place of the agent's own prompt.
    pub prompt: Option<Template>,
    /// Further placeholders for the prompt.
    pub input: Vec<(String, Template)>,
    /// Whether to go on with the agent's conversation.
    pub resume: bool,
    /// What the step says of its behaviour.
    pub behaviour: Behaviour,
    /// From the project: files that are shown with the prompt.
    pub files: Vec<Template>,
    /// Only so many lines of its answer, from the end, are its output.
    pub tail: Option<u32>,
}

/// A question for a person.
#[derive(Clone, Debug, PartialEq)]
pub struct AskStep {
    /// A person must answer, whoever drives.
    pub person: bool,
    /// What is asked.
    pub prompt: Template,
    /// Empty: any text will do.
    pub choices: Vec<String>,
    /// Taken when the run was told to say yes to everything.
    pub default: Option<String>,
    /// Shown on demand.
    pub details: Option<Template>,
}
