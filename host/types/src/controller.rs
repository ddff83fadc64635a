use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Options, TurnWork};

/// Who answers in the person's place while the run is autonomous.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Controller {
    /// An agent; the prompt is what it is told first.
    Agent(Box<TurnWork>),
    /// A component.
    Component {
        /// `COMPONENT` or `PACKAGE:COMPONENT`.
        name: String,
        /// Its configuration.
        config: String,
    },
}

impl Controller {
    /// The agent's or the component's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Agent(turn) => &turn.agent,
            Self::Component { name, .. } => name,
        }
    }
}

/// What a controller is asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Observation {
    /// The step's id.
    pub step: String,
    /// `question`, `turn`, `approval` or `checkpoint`.
    pub kind: String,
    /// Who speaks: the agent's name; empty: the workflow.
    pub speaker: String,
    /// What was said.
    pub text: String,
    /// For questions: what may be answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// What else is known, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}
