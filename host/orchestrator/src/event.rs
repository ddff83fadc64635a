use cm_types::{
    Budget, Controller, Digest, Error, Extension, Mode, Outline, Placement, Policy, Reply,
    TurnEvent, Work,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Answerer, Late, Pin, Process, RunEnd, RunStart, TaskKey, outcome};

mod kind;

/// A fact of a run. Once appended it never changes; new kinds may come, old ones stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Event {
    /// The run exists. Always the first event, and only there.
    Started(Box<RunStart>),
    /// Somebody goes on with the run.
    Resumed {
        /// The version of `cm` that does.
        host: String,
        /// The workflow's package as it is now; it may have been edited.
        workflow: Digest,
        /// Its steps as they are now.
        outline: Outline,
    },
    /// From here on the run uses this, and nothing else, under its name.
    Pinned {
        /// What.
        pin: Pin,
    },
    /// What the run uses from here on may be other versions than before: whatever the
    /// names mean now.
    Unpinned {
        /// Who wanted it.
        by: String,
    },
    /// The workflow wants this done.
    Requested {
        /// Its number in this run, from 0.
        task: u32,
        /// The task in which it was asked for: a Wasm step. None: the workflow itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<u32>,
        /// What it is, by content.
        key: TaskKey,
        /// How many turns the same agent was asked for before, in the same scope.
        #[serde(default)]
        occurrence: u32,
        /// Where it stands.
        place: Placement,
        /// What is to be done.
        work: Box<Work>,
        /// Its limits.
        #[serde(default)]
        policy: Policy,
    },
    /// The work is sent out.
    Attempted {
        /// The task.
        task: u32,
        /// From 1. The idempotency key stays the same for all attempts.
        attempt: u32,
    },
    /// A program was started for it.
    Spawned {
        /// The task.
        task: u32,
        /// The program.
        process: Process,
    },
    /// The agent did something.
    Turn {
        /// The task.
        task: u32,
        /// What it did.
        event: TurnEvent,
    },
    /// It took as long as it may.
    Late {
        /// The task.
        task: u32,
        /// Which time it was, and what was done.
        #[serde(flatten)]
        late: Late,
    },
    /// A program was told whether it may do what it asked for.
    Told {
        /// The question's task.
        task: u32,
        /// Whether it may.
        granted: bool,
        /// Why not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// The raw bytes of an attempt are kept.
    Recorded {
        /// The task.
        task: u32,
        /// Its size in bytes.
        bytes: u64,
        /// The recording itself, when it is small.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// Where it is in the blob store, when it is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        blob: Option<Digest>,
    },
    /// It failed and will be tried again.
    Retrying {
        /// The task.
        task: u32,
        /// Why it failed.
        error: Error,
        /// When: milliseconds since 1970 (UTC).
        until_ms: u64,
    },
    /// It is not sent out before a time.
    Postponed {
        /// The task.
        task: u32,
        /// Which: milliseconds since 1970 (UTC).
        until_ms: u64,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// The account of an engine takes no more until a time.
    Limited {
        /// The engine.
        engine: String,
        /// Only this model of it; none: all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
        /// When it takes more again: milliseconds since 1970 (UTC).
        until_ms: u64,
        /// What the engine said.
        why: String,
        /// The task that ran into it; none: work of another run did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<u32>,
    },
    /// So much of the budget is used that somebody should know.
    Warned {
        /// How much of it, in percent.
        percent: u32,
        /// What, in words: `160k of 200k tokens`.
        what: String,
    },
    /// The run may use more than before.
    Raised {
        /// What it may use in all from here on.
        budget: Budget,
        /// Who wanted it.
        by: String,
    },
    /// It is over.
    Finished {
        /// The task.
        task: u32,
        /// What it gave.
        #[serde(with = "outcome")]
        #[schemars(with = "outcome::Outcome")]
        result: Result<Reply, Error>,
        /// For questions: who answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// For questions: the digest of what was shown to whoever answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown: Option<Digest>,
    },
    /// It is not done again: another run has done it.
    Reused {
        /// The task.
        task: u32,
        /// The run that has done it.
        of: String,
        /// The task's number there.
        from: u32,
        /// What it gave there.
        #[serde(with = "outcome")]
        #[schemars(with = "outcome::Outcome")]
        result: Result<Reply, Error>,
        /// For questions: who answered there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// For questions: the digest of what was shown to whoever answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown: Option<Digest>,
    },
    /// A question goes to somebody else than before.
    Assigned {
        /// The question's task.
        task: u32,
        /// To whom.
        to: Answerer,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// Work was stopped on the way and will be sent out again, in the conversation that
    /// it had begun where it can.
    Held {
        /// The task.
        task: u32,
        /// What a person says to the agent when it goes on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        say: Option<String>,
    },
    /// The workflow names who answers in the person's place.
    Entrusted {
        /// Who.
        controller: Controller,
        /// How often it may talk to the agent of one step before a person is asked.
        turns: u32,
    },
    /// Somebody else drives from here on.
    Switched {
        /// Who drives.
        mode: Mode,
        /// Who wanted it.
        by: String,
    },
    /// Nothing new is sent out until somebody continues.
    Paused {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Who wanted it.
        by: String,
    },
    /// The run goes on after a pause.
    Continued {
        /// Who wanted it.
        by: String,
    },
    /// A person has something to say to the agent of a step, as soon as its turn is over.
    Steered {
        /// The step.
        step: String,
        /// What.
        text: String,
        /// Who.
        by: String,
    },
    /// From here on values of this key must meet a schema.
    Declared {
        /// The key of the shared state.
        key: String,
        /// A JSON Schema.
        schema: String,
    },
    /// Its result is dropped: it will run again when it is asked for again.
    Reopened {
        /// The task.
        task: u32,
    },
    /// The shared state changed.
    Written {
        /// In which task; none: the workflow itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<u32>,
        /// The how-manieth write of its scope, from 0.
        ordinal: u32,
        /// The value's name.
        key: String,
        /// Its new value.
        value: String,
    },
    /// A text was kept as a file.
    Saved {
        /// In which task; none: the workflow itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<u32>,
        /// The how-manieth save of its scope, from 0.
        ordinal: u32,
        /// The step it belongs to.
        step: String,
        /// The file's name.
        name: String,
        /// The text.
        content: String,
    },
    /// The guest was told something that could have been otherwise.
    Observed {
        /// In which task; none: the workflow itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<u32>,
        /// What it asked: `now`, `random`, `state KEY`, `artifact STEP/NAME`, or
        /// `swap VERSION KEY DIGEST` for one that was refused.
        what: String,
        /// The how-manieth time it asked this, from 0.
        ordinal: u32,
        /// What it was told; none: that there is nothing.
        value: Option<String>,
        /// Of a value of the shared state: its version.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u32>,
    },
    /// A step begins, ends, or is passed over.
    Marked {
        /// The how-manieth mark of the workflow, from 0.
        ordinal: u32,
        /// The step.
        place: Placement,
        /// `started`, `done`, `failed`, `skipped`.
        state: String,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A line for the log.
    Noted {
        /// The task it came from; none: the workflow or the host.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<u32>,
        /// What.
        item: Extension,
    },
    /// The run was stopped so that it can go on later.
    Interrupted {
        /// Why.
        reason: String,
    },
    /// The run is over.
    Ended {
        /// How.
        end: RunEnd,
    },
}
