use cm_types::{Error, Placement, Policy, Reply, Usage, Work};

use crate::{Process, TaskKey};

/// A piece of work, from its request to its result.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its number in the run.
    pub id: u32,
    /// The task in which it was asked for.
    pub scope: Option<u32>,
    /// What it is, by content.
    pub key: TaskKey,
    /// How many turns the same agent was asked for before.
    pub occurrence: u32,
    /// Where it stands.
    pub place: Placement,
    /// What is to be done.
    pub work: Work,
    /// Its limits.
    pub policy: Policy,
    /// How far it is.
    pub state: TaskState,
    /// How often it was sent out in all.
    pub attempts: u32,
    /// How often it was sent out since somebody last started or resumed the run.
    pub tries: u32,
    /// Tokens and money of all attempts.
    pub usage: Usage,
    /// Tools the agent used, in all attempts.
    pub calls: u32,
    /// The program that was started last.
    pub process: Option<Process>,
    /// When it was asked for: milliseconds since 1970.
    pub requested_ms: u64,
    /// When it was sent out last.
    pub attempted_ms: Option<u64>,
    /// When it was over.
    pub finished_ms: Option<u64>,
}

/// How far a task is.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskState {
    /// Waits for its turn, or for somebody to resume the run.
    Queued,
    /// Sent out.
    Running,
    /// Waits for a time.
    Waiting {
        /// Milliseconds since 1970 (UTC).
        until_ms: u64,
    },
    /// Waits for a person.
    Asking,
    /// Over.
    Finished {
        /// Its place among all results of the run: what was over first has the
        /// smaller number.
        order: u64,
        /// What it gave.
        result: Result<Reply, Error>,
    },
}

impl Task {
    /// What it gave, if it is over.
    pub fn result(&self) -> Option<&Result<Reply, Error>> {
        match &self.state {
            TaskState::Finished { result, .. } => Some(result),
            _ => None,
        }
    }

    /// Whether it counts against the number of programs that may run at once.
    pub fn takes_a_place(&self) -> bool {
        matches!(self.work, Work::Turn(_) | Work::Command(_))
    }
}
