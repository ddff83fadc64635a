use cm_types::{Digest, Error, Extension, Placement, Policy, Reply, TurnEvent, Work};

use crate::{Process, RunStart};
use cm_types::Outline;

/// Something that reached the core. `scope` is the task whose guest speaks; none: the
/// workflow itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Begin a run. Only for an empty one.
    Start(Box<RunStart>),
    /// Go on with a run, with the workflow as it is now.
    Resume {
        /// The version of `cm`.
        host: String,
        /// The workflow's package as it is now.
        workflow: Digest,
        /// Its steps as they are now.
        outline: Outline,
    },
    /// A guest starts from its beginning and will ask everything again.
    Pass {
        /// Whose.
        scope: Option<u32>,
    },
    /// A guest wants work done.
    Request {
        /// Whose.
        scope: Option<u32>,
        /// Where it stands.
        place: Placement,
        /// What.
        work: Work,
        /// Its limits.
        policy: Policy,
    },
    /// A guest asks for a task's end.
    Cancel {
        /// The task.
        task: u32,
    },
    /// A guest sets a value.
    Write {
        /// Whose.
        scope: Option<u32>,
        /// Its name.
        key: String,
        /// Its value.
        value: String,
    },
    /// A guest keeps a text.
    Save {
        /// Whose.
        scope: Option<u32>,
        /// The step it belongs to.
        step: String,
        /// The file's name.
        name: String,
        /// The text.
        content: String,
    },
    /// A guest asks for something that could be otherwise next time. `value` is what
    /// it would be told now.
    Observe {
        /// Whose.
        scope: Option<u32>,
        /// What: `now`, `random`, `state KEY`, `artifact STEP/NAME`.
        what: String,
        /// For `now` and `random`, from the driver; the core knows the others itself.
        value: Option<String>,
    },
    /// The workflow says where it is.
    Mark {
        /// The step.
        place: Placement,
        /// `started`, `done`, `failed`, `skipped`.
        state: String,
        /// Why.
        note: Option<String>,
    },
    /// A line for the log.
    Note {
        /// The task it came from.
        task: Option<u32>,
        /// What.
        item: Extension,
    },
    /// A program was started for a task.
    Spawned {
        /// The task.
        task: u32,
        /// The program.
        process: Process,
    },
    /// An agent did something.
    Turn {
        /// The task.
        task: u32,
        /// What.
        event: TurnEvent,
    },
    /// The raw bytes of an attempt are kept.
    Recorded {
        /// The task.
        task: u32,
        /// Its size.
        bytes: u64,
        /// The recording itself, when it is small.
        text: Option<String>,
        /// Where it is in the blob store, when it is not.
        blob: Option<Digest>,
    },
    /// The work is over.
    Ended {
        /// The task.
        task: u32,
        /// What it gave.
        result: Result<Reply, Error>,
    },
    /// A question was answered.
    Answer {
        /// The task.
        task: u32,
        /// The answer.
        text: String,
        /// By whom.
        by: String,
    },
    /// A time that was asked for has come.
    Woke {
        /// The task.
        task: u32,
    },
    /// The workflow returned, or failed.
    Returned {
        /// What.
        result: Result<String, Error>,
    },
    /// Somebody cancels the run.
    CancelRun {
        /// Who.
        by: String,
    },
    /// The driver lets go of the run; it can go on later.
    Interrupt {
        /// Why.
        reason: String,
    },
}
