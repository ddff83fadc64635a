use super::limits::Named;
use crate::problem::Position;

/// A copy of the project in which a step works by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workspace {
    /// Where it is written.
    pub at: Position,
    /// What git does not know and belongs to it.
    pub include: Vec<String>,
    /// Commands that make it ready.
    pub setup: Vec<String>,
    /// How many free ports it gets.
    pub ports: u32,
    /// Commands that are run before it is taken away.
    pub teardown: Vec<String>,
    /// Whether what was done in it is brought back.
    pub merge: Merge,
    /// The agent that solves conflicts; none: a person does.
    pub conflicts: Option<Named>,
}

/// Whether what was done in a workspace is brought back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Merge {
    /// It is.
    #[default]
    Always,
    /// It stays in its branch.
    Never,
    /// Somebody is asked.
    Ask,
}
