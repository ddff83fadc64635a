use super::{AgentStep, AskStep, CommandStep, Data, Selector};
use crate::problem::Position;
use crate::template::Template;

/// A step of a workflow.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Unique in the workflow.
    pub id: String,
    /// Where the id is written, or the step begins.
    pub at: Position,
    /// What to call it.
    pub label: Option<String>,
    /// What it does.
    pub action: Action,
    /// When it takes part.
    pub when: Selector,
    /// Not again in a loop when it is done.
    pub once: bool,
    /// For one attempt, in milliseconds.
    pub timeout: Option<u32>,
    /// How often to try in all.
    pub attempts: u32,
    /// What happens when it fails.
    pub on_failure: OnFailure,
    /// Shared state to write after it.
    pub set: Vec<(String, Template)>,
    /// Names under which its output is kept.
    pub save: Vec<String>,
}

impl Step {
    /// The steps in it, when it is a group.
    pub fn children(&self) -> &[Step] {
        match &self.action {
            Action::Parallel(children) => children,
            _ => &[],
        }
    }

    /// The agent it runs, when it does.
    pub fn agent(&self) -> Option<&AgentStep> {
        match &self.action {
            Action::Agent(agent) => Some(agent),
            _ => None,
        }
    }
}

/// What a step does.
#[expect(clippy::large_enum_variant, reason = "most steps are agents")]
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Asks an agent.
    Agent(AgentStep),
    /// Runs a command.
    Run(CommandStep),
    /// Asks a person.
    Ask(AskStep),
    /// Asks for a yes.
    Approve(AskStep),
    /// Runs a step of a component.
    Component {
        /// `COMPONENT/NAME` or `PACKAGE:COMPONENT/NAME`.
        name: String,
        /// Becomes JSON.
        input: Data,
    },
    /// Runs steps at the same time.
    Parallel(Vec<Step>),
    /// Does nothing: a line for the eye.
    Separator(String),
}

/// What happens when a step fails.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum OnFailure {
    /// The run fails.
    #[default]
    Stop,
    /// The run goes on.
    Continue,
    /// The run goes back.
    Loop {
        /// The step to go back to.
        to: String,
        /// Where that is written.
        at: Position,
        /// How often, in the whole run.
        max: u32,
    },
}
