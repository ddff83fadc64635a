use cm_types::{Placement, Policy, Work};

/// Something for the driver to do. Performed only after the events of the same
/// decision are on disk.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Do the work, then say [`Input::Ended`](crate::Input::Ended).
    Perform(Box<Attempt>),
    /// Ask a person, then say [`Input::Answer`](crate::Input::Answer).
    Ask(Box<Attempt>),
    /// At this time say [`Input::Woke`](crate::Input::Woke).
    Wake {
        /// The task.
        task: u32,
        /// Milliseconds since 1970 (UTC).
        at_ms: u64,
    },
    /// Stop the work; `Ended` follows with what came of it.
    Stop {
        /// The task.
        task: u32,
    },
}

/// One try at a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// The task.
    pub task: u32,
    /// From 1.
    pub attempt: u32,
    /// How many turns the same agent was asked for before, in the same scope.
    pub occurrence: u32,
    /// The same for all attempts.
    pub idempotency: String,
    /// Where it stands.
    pub place: Placement,
    /// What is to be done.
    pub work: Work,
    /// Its limits.
    pub policy: Policy,
}
