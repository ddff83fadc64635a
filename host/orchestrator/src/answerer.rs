use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who is to answer a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answerer {
    /// A person.
    Person,
    /// The run's controller.
    Controller,
}
