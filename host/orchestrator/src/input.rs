use cm_types::{
    Budget, Controller, Decision, Digest, Error, Extension, Mode, Placement, Policy, Reply,
    TurnEvent, Work,
};

use crate::{Late, Offers, Pin, Process, RunStart};
use cm_types::Outline;

/// Something that reached the core. `scope` is the task whose guest speaks; none: the
/// workflow itself.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time, and it is taken at once"
)]
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
    /// A package or a component is going to be used: from here on it, and nothing else, is
    /// what its name means.
    Pin(Box<Pin>),
    /// A person wants the run to go on with what the names mean now.
    Unpin {
        /// Who.
        by: String,
    },
    /// What another run has finished, which this one comes after. Said before the workflow
    /// asks for anything.
    Offer(Box<Offers>),
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
        /// What: `now`, `random`, `file PATH`, `files PATTERN`, `conform DIGEST`,
        /// `state KEY`, `artifact STEP/NAME`.
        what: String,
        /// From the driver; `state` and `artifact` the core knows itself.
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
    /// Work took as long as it may; what is done about it is known.
    Late {
        /// The task.
        task: u32,
        /// Which time it was, and what is done.
        late: Late,
    },
    /// Work has said nothing for as long as it may.
    Silent {
        /// The task.
        task: u32,
        /// How long, in milliseconds.
        ms: u64,
        /// Whether its engine can go on with a conversation.
        resumes: bool,
    },
    /// A program was told whether it may do what it asked for.
    Told {
        /// The question's task.
        task: u32,
        /// Whether it may.
        granted: bool,
        /// Why not.
        why: Option<String>,
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
    /// A person answers a question.
    Answer {
        /// The task.
        task: u32,
        /// The answer. To a question with the kind `question` it is a reply.
        decision: Decision,
        /// By whom.
        by: String,
        /// The digest of what they were shown; another one is refused.
        shown: Option<Digest>,
    },
    /// The controller has decided, or has failed to.
    Judged {
        /// The question's task.
        task: u32,
        /// What.
        result: Result<Decision, Error>,
    },
    /// A person decides something that nobody asked: says something to an agent, goes on,
    /// skips a step, goes back, stops.
    Direct {
        /// The step; none: the one that is at work or asks.
        step: Option<String>,
        /// What.
        decision: Decision,
        /// For a reply: the agent's turn is stopped, and goes on with it at once.
        now: bool,
        /// Who.
        by: String,
    },
    /// Somebody else is to drive.
    Switch {
        /// Who.
        mode: Mode,
        /// Who wants it.
        by: String,
    },
    /// Send nothing new out, and stop what agents are doing if `now`.
    Pause {
        /// Why.
        reason: Option<String>,
        /// Stop the turns that go on; they go on in their conversation.
        now: bool,
        /// Who wants it.
        by: String,
    },
    /// Go on after a pause.
    Continue {
        /// Who wants it.
        by: String,
    },
    /// A person lets the run use more.
    Raise {
        /// How much more.
        budget: Budget,
        /// Who.
        by: String,
    },
    /// Work of another run was told that an account takes no more until a time.
    Limit {
        /// The engine.
        engine: String,
        /// Only this model of it; none: all.
        model: Option<String>,
        /// When it takes more again: milliseconds since 1970 (UTC).
        until_ms: u64,
        /// What the engine said.
        why: String,
    },
    /// A person says something to the controller.
    Talk {
        /// What.
        text: String,
        /// Who.
        by: String,
    },
    /// The workflow names who answers in the person's place.
    Entrust {
        /// Who.
        controller: Controller,
        /// How often it may talk to the agent of one step before a person is asked.
        turns: u32,
    },
    /// A guest or an agent sets a value if it still has a version.
    Swap {
        /// Whose.
        scope: Option<u32>,
        /// Its name.
        key: String,
        /// The version it must have; 0: there is none.
        version: u32,
        /// Its new value.
        value: String,
    },
    /// The workflow gives the values of a key a schema.
    Declare {
        /// The key.
        key: String,
        /// A JSON Schema.
        schema: String,
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
