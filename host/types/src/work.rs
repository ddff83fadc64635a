use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Decision, Directive, Grants, Options};

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
    /// How long there may be no sign of life, in milliseconds. None: the host's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_ms: Option<u32>,
    /// How often to try in all when the failure says `retry`; 0 counts as 1.
    #[serde(default)]
    pub attempts: u32,
    /// The wait before the second try, in milliseconds; doubled with each further one.
    /// None: a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff_ms: Option<u32>,
    /// What is tried again: `unavailable`, `exhausted`, `timeout`, `other`. Empty: what
    /// says of itself that it may work later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retry: Vec<String>,
    /// At a limit of usage: `wait` until it is over, or `fail`. None: `wait`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_limit: Option<String>,
    /// The class of which it needs a place. None: `agents` or `commands`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
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
    /// A copy of the project to work in.
    Branch(BranchWork),
    /// A copy that is brought back.
    Merge(MergeWork),
    /// What must be there for a step to be done.
    Proof(ProofWork),
    /// A word to the controller, from a person. Never asked for by a guest.
    Talk(TalkWork),
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
            Self::Branch(_) => "branch",
            Self::Merge(_) => "merge",
            Self::Proof(_) => "proof",
            Self::Talk(_) => "talk",
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
    /// The branch to work in. None: the run's directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// What the agent may ask of the host.
    #[serde(default, skip_serializing_if = "Grants::is_empty")]
    pub grants: Grants,
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
    /// The branch to work in. None: the run's directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// What the command may ask of the host.
    #[serde(default, skip_serializing_if = "Grants::is_empty")]
    pub grants: Grants,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}

/// A question for a person, or for whoever answers in their place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuestionWork {
    /// What kind of answer is wanted. Beside the work's own `kind` it needs another name
    /// where both are written.
    #[serde(default, rename = "wanted", skip_serializing_if = "is_default")]
    pub kind: QuestionKind,
    /// Who speaks: the agent's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
    /// The task whose reply it is about, which is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<u32>,
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
    /// For turns: whether somebody should look at it where the run's mode leaves that to
    /// each agent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub interactive: bool,
    /// A person must answer, whatever the mode.
    #[serde(default, skip_serializing_if = "is_default")]
    pub personal: bool,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}

/// What kind of answer is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum QuestionKind {
    /// A text, or one of the choices.
    #[default]
    Question,
    /// An agent has finished a turn; what now?
    Turn,
    /// Yes, no, or again with changes.
    Approval,
    /// Go on, or stop?
    Checkpoint,
    /// May the agent do what it asks to be allowed?
    Permission,
}

impl QuestionKind {
    /// The word in the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Turn => "turn",
            Self::Approval => "approval",
            Self::Checkpoint => "checkpoint",
            Self::Permission => "permission",
        }
    }
}

/// Something that a person says to the controller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TalkWork {
    /// What is said.
    pub text: String,
    /// By whom.
    pub by: String,
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

/// A copy of the project to work in, beside the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BranchWork {
    /// Its name: letters, digits and hyphens.
    pub name: String,
    /// What git does not know and belongs to it: paths and glob patterns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// Commands that make it ready.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setup: Vec<String>,
    /// How many free ports it gets.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ports: u32,
    /// Commands that are run before it is taken away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teardown: Vec<String>,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}

/// A copy that is brought back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MergeWork {
    /// The branch's id.
    pub from: String,
    /// The message of the commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}

/// What must be there for a step to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProofWork {
    /// Files that are there and not empty: paths and glob patterns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Files that are JSON and meet a JSON Schema: path and schema.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schemas: Vec<(String, String)>,
    /// The task since which something must have changed, as git sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_since: Option<u32>,
    /// The branch to look in. None: the run's directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
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
    /// What was decided: the answer to a question, or what somebody decided while the
    /// work was going on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// What the turn or command tells the workflow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directives: Vec<Directive>,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_question_comes_back_as_it_was_written() {
        for kind in [
            QuestionKind::Question,
            QuestionKind::Turn,
            QuestionKind::Approval,
            QuestionKind::Checkpoint,
            QuestionKind::Permission,
        ] {
            let work = Work::Question(QuestionWork {
                kind,
                about: Some(3),
                interactive: true,
                ..QuestionWork::default()
            });
            let text = serde_json::to_string(&work).expect("plain data");
            assert_eq!(serde_json::from_str::<Work>(&text).ok(), Some(work));
        }
    }
}
