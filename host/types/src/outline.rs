use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Options;

/// What can be known of a workflow without running it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outline {
    /// The name for people.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its steps, in the order they are written.
    pub steps: Vec<OutlineStep>,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}

/// A step, as it is shown before and while it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutlineStep {
    /// Unique in its workflow.
    pub id: String,
    /// `agent`, `run`, `ask`, `step`, `parallel`, or a word of the workflow's own.
    pub kind: String,
    /// What to call it.
    pub label: String,
    /// The id of the group it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// For agents: the engine it names, if it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}

/// Something wrong in a package's files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// False: it runs, but is probably not what was meant.
    pub fatal: bool,
    /// What is wrong.
    pub message: String,
    /// The file, relative to the package.
    pub path: String,
    /// From 1; 0 when the whole file is meant.
    pub line: u32,
    /// From 1, in characters; 0 when the whole line is meant.
    pub column: u32,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Findings {
    /// None when the problems leave nothing to show.
    pub outline: Option<Outline>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}
