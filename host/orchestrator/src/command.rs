use cm_types::{Controller, Observation, Placement, Policy, Work};

/// Something for the driver to do. Performed only after the events of the same
/// decision are on disk.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Do the work, then say [`Input::Ended`](crate::Input::Ended).
    Perform(Box<Attempt>),
    /// Ask a person, then say [`Input::Answer`](crate::Input::Answer).
    Ask(Box<Attempt>),
    /// The question needs no answer any more: it has one, or it went to somebody else.
    Withdraw {
        /// The task.
        task: u32,
    },
    /// Let the controller decide a question, then say
    /// [`Input::Judged`](crate::Input::Judged); or tell it what a person says
    /// (`Work::Talk`), then say [`Input::Ended`](crate::Input::Ended) with its answer.
    Judge(Box<Judgement>),
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
    /// The attempt before was stopped on the way: go on in its conversation.
    pub resumed: Option<Resumed>,
}

/// Where to go on with work that was stopped on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// The conversation that had begun.
    pub session: String,
    /// What a person has to say; none: only that it is to go on.
    pub say: Option<String>,
    /// It was interrupted because it said nothing for so many milliseconds.
    pub nudged: Option<u64>,
}

/// A question, or a word of a person, on its way to the controller.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The question's or the talk's attempt.
    pub attempt: Attempt,
    /// Who decides.
    pub controller: Controller,
    /// For an agent: its conversation, if it has one.
    pub session: Option<String>,
    /// What it is asked about, or told (`talk`).
    pub observation: Observation,
}
