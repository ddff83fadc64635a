use serde::Deserialize;
use serde_json::Value;

use super::{Rule, Step};

/// A wish to be allowed something.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The tool.
    pub tool: String,
    /// What it would be given.
    #[serde(default)]
    pub arguments: Value,
    /// A word for everything of the same kind.
    #[serde(default)]
    pub pattern: Option<String>,
    /// What is run with `sh -c` when it is allowed.
    #[serde(default)]
    pub run: Option<String>,
}

impl Rule {
    /// Whether it waits for answers.
    pub(crate) fn asks(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Ask(_)))
    }
}
