//! Who drives a workflow.

use super::Data;
use crate::problem::Position;

/// Who drives a workflow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drive {
    /// `manual`, `continuous`, `hybrid` or `autonomous`.
    pub mode: String,
    /// `never`, `always`, `start-manual` or `start-autonomous`.
    pub autonomous: String,
    /// Who answers in the person's place.
    pub controller: Option<Controller>,
}

/// Who answers in the person's place.
#[derive(Clone, Debug, PartialEq)]
pub struct Controller {
    /// Where it is written.
    pub at: Position,
    /// An agent, or a component with its configuration as JSON.
    pub who: Who,
    /// How often it may talk to the agent of one step before a person is asked.
    pub turns: u32,
}

/// What a controller is.
#[derive(Clone, Debug, PartialEq)]
pub enum Who {
    /// `agents/NAME.md`.
    Agent(String),
    /// A component, and its configuration.
    Component(String, Data),
}
