use super::{Budget, Choice, Class, Drive, Question, Step};
use crate::problem::Position;

/// A `workflow.yaml`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workflow {
    /// The name for people.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Who drives it.
    pub drive: Drive,
    /// `required`, `optional` or `none`.
    pub specification: String,
    /// Where that is written.
    pub specification_at: Position,
    /// Whether the project's name is asked for before the run.
    pub ask_project_name: bool,
    /// What is chosen before the run, in the order in which it is asked.
    pub choices: Vec<Question>,
    /// Files whose text is put in for a name.
    pub files: Vec<FileSource>,
    /// For agents that do not say it themselves.
    pub defaults: Choice,
    /// Whether agents that do not say it are interactive; none counts as yes.
    pub interactive: Option<bool>,
    /// What the run may use; nothing named: no limit.
    pub budget: Budget,
    /// How much may go on at once.
    pub classes: Vec<Class>,
    /// Whether a step that fails ends those beside it.
    pub fail_fast: bool,
    /// Shared state at the start.
    pub state: Vec<StateKey>,
    /// What runs, in this order.
    pub steps: Vec<Step>,
}

/// A file, or several, whose text is put in for `{name}`.
#[derive(Clone, Debug, PartialEq)]
pub struct FileSource {
    /// The placeholder.
    pub name: String,
    /// Where it is written.
    pub at: Position,
    /// The same, for messages: the file and the line.
    pub line: String,
    /// From the project; else from the package.
    pub project: bool,
    /// A path, or a glob pattern.
    pub pattern: String,
}

/// A value of the shared state.
#[derive(Clone, Debug, PartialEq)]
pub struct StateKey {
    /// Its key.
    pub key: String,
    /// What it is at the start, if anything.
    pub value: Option<String>,
    /// A JSON Schema that every value must meet.
    pub schema: Option<String>,
}
