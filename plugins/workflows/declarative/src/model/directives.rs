//! What turns and commands may tell the workflow.

use crate::problem::Position;

/// What turns may tell the workflow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Directives {
    /// Go back and through the same steps again.
    pub back: Option<Loop>,
    /// Ask whether to go on.
    pub checkpoint: bool,
    /// Wait for a person.
    pub pause: bool,
    /// Say that the step has failed.
    pub error: bool,
    /// Agents that may be run.
    pub trigger: Vec<(String, Position)>,
    /// Go on at another step.
    pub goto: Option<Goto>,
}

/// Going back because a turn says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Loop {
    /// Where to.
    pub to: Target,
    /// How often, in the whole run.
    pub max: u32,
    /// Steps that are passed over on the way.
    pub skip: Vec<(String, Position)>,
}

/// Where a loop goes back to.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A step, by its id.
    Step(String, Position),
    /// So many steps before this one.
    Back(u32, Position),
}

/// Going on at another step because a turn says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Goto {
    /// The steps that may be gone to.
    pub to: Vec<(String, Position)>,
    /// How often, in the whole run; none when all of them lie ahead.
    pub max: Option<u32>,
}

/// What an exit code tells the workflow.
#[derive(Clone, Debug, PartialEq)]
pub enum Signal {
    /// Go back.
    Loop(Loop),
    /// Ask whether to go on.
    Checkpoint,
    /// Wait for a person.
    Pause,
    /// The step has failed, for this reason.
    Error(Option<String>),
    /// Go on at another step; how often, when that lies behind.
    Goto(String, Position, Option<u32>),
}
