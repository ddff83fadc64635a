use super::{AgentStep, AskStep, CommandStep, Data, Named, Produces, Retry, Selector, Workspace};
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
    /// How long there may be no sign of life, in milliseconds.
    pub idle_timeout: Option<u32>,
    /// How often to try.
    pub retry: Option<Retry>,
    /// The class of which it needs a place.
    pub class: Option<Named>,
    /// The steps that must be over before it begins; none: all that are written before it.
    pub needs: Option<Vec<Named>>,
    /// Of a group: whether one that fails ends the others.
    pub fail_fast: bool,
    /// A copy of the project to work in; none: the run's directory. Of a group: of each of
    /// its steps that does not say it itself, which has it then.
    pub workspace: Option<Workspace>,
    /// Commands that are run after each merge.
    pub checks: Vec<CommandStep>,
    /// Of a group: the steps whose work is merged first.
    pub merge_order: Vec<Named>,
    /// What must be there for it to be done.
    pub produces: Option<Produces>,
    /// What happens when it fails.
    pub on_failure: OnFailure,
    /// Shared state to write after it.
    pub set: Vec<(String, Template)>,
    /// Names under which its output is kept.
    pub save: Vec<String>,
}

impl Step {
    /// A step of which nothing else is said.
    pub fn new(id: String, at: Position, action: Action) -> Self {
        Self {
            id,
            at,
            label: None,
            action,
            when: Selector::default(),
            once: false,
            timeout: None,
            idle_timeout: None,
            retry: None,
            class: None,
            needs: None,
            fail_fast: false,
            workspace: None,
            checks: Vec::new(),
            merge_order: Vec::new(),
            produces: None,
            on_failure: OnFailure::Stop,
            set: Vec::new(),
            save: Vec::new(),
        }
    }

    /// Whether it does something, and is not a line for the eye.
    pub fn runs(&self) -> bool {
        !matches!(self.action, Action::Separator(_))
    }

    /// Whether it runs steps of its own.
    pub fn is_group(&self) -> bool {
        matches!(self.action, Action::Parallel(_))
    }

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
