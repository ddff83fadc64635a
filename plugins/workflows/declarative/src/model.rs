//! A workflow as it is understood: what `read` makes and `check` and `run` use.

use std::collections::BTreeMap;

use crate::problem::Position;
use crate::template::Template;

/// A package's workflow with the agents it names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Package {
    /// The file it was read from.
    pub entry: String,
    /// What it says.
    pub workflow: Workflow,
    /// The agents that are there, by name.
    pub agents: BTreeMap<String, Agent>,
}

/// A `workflow.yaml`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workflow {
    /// The name for people.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// For agents that do not say it themselves.
    pub defaults: Choice,
    /// Shared state at the start.
    pub state: Vec<(String, String)>,
    /// What runs, in this order.
    pub steps: Vec<Step>,
}

/// Who runs a prompt, and how. Each may be left to somebody more general.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// The engine's name.
    pub engine: Option<String>,
    /// One of the engine's models.
    pub model: Option<String>,
    /// Reasoning effort.
    pub effort: Option<String>,
    /// `read-only`, `workspace-write` or `full`.
    pub permissions: Option<String>,
}

impl Choice {
    /// What holds when `choices` are asked from the most special to the most
    /// general. A model goes with the engine that is named beside it: it is not
    /// given to another one.
    pub fn resolve(choices: &[&Self]) -> Self {
        let first = |field: fn(&Self) -> &Option<String>| {
            choices.iter().find_map(|choice| field(choice).clone())
        };
        let engine = first(|choice| &choice.engine);
        let mut chosen = false;
        let mut model = None;
        for choice in choices {
            let fits = if choice.engine.is_some() {
                choice.engine == engine
            } else {
                !chosen
            };
            chosen |= choice.engine.is_some();
            if fits && model.is_none() {
                model.clone_from(&choice.model);
            }
        }
        Self {
            engine,
            model,
            effort: first(|choice| &choice.effort),
            permissions: first(|choice| &choice.permissions),
        }
    }
}

/// An `agents/NAME.md`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agent {
    /// Its file.
    pub path: String,
    /// The name for people, if it is not the file's.
    pub title: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Who runs it.
    pub choice: Choice,
    /// For one attempt, in milliseconds.
    pub timeout: Option<u32>,
    /// What is asked of it.
    pub prompt: Template,
}

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
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Asks an agent.
    Agent(AgentStep),
    /// Runs a command.
    Run(Template),
    /// Asks a person.
    Ask(Question),
    /// Runs a step of a component.
    Component {
        /// `COMPONENT/NAME` or `PACKAGE:COMPONENT/NAME`.
        name: String,
        /// Becomes JSON.
        input: Data,
    },
    /// Runs steps at the same time.
    Parallel(Vec<Step>),
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
}

/// A question for a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What is asked.
    pub prompt: Template,
    /// Empty: any text will do.
    pub choices: Vec<String>,
    /// Taken when the run was told to say yes to everything.
    pub default: Option<String>,
    /// Shown on demand.
    pub details: Option<Template>,
}

/// A value that becomes JSON.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Data {
    /// `null`.
    #[default]
    Null,
    /// A number or a truth, as JSON writes it.
    Bare(String),
    /// A text.
    Text(Template),
    /// An array.
    List(Vec<Data>),
    /// An object.
    Map(Vec<(String, Data)>),
}

impl Data {
    /// The texts in it, in order.
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Null | Self::Bare(_) => Vec::new(),
            Self::Text(template) => vec![template],
            Self::List(items) => items.iter().flat_map(Self::templates).collect(),
            Self::Map(pairs) => pairs
                .iter()
                .flat_map(|(_, value)| value.templates())
                .collect(),
        }
    }
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
