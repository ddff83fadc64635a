use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Options;

/// Where a task stands in the workflow. For people: it takes no part in finding
/// finished work again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Placement {
    /// The step's id.
    pub step: String,
    /// The id of the group it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// Limits of one task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Policy {
    /// Wall-clock time for one attempt, in milliseconds. None: the host's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u32>,
    /// How often to try in all when the failure says `retry`; 0 counts as 1.
    #[serde(default)]
    pub attempts: u32,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}

/// Something a workflow asks the host to do: exactly what its result depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Work {
    /// A prompt for an agent.
    Turn(TurnWork),
    /// A command for the shell.
    Command(CommandWork),
    /// A question for a person.
    Question(QuestionWork),
    /// A step of a component.
    Step(StepWork),
    /// Time.
    Timer(TimerWork),
}

impl Work {
    /// The name of its kind, as it is written in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Turn(_) => "turn",
            Self::Command(_) => "command",
            Self::Question(_) => "question",
            Self::Step(_) => "step",
            Self::Timer(_) => "timer",
        }
    }
}

/// A prompt for an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TurnWork {
    /// The agent's name.
    pub agent: String,
    /// None: the run's default engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// None: the engine's own choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Reasoning effort.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effort: Option<String>,
    /// Rules that stand beside the prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// What is asked of the agent.
    pub prompt: String,
    /// A conversation to go on with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// `read-only`, `workspace-write` or `full`. None: the run's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<String>,
    /// A JSON Schema for the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}

/// A command for the shell, run in the workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommandWork {
    /// For `sh -c`.
    pub line: String,
    /// Added to its environment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<(String, String)>,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}

/// A question for a person, or for whoever answers in their place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuestionWork {
    /// What is asked.
    pub prompt: String,
    /// Empty: any text will do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Taken when the run was told to say yes to everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Shown on demand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}

/// A step of a component.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepWork {
    /// `COMPONENT/NAME` or `PACKAGE:COMPONENT/NAME`.
    pub name: String,
    /// Text; JSON by custom.
    pub input: String,
}

/// Time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimerWork {
    /// How long.
    pub milliseconds: u32,
}

/// What a task gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reply {
    /// The agent's answer, the command's output, the person's words.
    pub text: String,
    /// To go on with the agent's conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The command's exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}
